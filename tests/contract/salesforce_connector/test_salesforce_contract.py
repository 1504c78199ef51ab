"""The Salesforce connector does what every connector does, with the org in memory and on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from salesforce_portal import SalesforcePortal
from tests.contract.salesforce_connector.conftest import MONDAY_NOON

from crmbridge.clock import WorldClock
from crmbridge.testing.connector_contract import ConnectorContract
from crmbridge_salesforce.simulator import SalesforceWorld, create_app

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Stage


class TestSalesforce(ConnectorContract):
    """An org of its own for each test."""

    @pytest.fixture(params=["memory", "file"])
    def portal(
        self, request: pytest.FixtureRequest, stage: tuple[Stage, str], tmp_path: Path
    ) -> Iterator[SalesforcePortal]:
        app, base_url = stage
        path = tmp_path / "org.sqlite" if request.param == "file" else None
        world = SalesforceWorld(WorldClock(MONDAY_NOON), state_path=path)
        app.app = create_app(world)
        made = SalesforcePortal(world, base_url)
        yield made
        made.close()
        if world.state:
            world.state.close()
