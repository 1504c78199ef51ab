"""Very many updates go by one job, and what it does not write by collections. Contract §8."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.contract.salesforce_connector.conftest import update

from crmbridge.core import fields as f
from crmbridge.core.model import Value
from crmbridge.core.operations import Operation, Outcome, Receipt
from crmbridge.ports import FieldNames
from crmbridge_salesforce.adapter import SalesforceConnector

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.contract.salesforce_connector.conftest import Org

MANY = 2_000
DUE = datetime(2026, 3, 3, 9, tzinfo=UTC)


@pytest.fixture
def bulky(connector: SalesforceConnector, org: Org) -> Iterator[SalesforceConnector]:
    """A connector that makes a job of as few rows as it may."""
    org.sim("bulk", seconds=0)
    made = SalesforceConnector(org.settings(bulk_from=MANY), FieldNames())
    made.choices()
    yield made
    made.close()


def load(org: Org, count: int = MANY) -> list[str]:
    values = {"LastName": "Load", "Company": "Acme", "Status": "Open - Not Contacted"}
    return [
        str(org.world.insert("Lead", org.us.id, {**values, "CRMBridge_Track__c": "old"})["Id"])
        for _ in range(count)
    ]


def updates(ids: Sequence[str], **first: Value) -> list[Operation]:
    """A score for everybody, and something else for the first of them."""
    made = [update(identity, {f.SCORE: 10}) for identity in ids]
    return [update(ids[0], first), *made[1:]] if first else made


def states(receipts: Sequence[Receipt]) -> dict[Outcome, int]:
    found = [receipt.outcome for receipt in receipts]
    return {each: found.count(each) for each in set(found)}


def test_very_many_rows_cost_a_handful_of_calls(bulky: SalesforceConnector, org: Org) -> None:
    ids = load(org)
    before = bulky.calls
    receipts = bulky.apply(updates(ids))
    assert bulky.calls - before <= 8
    assert {Outcome.DONE: MANY} == states(receipts)
    assert [each.ref.id for each in receipts if each.ref] == ids
    assert 10 == org.us.row("Lead", ids[-1])["CRMBridge_Score__c"]
    assert [] == org.us.http.get("/services/data/v67.0/jobs/ingest").json()["records"]


def test_what_a_job_says_is_what_a_collection_says(bulky: SalesforceConnector, org: Org) -> None:
    ids = load(org)
    values: dict[str, Value] = {
        f.STAGE_REASON: 'Said "yes",\nthen no',
        f.TRACK: None,
        f.SLA_DUE: DUE,
        f.OPTED_OUT: True,
        f.STAGE: "MQL",
    }
    receipts = bulky.apply([update(ids[0], values), *updates(ids[1:])])
    row = org.us.row("Lead", ids[0])
    assert (values[f.STAGE_REASON], None, True, None) == (
        row["CRMBridge_Stage_Reason__c"],
        row["CRMBridge_Track__c"],
        row["HasOptedOutOfEmail"],
        row["CRMBridge_Score__c"],
    )
    assert "old" == org.us.row("Lead", ids[1])["CRMBridge_Track__c"]
    (record,) = bulky.fetch([each for each in [receipts[0].ref] if each]).records
    assert receipts[0].held == {name: record.fields[name] for name in values}


def test_rows_that_a_job_refuses_go_by_collections(bulky: SalesforceConnector, org: Org) -> None:
    ids = load(org)
    ids[5] = org.us.lead()
    org.sim("convert", lead_id=ids[5], user_id=org.us.id)
    org.sim("row_faults", object="Lead", id=ids[7], code="UNABLE_TO_LOCK_ROW", message="no")
    receipts = bulky.apply(updates(ids))
    assert {Outcome.DONE: MANY - 1, Outcome.GONE: 1} == states(receipts)
    assert Outcome.GONE is receipts[5].outcome


def test_a_text_that_reads_as_null_goes_by_a_collection(
    bulky: SalesforceConnector, org: Org
) -> None:
    ids = load(org, MANY + 1)
    bulky.apply(updates(ids, **{f.TRACK: "#N/A"}))
    assert "#N/A" == org.us.row("Lead", ids[0])["CRMBridge_Track__c"]


def test_what_relies_on_a_value_is_looked_at_first(bulky: SalesforceConnector, org: Org) -> None:
    ids = load(org, MANY + 1)
    relying = update(ids[0], {f.SCORE: 10}, expected={f.STATUS: "Working - Contacted"})
    receipts = bulky.apply([relying, *updates(ids[1:])])
    assert {Outcome.DONE: MANY, Outcome.CONFLICT: 1} == states(receipts)


@pytest.mark.parametrize("rows", [0, 700])
def test_a_job_that_fails_half_way_is_finished_by_collections(
    bulky: SalesforceConnector, org: Org, rows: int
) -> None:
    ids = load(org)
    org.sim("bulk", seconds=0, failure="InternalServerError", failure_rows=rows)
    assert {Outcome.DONE: MANY} == states(bulky.apply(updates(ids)))
    done = org.us.query("SELECT COUNT(Id) n FROM Lead WHERE CRMBridge_Score__c = 10")
    assert MANY == done[0]["n"]


@pytest.mark.parametrize("path", ["batches", "successfulResults"])
def test_a_job_whose_answer_is_lost_is_tried_again(
    bulky: SalesforceConnector, org: Org, path: str
) -> None:
    ids = load(org)
    org.fault("drop_after", path=path)
    assert {Outcome.RETRY: MANY} == states(bulky.apply(updates(ids)))
    assert {Outcome.DONE: MANY} == states(bulky.apply(updates(ids)))


def test_an_org_that_takes_no_jobs_is_written_by_collections(
    bulky: SalesforceConnector, org: Org
) -> None:
    ids = load(org)
    body = [{"errorCode": "API_ERROR", "message": "no"}]
    org.fault("status", path="jobs/ingest", status=400, body=body)
    before = bulky.calls
    assert {Outcome.DONE: MANY} == states(bulky.apply(updates(ids)))
    assert MANY / 1_000 + 1 == bulky.calls - before
