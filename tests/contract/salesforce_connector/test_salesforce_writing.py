"""Writing, and what comes of it when things go wrong. Contract §5, §6, §10, §11."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref, Side, Value
from crmbridge.core.operations import (
    FieldChange,
    Lane,
    Operation,
    OperationKind,
    Outcome,
    Receipt,
)
from crmbridge.core.rules import Assignment
from crmbridge.errors import AuthError, ConfigError
from crmbridge_salesforce.adapter import SalesforceConnector

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org


def changes(values: Mapping[str, Value]) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(field=name, before=None, after=each) for name, each in values.items())


def update(identity: str, values: Mapping[str, Value], **more: object) -> Operation:
    kind = ObjectType.CONTACT if identity.startswith("003") else ObjectType.LEAD
    operation = Operation(
        key=f"op-{identity}-{'-'.join(values)}",
        uid=f"p{identity}",
        kind=OperationKind.UPDATE,
        side=Side.SALES,
        object_type=kind,
        target=Ref(system="salesforce", object_type=kind, id=identity),
        lane=Lane.STAGE,
        reason="test",
        changes=changes(values),
    )
    return replace(operation, **more)  # type: ignore[arg-type] # keywords of Operation


def create(uid: str, values: Mapping[str, Value] | None = None, **more: object) -> Operation:
    given = {f.LAST_NAME: "Doe", f.COMPANY: "Acme", f.UID: uid, **(values or {})}
    operation = Operation(
        key=f"op-{uid}",
        uid=uid,
        kind=OperationKind.CREATE,
        side=Side.SALES,
        object_type=ObjectType.LEAD,
        target=None,
        lane=Lane.STAGE,
        reason="test",
        changes=changes(given),
    )
    return replace(operation, **more)  # type: ignore[arg-type] # keywords of Operation


def outcomes(receipts: list[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


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


def test_two_hundred_rows_cost_one_call(connector: SalesforceConnector, org: Org) -> None:
    leads = [org.us.lead() for _ in range(201)]
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


# -- faults ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("UNABLE_TO_LOCK_ROW", Outcome.RETRY),
        ("CANNOT_UPDATE_CONVERTED_LEAD", Outcome.GONE),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", Outcome.PARKED),
        ("SOMETHING_NEVER_SEEN", Outcome.PARKED),
    ],
)
def test_one_refused_row_does_not_touch_its_neighbours(
    connector: SalesforceConnector, org: Org, code: str, outcome: Outcome
) -> None:
    leads = [org.us.lead() for _ in range(3)]
    org.sim("row_faults", object="Lead", id=leads[1], code=code, message="jo@acme.example")
    operations = [update(each, {f.SCORE: 10}) for each in leads]
    receipts = connector.apply(operations)
    assert [Outcome.DONE, outcome, Outcome.DONE] == outcomes(receipts)
    assert code in receipts[1].message
    assert "jo@acme.example" not in receipts[1].message
    if outcome is Outcome.RETRY:
        assert [Outcome.DONE] == outcomes(connector.apply([operations[1]]))


def test_a_value_that_cannot_be_parsed_parks_its_own_row_only(
    connector: SalesforceConnector, org: Org
) -> None:
    leads = [org.us.lead() for _ in range(5)]
    # The org's admin has changed the type of the field since.
    for row in org.us.http.get(
        "/services/data/v67.0/tooling/query",
        q="SELECT Id FROM CustomField WHERE DeveloperName = 'CRMBridge_Track' "
        "AND TableEnumOrId = 'Lead'",
    ).json()["records"]:
        org.us.http.call("DELETE", f"/services/data/v67.0/tooling/sobjects/CustomField/{row['Id']}")
    body = {
        "FullName": "Lead.CRMBridge_Track__c",
        "Metadata": {"label": "Track", "type": "Date"},
    }
    org.us.http.post("/services/data/v67.0/tooling/sobjects/CustomField", body)
    connector.provision({})
    operations = [update(each, {f.SCORE: 10}) for each in leads]
    operations[3] = update(leads[3], {f.TRACK: "no day at all"})
    receipts = connector.apply(operations)
    assert [Outcome.DONE] * 3 + [Outcome.PARKED, Outcome.DONE] == outcomes(receipts)
    assert "JSON_PARSER_ERROR" in receipts[3].message


def test_a_malformed_id_does_not_spoil_the_reading_before_writing(
    connector: SalesforceConnector, org: Org
) -> None:
    good = org.us.lead()
    bad = good[:-1] + ("A" if good[-1] != "A" else "B")
    expected = {f.STATUS: "Open - Not Contacted"}
    receipts = connector.apply(
        [update(each, {f.SCORE: 10}, expected=expected) for each in (good, bad)]
    )
    assert [Outcome.DONE, Outcome.PARKED] == outcomes(receipts)


@pytest.mark.parametrize(
    ("status", "body", "least_wait"),
    [
        (503, "<html>maintenance</html>", None),
        (500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "ErrorId 1"}], None),
        (406, "", None),
        (
            403,
            [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}],
            3600,
        ),
        (
            403,
            [
                {
                    "errorCode": "REQUEST_LIMIT_EXCEEDED",
                    "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
                }
            ],
            60,
        ),
        (200, "<html>proxy</html>", None),
    ],
)
def test_what_passes_by_itself_is_tried_again(
    connector: SalesforceConnector, org: Org, status: int, body: object, least_wait: float | None
) -> None:
    operation = update(org.us.lead(), {f.SCORE: 10})
    org.fault("status", path="composite/sobjects", status=status, body=body)
    (receipt,) = connector.apply([operation])
    assert (Outcome.RETRY, least_wait) == (receipt.outcome, receipt.retry_after)
    assert [Outcome.DONE] == outcomes(connector.apply([operation]))


def test_a_connection_cut_before_or_after_the_write_is_tried_again(
    connector: SalesforceConnector, org: Org
) -> None:
    operation = update(org.us.lead(), {f.SCORE: 10})
    for action in ("drop_before", "drop_after"):
        org.fault(action, path="composite/sobjects")
        assert [Outcome.RETRY] == outcomes(connector.apply([operation]))
    assert [Outcome.DONE] == outcomes(connector.apply([operation]))


def test_an_ended_session_is_renewed_once_and_keeps_its_headers(
    connector: SalesforceConnector, org: Org
) -> None:
    rita = org.rep()
    lead = rita.lead()
    org.sim("assignment", users=[org.us.id])
    org.sim("expire", all=True)
    org.office.sim("calls/reset")
    assert [Outcome.DONE] == outcomes(connector.apply([update(lead, {f.SCORE: 10})]))
    assert org.world.calls.by_route["POST /services/oauth2/token"] == 1
    assert org.as_user(rita.id).row("Lead", lead)["OwnerId"] == rita.id


@pytest.mark.parametrize(
    ("body", "logins"),
    [
        ([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}], 1),
        ("<html>LOGIN_OAUTH_INVALID_TOKEN</html>", 1),
        (
            [
                {
                    "errorCode": "INVALID_SESSION_ID",
                    "message": "This session is not valid for use with the REST API",
                }
            ],
            0,
        ),
    ],
)
def test_a_session_that_never_heals_ends_in_one_clear_line(
    connector: SalesforceConnector, org: Org, body: object, logins: int
) -> None:
    lead = org.us.lead()
    org.fault("status", path="composite/sobjects", status=401, times=None, body=body)
    org.office.sim("calls/reset")
    with pytest.raises(AuthError, match=r"salesforce\.client_id"):
        connector.apply([update(lead, {f.SCORE: 10})])
    assert logins == org.world.calls.by_route.get("POST /services/oauth2/token", 0)


def test_a_login_lost_half_way_keeps_the_receipts_of_what_was_done(
    connector: SalesforceConnector, org: Org
) -> None:
    leads = [org.us.lead() for _ in range(201)]
    denied = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    org.fault("status", path="composite/sobjects", skip=1, status=401, times=None, body=denied)
    receipts = connector.apply([update(each, {f.SCORE: 10}) for each in leads])
    assert [Outcome.DONE] * 200 + [Outcome.RETRY] == outcomes(receipts)


def test_what_salesforce_does_not_hold_is_parked_without_a_call(
    connector: SalesforceConnector, org: Org
) -> None:
    lead = org.us.lead()
    enrol = update(lead, {}, kind=OperationKind.ENROL, list_name="NL-BUDGET")
    strange = update(lead, {f.LIFECYCLE: "lead"})
    nowhere = update(lead, {f.SCORE: 1}, target=None)
    before = connector.calls
    receipts = connector.apply([enrol, strange, nowhere])
    assert [Outcome.PARKED] * 3 == outcomes(receipts)
    assert before == connector.calls
