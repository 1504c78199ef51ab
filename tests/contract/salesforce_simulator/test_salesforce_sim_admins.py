"""What admins switch on: record types, private persons, short pages, keys of activities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org

    from crmbridge_salesforce.simulator import SalesforceWorld


def described(org: Org, name: str) -> dict[str, Any]:
    return dict(org.get(f"sobjects/{name}/describe").json())


def fields(org: Org, name: str) -> set[str]:
    return {str(each["name"]) for each in described(org, name)["fields"]}


def test_an_org_has_record_types_once_an_admin_made_some(org: Org, keeping: str) -> None:
    assert "RecordTypeId" not in fields(org, "Lead")
    partner, inbound = org.admin("record_types", object="Lead", names=["Partner", "In_bound"])[
        "ids"
    ]
    infos = described(org, "Lead")["recordTypeInfos"]
    assert [("Master", "Master"), ("Partner", "Partner"), ("In bound", "In_bound")] == [
        (each["name"], each["developerName"]) for each in infos
    ]
    assert inbound == infos[2]["recordTypeId"]
    lead = org.lead(RecordTypeId=partner)
    rows = org.records("SELECT RecordType.DeveloperName FROM Lead")
    assert "Partner" == rows[0]["RecordType"]["DeveloperName"]
    wrong = org.patch(f"sobjects/Lead/{lead}", {"RecordTypeId": "012000000000001AAA"})
    assert (400, ["RecordTypeId"]) == (wrong.status_code, wrong.json()[0]["fields"])


def test_a_private_person_is_an_account_and_a_contact(org: Org, keeping: str) -> None:
    assert "IsPersonAccount" not in fields(org, "Account")
    made = org.admin("person_account", LastName="Lovelace", FirstName="Ada", Email="a@x.example")
    account, contact = made["account_id"], made["contact_id"]
    row = org.row("Account", account)
    assert (True, contact, "a@x.example") == (
        row["IsPersonAccount"],
        row["PersonContactId"],
        row["PersonEmail"],
    )
    assert account == org.row("Contact", contact)["AccountId"]
    company = org.row("Account", org.create("Account", Name="Acme"))
    assert (False, None) == (company["IsPersonAccount"], company["PersonContactId"])


def test_a_private_person_is_written_through_the_account_alone(org: Org, keeping: str) -> None:
    made = org.admin("person_account", LastName="Lovelace")
    org.add_field("Contact.Rank__c")
    refused = org.patch(f"sobjects/Contact/{made['contact_id']}", {"Rank__c": "A"})
    assert (400, "INSUFFICIENT_ACCESS_OR_READONLY") == (
        refused.status_code,
        refused.json()[0]["errorCode"],
    )
    before = org.row("Contact", made["contact_id"])["SystemModstamp"]
    org.advance(60)
    org.change("Account", made["account_id"], Rank__pc="A", PersonEmail="b@x.example")
    row = org.row("Contact", made["contact_id"])
    assert ("A", "b@x.example") == (row["Rank__c"], row["Email"])
    assert before < row["SystemModstamp"]


def test_who_may_not_see_a_contacts_field_does_not_see_it_on_the_account(org: Org) -> None:
    org.admin("person_account")
    org.add_field("Contact.Rank__c")
    rep = org.acting_as(org.user("Rita Rep"))
    assert "Rank__pc" in fields(org, "Account")
    assert "Rank__pc" not in fields(rep, "Account")


def test_pages_hold_what_an_admin_says_and_can_be_lost(org: Org) -> None:
    for _ in range(3):
        org.lead()
    org.admin("pages", rows=2)
    first = org.query("SELECT Id FROM Lead")
    assert (2, False, 3) == (len(first["records"]), first["done"], first["totalSize"])
    org.admin("pages", rows=2, lost=1)
    lost = org.get(first["nextRecordsUrl"])
    assert (400, "INVALID_QUERY_LOCATOR") == (lost.status_code, lost.json()[0]["errorCode"])
    assert org.get(first["nextRecordsUrl"]).json()["done"]


@pytest.mark.parametrize("body", [{"rows": 0}, {"rows": "2"}, {"lost": "1"}, {"row": 1}])
def test_pages_of_no_size_are_refused(org: Org, body: dict[str, Any]) -> None:
    assert 400 == org.post("/__sim__/pages", body).status_code


def test_an_org_may_take_no_external_key_on_activities(org: Org) -> None:
    org.admin("activity_keys", allowed=False)
    metadata = {"label": "Key", "type": "Text", "length": 9, "unique": True, "externalId": True}
    body = {"FullName": "Activity.Key__c", "Metadata": metadata}
    assert 400 == org.post("tooling/sobjects/CustomField", body).status_code
    plain = {**body, "Metadata": {"label": "Key", "type": "Text", "length": 9}}
    assert 201 == org.post("tooling/sobjects/CustomField", plain).status_code


def test_the_log_of_deletions_keeps_when_it_was(org: Org, world: SalesforceWorld) -> None:
    lead = org.lead()
    org.advance(3600)
    org.delete(f"sobjects/Lead/{lead}")
    org.admin("late", object="Lead", id=lead, seconds_older=7200)
    now = world.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    span = {"start": "2026-03-02T12:30:00Z", "end": "2026-03-02T14:00:00Z"}
    found = org.get("sobjects/Lead/deleted", params=span).json()["deletedRecords"]
    assert [{"id": lead, "deletedDate": now.replace("Z", ".000+0000")}] == found
    org.admin("undelete", object="Lead", id=lead)
    assert [] == org.get("sobjects/Lead/deleted", params=span).json()["deletedRecords"]


def test_a_new_org_works_round_the_clock(org: Org, keeping: str) -> None:
    hours = org.records(
        "SELECT Name, IsDefault, TimeZoneSidKey, MondayStartTime FROM BusinessHours"
    )
    assert [
        {
            "Name": "Default",
            "IsDefault": True,
            "TimeZoneSidKey": org.world.time_zone,
            "MondayStartTime": "00:00:00.000Z",
        }
    ] == hours


def test_an_admin_sets_hours_in_a_zone_and_takes_days_off(org: Org, keeping: str) -> None:
    made = org.admin(
        "business_hours",
        name="Berlin",
        zone="Europe/Berlin",
        days={"Monday": ["09:00", "17:30"]},
        default=True,
    )
    row = org.row("BusinessHours", made["id"])
    assert ("09:00:00.000Z", "17:30:00.000Z", None) == (
        row["MondayStartTime"],
        row["MondayEndTime"],
        row["TuesdayStartTime"],
    )
    assert ["Berlin"] == [
        each["Name"]
        for each in org.records("SELECT Name FROM BusinessHours WHERE IsDefault = true")
    ]
    org.admin("holidays", Name="Unity", ActivityDate="2026-10-03")
    assert [{"ActivityDate": "2026-10-03", "IsAllDay": True}] == org.records(
        "SELECT ActivityDate, IsAllDay FROM Holiday"
    )


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("business_hours", {"name": "x", "zone": "Mars/Base", "days": {}}),
        ("business_hours", {"name": "x", "zone": "UTC", "days": {"Mon": ["09:00", "17:00"]}}),
        ("business_hours", {"name": "x", "zone": "UTC", "days": {"Monday": ["9", "17:00"]}}),
        ("holidays", {"Nam": "x"}),
        ("holidays", {"Name": "x", "ActivityDate": "soon"}),
        ("record_types", {"object": "Lead", "names": ["no name"]}),
        ("person_account", {"Shoe": "41"}),
    ],
)
def test_what_makes_no_sense_is_refused(org: Org, act: str, body: dict[str, Any]) -> None:
    answer = org.post(f"/__sim__/{act}", body)
    assert 400 == answer.status_code
    assert answer.json()
