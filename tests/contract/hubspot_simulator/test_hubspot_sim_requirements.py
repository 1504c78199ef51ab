"""Properties that administrators require: younger paths refuse writes without them."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient

OLD, NEW = "/crm/v3/objects/{}", "/crm/objects/2026-09/{}"


@pytest.fixture(autouse=True)
def required(portal: SimulatorClient) -> None:
    portal.sim("requirements", {"name": "phone"})
    condition = {"property": "dealstage", "value": "closedlost"}
    body = {"object": "deals", "name": "closed_lost_reason", "when": condition}
    portal.sim("requirements", body)


def codes(answer: Any) -> list[tuple[str, list[str]]]:
    assert answer.status_code == 400, answer.text
    assert answer.json()["category"] == "VALIDATION_ERROR"
    return [(one["code"], one["context"]["propertyName"]) for one in answer.json()["errors"]]


@pytest.mark.parametrize("path", [OLD, "/crm/objects/2026-03/{}"])
def test_older_paths_do_not_mind(portal: SimulatorClient, path: str) -> None:
    body = {"properties": {"firstname": "A"}}
    assert portal.post(path.format("contacts"), body).status_code == 201


def test_a_new_record_needs_what_is_required(portal: SimulatorClient) -> None:
    url, missing = NEW.format("contacts"), [("MISSING_REQUIRED_PROPERTY", ["phone"])]
    assert codes(portal.post(url, {"properties": {"firstname": "A"}})) == missing
    assert codes(portal.post(f"{url}/batch/create", {"inputs": [
        {"properties": {"firstname": "A"}}]})) == missing  # fmt: skip
    upsert = {"id": "a@example.com", "idProperty": "email", "properties": {"firstname": "A"}}
    assert codes(portal.post(f"{url}/batch/upsert", {"inputs": [upsert]})) == missing
    assert portal.get(OLD.format("contacts")).json()["results"] == []
    made = portal.post(url, {"properties": {"firstname": "A", "phone": "1"}})
    assert made.status_code == 201


def test_a_change_may_not_take_it_away(portal: SimulatorClient) -> None:
    url = NEW.format("contacts")
    made = portal.post(url, {"properties": {"firstname": "A", "phone": "1"}}).json()["id"]
    cleared = {"properties": {"phone": ""}}
    missing = [("MISSING_REQUIRED_PROPERTY", ["phone"])]
    assert codes(portal.call("PATCH", f"{url}/{made}", cleared)) == missing
    batch = {"inputs": [{"id": made, **cleared}]}
    assert codes(portal.post(f"{url}/batch/update", batch)) == missing
    assert portal.call("PATCH", f"{url}/{made}", {"properties": {"city": "B"}}).status_code == 200
    assert portal.call("PATCH", OLD.format(f"contacts/{made}"), cleared).status_code == 200
    # It has been without ever since: that is not this write's doing.
    assert portal.call("PATCH", f"{url}/{made}", {"properties": {"city": "C"}}).status_code == 200


def test_a_requirement_may_depend_on_another_property(portal: SimulatorClient) -> None:
    url = NEW.format("deals")
    made = portal.post(url, {"properties": {"dealname": "D", "dealstage": "closedwon"}})
    assert made.status_code == 201
    lost = {"properties": {"dealstage": "closedlost"}}
    refused = portal.call("PATCH", f"{url}/{made.json()['id']}", lost)
    assert codes(refused) == [("MISSING_CONDITIONAL_REQUIRED_PROPERTY", ["closed_lost_reason"])]
    lost["properties"]["closed_lost_reason"] = "price"
    assert portal.call("PATCH", f"{url}/{made.json()['id']}", lost).status_code == 200


def test_requirements_are_lifted(portal: SimulatorClient) -> None:
    portal.call("DELETE", "/__sim__/requirements")
    body = {"properties": {"firstname": "A"}}
    assert portal.post(NEW.format("contacts"), body).status_code == 201
