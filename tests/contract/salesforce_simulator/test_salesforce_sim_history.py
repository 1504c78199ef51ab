"""Field history and what stamps move with what. Salesforce contract §12, §13."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org


def history(org: Org, sobject: str, where: str = "Field != 'created'") -> list[dict[str, Any]]:
    return org.records(
        f"SELECT Field, DataType, OldValue, NewValue, CreatedById, CreatedDate FROM {sobject} "
        f"WHERE {where} ORDER BY CreatedDate, Id"
    )


def test_a_new_lead_leaves_a_created_row(org: Org) -> None:
    lead = org.lead()
    rows = org.records("SELECT LeadId, Field, OldValue, NewValue FROM LeadHistory")
    assert rows == [{"LeadId": lead, "Field": "created", "OldValue": None, "NewValue": None}]


def test_status_changes_are_kept_with_who_and_when(org: Org) -> None:
    lead, rep = org.lead(), org.user("Rita Rep")
    org.advance(90)
    org.acting_as(rep).change("Lead", lead, Status="Working - Contacted", Title="untracked")
    assert history(org, "LeadHistory") == [
        {
            "Field": "Status",
            "DataType": "DynamicEnum",
            "OldValue": "Open - Not Contacted",
            "NewValue": "Working - Contacted",
            "CreatedById": rep,
            "CreatedDate": "2026-03-02T12:01:30.000+0000",
        }
    ]


def test_an_owner_change_leaves_a_row_of_names_and_a_row_of_ids(org: Org) -> None:
    lead, rep = org.lead(), org.user("Rita Rep")
    org.change("Lead", lead, OwnerId=rep)
    rows = [
        (row["DataType"], row["OldValue"], row["NewValue"]) for row in history(org, "LeadHistory")
    ]
    before = org.world.integration_user_id
    assert sorted(rows) == [
        ("EntityId", before, rep),
        ("Text", "crmbridge Integration", "Rita Rep"),
    ]
    assert {row["Field"] for row in history(org, "LeadHistory")} == {"Owner"}


def test_custom_fields_are_tracked_when_their_metadata_says_so(org: Org) -> None:
    org.add_field("Contact.Stage__c", trackHistory=True)
    org.add_field("Contact.Other__c")
    contact = org.create("Contact", LastName="Doe", Stage__c="MQL")
    org.change("Contact", contact, Stage__c="SQL", Other__c="x")
    rows = history(org, "ContactHistory")
    assert [(row["Field"], row["OldValue"], row["NewValue"]) for row in rows] == [
        ("Stage__c", "MQL", "SQL")
    ]


def test_long_text_is_tracked_without_its_values(org: Org) -> None:
    org.add_field("Lead.Why__c", "LongTextArea", length=1000, visibleLines=3, trackHistory=True)
    lead = org.lead()
    org.change("Lead", lead, Why__c="a long story")
    row = history(org, "LeadHistory")[0]
    assert (row["Field"], row["OldValue"], row["NewValue"]) == ("Why__c", None, None)


def test_what_is_tracked_can_be_chosen(org: Org) -> None:
    lead = org.lead()
    org.admin("tracking", object="Lead", fields=["Title"])
    org.change("Lead", lead, Title="Boss", Status="Working - Contacted")
    assert [row["Field"] for row in history(org, "LeadHistory")] == ["Title"]


def test_histories_ride_along_as_children(org: Org) -> None:
    lead = org.lead()
    org.advance(60)
    org.change("Lead", lead, Status="Working - Contacted")
    soql = (
        "SELECT Id, (SELECT Field, NewValue FROM Histories WHERE CreatedDate > "
        "2026-03-02T12:00:30Z AND Field = 'Status' ORDER BY CreatedDate) FROM Lead"
    )
    children = org.records(soql)[0]["Histories"]["records"]
    assert [child["NewValue"] for child in children] == ["Working - Contacted"]


def test_a_system_touch_moves_the_stamp_but_not_the_editor(org: Org) -> None:
    lead = org.acting_as(org.user("Rita Rep")).lead()
    before = org.row("Lead", lead)
    org.advance(60)
    org.admin("touch", object="Lead", id=lead)
    after = org.row("Lead", lead)
    assert after.pop("SystemModstamp") == "2026-03-02T12:01:00.000+0000"
    before.pop("SystemModstamp")
    assert after == before


def test_a_late_commit_shows_up_behind_a_saved_cursor(org: Org) -> None:
    org.advance(600)
    lead = org.lead()
    org.admin("late", object="Lead", id=lead, seconds_older=300)
    soql = "SELECT Id FROM Lead WHERE SystemModstamp >= 2026-03-02T12:{}:00Z"
    assert org.records(soql.format("06")) == []
    assert org.records(soql.format("05")) == [{"Id": lead}]
