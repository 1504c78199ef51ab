"""The HubSpot connector does what every connector does, with the portal in memory and on disk, by
the numbered paths and by the dated ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hubspot_portal import HubSpotPortal

from crmbridge.clock import WorldClock
from crmbridge.testing.connector_contract import ConnectorContract
from crmbridge_hubspot.simulator import HubSpotWorld, create_app

if TYPE_CHECKING:
    from tests.contract.hubspot_connector.conftest import Stage

    from crmbridge.simulation import SimulatorServer


class TestHubSpot(ConnectorContract):
    """A portal of its own for each test."""

    @pytest.fixture(params=[("memory", "v3"), ("file", "2026-03")], ids=lambda each: each[0])
    def portal(
        self,
        request: pytest.FixtureRequest,
        stage: Stage,
        served: SimulatorServer,
        tmp_path: Path,
    ) -> Iterator[HubSpotPortal]:
        kept, family = request.param
        world = HubSpotWorld(
            WorldClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)),
            enforce_rate_limits=False,
            state_path=tmp_path / "portal.sqlite" if kept == "file" else None,
        )
        stage.app = create_app(world)
        made = HubSpotPortal(world, served.base_url, path_family=family)
        yield made
        made.close()
        if world.state:
            world.state.close()
