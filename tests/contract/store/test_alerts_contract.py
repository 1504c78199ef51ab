"""What was told, what is on its way, and the numbers of one look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crmbridge.core.alerting import Alert, AlertKind, Trouble
from crmbridge.core.decision import Review
from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind, Outcome, Receipt
from crmbridge.store import Store
from crmbridge.store.alerts import Notice
from crmbridge.store.pulse import Pulse, Standby

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def alert(subject: str = "hubspot", minutes: int = 0) -> Alert:
    trouble = Trouble(kind=AlertKind.OUTAGE, subject=subject, text="down", remedy="wait")
    return Alert(trouble=trouble, since=NOON + minutes * MINUTE, seen_at=NOON + minutes * MINUTE)


def notice(channel: str = "ops", minutes: int = 0) -> Notice:
    at = NOON + minutes * MINUTE
    return Notice(channel=channel, kind=AlertKind.OUTAGE, title="a", text="b", at=at)


def test_alerts_are_kept_until_they_are_closed(store: Store) -> None:
    first, second = alert(minutes=5), alert("salesforce")
    with store.transaction() as tx:
        tx.keep_alerts([first, second])
        tx.keep_alerts([alert(minutes=5)])
    with store.read() as tx:
        assert [second, first] == tx.alerts()
    with store.transaction() as tx:
        tx.close_alerts([second])
        tx.close_alerts([])
        assert [first] == tx.alerts()


def test_notices_are_due_in_order_and_wait_after_a_failure(store: Store) -> None:
    with store.transaction() as tx:
        tx.add_notices([notice(), notice("email"), notice(minutes=2)])
        tx.add_notices([])
        one, two = tx.due_notices(NOON + MINUTE)
        assert ("ops", "email", 0) == (one.channel, two.channel, one.attempts)
        tx.postpone_notice(one, NOON + 3 * MINUTE)
        tx.close_notice(two)
    with store.read() as tx:
        assert [] == tx.due_notices(NOON + MINUTE)
        first, second = tx.due_notices(NOON + 3 * MINUTE)
    assert (one.n, 1) == (first.n, first.attempts)
    assert (NOON + 2 * MINUTE, 0) == (second.at, second.attempts)


def test_the_pulse_of_the_daemon_and_who_stands_by(store: Store) -> None:
    with store.read() as tx:
        assert (None, None) == (tx.pulse(), tx.standby())
    pulse = Pulse(
        at=NOON, interval=60, number=7, finished_at=NOON, seconds=1.5, steps={"poll": 1.0}
    )
    standby = Standby(name="run on b, process 2", at=NOON)
    with store.transaction() as tx:
        tx.keep_pulse(Pulse(at=NOON, interval=60, failures=1, reason="no"))
        tx.keep_pulse(pulse)
        tx.keep_standby(standby)
    with store.read() as tx:
        assert (pulse, standby) == (tx.pulse(), tx.standby())
    with store.transaction() as tx:
        tx.keep_standby(None)
        assert tx.standby() is None


def operation(key: str, lane: Lane = Lane.STAGE) -> Operation:
    return Operation(
        key=key,
        uid="p1",
        kind=OperationKind.UPDATE,
        side=Side.MARKETING,
        object_type=ObjectType.CONTACT,
        target=Ref(system="hubspot", object_type=ObjectType.CONTACT, id="1"),
        lane=lane,
        reason="a test",
        changes=(FieldChange(field="stage", before=None, after=key),),
    )


def park(store: Store, key: str, minutes: int) -> None:
    receipt = Receipt(key=key, outcome=Outcome.PARKED, message="no", hint="mend it")
    with store.transaction() as tx:
        tx.settle(receipt, NOON + minutes * MINUTE)


def test_how_many_writes_wait_are_held_or_parked_by_lane(store: Store) -> None:
    with store.transaction() as tx:
        assert {} == tx.outbox_depths()
        tx.enqueue([operation("a"), operation("b"), operation("c", Lane.NURTURE)])
        tx.release()
        tx.enqueue([operation("d", Lane.INSIGHT)])
        tx.hold("too many")
        tx.enqueue([operation("e"), operation("f")])
        tx.settle(Receipt(key="b", outcome=Outcome.DONE), NOON)
    park(store, "a", 0)
    with store.read() as tx:
        found = tx.outbox_depths()
    expected = {
        ("waiting", Lane.STAGE): 2,
        ("waiting", Lane.NURTURE): 1,
        ("held", Lane.INSIGHT): 1,
        ("parked", Lane.STAGE): 1,
    }
    assert expected == found


def test_growth_counts_what_was_refused_for_the_first_time_lately(store: Store) -> None:
    with store.transaction() as tx:
        tx.enqueue([operation("p1/a"), operation("p1/b"), operation("p1/c")])
        tx.release()
    park(store, "p1/a", 0)
    park(store, "p1/b", 60)
    with store.transaction() as tx:
        # Taken up again and refused again: that is no growth.
        tx.retake(["p1/a"])
        tx.enqueue([operation("p2/a")])
        tx.release()
    park(store, "p2/a", 70)
    with store.read() as tx:
        assert [1, 2] == sorted(each.refusals for each in tx.parked())
        assert 1 == tx.parked_since(NOON + 30 * MINUTE)
        assert 0 == tx.parked_since(NOON + 60 * MINUTE)


def test_reviews_that_were_answered_do_not_wait(store: Store) -> None:
    with store.transaction() as tx:
        tx.set_reviews({"p1": [Review(kind="a", why="x"), Review(kind="b", why="y")]}, NOON)
        assert 2 == tx.open_review_count()
        tx.answer_review(tx.open_reviews()[0], "seen")
        assert 1 == tx.open_review_count()
        assert {"OPEN": 0, "BREACHED": 0} == tx.sla_waiting()
        assert {} == tx.watermarks()
