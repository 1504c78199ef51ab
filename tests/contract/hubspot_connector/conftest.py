"""A fresh portal for each test behind one real HTTP server, and the connector under test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from crmbridge.clock import WorldClock
from crmbridge.core.facts import Fact
from crmbridge.core.model import ObjectType, Record, Ref, Side, Value
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind
from crmbridge.ports import FieldNames, Page
from crmbridge.simulation import SimulatorClient, SimulatorServer
from crmbridge_hubspot.adapter import HubSpotConnector
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.layout import Layout
from crmbridge_hubspot.settings import HubSpotSettings
from crmbridge_hubspot.simulator import HubSpotWorld, create_app

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
CONTACTS = "/crm/v3/objects/contacts"


class Stage:
    """An app that hands every request to the portal of the running test."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


class Reader:
    """Polls a stream as the engine does, each page kept with its position as text."""

    def __init__(self, connector: HubSpotConnector, stream: str = "contacts") -> None:
        self.connector = connector
        self.stream = stream
        self.position = connector.start(stream, BEGINNING)
        self.records: list[Record] = []
        self.facts: dict[str, Fact] = {}

    def poll(self, *, pages: int | None = None) -> int:
        """Read all pages or the first few; how many there were."""
        taken = 0
        for page in islice(self.connector.poll(self.stream, self.position), pages):
            self.take(page)
            taken += 1
        return taken

    def take(self, page: Page) -> None:
        assert page.checkpoint is not None
        self.position = replace(page.checkpoint, cursor=str(page.checkpoint.cursor))
        self.records += page.records
        self.facts |= {fact.key: fact for fact in page.facts}

    def ids(self) -> list[str]:
        return [record.ref.id for record in self.records]


def fill(marketer: SimulatorClient, count: int) -> list[str]:
    found: list[str] = []
    for begin in range(0, count, 100):
        inputs = [
            {"properties": {"email": f"p{number}@acme{number % 97}.example"}}
            for number in range(begin, min(begin + 100, count))
        ]
        answer = marketer.post(f"{CONTACTS}/batch/create", {"inputs": inputs})
        assert answer.status_code == 201, answer.text
        found += [each["id"] for each in answer.json()["results"]]
    return found


def change(identity: str, values: Mapping[str, Value], **more: object) -> Operation:
    """Our fields of one contact, as the engine would have them written."""
    operation = Operation(
        key=f"op-{identity}-{'-'.join(values)}",
        uid=f"p{identity}",
        kind=OperationKind.UPDATE,
        side=Side.MARKETING,
        object_type=ObjectType.CONTACT,
        target=Ref(system="hubspot", object_type=ObjectType.CONTACT, id=identity),
        lane=Lane.STAGE,
        reason="test",
        changes=tuple(
            FieldChange(field=name, before=None, after=value) for name, value in values.items()
        ),
    )
    return replace(operation, **more)  # type: ignore[arg-type] # keywords of Operation


@pytest.fixture(scope="session")
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="session")
def served(stage: Stage) -> Iterator[SimulatorServer]:
    with SimulatorServer(stage) as server:
        yield server


@pytest.fixture
def world() -> HubSpotWorld:
    return HubSpotWorld(WorldClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)))


@pytest.fixture
def base_url(stage: Stage, served: SimulatorServer, world: HubSpotWorld) -> str:
    stage.app = create_app(world)
    return served.base_url


@pytest.fixture
def marketer(base_url: str, world: HubSpotWorld) -> Iterator[SimulatorClient]:
    """The API as a person in HubSpot's screens causes it."""
    with SimulatorClient(base_url, world.token("marketer")) as client:
        yield client


@pytest.fixture
def connector(base_url: str, world: HubSpotWorld) -> Iterator[HubSpotConnector]:
    """Set up as an operator would."""
    token = SecretStr(world.token("crmbridge"))
    settings = HubSpotSettings(token=token, base_url=base_url, searches_per_second=1000)
    made = HubSpotConnector(HubSpotClient(settings), Layout(FieldNames()))
    made.provision({})
    yield made
    made.close()
