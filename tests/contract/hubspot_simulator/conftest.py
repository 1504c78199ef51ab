"""A fresh portal for each test behind one real HTTP server for all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorClient, SimulatorServer
from crmbridge_hubspot.simulator import HubSpotWorld, create_app

# The modules about what becomes of records; the others are about the wire around them.
STORED = {
    "associations",
    "batches",
    "custom_objects",
    "folders",
    "labels",
    "lifecycle",
    "lists",
    "merge",
    "objects",
    "search",
    "subscriptions",
    "visitor",
}


class Stage:
    """An ASGI app that serves whichever portal is on stage."""

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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what depends on stored records twice: with them in memory, and in a file."""
    name = metafunc.module.__name__.rpartition("test_hubspot_sim_")[2]
    if "keeping" in metafunc.fixturenames and name in STORED:
        metafunc.parametrize("keeping", ["memory", "file"])


@pytest.fixture
def keeping() -> str:
    """Where the portal keeps its records."""
    return "memory"


@pytest.fixture
def state_path(keeping: str, tmp_path: Path) -> Path | None:
    """The portal's file, if it has one."""
    return tmp_path / "portal.sqlite" if keeping == "file" else None


@pytest.fixture
def world(state_path: Path | None) -> Iterator[HubSpotWorld]:
    """The portal's state; a test module may override it to set another portal up."""
    clock = WorldClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    made = HubSpotWorld(clock, enforce_rate_limits=False, state_path=state_path)
    yield made
    if made.state:
        made.state.close()


@pytest.fixture
def base_url(stage: Stage, served: SimulatorServer, world: HubSpotWorld) -> str:
    stage.app = create_app(world)
    return served.base_url


@pytest.fixture
def portal(base_url: str, world: HubSpotWorld) -> Iterator[SimulatorClient]:
    """The API as crmbridge calls it."""
    with SimulatorClient(base_url, world.token("crmbridge")) as client:
        yield client


@pytest.fixture
def marketer(base_url: str, world: HubSpotWorld) -> Iterator[SimulatorClient]:
    """The API as a person in HubSpot's screens causes it."""
    with SimulatorClient(base_url, world.token("marketer")) as client:
        yield client
