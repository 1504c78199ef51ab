"""Conversion, merging and the replication resources. Salesforce contract §9, §12."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org


def test_conversion_makes_account_contact_and_opportunity(org: Org) -> None:
    rep = org.user("Rita Rep")
    lead = org.lead(FirstName="Jo", Email="jo@example.com", Industry="Banking", OwnerId=rep)
    org.advance(60)
    made = org.admin("convert", lead_id=lead, user_id=rep, opportunity_name="Big one", amount=5000)
    row = org.row("Lead", lead)
    assert row["IsConverted"] is True
    assert row["Status"] == "Closed - Converted"
    assert row["ConvertedDate"] == "2026-03-02"
    assert row["ConvertedContactId"] == made["contact_id"]
    assert row["ConvertedAccountId"] == made["account_id"]
    assert row["ConvertedOpportunityId"] == made["opportunity_id"]
    assert row["LastModifiedById"] == rep
    assert row["SystemModstamp"] == "2026-03-02T12:01:00.000+0000"
    account = org.row("Account", made["account_id"])
    assert (account["Name"], account["Industry"]) == ("Acme", "Banking")
    contact = org.row("Contact", made["contact_id"])
    assert (contact["Name"], contact["Email"]) == ("Jo Doe", "jo@example.com")
    assert (contact["AccountId"], contact["OwnerId"]) == (made["account_id"], rep)
    deal = org.row("Opportunity", made["opportunity_id"])
    assert (deal["Name"], deal["Amount"], deal["StageName"]) == ("Big one", 5000.0, "Prospecting")
    role = org.records("SELECT OpportunityId, ContactId, IsPrimary FROM OpportunityContactRole")[0]
    assert role == {
        "OpportunityId": made["opportunity_id"],
        "ContactId": made["contact_id"],
        "IsPrimary": True,
    }
    fields = org.records(f"SELECT Field FROM LeadHistory WHERE LeadId = '{lead}'")
    assert sorted(each["Field"] for each in fields) == ["Status", "created", "leadConverted"]


def test_custom_fields_go_where_the_admin_mapped_them_and_nowhere_else(org: Org) -> None:
    for sobject in ("Lead", "Contact"):
        org.add_field(f"{sobject}.Uid__c", unique=True, externalId=True)
    org.add_field("Lead.Only__c")
    org.admin("lead_mapping", fields={"Uid__c": ["Contact", "Uid__c"]})
    lead = org.lead(Uid__c="u-1", Only__c="x")
    made = org.admin(
        "convert",
        lead_id=lead,
        user_id=org.world.integration_user_id,
        create_opportunity=False,
    )
    assert made["opportunity_id"] is None
    assert org.row("Contact", made["contact_id"])["Uid__c"] == "u-1"


def test_activities_and_memberships_move_to_the_contact(org: Org) -> None:
    lead, campaign = org.lead(), org.create("Campaign", Name="Spring")
    task = org.create("Task", WhoId=lead, Subject="Call")
    member = org.create("CampaignMember", CampaignId=campaign, LeadId=lead)
    made = org.admin("convert", lead_id=lead, user_id=org.world.integration_user_id)
    row = org.row("Task", task)
    assert (row["WhoId"], row["AccountId"]) == (made["contact_id"], made["account_id"])
    row = org.row("CampaignMember", member)
    assert (row["LeadId"], row["ContactId"]) == (lead, made["contact_id"])


def test_a_converted_lead_can_be_queried_but_not_written(org: Org) -> None:
    lead = org.lead()
    wish = {"lead_id": lead, "user_id": org.world.integration_user_id}
    org.admin("convert", **wish)
    assert org.records("SELECT Id FROM Lead WHERE IsConverted = true") == [{"Id": lead}]
    for answer in (
        org.patch(f"sobjects/Lead/{lead}", {"Title": "x"}),
        org.post("sobjects/Task", {"WhoId": lead}),
    ):
        assert answer.status_code == 400
        assert answer.json() == [
            {
                "message": "cannot reference converted lead",
                "errorCode": "CANNOT_UPDATE_CONVERTED_LEAD",
                "fields": [],
            }
        ]
    assert org.post("/__sim__/convert", wish).status_code == 400


def test_a_lead_of_a_queue_goes_to_whoever_converts_it(org: Org) -> None:
    queue, rep = org.admin("queues", Name="Inbound")["id"], org.user("Rita Rep")
    lead = org.lead(OwnerId=queue)
    made = org.admin("convert", lead_id=lead, user_id=rep, status="Closed - Converted")
    assert org.row("Contact", made["contact_id"])["OwnerId"] == rep
    assert org.row("Lead", lead)["OwnerId"] == rep


def test_conversion_into_an_account_that_is_there(org: Org) -> None:
    account, lead = org.create("Account", Name="Acme Inc"), org.lead()
    user = org.world.integration_user_id
    made = org.admin("convert", lead_id=lead, user_id=user, account_id=account)
    assert made["account_id"] == account
    assert org.query("SELECT COUNT() FROM Account")["totalSize"] == 1


def test_a_refused_conversion_leaves_nothing_behind(org: Org) -> None:
    wish = {"lead_id": org.lead(), "user_id": org.world.integration_user_id, "status": "Nope"}
    answer = org.post("/__sim__/convert", wish)
    assert answer.status_code == 400
    assert org.query("SELECT COUNT() FROM Account")["totalSize"] == 0
    assert org.query("SELECT COUNT() FROM Lead WHERE IsConverted = true")["totalSize"] == 0


@pytest.mark.parametrize("sobject", ["Lead", "Contact"])
def test_merge_losers_are_seen_by_query_all_only_and_name_the_winner(
    org: Org, sobject: str
) -> None:
    fields = {"LastName": "Doe"} | ({"Company": "Acme"} if sobject == "Lead" else {})
    winner, loser = org.create(sobject, **fields), org.create(sobject, **fields)
    task = org.create("Task", WhoId=loser)
    org.advance(60)
    org.admin("merge", object=sobject, master_id=winner, loser_ids=[loser])
    assert org.records(f"SELECT Id FROM {sobject}") == [{"Id": winner}]
    soql = (
        f"SELECT Id, MasterRecordId, SystemModstamp FROM {sobject} WHERE IsDeleted = true "
        "AND MasterRecordId != null AND SystemModstamp > 2026-03-02T12:00:30Z"
    )
    assert org.records(soql, "queryAll") == [
        {
            "Id": loser,
            "MasterRecordId": winner,
            "SystemModstamp": "2026-03-02T12:01:00.000+0000",
        }
    ]
    assert org.row("Task", task)["WhoId"] == winner
    assert org.get(f"sobjects/{sobject}/{loser}").json()[0]["errorCode"] == "ENTITY_IS_DELETED"


def test_merges_that_cannot_be_are_refused(org: Org) -> None:
    lead, opportunity = org.lead(), "0065g00000Um000AAB"
    for body in (
        {"object": "Lead", "master_id": lead, "loser_ids": [lead]},
        {"object": "Lead", "master_id": lead, "loser_ids": []},
        {"object": "Opportunity", "master_id": opportunity, "loser_ids": [opportunity]},
    ):
        assert org.post("/__sim__/merge", body).status_code in (400, 404)


def test_updated_and_deleted_answer_spans_cut_to_the_minute(org: Org) -> None:
    kept, gone = org.lead(), org.lead()
    org.advance(120)
    org.delete(f"sobjects/Lead/{gone}")
    org.advance(120)
    span = {"start": "2026-03-02T11:00:30Z", "end": "2026-03-02T12:03:59+00:00"}
    updated = org.get("sobjects/Lead/updated/", params=span).json()
    assert updated == {"ids": [kept], "latestDateCovered": "2026-03-02T12:03:00.000+0000"}
    deleted = org.get("sobjects/Lead/deleted", params=span).json()
    assert deleted["deletedRecords"] == [
        {"id": gone, "deletedDate": "2026-03-02T12:02:00.000+0000"}
    ]
    org.admin("latest_date_covered", at="2026-03-02T11:30:00Z")
    stalled = org.get("sobjects/Lead/updated", params=span).json()
    assert stalled["latestDateCovered"] == "2026-03-02T11:30:00.000+0000"


@pytest.mark.parametrize(
    "span",
    [
        {},
        {"start": "2026-03-02T12:00:00Z", "end": "2026-03-02T12:00:30Z"},
        {"start": "2026-01-01T00:00:00Z", "end": "2026-03-02T12:00:00Z"},
        {"start": "yesterday", "end": "2026-03-02T12:00:00Z"},
    ],
)
def test_spans_that_are_none_are_refused(org: Org, span: dict[str, str]) -> None:
    answer = org.get("sobjects/Lead/updated", params=span)
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def test_the_admin_api_refuses_what_it_does_not_understand(org: Org) -> None:
    lead = org.lead()
    for path, body, status in (
        ("users", {"Nope": 1}, 400),
        ("users", {}, 400),
        ("session", {"user_id": "0055g00000ZZZZZ"}, 404),
        ("convert", {"lead_id": lead, "user_id": "x"}, 404),
        ("convert", {"lead_id": lead, "nope": 1}, 400),
        ("tracking", {"object": "Lead", "fields": ["Nope"]}, 400),
        ("tracking", {"object": "Task", "fields": []}, 400),
        ("statuses", {"table": "Lead", "rows": []}, 400),
        ("statuses", {"table": "LeadStatus", "rows": [{"Nope": 1}]}, 400),
        ("touch", {"object": "Nope", "id": lead}, 400),
    ):
        answer = org.post(f"/__sim__/{path}", body)
        assert (path, answer.status_code) == (path, status)
        assert set(answer.json()) == {"error"}


def test_without_a_mapping_a_conversion_carries_no_custom_field(org: Org) -> None:
    for sobject in ("Lead", "Contact"):
        org.add_field(f"{sobject}.Uid__c")
    made = org.admin("convert", lead_id=org.lead(Uid__c="u-1"), user_id=org.user("Rita Rep"))
    assert org.row("Contact", made["contact_id"])["Uid__c"] is None


@pytest.mark.parametrize("to", [["Contact", "Nope__c"], ["Task", "Subject"], ["Contact", "Name"]])
def test_a_field_is_mapped_only_to_one_that_can_hold_it(org: Org, to: list[str]) -> None:
    org.add_field("Lead.Uid__c", "Checkbox", defaultValue="false")
    answer = org.post("/__sim__/lead_mapping", {"fields": {"Uid__c": to}})
    assert answer.status_code == 400
