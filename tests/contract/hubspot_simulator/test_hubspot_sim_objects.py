"""Single records: create, read, change, archive, page, history."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient

CONTACTS = "/crm/v3/objects/contacts"


def create(portal: SimulatorClient, **properties: Any) -> dict[str, Any]:
    answer = portal.post(CONTACTS, {"properties": properties})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_create_answers_201_with_what_was_set_and_computed(portal: SimulatorClient) -> None:
    created = create(portal, email="Ada@Example.com", firstname="Ada")
    assert created["archived"] is False
    assert created["createdAt"] == created["updatedAt"] == "2026-03-02T09:00:00.000Z"
    values = created["properties"]
    assert values["email"] == "ada@example.com"
    assert values["hs_object_id"] == created["id"]
    assert values["lifecyclestage"] == "lead"
    assert values["hs_email_domain"] == "example.com"
    assert values["createdate"] == values["lastmodifieddate"] == "2026-03-02T09:00:00.000Z"
    assert {type(value) for value in values.values()} == {str}


def test_a_contact_needs_an_email_or_a_name(portal: SimulatorClient) -> None:
    answer = portal.post(CONTACTS, {"properties": {"jobtitle": "CTO"}})
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_a_taken_email_is_409_and_the_id_stands_in_the_text(portal: SimulatorClient) -> None:
    first = create(portal, email="ada@example.com")
    again = portal.post(CONTACTS, {"properties": {"email": "ADA@example.com"}})
    assert again.status_code == 409
    assert again.json()["category"] == "CONFLICT"
    assert again.json()["message"] == f"Contact already exists. Existing ID: {first['id']}"


def test_setting_a_taken_email_is_400(portal: SimulatorClient) -> None:
    first = create(portal, email="ada@example.com")
    second = create(portal, email="bob@example.com")
    answer = portal.call(
        "PATCH", f"{CONTACTS}/{second['id']}", {"properties": {"email": "ada@example.com"}}
    )
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "Cannot set PropertyValueCoordinates{portalId=424242, objectTypeId=0-1, "
        f"propertyName=email, value=ada@example.com}} on {second['id']}. "
        f"{first['id']} already has that value."
    )


def test_default_properties_are_few_and_unset_ones_are_null(portal: SimulatorClient) -> None:
    contact = create(portal, email="ada@example.com", jobtitle="CTO")
    read = portal.get(f"{CONTACTS}/{contact['id']}").json()["properties"]
    assert set(read) == {
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    }
    assert read["firstname"] is None


def test_asked_properties_come_with_the_three_that_always_come(portal: SimulatorClient) -> None:
    contact = create(portal, email="ada@example.com", jobtitle="CTO")
    url = f"{CONTACTS}/{contact['id']}?properties=jobtitle,nonsense&properties=phone"
    read = portal.get(url).json()["properties"]
    assert set(read) == {"createdate", "hs_object_id", "lastmodifieddate", "jobtitle", "phone"}


def test_a_cleared_value_is_empty_text_not_null(portal: SimulatorClient) -> None:
    contact = create(portal, email="ada@example.com", jobtitle="CTO")
    url = f"{CONTACTS}/{contact['id']}"
    portal.call("PATCH", url, {"properties": {"jobtitle": ""}})
    assert portal.get(url, properties="jobtitle").json()["properties"]["jobtitle"] == ""


def test_read_by_email_needs_id_property(portal: SimulatorClient) -> None:
    contact = create(portal, email="ada@example.com")
    found = portal.get(f"{CONTACTS}/ada%40example.com", idProperty="email")
    assert found.json()["id"] == contact["id"]
    assert portal.get(f"{CONTACTS}/ada%40example.com").status_code == 404
    refused = portal.get(f"{CONTACTS}/Ada", idProperty="firstname")
    assert refused.status_code == 400
    assert refused.json()["message"].endswith("by non-unique 0-1 property firstname")


def test_missing_record_is_404_resource_not_found(portal: SimulatorClient) -> None:
    answer = portal.get(f"{CONTACTS}/99")
    assert (answer.status_code, answer.json()["message"]) == (404, "resource not found")


def test_an_update_answers_only_changed_and_standing_properties(portal: SimulatorClient) -> None:
    contact = create(portal, email="ada@example.com", firstname="Ada")
    portal.sim("clock", {"advance_seconds": 60})
    changed = portal.call(
        "PATCH", f"{CONTACTS}/{contact['id']}", {"properties": {"jobtitle": "CTO"}}
    ).json()
    assert set(changed["properties"]) == {
        "createdate",
        "hs_object_id",
        "jobtitle",
        "lastmodifieddate",
    }
    assert changed["updatedAt"] == "2026-03-02T09:01:00.000Z"


def test_a_write_of_the_same_value_moves_the_modified_date_but_adds_no_version(
    portal: SimulatorClient,
) -> None:
    contact = create(portal, email="ada@example.com", jobtitle="CTO")
    url = f"{CONTACTS}/{contact['id']}"
    portal.sim("clock", {"advance_seconds": 60})
    portal.call("PATCH", url, {"properties": {"jobtitle": "CTO"}})
    read = portal.get(url, propertiesWithHistory="jobtitle").json()
    assert read["properties"]["lastmodifieddate"] == "2026-03-02T09:01:00.000Z"
    assert len(read["propertiesWithHistory"]["jobtitle"]) == 1


def test_history_is_newest_first_and_tells_who_wrote(
    portal: SimulatorClient, marketer: SimulatorClient
) -> None:
    contact = create(portal, email="ada@example.com", jobtitle="CTO")
    url = f"{CONTACTS}/{contact['id']}"
    portal.sim("clock", {"advance_seconds": 60})
    marketer.call("PATCH", url, {"properties": {"jobtitle": "CEO"}})
    read = portal.get(url, propertiesWithHistory="jobtitle").json()
    newest, oldest = read["propertiesWithHistory"]["jobtitle"]
    assert read["properties"]["jobtitle"] == "CEO"
    assert (newest["value"], newest["sourceType"]) == ("CEO", "CRM_UI")
    assert newest["timestamp"] == "2026-03-02T09:01:00.000Z"
    assert newest["sourceId"] == f"userId:{newest['updatedByUserId']}"
    assert (oldest["value"], oldest["sourceType"]) == ("CTO", "API")


def test_archived_records_hide_and_free_their_email(portal: SimulatorClient) -> None:
    contact = create(portal, email="ada@example.com")
    url = f"{CONTACTS}/{contact['id']}"
    assert portal.call("DELETE", url).status_code == 204
    assert portal.call("DELETE", url).status_code == 204
    assert portal.get(url).status_code == 404
    assert portal.get(CONTACTS).json()["results"] == []
    archived = portal.get(url, archived="true").json()
    assert archived["archived"] is True
    assert archived["archivedAt"] == "2026-03-02T09:00:00.000Z"
    assert [one["id"] for one in portal.get(CONTACTS, archived="True").json()["results"]] == [
        contact["id"]
    ]
    assert create(portal, email="ada@example.com")["id"] != contact["id"]


def test_pages_follow_record_ids_and_end_without_paging(portal: SimulatorClient) -> None:
    ids = [create(portal, email=f"p{n}@example.com")["id"] for n in range(5)]
    first = portal.get(CONTACTS, limit=2).json()
    assert [one["id"] for one in first["results"]] == ids[:2]
    assert first["paging"]["next"]["after"] == ids[2]
    second = portal.get(CONTACTS, limit=2, after=ids[2]).json()
    last = portal.get(CONTACTS, limit=2, after=second["paging"]["next"]["after"]).json()
    assert [one["id"] for one in second["results"] + last["results"]] == ids[2:]
    assert "paging" not in last


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"limit": 100}, 200),
        ({"limit": 101}, 400),
        ({"limit": 0}, 400),
        ({"limit": 50, "propertiesWithHistory": "email"}, 200),
        ({"limit": 51, "propertiesWithHistory": "email"}, 400),
        ({"after": "x"}, 400),
    ],
)
def test_page_size_limits(portal: SimulatorClient, params: dict[str, Any], status: int) -> None:
    assert portal.get(CONTACTS, **params).status_code == status


def test_ids_are_unique_per_object_type_only(portal: SimulatorClient) -> None:
    contact = create(portal, email="ada@example.com")
    company = portal.post("/crm/v3/objects/companies", {"properties": {"name": "Acme"}}).json()
    assert contact["id"] == company["id"]


@pytest.mark.parametrize("kind", ["tasks", "notes"])
def test_activities_need_their_timestamp(portal: SimulatorClient, kind: str) -> None:
    url = f"/crm/v3/objects/{kind}"
    assert portal.post(url, {"properties": {"hubspot_owner_id": ""}}).status_code == 400
    made = portal.post(url, {"properties": {"hs_timestamp": "1772442000000"}})
    assert made.status_code == 201
    assert made.json()["properties"]["hs_timestamp"] == "2026-03-02T09:00:00.000Z"
    assert "hs_lastmodifieddate" in made.json()["properties"]


def test_completing_a_task_stamps_it(portal: SimulatorClient) -> None:
    url = "/crm/v3/objects/tasks"
    task = portal.post(
        url, {"properties": {"hs_timestamp": "1772442000000", "hs_task_status": "NOT_STARTED"}}
    ).json()
    portal.call("PATCH", f"{url}/{task['id']}", {"properties": {"hs_task_status": "COMPLETED"}})
    read = portal.get(f"{url}/{task['id']}", properties="hs_task_completion_date").json()
    assert read["properties"]["hs_task_completion_date"] == "2026-03-02T09:00:00.000Z"
    assert read["properties"].keys() >= {"hs_createdate", "hs_lastmodifieddate"}


def test_closing_a_deal_computes_its_flags(portal: SimulatorClient) -> None:
    url = "/crm/v3/objects/deals"
    deal = portal.post(url, {"properties": {"dealname": "D", "dealstage": "contractsent"}}).json()
    assert deal["properties"]["hs_is_closed"] == "false"
    portal.call("PATCH", f"{url}/{deal['id']}", {"properties": {"dealstage": "closedwon"}})
    read = portal.get(f"{url}/{deal['id']}", properties="hs_is_closed,hs_is_closed_won").json()
    assert read["properties"]["hs_is_closed"] == read["properties"]["hs_is_closed_won"] == "true"


def test_the_recycle_bin_is_emptied_after_ninety_days(portal: SimulatorClient) -> None:
    ids = []
    for n in range(2):
        made = portal.post(CONTACTS, {"properties": {"email": f"p{n}@example.com"}}).json()["id"]
        portal.call("DELETE", f"{CONTACTS}/{made}")
        portal.sim("clock", {"advance_seconds": 60 * 86400})
        ids.append(made)
    assert portal.get(f"{CONTACTS}/{ids[0]}", archived="true").status_code == 404
    assert portal.get(f"{CONTACTS}/{ids[1]}", archived="true").status_code == 200
    listed = portal.get(CONTACTS, archived="true").json()["results"]
    assert [one["id"] for one in listed] == [ids[1]]
    portal.sim("clock", {"advance_seconds": 60 * 86400})
    body = {"inputs": [{"id": ids[1]}]}
    read = portal.call("POST", f"{CONTACTS}/batch/read", body, params={"archived": "true"})
    assert (read.status_code, read.json()["results"]) == (207, [])
