"""Touches, conversions and deals, each at its own instant. Contract §12."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.contract.salesforce_connector.conftest import MONDAY_NOON, Reader

from crmbridge.core.facts import (
    Channel,
    ConversionDetail,
    DealDetail,
    Fact,
    FactKind,
    TouchDetail,
)

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org


def touches(reader: Reader) -> list[tuple[Fact, TouchDetail]]:
    found = [(fact, fact.detail) for fact in reader.of(FactKind.TOUCH)]
    return [(fact, detail) for fact, detail in found if isinstance(detail, TouchDetail)]


def deal(org: Org, **fields: object) -> str:
    given = {"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-06-01", **fields}
    return org.us.create("Opportunity", **given)


# -- touches -----------------------------------------------------------------------------------


def test_a_completed_task_is_a_touch_at_its_completion(reader: Reader, org: Org) -> None:
    rita = org.rep()
    lead = rita.lead()
    task = rita.create(
        "Task", WhoId=lead, Subject="Call Jo", TaskSubtype="Call", ActivityDate="2026-02-01"
    )
    reader.poll()
    assert touches(reader) == []
    done_at = org.advance(300)
    rita.change("Task", task, Status="Completed")
    org.advance(60)
    org.us.change("Task", task, Priority="High")
    reader.poll()
    ((fact, detail),) = touches(reader)
    assert (done_at, lead) == (fact.at, fact.ref.id)
    assert TouchDetail(channel=Channel.CALL, by=rita.id, subject="Call Jo") == detail


def test_tasks_of_ours_and_tasks_about_nobody_are_told_apart(reader: Reader, org: Org) -> None:
    rita = org.rep()
    lead = rita.lead()
    done = {"WhoId": lead, "Status": "Completed", "OwnerId": rita.id}
    org.us.create("Task", Subject="First touch is due", CRMBridge_Key__c="p1/due", **done)
    rita.create("Task", Subject="tidy the desk", Status="Completed")
    logged = org.us.create("Task", Subject="sequence step 2", Type="Email", **done)
    reader.poll()
    ((fact, detail),) = touches(reader)
    assert logged in fact.key
    assert detail.automated
    assert detail.channel is Channel.EMAIL


def test_a_meeting_is_a_touch_once_it_is_over(reader: Reader, org: Org) -> None:
    rita = org.rep()
    lead = rita.lead()
    event = rita.create(
        "Event",
        WhoId=lead,
        Subject="Demo",
        StartDateTime="2026-03-02T14:00:00Z",
        DurationInMinutes=60,
    )
    called_off = rita.create(
        "Event", WhoId=lead, StartDateTime="2026-03-02T14:00:00Z", DurationInMinutes=60
    )
    reader.poll()
    org.advance(3600)
    rita.change("Event", event, StartDateTime="2026-03-02T15:00:00Z", DurationInMinutes=60)
    reader.poll()
    rita.delete("Event", called_off)
    org.advance(2.5 * 3600)  # 15:30: the first date is over, the new one is not
    reader.poll()
    assert touches(reader) == []
    org.advance(3600)
    reader.poll()
    ((fact, detail),) = touches(reader)
    assert MONDAY_NOON + timedelta(hours=4) == fact.at
    assert (Channel.MEETING, rita.id) == (detail.channel, detail.by)


def test_an_all_day_meeting_is_over_when_the_day_is(reader: Reader, org: Org) -> None:
    lead = org.us.lead()
    org.us.create("Event", WhoId=lead, IsAllDayEvent=True, ActivityDate="2026-03-02")
    for hours in (6, 7):
        reader.poll()
        assert touches(reader) == []
        org.advance(3600 * hours)
    reader.poll()
    assert [MONDAY_NOON + timedelta(hours=12)] == [fact.at for fact, _ in touches(reader)]


def test_a_meeting_of_several_days_is_over_at_its_end(reader: Reader, org: Org) -> None:
    lead = org.us.lead()
    org.us.create(
        "Event", WhoId=lead, StartDateTime="2026-03-02T14:00:00Z", DurationInMinutes=50 * 60
    )
    for hours in (24, 24, 5):
        reader.poll()
        assert touches(reader) == []
        org.advance(3600 * hours)
    reader.poll()
    assert [MONDAY_NOON + timedelta(hours=52)] == [fact.at for fact, _ in touches(reader)]


def test_a_touch_stays_one_touch_when_conversion_moves_it_to_the_contact(
    reader: Reader, org: Org
) -> None:
    rita = org.rep()
    lead = rita.lead()
    rita.create("Task", WhoId=lead, Subject="Call", Status="Completed")
    reader.poll()
    org.advance(3600)
    org.sim("convert", lead_id=lead, user_id=rita.id)
    reader.poll()
    ((fact, _),) = touches(reader)
    assert lead == fact.ref.id


# -- conversion and deals ----------------------------------------------------------------------


def test_a_conversion_names_what_the_lead_became_and_when(reader: Reader, org: Org) -> None:
    rita = org.rep()
    lead = rita.lead(CRMBridge_Reason__c="TIMING")
    reader.poll()
    converted_at = org.advance(7200)
    made = org.sim("convert", lead_id=lead, user_id=rita.id)
    org.advance(60)
    org.sim("touch", object="Lead", id=lead)
    reader.poll()
    (fact,) = reader.of(FactKind.CONVERSION)
    assert isinstance(fact.detail, ConversionDetail)
    assert (converted_at, rita.id) == (fact.at, fact.detail.by)
    linked = (fact.detail.contact, fact.detail.account, fact.detail.deal)
    assert [made["contact_id"], made["account_id"], made["opportunity_id"]] == [
        ref.id if ref else None for ref in linked
    ]
    record = reader.records[fact.ref]
    assert record.fields["converted"] is True
    assert converted_at == record.fields["converted_at"]
    assert made["contact_id"] == record.fields["converted_contact_id"]
    (opened,) = reader.of(FactKind.DEAL_OPENED)
    assert reader.records[opened.ref].fields["contact_ids"] == (made["contact_id"],)


def test_a_deals_steps_come_from_its_stage_history_not_from_its_close_date(
    reader: Reader, org: Org
) -> None:
    rita = org.rep()
    identity = deal(org, OwnerId=rita.id, Type="New Customer", Amount=1200.5)
    reader.poll()
    org.advance(3600)
    rita.change("Opportunity", identity, StageName="Needs Analysis")
    org.advance(3600)
    rita.change("Opportunity", identity, Amount=2000)
    won_at = org.advance(3600)
    rita.change("Opportunity", identity, StageName="Closed Won", CloseDate="2026-12-31")
    org.advance(60)
    rita.change("Opportunity", identity, Amount=2100)
    reader.poll()
    (opened,), (won,) = reader.of(FactKind.DEAL_OPENED), reader.of(FactKind.DEAL_WON)
    assert (MONDAY_NOON, won_at) == (opened.at, won.at)
    assert DealDetail(stage="Closed Won", by=rita.id) == won.detail
    record = reader.records[won.ref].fields
    assert ("New Customer", 2100.0, True, True) == (
        record["deal_type"],
        record["amount"],
        record["is_closed"],
        record["is_won"],
    )


def test_a_deal_made_as_won_was_opened_and_won_at_once(reader: Reader, org: Org) -> None:
    deal(org, StageName="Closed Won")
    reader.poll()
    kinds = {FactKind.DEAL_OPENED: MONDAY_NOON, FactKind.DEAL_WON: MONDAY_NOON}
    assert kinds == {fact.kind: fact.at for fact in reader.facts.values()}


def test_a_loss_carries_its_reason_and_a_later_one_is_told_again(reader: Reader, org: Org) -> None:
    rita = org.rep()
    identity = deal(org)
    lost_at = org.advance(3600)
    rita.change("Opportunity", identity, StageName="Closed Lost")
    reader.poll()
    org.advance(3600)
    rita.change(
        "Opportunity",
        identity,
        CRMBridge_Loss_Reason__c="BUDGET",
        CRMBridge_Loss_Details__c="the money is gone until next year",
    )
    reader.poll()
    reader.poll()
    found = reader.of(FactKind.DEAL_LOST)
    assert [lost_at, lost_at] == [fact.at for fact in found]
    assert [None, "BUDGET"] == [
        fact.detail.reason for fact in found if isinstance(fact.detail, DealDetail)
    ]


def test_a_reopened_deal_can_be_won_after_all(reader: Reader, org: Org) -> None:
    identity = deal(org)
    for stage in ("Closed Lost", "Prospecting", "Closed Won"):
        org.advance(600)
        org.us.change("Opportunity", identity, StageName=stage)
    reader.poll()
    ordered = sorted(reader.facts.values(), key=lambda fact: fact.at)
    assert [
        FactKind.DEAL_OPENED,
        FactKind.DEAL_LOST,
        FactKind.DEAL_OPENED,
        FactKind.DEAL_WON,
    ] == [fact.kind for fact in ordered]


def test_the_orgs_own_stage_names_are_understood(reader: Reader, org: Org) -> None:
    rows = [
        {"MasterLabel": "Entry", "IsActive": True},
        {"MasterLabel": "Signed", "IsActive": True, "IsClosed": True, "IsWon": True},
        {"MasterLabel": "Gone", "IsActive": True, "IsClosed": True, "IsWon": False},
    ]
    org.sim("statuses", table="OpportunityStage", rows=rows)
    identity = deal(org, StageName="Entry")
    org.advance(60)
    org.us.change("Opportunity", identity, StageName="Gone")
    org.advance(60)
    org.us.change("Opportunity", identity, StageName="Signed")
    reader.poll()
    assert [FactKind.DEAL_OPENED, FactKind.DEAL_LOST, FactKind.DEAL_WON] == [
        fact.kind for fact in sorted(reader.facts.values(), key=lambda fact: (fact.at, fact.key))
    ]
