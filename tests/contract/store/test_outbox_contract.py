"""The outbox: nothing intended is done twice, nothing refused or held is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crmbridge.core.limits import Effect
from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind, Outcome, Receipt
from crmbridge.store import Store

NOW = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
ADA = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="501")


def operation(key: str, lane: Lane = Lane.STAGE, uid: str = "u1") -> Operation:
    return Operation(
        key=key,
        uid=uid,
        kind=OperationKind.UPDATE,
        side=Side.MARKETING,
        object_type=ObjectType.CONTACT,
        target=ADA,
        lane=lane,
        reason="because",
        changes=(FieldChange(field="stage", before=None, after="MQL", reason="score"),),
        expected={"lifecycle": "lead"},
    )


def test_the_outbox_gives_lanes_in_order_and_every_key_once(store: Store) -> None:
    with store.transaction() as tx:
        tx.enqueue([operation("a/1/x", Lane.INSIGHT), operation("b/1/y", Lane.STAGE)])
        tx.enqueue([operation("b/1/y", Lane.STAGE), operation("c/1/z", Lane.NURTURE)])

        assert [] == tx.pending(NOW, None)
        assert ["a/1/x", "b/1/y", "c/1/z"] == [each.key for each in tx.proposed()]
        assert tx.with_pending(["u1"])
        assert 3 == tx.release()
        assert ["b/1/y", "c/1/z", "a/1/x"] == [each.key for each in tx.pending(NOW, None)]
        assert operation("b/1/y") == tx.pending(NOW, 1)[0]
        assert tx.with_pending(["u1"])


def test_a_retry_waits_longer_each_time_and_at_least_what_the_crm_asked(store: Store) -> None:
    with store.transaction() as tx:
        tx.enqueue([operation("a/1/x")])
        tx.release()
        tx.settle(Receipt(key="a/1/x", outcome=Outcome.RETRY), NOW)
        assert [] == tx.pending(NOW + timedelta(seconds=29), None)
        assert 1 == len(tx.pending(NOW + timedelta(seconds=30), None))
        tx.settle(Receipt(key="a/1/x", outcome=Outcome.RETRY, retry_after=600), NOW)
        assert [] == tx.pending(NOW + timedelta(seconds=599), None)
        tx.settle(Receipt(key="a/1/x", outcome=Outcome.DONE), NOW)
        assert not tx.with_pending(["u1"])


def test_a_refused_write_is_parked_with_its_hint_until_someone_unparks_it(store: Store) -> None:
    with store.transaction() as tx:
        tx.enqueue([operation("a/1/digest")])
        refusal = Receipt(key="a/1/digest", outcome=Outcome.PARKED, message="no", hint="fix it")
        tx.settle(refusal, NOW)

        assert ["fix it"] == [item.hint for item in tx.parked()]
        assert {"digest"} == tx.refused({"u1": {"digest", "more"}})["u1"]
        assert [] == tx.unpark(["another"])
        assert ["u1"] == tx.unpark(["a/1/digest"])
        assert ([], []) == (tx.parked(), tx.pending(NOW, None))


def refuse(store: Store, key: str, at: datetime) -> None:
    with store.transaction() as tx:
        tx.enqueue([operation(key)])
        tx.release(keys=[key])
        tx.settle(Receipt(key=key, outcome=Outcome.PARKED, message="no"), at)


def test_each_refusal_of_the_same_intention_doubles_the_wait_for_the_next_try(
    store: Store,
) -> None:
    at, waits = NOW, []
    for number in range(1, 6):
        refuse(store, f"a/{number}/update/marketing/x", at)
        with store.transaction() as tx:
            (item,) = tx.parked()
            assert number == item.refusals
            assert item.again_at is not None
            waits.append(item.again_at - at)
            at = item.again_at
            moment = timedelta(seconds=1)
            assert [] == tx.parked_due(Side.MARKETING, at - moment, 9)
            assert [] == tx.parked_due(Side.SALES, at, 9)
            assert [item] == tx.parked_due(Side.MARKETING, at, 9)
            assert ["u1"] == tx.retake([item.operation.key])
            assert (False, []) == (tx.has_parked(), tx.parked())
            assert set() == tx.refused({"u1": {"x"}})["u1"]
    assert [1, 2, 4, 7, 7] == [each.days for each in waits]
    with store.transaction() as tx:
        assert set() == tx.refused({"u1": set()})["u1"]
    refuse(store, "a/9/update/marketing/x", at)
    with store.read() as tx:
        assert [1] == [item.refusals for item in tx.parked()], "it was not wanted meanwhile"


def test_news_bring_the_next_try_forward_but_not_into_a_loop(store: Store) -> None:
    refuse(store, "a/1/update/marketing/x", NOW)
    refuse(store, "b/1/update/sales/y", NOW)
    with store.transaction() as tx:
        assert 0 == tx.hear_news("nobody's", uids={"u2"})
        assert 1 == tx.hear_news("a field is there", side=Side.MARKETING)
        assert ["a field is there", None] == [item.news for item in tx.parked()]
        soon = NOW + timedelta(minutes=10)
        assert [] == tx.parked_due(Side.MARKETING, soon - timedelta(seconds=1), 9)
        assert 1 == len(tx.parked_due(Side.MARKETING, soon, 9))
        assert [] == tx.parked_due(Side.SALES, soon, 9)
        tx.retake(["a/1/update/marketing/x"])
    refuse(store, "a/2/update/marketing/x", soon)
    with store.transaction() as tx:
        assert 2 == tx.hear_news("an edit", uids={"u1"})
        again = [item.again_at for item in tx.parked()]
        assert [NOW + timedelta(minutes=10), soon + timedelta(minutes=20)] == again


def test_a_refused_write_that_was_dropped_is_not_shown_and_not_tried_again(store: Store) -> None:
    with store.transaction() as tx:
        tx.enqueue([operation("a/1/x")])
        tx.settle(Receipt(key="a/1/x", outcome=Outcome.PARKED, message="no"), NOW)

        assert 1 == tx.drop(["a/1/x", "b/1/y"])
        assert [] == tx.parked()
        assert {"x"} == tx.refused({"u1": {"x", "y"}})["u1"]
        assert set() == tx.refused({"u1": {"y"}})["u1"]
        assert set() == tx.refused({"u1": {"x"}})["u1"], "wanted again after it was not"


def test_a_refused_write_that_is_not_wanted_any_more_is_forgotten(store: Store) -> None:
    with store.transaction() as tx:
        tx.enqueue([operation("a/1/x"), operation("a/1/y"), operation("b/1/x", uid="u2")])
        for key in ("a/1/x", "a/1/y", "b/1/x"):
            tx.settle(Receipt(key=key, outcome=Outcome.PARKED, message="no"), NOW)

        assert {"x"} == tx.refused({"u1": {"x"}})["u1"]
        assert ["a/1/x", "b/1/x"] == [item.operation.key for item in tx.parked()]
        assert set() == tx.refused({"u1": set()})["u1"]
        assert ["b/1/x"] == [item.operation.key for item in tx.parked()]


def test_what_is_on_its_way_for_somebody_who_is_another_is_the_others(store: Store) -> None:
    """Whatever state it is in, and under the same key; what has arrived stays as it is."""
    with store.transaction() as tx:
        keys = ("a/1/x", "b/1/y", "c/1/z", "d/1/w")
        tx.enqueue([operation(key) for key in keys])
        tx.release(keys=keys[:3])
        tx.settle(Receipt(key=keys[0], outcome=Outcome.DONE), NOW)
        tx.settle(Receipt(key=keys[1], outcome=Outcome.PARKED, message="no"), NOW)
        tx.hand_over("u1", "u2")

        assert not tx.with_pending(["u1"])
        assert tx.with_pending(["u2"])
        assert [operation("c/1/z", uid="u2")] == tx.pending(NOW, None)
        assert [operation("d/1/w", uid="u2")] == list(tx.proposed())
        assert [operation("b/1/y", uid="u2")] == [each.operation for each in tx.parked()]


def test_what_is_held_waits_for_a_yes(store: Store) -> None:
    with store.transaction() as tx:
        tx.enqueue([operation("a/1/x"), operation("b/1/y")])

        assert 1 == tx.release(keys=["a/1/x"])
        assert 1 == tx.hold("3 people are more than 2")
        assert ["a/1/x"] == [each.key for each in tx.pending(NOW, None)]
        assert ["b/1/y"] == [each.key for each in tx.held()]
        assert ("3 people are more than 2",) == tx.why_held()
        tx.settle(Receipt(key="a/1/x", outcome=Outcome.DONE), NOW)
        assert not tx.with_pending(["u1"])
        assert 1 == tx.release(held=True)
        assert ["b/1/y"] == [each.key for each in tx.pending(NOW, None)]
        assert () == tx.why_held()


def test_what_is_held_is_replaced_by_what_is_decided_anew(store: Store) -> None:
    with store.transaction() as tx:
        tx.enqueue([operation("a/1/x"), operation("b/1/y", uid="u2")])
        tx.hold("too many")

        assert {"u1": "too many"} == tx.replace_held(["u1"])
        assert {} == tx.replace_held(["u1"])
        tx.enqueue([operation("a/1/x")])
        assert ["a/1/x"] == [each.key for each in tx.proposed()]
        tx.hold("too many", ["a/1/x"])
        tx.replace_held(["u1"])
        tx.enqueue([operation("a/2/x"), operation("a/2/z")])
        assert 1 == tx.hold("too many", ["a/2/x"])
        assert ["b/1/y", "a/2/x"] == [each.key for each in tx.held()]
        assert ["a/2/z"] == [each.key for each in tx.proposed()]


def test_what_passed_the_limits_is_added_up(store: Store) -> None:
    with store.transaction() as tx:
        for hours in (0, 1, 30):
            tx.add_effect(NOW - timedelta(hours=hours), Effect(people=2, mqls=1))

        assert Effect(people=4, mqls=2) == tx.effect_since(NOW - timedelta(hours=24))
        assert Effect() == tx.effect_since(NOW)


def test_what_was_never_sent_is_put_off_by_lane_and_side(store: Store) -> None:
    with store.transaction() as tx:
        tx.enqueue(
            [
                operation("a/1/x", Lane.STAGE),
                operation("b/1/y", Lane.NURTURE, uid="u2"),
                operation("c/1/z", Lane.INSIGHT, uid="u3"),
                operation("d/1/w", Lane.INSIGHT, uid="u4"),
            ]
        )
        tx.release()
        tx.settle(Receipt(key="d/1/w", outcome=Outcome.RETRY), NOW)

        assert 0 == tx.take_back_lanes(Side.SALES, set(Lane))
        assert 1 == tx.take_back_lanes(Side.MARKETING, {Lane.INSIGHT})
        later = NOW + timedelta(hours=1)
        assert ["a/1/x", "b/1/y", "d/1/w"] == [each.key for each in tx.pending(later, None)]
        assert ["c/1/z"] == [each.key for each in tx.put_off_for(["u1", "u3"])["u3"]]


def test_who_was_put_off_comes_back_in_portions_worth_first_and_once(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_off([operation("c/1/z", Lane.INSIGHT, uid="u3")])
        tx.put_off([operation("a/1/x", Lane.NURTURE, uid="u1")])
        tx.put_off([operation("b/1/y", Lane.NURTURE, uid="u2"), operation("a/2/x", Lane.NURTURE)])

        assert [] == tx.next_put_off(Side.SALES, (), 9)
        assert ["u1"] == tx.next_put_off(Side.MARKETING, {Lane.INSIGHT}, 1)
        assert ["u2"] == tx.next_put_off(Side.MARKETING, {Lane.INSIGHT}, 9)
        assert [] == tx.next_put_off(Side.MARKETING, {Lane.INSIGHT}, 9)
        assert ["u3"] == tx.next_put_off(Side.MARKETING, (), 9)
        assert {} == tx.put_off_for(["u1", "u2", "u3"])
