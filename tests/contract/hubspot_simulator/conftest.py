"""A fresh portal for each test behind one real HTTP server for all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorClient, SimulatorServer
from crmbridge_hubspot.simulator import HubSpotWorld, create_app


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


@pytest.fixture
def world() -> HubSpotWorld:
    """The portal's state; a test module may override it to set another portal up."""
    clock = WorldClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    return HubSpotWorld(clock, enforce_rate_limits=False)


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
