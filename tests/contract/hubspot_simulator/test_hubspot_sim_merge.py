"""Merging makes a new record out of two; erasing leaves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient

CONTACTS = "/crm/v3/objects/contacts"


def create(portal: SimulatorClient, **properties: str) -> str:
    made: dict[str, Any] = portal.post(CONTACTS, {"properties": properties}).json()
    return str(made["id"])


@pytest.fixture
def pair(portal: SimulatorClient) -> tuple[str, str]:
    """A primary and a loser; the loser is further on, has clicked and has a phone."""
    primary = create(portal, email="ada@example.com", jobtitle="CTO")
    portal.sim("clock", {"advance_seconds": 60})
    loser = create(
        portal, email="ada@old.example", jobtitle="Dev", phone="1", lifecyclestage="opportunity"
    )
    portal.sim("visitor/form", {"id": primary, "form": "Newsletter"})
    portal.sim("clock", {"advance_seconds": 60})
    portal.sim("visitor/form", {"id": loser, "form": "Demo request"})
    return primary, loser


def merge(portal: SimulatorClient, primary: str, loser: str) -> dict[str, Any]:
    body = {"primaryObjectId": primary, "objectIdToMerge": loser}
    answer = portal.post(f"{CONTACTS}/merge", body)
    assert answer.status_code == 200, answer.text
    merged: dict[str, Any] = answer.json()
    return merged


def test_a_merge_has_a_new_id_and_both_old_ones_lead_to_it(
    portal: SimulatorClient, pair: tuple[str, str]
) -> None:
    merged = merge(portal, *pair)
    assert merged["id"] not in pair
    for old in pair:
        assert portal.get(f"{CONTACTS}/{old}").json()["id"] == merged["id"]
        changed = portal.call("PATCH", f"{CONTACTS}/{old}", {"properties": {"city": "Bonn"}})
        assert changed.json()["id"] == merged["id"]
    listed = portal.get(CONTACTS).json()["results"]
    assert [one["id"] for one in listed] == [merged["id"]]
    assert portal.get(CONTACTS, archived="true").json()["results"] == []


def test_primary_values_win_and_counts_stages_and_dates_combine(
    portal: SimulatorClient, pair: tuple[str, str]
) -> None:
    merged = merge(portal, *pair)
    names = (
        "email,hs_additional_emails,jobtitle,phone,lifecyclestage,num_conversion_events,"
        "num_unique_conversion_events,recent_conversion_event_name,first_conversion_event_name,"
        "hs_merged_object_ids,hs_calculated_merged_vids,createdate"
    )
    read = portal.get(f"{CONTACTS}/{merged['id']}", properties=names).json()["properties"]
    assert read["email"] == "ada@example.com"
    assert read["hs_additional_emails"] == "ada@old.example"
    assert read["jobtitle"] == "CTO"
    assert read["phone"] == "1"
    assert read["lifecyclestage"] == "opportunity"
    assert read["num_conversion_events"] == "2"
    assert read["num_unique_conversion_events"] == "2"
    assert read["recent_conversion_event_name"] == "Demo request"
    assert read["first_conversion_event_name"] == "Newsletter"
    assert read["createdate"] == "2026-03-02T09:00:00.000Z"
    assert read["hs_merged_object_ids"] == ";".join(pair)
    assert read["hs_calculated_merged_vids"] == ";".join(f"{one}:1772442120000" for one in pair)


def test_history_survives_a_merge(portal: SimulatorClient, pair: tuple[str, str]) -> None:
    merged = merge(portal, *pair)
    read = portal.get(f"{CONTACTS}/{merged['id']}", propertiesWithHistory="jobtitle,phone").json()
    assert [one["value"] for one in read["propertiesWithHistory"]["jobtitle"]] == ["CTO"]
    assert read["propertiesWithHistory"]["phone"][0]["timestamp"] == "2026-03-02T09:01:00.000Z"


def test_batches_pass_over_merged_ids_without_a_word(
    portal: SimulatorClient, pair: tuple[str, str]
) -> None:
    merge(portal, *pair)
    body = {"inputs": [{"id": old, "properties": {"city": "Bonn"}} for old in pair]}
    for verb in ("update", "read"):
        answer = portal.post(f"{CONTACTS}/batch/{verb}", body)
        assert (answer.status_code, answer.json()["results"]) == (200, [])


def test_both_addresses_find_the_merged_contact_and_stay_taken(
    portal: SimulatorClient, pair: tuple[str, str]
) -> None:
    merged = merge(portal, *pair)
    found = portal.get(f"{CONTACTS}/ada%40old.example", idProperty="email")
    assert found.json()["id"] == merged["id"]
    again = portal.post(CONTACTS, {"properties": {"email": "ada@old.example"}})
    assert again.json()["message"].endswith(f"Existing ID: {merged['id']}")


def test_list_and_company_move_with_a_merge(portal: SimulatorClient, pair: tuple[str, str]) -> None:
    company = portal.post("/crm/v3/objects/companies", {"properties": {"name": "Acme"}}).json()
    portal.call(
        "PATCH", f"{CONTACTS}/{pair[1]}", {"properties": {"associatedcompanyid": company["id"]}}
    )
    made = portal.post(
        "/crm/v3/lists/", {"name": "L", "objectTypeId": "0-1", "processingType": "MANUAL"}
    ).json()
    members = f"/crm/v3/lists/{made['list']['listId']}/memberships"
    portal.call("PUT", f"{members}/add", [pair[1]])
    merged = merge(portal, *pair)
    assert [one["recordId"] for one in portal.get(members).json()["results"]] == [merged["id"]]
    read = portal.get(f"{CONTACTS}/{merged['id']}", properties="associatedcompanyid").json()
    assert read["properties"]["associatedcompanyid"] == company["id"]


@pytest.mark.parametrize("preserve", [False, True])
def test_the_primarys_company_stays_primary_through_a_merge(
    portal: SimulatorClient, pair: tuple[str, str], preserve: bool
) -> None:
    portal.sim("config", {"preserve_primary_id": preserve})
    older, company, losers = (
        portal.post("/crm/v3/objects/companies", {"properties": {"name": name}}).json()["id"]
        for name in ("Older", "Company", "Losers")
    )
    for contact, own in ((pair[0], company), (pair[1], losers)):
        body = {"properties": {"associatedcompanyid": own}}
        assert portal.call("PATCH", f"{CONTACTS}/{contact}", body).status_code == 200
    link = f"{pair[0]}/associations/default/companies/{older}"
    portal.call("PUT", f"/crm/v4/objects/contacts/{link}")
    merged = merge(portal, *pair)["id"]
    read = portal.get(f"{CONTACTS}/{merged}", properties="associatedcompanyid").json()
    assert read["properties"]["associatedcompanyid"] == company
    linked = portal.get(f"/crm/v4/objects/contacts/{merged}/associations/companies").json()
    assert [str(one["toObjectId"]) for one in linked["results"]] == [older, company, losers]


def test_search_finds_only_the_merged_record(
    portal: SimulatorClient, pair: tuple[str, str]
) -> None:
    merged = merge(portal, *pair)
    found = portal.post(f"{CONTACTS}/search", {}).json()["results"]
    assert [one["id"] for one in found] == [merged["id"]]


def test_the_beta_keeps_the_primary_id(portal: SimulatorClient, pair: tuple[str, str]) -> None:
    portal.sim("config", {"preserve_primary_id": True})
    merged = merge(portal, *pair)
    assert merged["id"] == pair[0]
    assert portal.get(f"{CONTACTS}/{pair[1]}").json()["id"] == pair[0]
    read = portal.get(f"{CONTACTS}/{pair[0]}", properties="hs_merged_object_ids").json()
    assert read["properties"]["hs_merged_object_ids"] == pair[1]


def test_merging_twice_keeps_every_old_id_alive(
    portal: SimulatorClient, pair: tuple[str, str]
) -> None:
    third = create(portal, email="ada@third.example")
    merged = merge(portal, third, merge(portal, *pair)["id"])
    for old in (*pair, third):
        assert portal.get(f"{CONTACTS}/{old}").json()["id"] == merged["id"]


def test_too_many_identities_are_414(portal: SimulatorClient) -> None:
    inputs = [{"properties": {"firstname": f"n{n}"}} for n in range(84)]
    ids: list[str] = []
    for _ in range(3):
        made = portal.post(f"{CONTACTS}/batch/create", {"inputs": inputs}).json()
        ids += [one["id"] for one in made["results"]]
    current = ids[0]
    # Each merge brings two identities (the new record's own and the loser's).
    for other in ids[1:126]:
        current = merge(portal, current, other)["id"]
    answer = portal.post(
        f"{CONTACTS}/merge", {"primaryObjectId": current, "objectIdToMerge": ids[126]}
    )
    assert answer.status_code == 414
    assert answer.json()["message"] == "Cannot have more than 250 identities on a profile"


@pytest.mark.parametrize("body", [{}, {"primaryObjectId": "1", "objectIdToMerge": "2"}])
def test_impossible_merges_are_refused(portal: SimulatorClient, body: dict[str, str]) -> None:
    assert portal.post(f"{CONTACTS}/merge", body).status_code in (400, 404)


def test_gdpr_delete_leaves_nothing_and_blocks_the_address(
    portal: SimulatorClient, pair: tuple[str, str]
) -> None:
    assert portal.post(f"{CONTACTS}/gdpr-delete", {"objectId": pair[0]}).status_code == 204
    assert portal.get(f"{CONTACTS}/{pair[0]}").status_code == 404
    assert portal.get(f"{CONTACTS}/{pair[0]}", archived="true").status_code == 404
    again = portal.post(CONTACTS, {"properties": {"email": "ada@example.com"}})
    assert again.status_code == 400


def test_gdpr_delete_of_an_unknown_address_blocks_it(portal: SimulatorClient) -> None:
    body = {"objectId": "nobody@example.com", "idProperty": "email"}
    assert portal.post(f"{CONTACTS}/gdpr-delete", body).status_code == 204
    made = portal.post(CONTACTS, {"properties": {"email": "nobody@example.com"}})
    assert made.status_code == 400


def test_an_archived_contact_can_be_erased(portal: SimulatorClient, pair: tuple[str, str]) -> None:
    portal.call("DELETE", f"{CONTACTS}/{pair[0]}")
    assert portal.post(f"{CONTACTS}/gdpr-delete", {"objectId": pair[0]}).status_code == 204
    assert portal.get(CONTACTS, archived="true").json()["results"] == []
