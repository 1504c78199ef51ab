"""The portal's own kinds of events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.simulator import HubSpotWorld, create_app

EVENTS = "/events/v3/event-definitions"
TRIAL = {
    "name": "trial",
    "label": "Trial begun",
    "propertyDefinitions": [{"name": "plan", "label": "Plan", "type": "string"}],
}


def test_a_kind_of_event_is_defined_changed_and_forgotten(portal: SimulatorClient) -> None:
    made = portal.post(EVENTS, TRIAL).json()
    assert (made["fullyQualifiedName"], made["primaryObjectId"]) == ("pe424242_trial", "0-1")
    for name in ("trial", "pe424242_trial"):
        assert portal.get(f"{EVENTS}/{name}").json() == made
    dated = portal.get("/events/event-definitions/2026-03").json()
    assert (dated["results"], dated["total"]) == ([made], 1)
    minutes = {"label": "Minutes used", "type": "number"}
    assert portal.post(f"{EVENTS}/trial/property", minutes).json()["name"] == "minutes_used"
    assert portal.post(f"{EVENTS}/trial/property", minutes).status_code == 400
    changed = portal.call("PATCH", f"{EVENTS}/trial", {"description": "In the app"}).json()
    assert changed["description"] == "In the app"
    assert [one["name"] for one in changed["properties"]] == ["plan", "minutes_used"]
    assert portal.call("DELETE", f"{EVENTS}/trial").status_code == 204
    assert portal.get(f"{EVENTS}/trial").status_code == 404
    assert portal.get(EVENTS).json() == {"results": [], "total": 0}


def test_they_are_paged_and_sought(portal: SimulatorClient) -> None:
    for label in ("Trial begun", "Trial ended", "Watched"):
        assert portal.post(EVENTS, {"label": label}).status_code == 200
    first = portal.get(EVENTS, limit=2, searchString="trial").json()
    assert [one["name"] for one in first["results"]] == ["trial_begun", "trial_ended"]
    page = portal.get(EVENTS, limit=2).json()
    rest = portal.get(EVENTS, after=page["paging"]["next"]["after"]).json()["results"]
    assert [one["name"] for one in rest] == ["watched"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        TRIAL,
        {"label": "X", "name": "Not A Name"},
        {"label": "X", "primaryObject": "UNICORN"},
        {"label": "X", "propertyDefinitions": [{"label": "Y", "type": "blob"}]},
        {"label": "X", "propertyDefinitions": [5]},
    ],
)
def test_senseless_definitions_are_400(portal: SimulatorClient, body: dict[str, Any]) -> None:
    portal.post(EVENTS, TRIAL)
    assert portal.post(EVENTS, body).status_code == 400
    assert portal.get(EVENTS).json()["total"] == 1


def test_there_are_five_hundred_at_most(
    portal: SimulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crmbridge_hubspot.simulator.event_definitions._MOST", 1)
    assert portal.post(EVENTS, TRIAL).status_code == 200
    assert portal.post(EVENTS, {"label": "One more"}).status_code == 400


def test_a_kept_portal_has_its_definitions_and_folders_again(
    tmp_path: Path, stage: Any, served: Any
) -> None:
    for life in range(2):
        path = tmp_path / "kept.sqlite"
        world = HubSpotWorld(WorldClock(), enforce_rate_limits=False, state_path=path)
        stage.app = create_app(world)
        with SimulatorClient(served.base_url, world.token("crmbridge")) as portal:
            if life == 0:
                portal.post(EVENTS, TRIAL)
                portal.post("/crm/v3/lists/folders", {"name": "Nurture"})
            (kept,) = portal.get(EVENTS).json()["results"]
            assert [one["name"] for one in kept["properties"]] == ["plan"]
            root = portal.get("/crm/v3/lists/folders").json()["folder"]
            assert [one["name"] for one in root["childNodes"]] == ["Nurture"]
        assert world.state
        world.state.close()
