"""What each property accepts, and how a refusal reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def contact(portal: SimulatorClient) -> str:
    made = portal.post(CONTACTS, {"properties": {"email": "ada@example.com"}})
    return f"{CONTACTS}/{made.json()['id']}"


@pytest.fixture(autouse=True)
def custom_properties(portal: SimulatorClient) -> None:
    base = {"groupName": "contactinformation"}
    options = [{"label": value, "value": value} for value in ("one", "two", "Three")]
    for definition in (
        {"name": "score", "type": "number", "fieldType": "number"},
        {"name": "day", "type": "date", "fieldType": "date"},
        {"name": "moment", "type": "datetime", "fieldType": "date"},
        {"name": "flag", "type": "bool", "fieldType": "booleancheckbox"},
        {"name": "pick", "type": "enumeration", "fieldType": "select", "options": options},
        {"name": "many", "type": "enumeration", "fieldType": "checkbox", "options": options},
    ):
        answer = portal.post(
            "/crm/v3/properties/contacts", {**base, "label": definition["name"], **definition}
        )
        assert answer.status_code == 201, answer.text


def write(portal: SimulatorClient, url: str, name: str, value: Any) -> tuple[int, Any]:
    answer = portal.call("PATCH", url, {"properties": {name: value}})
    body = answer.json()
    if answer.status_code == 200:
        return 200, body["properties"][name]
    return answer.status_code, body["errors"][0]["code"]


@pytest.mark.parametrize(
    ("name", "sent", "stored"),
    [
        ("score", "12.5", "12.5"),
        ("score", 7, "7"),
        ("score", 7.5, "7.5"),
        ("day", "2026-03-02", "2026-03-02"),
        ("day", "1772409600000", "2026-03-02"),
        ("moment", "2026-03-02T10:11:12Z", "2026-03-02T10:11:12.000Z"),
        ("moment", "2026-03-02T10:11:12.5+01:00", "2026-03-02T09:11:12.500Z"),
        ("moment", "1772409600123", "2026-03-02T00:00:00.123Z"),
        ("flag", "true", "true"),
        ("flag", False, "false"),
        ("pick", "Three", "Three"),
        ("many", "one;two", "one;two"),
        ("jobtitle", None, ""),
        ("email", "Other@Example.COM", "other@example.com"),
    ],
)
def test_accepted_values_are_stored_as_text(
    portal: SimulatorClient, contact: str, name: str, sent: Any, stored: str
) -> None:
    assert write(portal, contact, name, sent) == (200, stored)


@pytest.mark.parametrize(
    ("name", "sent", "code"),
    [
        ("nonsense", "x", "PROPERTY_DOESNT_EXIST"),
        ("hs_email_click", "3", "READ_ONLY_VALUE"),
        ("hs_object_id", "3", "READ_ONLY_VALUE"),
        ("score", "many", "INVALID_LONG"),
        ("score", "NaN", "INVALID_LONG"),
        ("day", "02.03.2026", "INVALID_DATE"),
        ("day", "1772409600001", "INVALID_DATE"),
        ("moment", "yesterday", "INVALID_LONG"),
        ("flag", "maybe", "INVALID_OPTION"),
        ("pick", "three", "INVALID_OPTION"),
        ("many", "one;nine", "INVALID_OPTION"),
        ("lifecyclestage", "mql", "INVALID_OPTION"),
        ("email", "not an address", "INVALID_EMAIL"),
        ("hubspot_owner_id", "9586504", "INVALID_OWNER_ID"),
        ("associatedcompanyid", "5", "INVALID_ASSOCIATION"),
        ("message", "x" * 65_537, "PROPERTY_VALUE_TOO_LONG"),
    ],
)
def test_refused_values_name_their_code(
    portal: SimulatorClient, contact: str, name: str, sent: str, code: str
) -> None:
    assert write(portal, contact, name, sent) == (400, code)


def test_a_date_that_is_not_midnight_is_told_so(portal: SimulatorClient, contact: str) -> None:
    body = portal.call("PATCH", contact, {"properties": {"day": "1772409600001"}}).json()
    assert "not midnight" in body["errors"][0]["message"]


def test_a_leading_semicolon_appends_to_a_multi_select(
    portal: SimulatorClient, contact: str
) -> None:
    write(portal, contact, "many", "one")
    assert write(portal, contact, "many", ";two;one") == (200, "one;two")


def test_refusals_come_together_and_again_as_json_in_the_message(
    portal: SimulatorClient, contact: str
) -> None:
    body = portal.call(
        "PATCH", contact, {"properties": {"nonsense": "x", "pick": "four", "jobtitle": "CTO"}}
    ).json()
    assert body["category"] == "VALIDATION_ERROR"
    assert [one["context"]["propertyName"] for one in body["errors"]] == [["nonsense"], ["pick"]]
    text = body["message"].removeprefix("Property values were not valid: ")
    inner = json.loads(text)
    assert [one["error"] for one in inner] == ["PROPERTY_DOESNT_EXIST", "INVALID_OPTION"]
    assert inner[1]["message"] == "four was not one of the allowed options: [one, two, Three]"
    assert {one["portalId"] for one in inner} == {424242}
    read = portal.get(contact, properties="jobtitle").json()
    assert read["properties"]["jobtitle"] is None


def test_properties_are_required_in_the_body(portal: SimulatorClient, contact: str) -> None:
    answer = portal.call("PATCH", contact, {"propertys": {}})
    assert answer.status_code == 400
    assert "Some required fields were not set: [properties]" in answer.json()["message"]


def test_an_owner_is_given_by_owner_id_and_assignment_is_stamped(
    portal: SimulatorClient, contact: str
) -> None:
    owner = portal.sim("owners", {"email": "rep@example.com", "firstName": "R", "lastName": "P"})
    assert write(portal, contact, "hubspot_owner_id", owner["id"]) == (200, owner["id"])
    read = portal.get(contact, properties="hubspot_owner_assigneddate").json()
    assert read["properties"]["hubspot_owner_assigneddate"] == "2026-03-02T09:00:00.000Z"
