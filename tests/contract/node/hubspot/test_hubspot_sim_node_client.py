"""The vendor's JavaScript client, unmodified, against the simulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorClient, SimulatorServer
from crmbridge_hubspot.simulator import HubSpotWorld, create_app


def test_hubspot_api_client_for_node_works_unmodified(
    run_node: Callable[[Path, Mapping[str, str]], str],
) -> None:
    world = HubSpotWorld(WorldClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)))
    with (
        SimulatorServer(create_app(world)) as server,
        SimulatorClient(server.base_url) as client,
    ):
        client.sim("owners", {"email": "rep@example.com"})
        printed = run_node(
            Path(__file__).with_name("smoke.mjs"),
            {"HUBSPOT_URL": server.base_url, "HUBSPOT_TOKEN": world.token("crmbridge")},
        )
        assert client.sim("calls", method="GET")["by_token"] == {
            "crmbridge": world.calls.total,
        }
    assert printed.strip() == "ok"
