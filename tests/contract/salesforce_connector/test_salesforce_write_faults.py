"""What comes of writes when things go wrong. Contract §2, §6, §10, §11."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.salesforce_connector.conftest import outcomes, update

from crmbridge.core import fields as f
from crmbridge.core.handoff_rules import Assignment
from crmbridge.core.operations import (
    OperationKind,
    Outcome,
)
from crmbridge.errors import AuthError, RetryableError
from crmbridge.ports import FieldNames
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.client import SalesforceClient

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("QUERY_TIMEOUT", Outcome.RETRY),
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


def spoil_track(connector: SalesforceConnector, org: Org) -> None:
    """The org's admin has changed the type of the field."""
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


def test_a_value_that_cannot_be_parsed_parks_its_own_row_only(
    connector: SalesforceConnector, org: Org
) -> None:
    leads = [org.us.lead() for _ in range(5)]
    spoil_track(connector, org)
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
    leads = [org.us.lead() for _ in range(1_001)]
    denied = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    org.fault("status", path="composite", skip=1, status=401, times=None, body=denied)
    receipts = connector.apply([update(each, {f.SCORE: 10}) for each in leads])
    assert [Outcome.DONE] * 1_000 + [Outcome.RETRY] == outcomes(receipts)


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


def test_of_many_rows_one_that_cannot_be_parsed_costs_a_few_calls_and_no_other_row(
    connector: SalesforceConnector, org: Org
) -> None:
    """It spoils its collection of 200: that is halved eight times, the others are done at once."""
    leads = [org.us.lead() for _ in range(601)]
    spoil_track(connector, org)
    operations = [update(each, {f.SCORE: 10}) for each in leads]
    operations[333] = update(leads[333], {f.TRACK: "no day at all"})
    before = connector.calls
    receipts = connector.apply(operations)
    assert [Outcome.PARKED] == [
        each.outcome for each in receipts if each.outcome is not Outcome.DONE
    ]
    assert Outcome.PARKED is receipts[333].outcome
    assert connector.calls - before <= 1 + 8


def test_an_org_that_does_not_answer_in_time_gets_fewer_rows_in_a_call(
    connector: SalesforceConnector, org: Org
) -> None:
    """Or every call of so many rows would go unanswered, and be sent again for ever."""
    patient = SalesforceConnector(org.settings(read_timeout=1.0), FieldNames())
    operations = [update(org.us.lead(), {f.SCORE: 10}) for _ in range(401)]
    patient.choices()
    org.fault("delay", path="composite", seconds=2.0)
    assert {Outcome.RETRY} == set(outcomes(patient.apply(operations)))
    before = patient.calls
    assert {Outcome.DONE} == set(outcomes(patient.apply(operations)))
    # One collection, and as that was fast the other two together.
    assert 2 == patient.calls - before
    patient.close()


def test_what_was_written_before_the_login_was_lost_is_acknowledged(
    connector: SalesforceConnector, org: Org
) -> None:
    """Within one look before writing, and among removals that come last."""
    leads = [org.us.lead() for _ in range(3)]
    made = [org.us.lead() for _ in range(2)]
    operations = [
        *(update(each, {f.SCORE: 10}) for each in leads),
        *(update(each, {}, kind=OperationKind.DELETE) for each in made),
    ]
    denied = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    org.fault("status", says='"ids"', status=401, times=None, body=denied)
    receipts = connector.apply(operations)
    assert [Outcome.DONE] * 3 + [Outcome.RETRY] * 2 == outcomes(receipts)


def test_a_refused_assignment_does_not_lose_what_was_written_with_it(
    connector: SalesforceConnector, org: Org
) -> None:
    lead = org.us.lead()
    create = update(
        "",
        {f.UID: "p9", f.LAST_NAME: "Doe", f.COMPANY: "Acme"},
        kind=OperationKind.CREATE,
        target=None,
        assignment=Assignment.RULE_ID,
        assignment_rule_id="01Q000000000000AAA",
    )
    receipts = connector.apply([update(lead, {f.SCORE: 10}), create])
    assert [Outcome.DONE, Outcome.RETRY] == outcomes(receipts)
    assert 10 == org.us.row("Lead", lead)["CRMBridge_Score__c"]


def test_a_slow_org_stays_slow_though_a_few_rows_are_fast(
    connector: SalesforceConnector, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tenth of a second a row, as triggers take it: 300 of them would end the patience of 20."""
    patient = SalesforceConnector(org.settings(read_timeout=20.0), FieldNames())
    patient.choices()
    now = 0.0
    sent: list[int] = []
    call, composite = SalesforceClient.call, SalesforceClient.composite

    def slow(parts: list[int]) -> None:
        nonlocal now
        rows = sum(parts)
        sent.append(rows)
        now += min(rows * 0.1, 20.0)
        if rows * 0.1 > 20:
            raise RetryableError("salesforce: no usable answer (ReadTimeout)")

    def slow_call(self: SalesforceClient, method: str, path: str, *given: Any, **k: Any) -> Any:
        if given and isinstance(given[0], dict) and "records" in given[0]:
            slow([len(given[0]["records"])])
        return call(self, method, path, *given, **k)

    def slow_composite(self: SalesforceClient, requests: Any) -> Any:
        rows = [len(each.body["records"]) for each in requests if "records" in (each.body or {})]
        if rows:
            slow(rows)
        return composite(self, requests)

    clock = SimpleNamespace(monotonic=lambda: now, sleep=time.sleep)
    monkeypatch.setattr("crmbridge_salesforce.sending.time", clock)
    monkeypatch.setattr(SalesforceClient, "call", slow_call)
    monkeypatch.setattr(SalesforceClient, "composite", slow_composite)
    many = [update(org.us.lead(), {f.SCORE: 10}) for _ in range(450)]
    few = many[:3]
    assert {Outcome.RETRY} == set(outcomes(patient.apply(many)))
    for _ in range(3):
        assert {Outcome.DONE} == set(outcomes(patient.apply(few)))
        assert {Outcome.DONE} == set(outcomes(patient.apply(many)))
    assert 450 == sent[0]
    assert max(sent[1:]) * 0.1 <= 20
    patient.close()
