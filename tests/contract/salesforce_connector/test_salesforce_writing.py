"""Updates and creates: what is held afterwards, and who owns it. Contract §5, §6."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.contract.salesforce_connector.conftest import create, outcomes, update

from crmbridge.core import fields as f
from crmbridge.core.handoff_rules import Assignment
from crmbridge.core.model import ObjectType, Value
from crmbridge.core.operations import (
    OperationKind,
    Outcome,
)
from crmbridge.errors import ConfigError
from crmbridge_salesforce.adapter import SalesforceConnector

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org


# -- updates -----------------------------------------------------------------------------------


def test_what_the_receipt_says_is_held_is_what_the_org_shows(
    connector: SalesforceConnector, org: Org
) -> None:
    lead, contact = org.us.lead(), org.us.create("Contact", LastName="Doe")
    values: dict[str, Value] = {
        f.STAGE: "MQL",
        f.STAGE_REASON: "  " + "x" * 300,
        f.SCORE: 64,
        f.GRADE: "A2",
        f.SLA_DUE: datetime(2026, 3, 3, 9, 0, 0, 987654, tzinfo=UTC),
        f.TRACK: "",
        f.RECYCLE_COUNT: 2,
    }
    receipts = connector.apply([update(lead, values), update(contact, values)])
    assert [Outcome.DONE, Outcome.DONE] == outcomes(receipts)
    refs = [receipt.ref for receipt in receipts if receipt.ref]
    for record in connector.fetch(refs).records:
        (receipt,) = [each for each in receipts if each.ref == record.ref]
        assert receipt.held == {name: record.fields[name] for name in values}
        assert receipt.held[f.TRACK] is None
        assert receipt.held[f.SLA_DUE] == datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_projecting_what_is_held_changes_nothing(connector: SalesforceConnector) -> None:
    for name in connector.writable(ObjectType.LEAD):
        for value in ("  a text " * 60, "", None, 12.6, 7, True, datetime.now(UTC)):
            once = connector.project(ObjectType.LEAD, name, value)
            assert connector.project(ObjectType.LEAD, name, once) == once


def test_an_update_never_hands_the_lead_to_somebody_else(
    connector: SalesforceConnector, org: Org
) -> None:
    rita = org.rep()
    lead = rita.lead()
    org.sim("assignment", users=[org.rep("Otto Rep").id])
    connector.apply([update(lead, {f.SCORE: 10})])
    assert org.us.row("Lead", lead)["OwnerId"] == rita.id


def test_two_operations_on_one_record_are_both_done(
    connector: SalesforceConnector, org: Org
) -> None:
    lead = org.us.lead()
    objection = update(lead, {f.OPTED_OUT: True}, kind=OperationKind.OPT_OUT)
    receipts = connector.apply([update(lead, {f.SCORE: 10}), objection])
    assert [Outcome.DONE, Outcome.DONE] == outcomes(receipts)
    row = org.us.row("Lead", lead)
    assert (row["CRMBridge_Score__c"], row["HasOptedOutOfEmail"]) == (10, True)


def test_an_objection_can_be_lifted(connector: SalesforceConnector, org: Org) -> None:
    lead = org.us.lead(HasOptedOutOfEmail=True)
    connector.apply([update(lead, {f.OPTED_OUT: False}, kind=OperationKind.OPT_IN)])
    assert org.us.row("Lead", lead)["HasOptedOutOfEmail"] is False


def test_a_thousand_rows_cost_one_call(connector: SalesforceConnector, org: Org) -> None:
    leads = [org.us.lead() for _ in range(1_001)]
    connector.fetch([])
    before = connector.calls
    receipts = connector.apply([update(each, {f.SCORE: 10}) for each in leads])
    assert {Outcome.DONE} == set(outcomes(receipts))
    assert connector.calls - before == 2


def test_a_record_that_changed_since_it_was_read_is_not_written(
    connector: SalesforceConnector, org: Org
) -> None:
    same, other = org.us.lead(), org.us.lead(Status="Working - Contacted")
    expected = {f.STATUS: "Open - Not Contacted"}
    values: dict[str, Value] = {f.STATUS: "Closed - Not Converted"}
    receipts = connector.apply(
        [update(same, values, expected=expected), update(other, values, expected=expected)]
    )
    assert [Outcome.DONE, Outcome.CONFLICT] == outcomes(receipts)
    assert org.us.row("Lead", other)["Status"] == "Working - Contacted"


def test_lost_targets_are_gone_whether_or_not_anything_was_expected(
    connector: SalesforceConnector, org: Org
) -> None:
    converted, deleted = org.us.lead(), org.us.lead()
    org.sim("convert", lead_id=converted, user_id=org.us.id)
    org.us.delete("Lead", deleted)
    plain = [update(each, {f.SCORE: 10}) for each in (converted, deleted)]
    relying = [
        replace(each, key=f"{each.key}-relying", expected={f.STATUS: "Open - Not Contacted"})
        for each in plain
    ]
    assert [Outcome.GONE] * 4 == outcomes(connector.apply([*plain, *relying]))


def test_writing_to_the_loser_of_a_merge_does_not_bring_it_back(
    connector: SalesforceConnector, org: Org
) -> None:
    winner, loser = org.us.lead(), org.us.lead()
    org.sim("merge", object="Lead", master_id=winner, loser_ids=[loser])
    assert [Outcome.GONE] == outcomes(connector.apply([update(loser, {f.SCORE: 10})]))
    assert [winner] == [row["Id"] for row in org.us.query("SELECT Id FROM Lead")]


# -- creates -----------------------------------------------------------------------------------


def test_a_new_lead_goes_to_whom_the_assignment_says(
    connector: SalesforceConnector, org: Org
) -> None:
    rita, queue = org.rep(), org.sim("queues", Name="Inbound")["id"]
    rule = org.sim("assignment", users=[rita.id])["rule_id"]
    receipts = connector.apply(
        [
            create("p1", assignment=Assignment.RULE),
            create("p2", assignment=Assignment.RULE_ID, assignment_rule_id=rule),
            create("p3", {f.OWNER_ID: queue}, assignment=Assignment.QUEUE),
            create("p4", assignment=Assignment.OWNER_MAP),
        ]
    )
    assert all(receipt.created for receipt in receipts)
    owners = [org.us.row("Lead", each.ref.id)["OwnerId"] for each in receipts if each.ref]
    assert [rita.id, rita.id, queue, org.us.id] == owners


def test_creating_twice_makes_one_lead_and_leaves_its_owner(
    connector: SalesforceConnector, org: Org
) -> None:
    rita, otto = org.rep("Rita Rep"), org.rep("Otto Rep")
    org.sim("assignment", users=[rita.id, otto.id])
    operation = create("p1", assignment=Assignment.RULE)
    first, second = connector.apply([operation])[0], connector.apply([operation])[0]
    assert first.ref == second.ref
    assert (first.created, second.created) == (True, False)
    rows = org.us.query("SELECT Id, OwnerId FROM Lead")
    assert [rita.id] == [row["OwnerId"] for row in rows]


def test_a_repeated_create_leaves_the_lead_with_whoever_took_it_since(
    connector: SalesforceConnector, org: Org
) -> None:
    queue, rita = org.sim("queues", Name="Inbound")["id"], org.rep()
    operation = create("p1", {f.OWNER_ID: queue}, assignment=Assignment.QUEUE)
    (made,) = connector.apply([operation])
    assert made.ref is not None
    org.us.change("Lead", made.ref.id, OwnerId=rita.id)
    (again,) = connector.apply([operation])
    assert again.outcome is Outcome.DONE
    assert f.OWNER_ID not in again.held
    assert org.us.row("Lead", made.ref.id)["OwnerId"] == rita.id


def test_a_create_whose_lead_was_converted_waits_for_a_person(
    connector: SalesforceConnector, org: Org
) -> None:
    (made,) = connector.apply([create("p1")])
    assert made.ref is not None
    org.sim("convert", lead_id=made.ref.id, user_id=org.us.id)
    (receipt,) = connector.apply([create("p1")])
    assert receipt.outcome is Outcome.PARKED
    assert "converted" in receipt.message


def test_a_create_whose_answer_was_lost_is_tried_again_without_harm(
    connector: SalesforceConnector, org: Org
) -> None:
    org.fault("drop_after", path="composite/sobjects")
    operation = create("p1", assignment=Assignment.RULE)
    (lost,) = connector.apply([operation])
    assert lost.outcome is Outcome.RETRY
    (done,) = connector.apply([operation])
    assert done.outcome is Outcome.DONE
    assert len(org.us.query("SELECT Id FROM Lead")) == 1


def test_a_new_lead_without_name_or_company_is_parked_before_it_is_sent(
    connector: SalesforceConnector,
) -> None:
    operation = create("p1")
    bare = replace(operation, changes=tuple(c for c in operation.changes if c.field == f.UID))
    before = connector.calls
    (receipt,) = connector.apply([bare])
    assert receipt.outcome is Outcome.PARKED
    assert "last_name, company" in receipt.message
    assert before == connector.calls


def test_a_duplicate_rule_parks_the_one_and_lets_the_others_through(
    connector: SalesforceConnector, org: Org
) -> None:
    org.us.lead(Email="jo@acme.example")
    rule = {"object": "Lead", "field": "Email", "allow_save": False}
    org.sim("duplicate_rules", rules=[rule])
    receipts = connector.apply([create("p1", {f.EMAIL: "jo@acme.example"}), create("p2")])
    assert [Outcome.PARKED, Outcome.DONE] == outcomes(receipts)
    assert "duplicate rule" in receipts[0].message
    assert receipts[0].hint
    assert "jo@acme.example" not in f"{receipts[0].message}{receipts[0].hint}"


def test_creating_in_an_org_without_our_fields_says_what_to_run(
    bare: SalesforceConnector,
) -> None:
    with pytest.raises(ConfigError, match="crmbridge setup apply"):
        bare.apply([create("p1")])
