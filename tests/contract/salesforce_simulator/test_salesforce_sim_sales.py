"""Opportunities, activities, campaigns and assignment. Salesforce contract §5, §12."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org


def deal(org: Org, **fields: Any) -> str:
    return org.create(
        "Opportunity",
        **{"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-06-30", **fields},
    )


def test_the_stage_decides_closed_won_and_probability(org: Org) -> None:
    opportunity = deal(org, Amount=1000)
    row = org.row("Opportunity", opportunity)
    assert (row["IsClosed"], row["IsWon"], row["Probability"]) == (False, False, 10.0)
    assert (row["Amount"], row["ExpectedRevenue"]) == (1000.0, 100.0)
    assert row["LastStageChangeDate"] is None
    org.advance(60)
    org.change("Opportunity", opportunity, StageName="Closed Won")
    row = org.row("Opportunity", opportunity)
    assert (row["IsClosed"], row["IsWon"], row["Probability"]) == (True, True, 100.0)
    assert row["ForecastCategory"] == "Closed"
    assert row["LastStageChangeDate"] == "2026-03-02T12:01:00.000+0000"
    org.change("Opportunity", opportunity, StageName="Closed Lost")
    row = org.row("Opportunity", opportunity)
    assert (row["IsClosed"], row["IsWon"], row["Probability"]) == (True, False, 0.0)


def test_stage_history_has_a_row_per_change_that_counts(org: Org) -> None:
    opportunity = deal(org, Amount=1000)
    org.advance(60)
    org.change("Opportunity", opportunity, StageName="Qualification", Amount=2000)
    org.change("Opportunity", opportunity, NextStep="call")
    soql = (
        "SELECT (SELECT StageName, Amount, PrevAmount, CreatedDate FROM OpportunityHistories "
        "ORDER BY CreatedDate) FROM Opportunity"
    )
    rows = org.records(soql)[0]["OpportunityHistories"]["records"]
    assert [(row["StageName"], row["Amount"], row["PrevAmount"]) for row in rows] == [
        ("Prospecting", 1000.0, None),
        ("Qualification", 2000.0, 1000.0),
    ]


def test_a_contact_given_at_creation_becomes_the_primary_role(org: Org) -> None:
    first, second = org.create("Contact", LastName="Ant"), org.create("Contact", LastName="Bee")
    opportunity = deal(org, ContactId=first)
    org.create(
        "OpportunityContactRole", OpportunityId=opportunity, ContactId=second, IsPrimary=True
    )
    roles = org.records("SELECT ContactId, IsPrimary FROM OpportunityContactRole")
    assert {role["ContactId"]: role["IsPrimary"] for role in roles} == {first: False, second: True}
    error = org.patch(f"sobjects/Opportunity/{opportunity}", {"ContactId": second}).json()[0]
    assert error["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_completing_a_task_stamps_it_and_rolls_up_to_the_person(org: Org) -> None:
    rep = org.user("Rita Rep")
    lead = org.acting_as(rep).lead()
    before = org.row("Lead", lead)
    org.advance(60)
    task = org.create("Task", WhoId=lead, Subject="Call", ActivityDate="2026-03-01")
    row = org.row("Task", task)
    assert (row["Status"], row["Priority"], row["TaskSubtype"]) == ("Not Started", "Normal", "Task")
    assert (row["IsClosed"], row["CompletedDateTime"]) == (False, None)
    assert org.row("Lead", lead)["LastActivityDate"] is None
    org.advance(60)
    org.change("Task", task, Status="Completed")
    row = org.row("Task", task)
    assert (row["IsClosed"], row["CompletedDateTime"]) == (True, "2026-03-02T12:02:00.000+0000")
    after = org.row("Lead", lead)
    assert after["LastActivityDate"] == "2026-03-01"
    assert after["SystemModstamp"] == "2026-03-02T12:02:00.000+0000"
    assert after["LastModifiedDate"] == before["LastModifiedDate"]
    assert after["LastModifiedById"] == rep
    org.change("Task", task, Status="In Progress")
    assert org.row("Task", task)["CompletedDateTime"] is None


def test_a_logged_call_is_born_completed(org: Org) -> None:
    contact = org.create("Contact", LastName="Doe", AccountId=org.create("Account", Name="Acme"))
    task = org.create(
        "Task", WhoId=contact, Status="Completed", TaskSubtype="Call", CallDurationInSeconds=65
    )
    row = org.row("Task", task)
    assert row["CompletedDateTime"] == "2026-03-02T12:00:00.000+0000"
    assert row["AccountId"] == org.row("Contact", contact)["AccountId"]
    assert org.row("Account", row["AccountId"])["LastActivityDate"] == "2026-03-02"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"WhoId": "account"}, "MALFORMED_ID"),
        ({"WhoId": "lead", "WhatId": "account"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"WhatId": "lead"}, "MALFORMED_ID"),
        ({"TaskSubtype": "Dance"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ],
)
def test_tasks_check_who_and_what_they_are_about(
    org: Org, fields: dict[str, str], code: str
) -> None:
    ids = {"lead": org.lead(), "account": org.create("Account", Name="Acme")}
    body = {name: ids.get(value, value) for name, value in fields.items()}
    error = org.post("sobjects/Task", body).json()[0]
    assert error["errorCode"] == code


def test_a_meeting_needs_a_start_and_a_length(org: Org) -> None:
    lead = org.lead()
    event = org.create(
        "Event",
        WhoId=lead,
        Subject="Demo",
        StartDateTime="2026-03-03T15:00:00Z",
        EndDateTime="2026-03-03T15:45:00Z",
    )
    row = org.row("Event", event)
    assert row["DurationInMinutes"] == 45
    assert row["ActivityDate"] == "2026-03-03"
    assert org.row("Lead", lead)["LastActivityDate"] == "2026-03-03"
    org.change("Event", event, StartDateTime="2026-03-03T16:00:00Z")
    assert org.row("Event", event)["EndDateTime"] == "2026-03-03T16:45:00.000+0000"
    org.change("Event", event, DurationInMinutes=30)
    assert org.row("Event", event)["EndDateTime"] == "2026-03-03T16:30:00.000+0000"
    assert org.post("sobjects/Event", {"Subject": "x"}).status_code == 400
    backwards = {"StartDateTime": "2026-03-03T15:00:00Z", "EndDateTime": "2026-03-03T14:00:00Z"}
    assert org.post("sobjects/Event", backwards).status_code == 400
    day = org.create("Event", Subject="Fair", IsAllDayEvent=True, ActivityDate="2026-03-05")
    assert org.row("Event", day)["EndDate"] == "2026-03-05"


def test_a_person_joins_a_campaign_once(org: Org) -> None:
    campaign, lead = org.create("Campaign", Name="Spring"), org.lead()
    member = org.create("CampaignMember", CampaignId=campaign, LeadId=lead, Status="Responded")
    row = org.row("CampaignMember", member)
    assert (row["HasResponded"], row["FirstRespondedDate"]) == (True, "2026-03-02")
    assert row["LeadOrContactId"] == lead
    again = org.post("sobjects/CampaignMember", {"CampaignId": campaign, "LeadId": lead})
    assert again.json()[0]["errorCode"] == "DUPLICATE_VALUE"
    assert org.post("sobjects/CampaignMember", {"CampaignId": campaign}).status_code == 400


def test_the_assignment_rule_hands_leads_out_in_turn_unless_forbidden(org: Org) -> None:
    first, second = org.user("Ann Rep"), org.user("Bob Rep")
    rule = org.admin("assignment", users=[first, second])["rule_id"]
    body = {"LastName": "Doe", "Company": "Acme"}

    def owner_after(**headers: str) -> str:
        names = {"Sforce-Auto-Assign": headers["wish"]} if headers else {}
        answer = org.post("sobjects/Lead", body, headers=names)
        return str(org.row("Lead", answer.json()["id"])["OwnerId"])

    assert [owner_after(), owner_after(wish="TRUE"), owner_after(wish=rule)] == [
        first,
        second,
        first,
    ]
    assert owner_after(wish="FALSE") == org.world.integration_user_id
    wrong = org.post("sobjects/Lead", body, headers={"Sforce-Auto-Assign": "01Q000000000001"})
    assert wrong.json()[0]["errorCode"] == "INVALID_ASSIGNMENT_RULE"


def test_an_assignment_rule_by_a_field_does_not_hang_on_the_order_of_leads(org: Org) -> None:
    reps = [org.user(name) for name in ("Ann Rep", "Bob Rep", "Cem Rep")]
    org.admin("assignment", users=reps, by="Email")
    emails = [f"p{number}@crm.example" for number in range(12)]

    def owners(order: list[str]) -> dict[str, str]:
        made = {email: org.lead(Email=email) for email in order}
        return {email: str(org.row("Lead", lead)["OwnerId"]) for email, lead in made.items()}

    first = owners(emails)
    assert first == owners(emails[::-1])
    assert set(reps) == set(first.values())


def test_the_assignment_rule_also_strikes_plain_updates(org: Org) -> None:
    lead, rep = org.lead(), org.user("Ann Rep")
    org.admin("assignment", users=[rep])
    quiet = {"Sforce-Auto-Assign": "FALSE"}
    org.patch(f"sobjects/Lead/{lead}", {"Title": "x"}, headers=quiet)
    assert org.row("Lead", lead)["OwnerId"] == org.world.integration_user_id
    org.patch(f"sobjects/Lead/{lead}", {"Title": "y"})
    assert org.row("Lead", lead)["OwnerId"] == rep
    org.admin("assignment", users=[])
    org.change("Lead", lead, OwnerId=org.world.integration_user_id)
    assert org.row("Lead", lead)["OwnerId"] == org.world.integration_user_id


def test_queues_own_leads_but_not_contacts(org: Org) -> None:
    queue = org.admin("queues", Name="Inbound Leads")["id"]
    assert queue.startswith("00G")
    assert org.row("Lead", org.lead(OwnerId=queue))["OwnerId"] == queue
    error = org.post("sobjects/Contact", {"LastName": "D", "OwnerId": queue}).json()[0]
    assert error["errorCode"] == "MALFORMED_ID"
    groups = org.records("SELECT Name, DeveloperName, Type FROM Group")
    assert groups == [{"Name": "Inbound Leads", "DeveloperName": "Inbound_Leads", "Type": "Queue"}]


def test_nothing_can_be_given_to_an_inactive_user(org: Org) -> None:
    gone, lead = org.user("Gone Rep", IsActive=False), org.lead()
    error = org.patch(f"sobjects/Lead/{lead}", {"OwnerId": gone}).json()[0]
    assert error["errorCode"] == "INACTIVE_OWNER_OR_USER"
    assert error["message"] == (
        f"operation performed with inactive user [{gone[:15]}] as owner of lead"
    )


def test_users_know_their_manager_and_time_zone(org: Org) -> None:
    boss = org.user("Max Manager")
    org.user("Rita Rep", ManagerId=boss, TimeZoneSidKey="Europe/Berlin", Email="r@example.com")
    soql = (
        "SELECT FirstName, LastName, Email, TimeZoneSidKey, Manager.Name, UserType FROM User "
        "WHERE Email = 'r@example.com'"
    )
    row = org.records(soql)[0]
    assert (row["FirstName"], row["LastName"]) == ("Rita", "Rep")
    assert row["TimeZoneSidKey"] == "Europe/Berlin"
    assert row["Manager"]["Name"] == "Max Manager"
    kinds = org.records("SELECT Name FROM User WHERE UserType = 'AutomatedProcess'")
    assert kinds == [{"Name": "Automated Process"}]
