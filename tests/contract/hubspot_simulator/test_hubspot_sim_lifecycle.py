"""Lifecycle stages move one way; two requests are needed to go back."""

from __future__ import annotations

import pytest

from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.simulator import HubSpotWorld

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def contact(portal: SimulatorClient) -> str:
    made = portal.post(
        CONTACTS,
        {"properties": {"email": "a@b.example", "lifecyclestage": "salesqualifiedlead"}},
    )
    return f"{CONTACTS}/{made.json()['id']}"


def set_stage(portal: SimulatorClient, url: str, stage: str) -> str:
    answer = portal.call("PATCH", url, {"properties": {"lifecyclestage": stage}})
    assert answer.status_code == 200
    value: str = answer.json()["properties"]["lifecyclestage"]
    return value


def test_forward_is_applied_and_stamped(portal: SimulatorClient, contact: str) -> None:
    portal.sim("clock", {"advance_seconds": 3600})
    assert set_stage(portal, contact, "customer") == "customer"
    names = "hs_lifecyclestage_customer_date,hs_v2_date_entered_customer"
    read = portal.get(contact, properties=names).json()["properties"]
    assert read["hs_lifecyclestage_customer_date"] == "2026-03-02T10:00:00.000Z"
    assert read["hs_v2_date_entered_customer"] == "2026-03-02T10:00:00.000Z"


def test_backward_answers_200_and_changes_nothing_but_the_modified_date(
    portal: SimulatorClient, contact: str
) -> None:
    portal.sim("clock", {"advance_seconds": 60})
    assert set_stage(portal, contact, "lead") == "salesqualifiedlead"
    read = portal.get(contact, propertiesWithHistory="lifecyclestage").json()
    assert len(read["propertiesWithHistory"]["lifecyclestage"]) == 1
    assert read["updatedAt"] == "2026-03-02T09:01:00.000Z"


def test_clearing_first_lets_the_stage_go_back(portal: SimulatorClient, contact: str) -> None:
    assert set_stage(portal, contact, "") == ""
    portal.sim("clock", {"advance_seconds": 60})
    assert set_stage(portal, contact, "lead") == "lead"
    read = portal.get(contact, propertiesWithHistory="lifecyclestage").json()
    values = [one["value"] for one in read["propertiesWithHistory"]["lifecyclestage"]]
    assert values == ["lead", "", "salesqualifiedlead"]


def test_the_other_reading_of_backward_writes_can_be_switched_on(
    portal: SimulatorClient, contact: str
) -> None:
    portal.sim("config", {"lifecycle_backward": "applied"})
    assert set_stage(portal, contact, "lead") == "lead"


def test_other_is_the_last_stage(portal: SimulatorClient, contact: str) -> None:
    assert set_stage(portal, contact, "other") == "other"
    assert set_stage(portal, contact, "customer") == "other"


def test_a_portal_may_have_its_own_stages(portal: SimulatorClient, contact: str) -> None:
    portal.sim("lifecycle-stages", {"value": "1234567", "label": "Recycled"})
    assert set_stage(portal, contact, "1234567") == "1234567"
    read = portal.get(contact, properties="hs_v2_date_entered_1234567").json()["properties"]
    assert read["hs_v2_date_entered_1234567"] == "2026-03-02T09:00:00.000Z"
    assert set_stage(portal, contact, "customer") == "1234567"


def test_the_default_stage_of_new_contacts_is_the_portals_choice(
    portal: SimulatorClient, world: HubSpotWorld
) -> None:
    portal.sim("config", {"default_lifecyclestage": ""})
    made = portal.post(CONTACTS, {"properties": {"email": "x@b.example"}}).json()
    assert "lifecyclestage" not in made["properties"]
