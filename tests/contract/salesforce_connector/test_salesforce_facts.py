"""What happened, read off histories and activities with their own instants. Contract §12."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from tests.contract.salesforce_connector.conftest import MONDAY_NOON, Reader

from crmbridge.core.facts import (
    FactKind,
    StatusDetail,
)
from crmbridge.core.model import ObjectType

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org

OPEN, WORKING, LOST = "Open - Not Contacted", "Working - Contacted", "Closed - Not Converted"


def statuses(reader: Reader) -> list[StatusDetail]:
    found = [fact.detail for fact in reader.of(FactKind.STATUS)]
    return [detail for detail in found if isinstance(detail, StatusDetail)]


# -- statuses ----------------------------------------------------------------------------------


def test_every_status_step_carries_its_own_instant_and_user(reader: Reader, org: Org) -> None:
    rita, otto = org.rep("Rita Rep"), org.rep("Otto Rep")
    lead = rita.lead()
    org.advance(60)
    rita.change("Lead", lead, Status=WORKING)
    org.advance(120)
    otto.change("Lead", lead, Status=LOST, CRMBridge_Reason__c="BUDGET")
    org.advance(60)
    reader.poll()
    found = reader.of(FactKind.STATUS)
    assert [timedelta(0), timedelta(minutes=1), timedelta(minutes=3)] == [
        fact.at - MONDAY_NOON for fact in found
    ]
    assert [
        StatusDetail(value=OPEN, by=rita.id),
        StatusDetail(value=WORKING, by=rita.id, previous=OPEN),
        StatusDetail(value=LOST, by=otto.id, previous=WORKING, reason="BUDGET"),
    ] == statuses(reader)


def test_reasons_belong_to_the_last_step_alone(reader: Reader, org: Org) -> None:
    rita = org.rep()
    lead = rita.lead(CRMBridge_Reason_Details__c="wants it in autumn, budget is spent")
    org.advance(60)
    rita.change("Lead", lead, Status=LOST, CRMBridge_Resume_Date__c="2026-09-01")
    reader.poll()
    assert [None, "wants it in autumn, budget is spent"] == [
        detail.details for detail in statuses(reader)
    ]
    assert statuses(reader)[-1].resume == date(2026, 9, 1)


def test_a_reason_given_later_is_a_fact_of_its_own(reader: Reader, org: Org) -> None:
    rita = org.rep()
    lead = rita.lead()
    org.advance(60)
    rejected_at = org.world.now()
    rita.change("Lead", lead, Status=LOST)
    reader.poll()
    for hours, said in ((1, {"CRMBridge_Reason__c": "BUDGET"}), (2, {"Title": "unrelated"})):
        org.advance(3600 * hours)
        rita.change("Lead", lead, **said)
        reader.poll()
    rejected = [fact for fact in reader.of(FactKind.STATUS) if fact.at == rejected_at]
    assert [None, "BUDGET"] == [
        fact.detail.reason for fact in rejected if isinstance(fact.detail, StatusDetail)
    ]


def test_a_reason_given_with_the_status_makes_one_fact_however_often_it_is_read(
    reader: Reader, org: Org
) -> None:
    rita = org.rep()
    lead = rita.lead()
    org.advance(60)
    rita.change("Lead", lead, Status=LOST, CRMBridge_Reason__c="BUDGET")
    reader.poll()
    count = len(reader.facts)
    for number in range(3):
        org.advance(3600)
        org.us.change("Lead", lead, CRMBridge_Score__c=number)
        reader.poll()
    assert len(reader.facts) == count == 2


def test_reopening_after_a_rejection_does_not_repeat_it_without_its_reason(
    reader: Reader, org: Org
) -> None:
    rita = org.rep()
    lead = rita.lead()
    org.advance(60)
    rita.change("Lead", lead, Status=LOST, CRMBridge_Reason__c="BUDGET")
    reader.poll()
    org.advance(60)
    rita.change("Lead", lead, Status=WORKING, CRMBridge_Reason__c=None)
    reader.poll()
    assert [(OPEN, None), (LOST, "BUDGET"), (WORKING, None)] == [
        (detail.value, detail.reason) for detail in statuses(reader)
    ]


def test_a_superseded_rejection_that_was_never_read_keeps_its_reason(
    reader: Reader, org: Org
) -> None:
    rita = org.rep()
    lead = rita.lead()
    org.advance(60)
    rita.change("Lead", lead, Status=LOST, CRMBridge_Reason__c="BUDGET")
    org.advance(60)
    rita.change("Lead", lead, Status=WORKING, CRMBridge_Reason__c=None)
    reader.poll()
    assert [None, "BUDGET", None] == [detail.reason for detail in statuses(reader)]


def test_without_history_the_last_status_is_taken_once_and_flagged(
    reader: Reader, org: Org
) -> None:
    org.sim("tracking", object="Lead", fields=["OwnerId"])
    rita = org.rep()
    lead = rita.lead()
    reader.poll()
    changed_at = org.advance(60)
    rita.change("Lead", lead, Status=WORKING)
    reader.poll()
    org.advance(3600)
    org.us.change("Lead", lead, CRMBridge_Score__c=5)
    reader.poll()
    first, second = reader.of(FactKind.STATUS)
    assert (MONDAY_NOON, changed_at) == (first.at, second.at)
    assert [(OPEN, False), (WORKING, True)] == [
        (detail.value, detail.history_missing) for detail in statuses(reader)
    ]


def test_a_status_known_from_creation_is_not_moved_by_an_untracked_return_to_it(
    reader: Reader, org: Org
) -> None:
    lead = org.us.lead()
    org.advance(60)
    org.us.change("Lead", lead, Status=WORKING)
    org.sim("tracking", object="Lead", fields=["OwnerId"])
    org.advance(60)
    org.us.change("Lead", lead, Status=OPEN)
    reader.poll()
    assert [(OPEN, False), (WORKING, False)] == [
        (detail.value, detail.history_missing) for detail in statuses(reader)
    ]


def test_a_contacts_status_is_our_own_field(reader: Reader, org: Org) -> None:
    rita = org.rep()
    contact = rita.create("Contact", LastName="Doe")
    org.advance(60)
    rita.change("Contact", contact, CRMBridge_Status__c="Working")
    org.advance(60)
    rita.change(
        "Contact", contact, CRMBridge_Status__c="Disqualified", CRMBridge_Reason__c="STUDENT"
    )
    reader.poll()
    assert [("Working", None), ("Disqualified", "STUDENT")] == [
        (detail.value, detail.reason) for detail in statuses(reader)
    ]
    assert {ObjectType.CONTACT} == {fact.ref.object_type for fact in reader.facts.values()}


# -- objections --------------------------------------------------------------------------------


def test_an_objection_is_one_fact_and_unticking_it_none(reader: Reader, org: Org) -> None:
    lead = org.us.lead()
    reader.poll()
    ticked_at = org.advance(60)
    for value in (True, True, False):
        org.us.change("Lead", lead, HasOptedOutOfEmail=value)
        reader.poll()
        org.advance(60)
    assert [ticked_at] == [fact.at for fact in reader.of(FactKind.OPT_OUT)]


def test_with_history_every_objection_counts(reader: Reader, org: Org) -> None:
    org.sim("tracking", object="Lead", fields=["Status", "HasOptedOutOfEmail"])
    lead = org.us.lead(HasOptedOutOfEmail=True)
    for value in (False, True, False):
        org.advance(60)
        org.us.change("Lead", lead, HasOptedOutOfEmail=value)
    reader.poll()
    assert [timedelta(0), timedelta(minutes=2)] == [
        fact.at - MONDAY_NOON for fact in reader.of(FactKind.OPT_OUT)
    ]
    assert {ref.id for ref in reader.records} == {lead}


def test_an_objection_told_by_history_is_not_told_twice(reader: Reader, org: Org) -> None:
    org.sim("tracking", object="Lead", fields=["Status", "HasOptedOutOfEmail"])
    lead = org.us.lead()
    ticked_at = org.advance(60)
    org.us.change("Lead", lead, HasOptedOutOfEmail=True)
    org.advance(60)
    org.us.change("Lead", lead, Title="Boss")
    reader.poll()
    assert [ticked_at] == [fact.at for fact in reader.of(FactKind.OPT_OUT)]
