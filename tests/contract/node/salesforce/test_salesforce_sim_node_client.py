"""jsforce, unmodified, against the simulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorServer
from crmbridge_salesforce.simulator import SalesforceWorld, create_app


def test_jsforce_works_unmodified(run_node: Callable[[Path, Mapping[str, str]], str]) -> None:
    world = SalesforceWorld(WorldClock(datetime(2026, 3, 2, 12, tzinfo=UTC)))
    with SimulatorServer(create_app(world)) as server:
        printed = run_node(
            Path(__file__).with_name("smoke.mjs"),
            {
                "SALESFORCE_URL": server.base_url,
                "SALESFORCE_ORG": world.org_id,
                "SALESFORCE_KEY": world.consumer_key,
                "SALESFORCE_SECRET": world.consumer_secret,
            },
        )
    assert printed.strip() == "ok"
