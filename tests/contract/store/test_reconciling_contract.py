"""What a comparison of both CRMs asks of the store, and what it leaves there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.core.model import ObjectType, Record, Ref, Side
from crmbridge.core.operations import Lane, Operation, OperationKind, Outcome, Receipt
from crmbridge.core.reconciling import Cause, Difference, Reconciliation, Tally, WriteState
from crmbridge.ports import Page
from crmbridge.store import Store

NOW = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
ADA = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="501")
LEAD = Ref(system="salesforce", object_type=ObjectType.LEAD, id="00Q1")
DEAL = Ref(system="salesforce", object_type=ObjectType.DEAL, id="0061")


def operation(key: str, uid: str = "u1") -> Operation:
    return Operation(
        key=key,
        uid=uid,
        kind=OperationKind.UPDATE,
        side=Side.MARKETING,
        object_type=ObjectType.CONTACT,
        target=ADA,
        lane=Lane.STAGE,
        reason="because",
    )


def record(stage: str, minutes: int = 0) -> Record:
    at = NOW + timedelta(minutes=minutes)
    return Record(ref=ADA, version="1", modified_at=at, fields={"stage": stage})


def test_writes_are_told_by_where_they_stand(store: Store) -> None:
    with store.transaction() as tx:
        for key in ("a/1/new", "b/1/sent", "c/1/again", "d/1/held", "e/1/parked", "f/1/done"):
            tx.enqueue([operation(key)])
        tx.release(keys=["b/1/sent", "c/1/again", "e/1/parked", "f/1/done"])
        tx.hold("too many", ["d/1/held"])
        tx.settle(Receipt(key="c/1/again", outcome=Outcome.RETRY, message="busy"), NOW)
        tx.settle(Receipt(key="e/1/parked", outcome=Outcome.PARKED, message="no"), NOW)
        tx.settle(Receipt(key="f/1/done", outcome=Outcome.DONE), NOW)
        tx.enqueue([operation("g/1/x", uid="u2")])
        found = tx.unsettled(["u1", "u3"])
    assert {"u1"} == found.keys()
    assert [
        ("a/1/new", WriteState.PENDING, ""),
        ("b/1/sent", WriteState.PENDING, ""),
        ("c/1/again", WriteState.RETRY, "busy"),
        ("d/1/held", WriteState.HELD, "too many"),
        ("e/1/parked", WriteState.PARKED, "no"),
    ] == [(each.operation.key, each.state, each.why) for each in found["u1"]]


def test_records_and_people_are_found_both_ways(store: Store) -> None:
    with store.transaction() as tx:
        for ref in (ADA, LEAD, DEAL):
            tx.set_link(ref, "u1")
        tx.mark_dirty([LEAD])
        assert {ADA: "u1"} == tx.people_behind([ADA, Ref.parse("hubspot:contact:502")])
        assert {"u1": [ADA, LEAD]} == tx.records_behind(["u1", "u2"])
        assert frozenset({LEAD}) == tx.undecided([ADA, LEAD])
        assert not tx.is_claimed(ADA)
        assert tx.claim(ADA, ["u1", "u2"])
        assert tx.is_claimed(ADA)


@pytest.mark.parametrize("doubted", [True, False])
def test_a_record_in_doubt_is_taken_again_whatever_its_version(
    store: Store, *, doubted: bool
) -> None:
    with store.transaction() as tx:
        tx.put_page(Page(records=(record("MQL"),)), NOW)
        if doubted:
            tx.doubt({ADA, LEAD})
            tx.doubt({ADA})
        expected = [ADA, LEAD] if doubted else []
        assert expected == tx.doubted()
        tx.put_page(Page(records=(record("LEAD", minutes=-5),)), NOW)
        held = tx.record(ADA)
        tx.clear_doubts([ADA])
        assert expected[1:] == tx.doubted()
    assert held is not None
    assert ("LEAD" if doubted else "MQL") == held.fields["stage"]


def test_the_last_comparison_is_kept_in_numbers(store: Store) -> None:
    difference = Difference(
        population="MQL",
        uid="u1",
        system="hubspot",
        belongs=True,
        records=(ADA,),
        cause=Cause.DRIFT,
        why="nothing explains it",
    )
    numbers = Tally(population="MQL", belong=2, shown={"hubspot": 1}, in_all=1, causes={"drift": 1})
    with store.transaction() as tx:
        assert tx.last_reconciliation() is None
        for at in (NOW, NOW + timedelta(days=1)):
            tx.keep_reconciliation(
                Reconciliation(at=at, tallies=(numbers,), differences=(difference,))
            )
        expected = Reconciliation(at=NOW + timedelta(days=1), tallies=(numbers,))
        assert expected == tx.last_reconciliation()
