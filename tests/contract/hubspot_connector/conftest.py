"""A fresh portal for each test behind one real HTTP server, and the connector under test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from crmbridge.clock import WorldClock
from crmbridge.ports import FieldNames
from crmbridge.simulation import SimulatorClient, SimulatorServer
from crmbridge_hubspot.adapter import HubSpotConnector
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.layout import Layout
from crmbridge_hubspot.settings import HubSpotSettings
from crmbridge_hubspot.simulator import HubSpotWorld, create_app


class Stage:
    """An app that hands every request to the portal of the running test."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


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
