"""A fresh simulated org per test, the connector under test, and people who use the org."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from installed import install_fields
from pydantic import SecretStr

from crmbridge.clock import WorldClock
from crmbridge.core import fields as f
from crmbridge.core.facts import Fact, FactKind
from crmbridge.core.model import ObjectType, Record, Ref, Side, Value
from crmbridge.core.operations import (
    FieldChange,
    Lane,
    Operation,
    OperationKind,
    Outcome,
    Receipt,
)
from crmbridge.ports import Checkpoint, FieldNames, Page
from crmbridge.simulation import SimulatorClient, SimulatorServer
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.settings import SalesforceSettings
from crmbridge_salesforce.simulator import SalesforceWorld, create_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_ROOT = "/services/data/v67.0"


class Stage:
    """An app that hands every request to the org of the running test."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


class User:
    """Somebody who works in the org through its REST API, and nothing else."""

    def __init__(self, base_url: str, user_id: str, token: str) -> None:
        self.id = user_id
        self.http = SimulatorClient(base_url, token)

    def create(self, sobject: str, **fields: Any) -> str:
        answer = self.http.post(f"{_ROOT}/sobjects/{sobject}", fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def lead(self, **fields: Any) -> str:
        return self.create("Lead", **{"LastName": "Doe", "Company": "Acme", **fields})

    def change(self, sobject: str, record_id: str, **fields: Any) -> None:
        headers = {"Sforce-Auto-Assign": "FALSE"}
        path = f"{_ROOT}/sobjects/{sobject}/{record_id}"
        answer = self.http.call("PATCH", path, fields, headers=headers)
        assert answer.status_code == 204, answer.text

    def delete(self, sobject: str, record_id: str) -> None:
        answer = self.http.call("DELETE", f"{_ROOT}/sobjects/{sobject}/{record_id}")
        assert answer.status_code == 204, answer.text

    def row(self, sobject: str, record_id: str) -> dict[str, Any]:
        answer = self.http.get(f"{_ROOT}/sobjects/{sobject}/{record_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def query(self, soql: str) -> list[dict[str, Any]]:
        answer = self.http.get(f"{_ROOT}/query", q=soql)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["records"])


class Org:
    """The simulated org from behind the scenes: its clock, its users, its switches."""

    def __init__(self, world: SalesforceWorld, base_url: str) -> None:
        self.world = world
        self.base_url = base_url
        self.office = SimulatorClient(base_url)
        self._users: list[User] = []
        self.us = self.as_user(world.integration_user_id)

    def sim(self, act: str, **body: Any) -> dict[str, Any]:
        return dict(self.office.sim(act, body))

    def fault(self, action: str, **rule: Any) -> None:
        self.office.sim("faults", {"action": action, **rule})

    def advance(self, seconds: float) -> datetime:
        self.sim("clock", advance_seconds=seconds)
        return self.world.now()

    def as_user(self, user_id: str) -> User:
        token = self.sim("session", user_id=user_id)["access_token"]
        self._users.append(User(self.base_url, user_id, token))
        return self._users[-1]

    def rep(self, name: str = "Rita Rep", *, fields: bool = True, **more: Any) -> User:
        """A sales person; with ``fields`` one whom the admin gave the sales permission set."""
        user_id = str(self.sim("users", Name=name, **more)["id"])
        soql = "SELECT Id FROM PermissionSet WHERE Name = 'CRMBridge_Sales'"
        found = self.us.query(soql) if fields else []
        if found:
            self.us.create(
                "PermissionSetAssignment", PermissionSetId=found[0]["Id"], AssigneeId=user_id
            )
        return self.as_user(user_id)

    def settings(self, **more: Any) -> SalesforceSettings:
        values = {
            "base_url": self.base_url,
            "client_id": self.world.consumer_key,
            "client_secret": SecretStr(self.world.consumer_secret),
            **more,
        }
        return SalesforceSettings(**values)

    def close(self) -> None:
        self.office.close()
        for user in self._users:
            user.http.close()


class Reader:
    """Polls one stream as the engine does: from checkpoint to checkpoint, first fact wins."""

    def __init__(self, connector: SalesforceConnector, stream: str = "changes") -> None:
        self.connector = connector
        self.stream = stream
        self.checkpoint: Checkpoint = connector.start(stream, BEGINNING)
        self.records: dict[Ref, Record] = {}
        self.facts: dict[str, Fact] = {}

    def of(self, kind: FactKind) -> list[Fact]:
        """The facts of a kind in order of happening."""
        found = [fact for fact in self.facts.values() if fact.kind is kind]
        return sorted(found, key=lambda fact: (fact.at, fact.key))

    def poll(self) -> list[Page]:
        pages = []
        for page in self.connector.poll(self.stream, self.checkpoint):
            pages.append(page)
            self.records.update((record.ref, record) for record in page.records)
            for fact in page.facts:
                self.facts.setdefault(fact.key, fact)
            assert page.checkpoint is not None
            self.checkpoint = page.checkpoint
        return pages


def changes(values: Mapping[str, Value]) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(field=name, before=None, after=each) for name, each in values.items())


def update(identity: str, values: Mapping[str, Value], **more: object) -> Operation:
    kind = ObjectType.CONTACT if identity.startswith("003") else ObjectType.LEAD
    operation = Operation(
        key=f"op-{identity}-{'-'.join(values)}",
        uid=f"p{identity}",
        kind=OperationKind.UPDATE,
        side=Side.SALES,
        object_type=kind,
        target=Ref(system="salesforce", object_type=kind, id=identity),
        lane=Lane.STAGE,
        reason="test",
        changes=changes(values),
    )
    return replace(operation, **more)  # type: ignore[arg-type] # keywords of Operation


def create(uid: str, values: Mapping[str, Value] | None = None, **more: object) -> Operation:
    given = {f.LAST_NAME: "Doe", f.COMPANY: "Acme", f.UID: uid, **(values or {})}
    operation = Operation(
        key=f"op-{uid}",
        uid=uid,
        kind=OperationKind.CREATE,
        side=Side.SALES,
        object_type=ObjectType.LEAD,
        target=None,
        lane=Lane.STAGE,
        reason="test",
        changes=changes(given),
    )
    return replace(operation, **more)  # type: ignore[arg-type] # keywords of Operation


def outcomes(receipts: list[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


@pytest.fixture(scope="session")
def stage() -> Iterator[tuple[Stage, str]]:
    """The one server all tests of this directory share, and its base URL."""
    app = Stage()
    with SimulatorServer(app) as server:
        yield app, server.base_url


@pytest.fixture
def org(stage: tuple[Stage, str]) -> Iterator[Org]:
    """An org without crmbridge's fields, at noon of 2 March 2026, UTC."""
    app, base_url = stage
    world = SalesforceWorld(WorldClock(MONDAY_NOON))
    app.app = create_app(world)
    org = Org(world, base_url)
    yield org
    org.close()


@pytest.fixture
def bare(org: Org) -> Iterator[SalesforceConnector]:
    """A connector to an org that was never set up."""
    connector = SalesforceConnector(org.settings(), FieldNames())
    yield connector
    connector.close()


@pytest.fixture
def connector(org: Org, bare: SalesforceConnector) -> SalesforceConnector:
    """A connector to an org that has crmbridge's fields."""
    install_fields(org.world)
    bare.provision({})
    return bare


@pytest.fixture
def reader(connector: SalesforceConnector) -> Reader:
    return Reader(connector)
