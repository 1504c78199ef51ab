"""A fresh simulated org per test, spoken to over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorServer
from crmbridge_salesforce.simulator import SalesforceWorld, create_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# The modules about what becomes of records; the others are about the wire around them.
STORED = {"admins", "collections", "composite", "conversion", "history", "records", "sales", "soql"}
MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Stage:
    """An app that hands every request to the org of the running test."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


class Org:
    """One user's session with the org: plain REST calls, with short cuts for common ones."""

    def __init__(self, world: SalesforceWorld, base_url: str, token: str) -> None:
        self.world = world
        self.base_url = base_url
        self.token = token
        self.root = "/services/data/v67.0"
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """A call below the API root, or of an absolute path."""
        if not path.startswith(("/services/", "/__sim__/", "/id/")):
            path = f"{self.root}/{path}"
        return self.http.request(method, self.base_url + path, timeout=10, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> requests.Response:
        return self.call("POST", path, json=json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> requests.Response:
        return self.call("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        return self.call("DELETE", path, **options)

    def create(self, sobject: str, **fields: Any) -> str:
        """Create a record, which must succeed; answers its id."""
        answer = self.post(f"sobjects/{sobject}", fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def lead(self, **fields: Any) -> str:
        """Create a lead with whatever is not said filled in."""
        return self.create("Lead", **{"LastName": "Doe", "Company": "Acme", **fields})

    def change(self, sobject: str, record_id: str, **fields: Any) -> None:
        """Change a record, which must succeed."""
        answer = self.patch(f"sobjects/{sobject}/{record_id}", fields)
        assert answer.status_code == 204, answer.text

    def row(self, sobject: str, record_id: str) -> dict[str, Any]:
        """A record with all its fields."""
        answer = self.get(f"sobjects/{sobject}/{record_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def query(self, soql: str, resource: str = "query", **headers: str) -> dict[str, Any]:
        """One page of a query, which must succeed."""
        answer = self.get(resource, params={"q": soql}, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def records(self, soql: str, resource: str = "query") -> list[dict[str, Any]]:
        """The records of a query without their attributes."""
        found = self.query(soql, resource)["records"]
        return [{k: v for k, v in each.items() if k != "attributes"} for each in found]

    def admin(self, act: str, **body: Any) -> dict[str, Any]:
        """An act of the simulator's own API, which must succeed."""
        answer = self.post(f"/__sim__/{act}", body)
        assert answer.ok, answer.text
        return dict(answer.json())

    def advance(self, seconds: float) -> None:
        """Let world time pass."""
        self.admin("clock", advance_seconds=seconds)

    def user(self, name: str, **fields: Any) -> str:
        """Add a user; answers the id."""
        return str(self.admin("users", Name=name, **fields)["id"])

    def acting_as(self, user_id: str) -> Org:
        """A session of that user."""
        token = self.admin("session", user_id=user_id)["access_token"]
        return Org(self.world, self.base_url, token)

    def add_field(
        self, full_name: str, kind: str = "Text", *, visible: bool = True, **metadata: Any
    ) -> str:
        """Create a custom field and let the integration user see it; answers its id."""
        if kind == "Text":
            metadata.setdefault("length", 100)
        body = {"FullName": full_name, "Metadata": {"label": full_name, "type": kind, **metadata}}
        made = self.post("tooling/sobjects/CustomField", body)
        assert made.status_code == 201, made.text
        if visible:
            entity, _, name = full_name.partition(".")
            for sobject in ("Task", "Event") if entity == "Activity" else (entity,):
                self.grant(sobject, name, self.world.integration_user_id)
        return str(made.json()["id"])

    def grant(self, sobject: str, field: str, user_id: str, *, edit: bool = True) -> None:
        """Give a user access to a custom field by a permission set of its own."""
        name = f"set_{sobject}_{field}_{user_id}"
        permission_set = self.create("PermissionSet", Name=name, Label=name)
        self.create(
            "FieldPermissions",
            ParentId=permission_set,
            SobjectType=sobject,
            Field=f"{sobject}.{field}",
            PermissionsRead=True,
            PermissionsEdit=edit,
        )
        self.create("PermissionSetAssignment", PermissionSetId=permission_set, AssigneeId=user_id)


@pytest.fixture(scope="session")
def stage() -> Iterator[tuple[Stage, str]]:
    """The one server all tests of this directory share, and its base URL."""
    app = Stage()
    with SimulatorServer(app) as server:
        yield app, server.base_url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what depends on stored records twice: with them in memory, and in a file."""
    name = metafunc.module.__name__.rpartition("test_salesforce_sim_")[2]
    if "keeping" in metafunc.fixturenames and name in STORED:
        metafunc.parametrize("keeping", ["memory", "file"])


@pytest.fixture
def keeping() -> str:
    """Where the org keeps its records."""
    return "memory"


@pytest.fixture
def world(keeping: str, tmp_path: Path) -> Iterator[SalesforceWorld]:
    """An empty org at noon of 2 March 2026, UTC."""
    path = tmp_path / "org.sqlite" if keeping == "file" else None
    made = SalesforceWorld(WorldClock(MONDAY_NOON), state_path=path)
    yield made
    if made.state:
        made.state.close()


@pytest.fixture
def org(world: SalesforceWorld, stage: tuple[Stage, str]) -> Iterator[Org]:
    """A session of the integration user."""
    app, base_url = stage
    app.app = create_app(world)
    session = Org(world, base_url, world.sessions.open(world.integration_user_id))
    yield session
    session.http.close()
