"""Every endpoint answers in the shape that the vendor's own client declares."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hubspot_case import Case
from hubspot_endpoint_cases import CASES
from hubspot_sdk_shape import departures

from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.simulator.app import API_ROUTES

_BRANCH = {
    "filterBranchType": "OR",
    "filters": [],
    "filterBranches": [
        {
            "filterBranchType": "AND",
            "filterBranches": [],
            "filters": [
                {
                    "filterType": "PROPERTY",
                    "property": "city",
                    "operation": {
                        "operationType": "MULTISTRING",
                        "operator": "IS_EQUAL_TO",
                        "values": ["Bonn"],
                    },
                }
            ],
        }
    ],
}

_CAR = {
    "name": "car",
    "labels": {"singular": "Car", "plural": "Cars"},
    "properties": [{"name": "plate", "label": "Plate", "type": "string", "fieldType": "text"}],
    "requiredProperties": [],
    "associatedObjects": ["CONTACT"],
}


@pytest.fixture
def known(portal: SimulatorClient) -> dict[str, Any]:
    """What the examples may name: two contacts, linked and listed, and one of all else."""

    def made(path: str, body: dict[str, Any]) -> Any:
        answer = portal.post(path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    objects, lists = "/crm/v3/objects", "/crm/v3/lists"
    ids = {
        name: made(f"{objects}/contacts", {"properties": {"email": f"{who}@example.com"}})["id"]
        for name, who in (("contact", "ada"), ("other", "bob"))
    }
    company = made(f"{objects}/companies", {"properties": {"name": "Acme"}})["id"]
    definition = {"groupName": "contactinformation", "type": "string", "fieldType": "text"}
    made("/crm/v3/properties/contacts", {"name": "mine", "label": "Mine", **definition})
    made("/crm/v3/properties/contacts/groups", {"name": "own", "label": "Own"})
    for name, title in (("list", "Own"), ("deleted", "Gone")):
        wish = {"name": title, "objectTypeId": "0-1", "processingType": "MANUAL"}
        ids[name] = made(lists, wish)["list"]["listId"]
    wish = {"name": "Bonn", "objectTypeId": "0-1", "processingType": "DYNAMIC"}
    ids["dynamic"] = made(lists, {**wish, "filterBranch": _BRANCH})["list"]["listId"]
    for name in ("folder", "parent"):
        ids[name] = made(f"{lists}/folders", {"name": name})["folder"]["id"]
    portal.call("PUT", f"{lists}/{ids['list']}/memberships/add", [ids["contact"]])
    portal.call("DELETE", f"{lists}/{ids['deleted']}")
    link = f"/crm/v4/objects/contacts/{ids['contact']}/associations/default/companies/{company}"
    assert 200 == portal.call("PUT", link).status_code
    for who in ("contact", "other"):
        event = {"eventName": "pe424242_intent", "objectId": ids[who], "properties": {"a": 1}}
        assert 204 == portal.post("/events/v3/send", event).status_code
    car = made("/crm-object-schemas/v3/schemas", _CAR)["objectTypeId"]
    made("/events/v3/event-definitions", {"name": "trial", "label": "Trial"})
    labels = "/crm/v4/associations/contacts/companies/labels"
    label = made(labels, {"name": "adviser", "label": "Adviser"})["results"][0]["typeId"]
    owner = portal.sim("owners", {"email": "rep@example.com"})["id"]
    kinds = portal.get("/communication-preferences/v4/definitions").json()["results"]
    app = portal.sim("oauth")
    form = urlencode({**app, "grant_type": "authorization_code"})
    granted = portal.call("POST", "/oauth/v3/token", data=form).json()
    return {
        **ids,
        **app,
        "refresh": granted["refresh_token"],
        "access": granted["access_token"],
        "company": company,
        "car": car,
        "label": label,
        "owner": owner,
        "subscription": kinds[0]["id"],
        "branch": _BRANCH,
    }


def _filled(value: Any, known: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, known) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, known) for one in value]
    if isinstance(value, str) and value.startswith("{"):
        return known[value.strip("{}")]
    return value


def test_every_route_has_an_example_and_every_example_a_route() -> None:
    assert set(CASES) == {(route.method, route.path) for route in API_ROUTES}


def test_a_route_without_a_model_says_why() -> None:
    silent = [
        key for key, case in CASES.items() if not (case.model or case.reason or case.status == 204)
    ]
    assert [] == silent


@pytest.mark.parametrize(
    ("method", "case"),
    [pytest.param(key[0], case, id=" ".join(key)) for key, case in CASES.items()],
)
def test_the_answer_has_the_shape_of_the_clients_model(
    method: str, case: Case, portal: SimulatorClient, known: dict[str, Any]
) -> None:
    body = _filled(case.body, known)
    url = case.url.format_map(known)
    if case.form:
        answer = portal.call(method, url, data=urlencode(body))
    else:
        answer = portal.call(method, url, body)
    assert case.status == answer.status_code, answer.text
    if case.model:
        assert [] == departures(case.package, case.model, answer.json())
    elif case.status == 204:
        assert "" == answer.text
    else:
        assert isinstance(answer.json(), dict)


def test_a_missing_field_and_a_wrong_type_are_departures() -> None:
    wrong = {"id": 7, "properties": {}, "createdAt": "2026-03-02T09:00:00Z"}
    found = departures("crm.contacts", "SimplePublicObject", wrong)
    assert [
        "$.id: 7 is no str",
        "$.updatedAt: Invalid value for `updated_at`, must not be `None`",
    ] == [*found]
