"""Tickets and activities go through the doors of any object. Contract §4, §5, §10."""

from __future__ import annotations

import pytest

from crmbridge.simulation import SimulatorClient

OBJECTS = "/crm/v3/objects"
AT = "2026-03-02T08:00:00.000Z"
KINDS = {
    "tickets": ("0-5", {"subject": "Broken", "hs_pipeline_stage": "1"}, "subject", 16),
    "calls": ("0-48", {"hs_timestamp": AT, "hs_call_title": "Intro"}, "hs_call_title", 194),
    "emails": ("0-49", {"hs_timestamp": AT, "hs_email_subject": "Hello"}, "hs_email_subject", 198),
    "meetings": ("0-47", {"hs_timestamp": AT, "hs_meeting_title": "Demo"}, "hs_meeting_title", 200),
}


@pytest.mark.parametrize("plural", sorted(KINDS))
def test_a_generic_object_is_made_found_linked_and_archived(
    plural: str, portal: SimulatorClient
) -> None:
    type_id, properties, named, association = KINDS[plural]
    contact = portal.post(f"{OBJECTS}/contacts", {"properties": {"email": "a@b.example"}}).json()
    made = portal.post(f"{OBJECTS}/{plural}", {"properties": properties})
    assert 201 == made.status_code, made.text
    path = f"{OBJECTS}/{type_id}/{made.json()['id']}"
    assert properties[named] == portal.get(path, properties=named).json()["properties"][named]
    wish = {
        "filterGroups": [
            {"filters": [{"propertyName": named, "operator": "EQ", "value": properties[named]}]}
        ]
    }
    assert 1 == portal.post(f"{OBJECTS}/{plural}/search", wish).json()["total"]
    link = f"/crm/v4/objects/{plural}/{made.json()['id']}/associations/default/contacts"
    assert portal.call("PUT", f"{link}/{contact['id']}").ok
    back = portal.get(f"/crm/v4/objects/{plural}/{made.json()['id']}/associations/contacts").json()
    assert [association] == [each["typeId"] for each in back["results"][0]["associationTypes"]]
    assert 204 == portal.call("DELETE", path).status_code
    assert 404 == portal.get(path).status_code


@pytest.mark.parametrize("plural", ["calls", "emails", "meetings"])
def test_an_activity_needs_its_instant(plural: str, portal: SimulatorClient) -> None:
    assert 400 == portal.post(f"{OBJECTS}/{plural}", {"properties": {}}).status_code


def test_an_object_type_that_nobody_knows_is_not_there(portal: SimulatorClient) -> None:
    for name in ("machines", "2-123"):
        answer = portal.get(f"{OBJECTS}/{name}")
        assert answer.status_code in (400, 404), answer.text
