"""What an undo asks of the store: what was written when, and what people were before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind, Outcome, Receipt
from crmbridge.store import Store

NOW = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="501")


def operation(number: int, uid: str = "u1", lane: Lane = Lane.STAGE) -> Operation:
    return Operation(
        key=f"{uid}/20260609T130000.000000/update/marketing/{number}",
        uid=uid,
        kind=OperationKind.UPDATE,
        side=Side.MARKETING,
        object_type=ObjectType.CONTACT,
        target=ADA,
        lane=lane,
        reason="because",
        changes=(FieldChange(field="stage", before=None, after="MQL"),),
    )


def test_acknowledged_writes_are_told_with_what_the_crm_held(store: Store) -> None:
    first, second, other = operation(1), operation(2), operation(3, "u2")
    created = replace(operation(4), kind=OperationKind.CREATE, target=None)
    with store.transaction() as tx:
        tx.enqueue([first, second, other, created])
        tx.release()
        done = Receipt(key=first.key, outcome=Outcome.DONE, ref=ADA, held={"stage": "MQ"})
        tx.settle(done, NOW)
        tx.settle(Receipt(key=other.key, outcome=Outcome.DONE, ref=ADA, created=True), NOW + HOUR)
        (doubted, told) = tx.writes("u1")
    assert (first, NOW, ADA, {"stage": "MQ"}) == (told.operation, told.at, told.ref, told.held)
    assert (second, NOW - HOUR) == (doubted.operation, doubted.at)
    with store.read() as tx:
        (made,) = tx.writes("u2")
        assert (True, {"stage": "MQL"}) == (made.created, made.held)
        assert ["u1", "u2"] == tx.written_about(None, None)
        assert ["u1"] == tx.written_about(NOW - HOUR, NOW)
        assert ["u2"] == tx.written_about(NOW, None)


def test_what_waits_is_forgotten_but_for_what_takes_back(store: Store) -> None:
    back = operation(2, lane=Lane.UNDO)
    with store.transaction() as tx:
        tx.enqueue([operation(1), back, operation(3, "u2")])
        tx.release()
        assert [back] == tx.pending(NOW, None, undoing=True)
        assert ["u2"] == [uid for uid in tx.take_back(None) if uid == "u2"]
        tx.enqueue([operation(4)])
        assert 1 == tx.forget_waiting("u1")
        assert [back] == tx.pending(NOW, None)


def test_a_cycle_is_the_time_since_the_one_before(store: Store) -> None:
    with store.transaction() as tx:
        first = tx.add_cycle(NOW, {}, {"hubspot": 0}, 0)
        second = tx.add_cycle(NOW + HOUR, {}, {"hubspot": 2, "salesforce": 1}, 1)
        assert (None, NOW) == tx.cycle_span(first)
        assert (NOW, NOW + HOUR) == tx.cycle_span(second)
        assert tx.cycle_span(second + 1) is None
        (writing,) = tx.writing_cycles(5)
    assert (second, NOW + HOUR, 3) == (writing.number, writing.at, writing.writes)


def test_only_decisions_with_consequences_can_be_gone_back_behind(store: Store) -> None:
    with store.transaction() as tx:
        tx.mark_folded({"u1": ["a", "b", "c"]})
        tx.remember({"u1": ["a"]}, NOW, [])
        tx.remember({"u1": []}, NOW, [])
        assert [] == tx.acted_on(None, None)
        assert not tx.rewind("u1", None)
        tx.remember({"u1": ["b"]}, NOW + HOUR, ["u1"])
        tx.remember({"u1": ["c"]}, NOW + 2 * HOUR, [])
        assert ["u1"] == tx.acted_on(NOW, NOW + HOUR)
        assert [] == tx.acted_on(NOW + HOUR, None)
        assert not tx.rewind("u1", NOW + HOUR)
        assert tx.rewind("u1", NOW)
        assert {"a"} == tx.folded(["u1"])["u1"]
        assert not tx.rewind("u1", NOW)


def test_a_record_that_we_deleted_again_is_known_as_such(store: Store) -> None:
    with store.transaction() as tx:
        tx.set_link(ADA, "u1")
        tx.withdraw(ADA)
        tx.unlink(ADA)
        assert tx.is_withdrawn(ADA)
        assert [] == tx.links("u1")
        tx.issue("u1", "task/1")
        tx.retract("u1", "task/1")
        assert {} == tx.issued(["u1"])


def test_two_people_who_were_one_have_no_way_back(store: Store) -> None:
    done = operation(1)
    with store.transaction() as tx:
        tx.enqueue([done])
        tx.release()
        tx.settle(Receipt(key=done.key, outcome=Outcome.DONE, ref=ADA), NOW)
        for uid in ("u1", "u2"):
            tx.remember({uid: []}, NOW, [uid])
        tx.unite("u1", "u2", frozenset())
        tx.hand_over("u1", "u2")
        assert [] == tx.acted_on(None, None)
        assert [ADA] == [each.ref for each in tx.writes("u2")]
