"""The daily sweep: what the hot stream cannot have seen. Contract §9, §13."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contract.salesforce_connector.conftest import Reader

from crmbridge.core.facts import FactKind
from crmbridge.core.model import ObjectType, Ref

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org

HOUR = 3600
DAY = 24 * HOUR


def lead_ref(identity: str) -> Ref:
    return Ref(system="salesforce", object_type=ObjectType.LEAD, id=identity)


@pytest.fixture
def sweep(reader: Reader) -> Reader:
    """A sweep that has been begun, beside a hot stream that is up to date."""
    sweep = Reader(reader.connector, "sweep")
    sweep.poll()
    reader.poll()
    return sweep


def next_day(org: Org, reader: Reader, sweep: Reader) -> None:
    """A day later; the hot stream goes on meanwhile, and the org's clock is known by it."""
    org.advance(DAY)
    reader.poll()
    sweep.poll()


def late_lead(org: Org, hours: float) -> Ref:
    """A lead of a transaction that ended now and had stamped it so many hours before."""
    lead = org.us.lead()
    org.sim("late", object="Lead", id=lead, seconds_older=hours * HOUR)
    return lead_ref(lead)


def test_rows_later_than_the_overlap_are_found_once_a_day(
    reader: Reader, sweep: Reader, org: Org
) -> None:
    org.advance(HOUR)
    reader.poll()
    lead = late_lead(org, 0.9)
    reader.poll()
    sweep.poll()
    assert not reader.records
    assert not sweep.records
    next_day(org, reader, sweep)
    assert lead in sweep.records
    before = reader.connector.calls
    sweep.poll()
    assert before == reader.connector.calls


def test_a_sweep_reads_from_where_the_last_one_had_everything(
    reader: Reader, sweep: Reader, org: Org
) -> None:
    next_day(org, reader, sweep)
    org.advance(HOUR)
    first = lead_ref(org.us.lead())
    next_day(org, reader, sweep)
    assert first in sweep.records
    sweep.records.clear()
    next_day(org, reader, sweep)
    assert not sweep.records


def test_while_the_org_holds_changes_back_the_sweep_reaches_back_as_far(
    reader: Reader, sweep: Reader, org: Org
) -> None:
    pinned = org.world.now()
    org.sim("latest_date_covered", at=pinned.isoformat())
    for _ in range(5):
        next_day(org, reader, sweep)
    lead = late_lead(org, 4.5 * 24)
    next_day(org, reader, sweep)
    assert lead in sweep.records


@pytest.mark.parametrize("code", ["EXCEEDED_ID_LIMIT", "INVALID_REPLICATION_DATE"])
def test_where_the_log_cannot_be_had_two_days_are_read_again(
    reader: Reader, sweep: Reader, org: Org, code: str
) -> None:
    body = {
        "compositeResponse": [
            {"body": [{"errorCode": code, "message": "no"}], "httpHeaders": {},
             "httpStatusCode": 400, "referenceId": f"r{number}"}
            for number in range(8)
        ]
    }  # fmt: skip
    org.advance(DAY)
    reader.poll()
    org.fault("status", path="composite", status=200, body=body, times=1)
    sweep.poll()
    lead = late_lead(org, 46)
    next_day(org, reader, sweep)
    assert lead in sweep.records


def test_a_deletion_that_moved_no_stamp_is_found_in_the_log(
    reader: Reader, sweep: Reader, org: Org
) -> None:
    lead = org.us.lead()
    reader.poll()
    org.advance(HOUR)
    org.us.delete("Lead", lead)
    org.sim("late", object="Lead", id=lead, seconds_older=100 * HOUR)
    org.advance(DAY)
    reader.poll()
    assert not reader.records[lead_ref(lead)].deleted
    sweep.poll()
    assert sweep.records[lead_ref(lead)].deleted
    assert [lead_ref(lead)] == [fact.ref for fact in sweep.of(FactKind.DELETED)]


def test_a_day_on_the_sweep_costs_two_calls(reader: Reader, sweep: Reader, org: Org) -> None:
    org.us.delete("Lead", org.us.lead())
    org.advance(DAY)
    reader.poll()
    before = sweep.connector.calls
    sweep.poll()
    assert before + 2 == sweep.connector.calls
