"""Bodies that make no sense are refused by every endpoint: none is accepted, none is a crash."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.simulator.app import API_ROUTES

CONTACTS = "/crm/v3/objects/contacts"
BODILESS = ("rename", "/move/", "update-list-name", "/restore", "add-from", "default/", "-all")
WITH_BODY = [
    route
    for route in API_ROUTES
    if (
        route.method in ("POST", "PUT", "PATCH")
        and not route.public
        and not any(word in route.path for word in BODILESS)
    )
    or route.path.endswith("batch/associate/default")
]
KNOWN = {
    "type": "contacts",
    "from": "contacts",
    "to": "companies",
    "object_type": "car",
    "name": "email",
    "email": "ada@example.com",
}


@pytest.fixture(autouse=True)
def filled(portal: SimulatorClient) -> dict[str, str]:
    """A portal that has what the paths name."""
    ids = {}
    for kind in ("contacts", "companies"):
        properties = {"email": KNOWN["email"]} if kind == "contacts" else {"name": "Acme"}
        made = portal.post(f"/crm/v3/objects/{kind}", {"properties": properties})
        ids[kind] = made.json()["id"]
    plate = [{"name": "plate", "label": "Plate"}]
    labels = {"singular": "Car", "plural": "Cars"}
    body = {"name": "car", "labels": labels, "properties": plate}
    assert portal.post("/crm-object-schemas/v3/schemas", body).status_code == 201
    body = {"name": "L", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = portal.post("/crm/v3/lists", body).json()["list"]["listId"]
    return {**KNOWN, "list": made, "to_id": ids["companies"], "id": ids["contacts"]}


def url(path: str, filled: dict[str, str]) -> str:
    values = {**filled, "id": filled.get("list", filled["id"])} if "/lists/" in path else filled
    return re.sub(r"{(\w+)(?::path)?}", lambda found: values.get(found[1], "1"), path)


def refusal(answer: Any) -> None:
    assert 400 <= answer.status_code < 500, f"{answer.request.url} {answer.request.body!r}"
    assert answer.json()["status"] == "error"
    assert answer.json()["correlationId"]


@pytest.mark.parametrize("data", ["", "{", '"text"', "5", "null", "[[]]", "[null]", '{"inputs":5}'])
def test_no_endpoint_takes_a_body_of_the_wrong_kind(
    portal: SimulatorClient, filled: dict[str, str], data: str
) -> None:
    assert len(WITH_BODY) > 40
    lenient = (
        "search",
        "{object_type}",
        "properties/{type}/{name}",
        "/groups/{name}",
        "/add-and-remove",
    )
    for route in WITH_BODY:
        if data.startswith('{"') and route.path.endswith(lenient):
            continue  # an object with a field that these do not know
        refusal(portal.call(route.method, url(route.path, filled), data=data))


# Memberships of records are told input by input.
BATCHES = [one.path for one in API_ROUTES if "/batch/" in one.path and "/lists/" not in one.path]


@pytest.mark.parametrize("batch", BATCHES)
def test_no_batch_takes_inputs_without_their_fields(
    portal: SimulatorClient, filled: dict[str, str], batch: str
) -> None:
    for given in ({"nothing": 1}, {"id": [1], "name": {}, "from": {}, "to": []}):
        refusal(portal.post(url(batch, filled), {"inputs": [given]}))


@pytest.mark.parametrize(
    "body",
    [
        {"filterGroups": 1},
        {"filterGroups": [{"filters": 1}]},
        {"filters": 5},
        {
            "filterGroups": [
                {"filters": [{"propertyName": "city", "operator": "IN", "values": "a"}]}
            ]
        },
        {"properties": 5},
        {"properties": [{}]},
        {"query": {}},
        {"sorts": [5]},
        {"limit": [1]},
    ],
)
def test_senseless_searches_are_refused(portal: SimulatorClient, body: dict[str, Any]) -> None:
    refusal(portal.post(f"{CONTACTS}/search", body))


@pytest.mark.parametrize(
    "branch",
    [
        {"filterBranchType": "AND", "filters": 5},
        {"filterBranchType": "AND", "filters": [5]},
        {"filterBranchType": "AND", "filterBranches": [5]},
        {
            "filterBranchType": "AND",
            "filters": [{"filterType": "PROPERTY", "property": "city", "operation": 5}],
        },
    ],
)
def test_senseless_filters_make_no_list(portal: SimulatorClient, branch: dict[str, Any]) -> None:
    body = {"name": "D", "objectTypeId": "0-1", "processingType": "DYNAMIC"}
    refusal(portal.post("/crm/v3/lists", {**body, "filterBranch": branch}))


@pytest.mark.parametrize("at", ["never", "-99999999999999", "999999999999999"])
def test_events_occur_at_instants(portal: SimulatorClient, at: str) -> None:
    body = {"eventName": "pe424242_x", "email": "nobody@example.com", "occurredAt": at}
    refusal(portal.post("/events/v3/send", body))


def test_what_is_not_there_is_told_so_wherever_a_path_names_one(portal: SimulatorClient) -> None:
    """404 or 400 in HubSpot's envelope, never a 200."""
    named = ("{id}", "{name}", "{name:path}", "{token}", "{object_type}")
    asked = [
        route
        for route in API_ROUTES
        if route.method == "GET" and any(word in route.path for word in named)
    ]
    assert len(asked) > 10
    nothing = {**KNOWN, **dict.fromkeys(("id", "name", "token", "object_type"), "99")}
    for route in asked:
        path = url(route.path.replace("{object_type_id}", "0-1"), nothing)
        answer = portal.get(path)
        assert answer.status_code in (400, 404), path
        assert answer.json()["message"]
