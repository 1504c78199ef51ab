"""The lease: one process runs cycles, a standby takes over from it, and who was frozen meanwhile
commits nothing and sends nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from lease_clock import LeaseClock

from crmbridge.breaker import Breaker
from crmbridge.core.model import ObjectType, Side
from crmbridge.core.operations import Lane, Operation, OperationKind
from crmbridge.engine.applying import Applier
from crmbridge.errors import ConfigError, LeaseLost, StoreUnavailable
from crmbridge.ports import Connector
from crmbridge.store import Store, backend, holder
from crmbridge.store.holder import Holder
from crmbridge.store.patience import NoRival, StandBy
from crmbridge.store_place import StorePlace

NOW = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
REMEDY = NoRival("end that one first")


@pytest.fixture
def clock() -> LeaseClock:
    return LeaseClock()


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def daemon(opened: ExitStack, place: StorePlace, clock: LeaseClock) -> Store:
    return opened.enter_context(Store.open(place, clock=clock, lease_seconds=12))


@pytest.fixture
def other(opened: ExitStack, place: StorePlace, clock: LeaseClock) -> Store:
    return opened.enter_context(Store.open(place, clock=clock))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No machine can tell whether a process lives, as where the holder runs on another one."""
    monkeypatch.setattr(holder, "_BOOT", tmp_path / "no such file")


def standing_by(told: list[Holder] | None = None) -> StandBy:
    return StandBy((told if told is not None else []).append)


def about(seconds: float) -> Any:
    """Within one look of a standby."""
    return pytest.approx(seconds, abs=1.01)


def test_a_standby_takes_over_as_soon_as_the_other_has_ended_and_says_so_once(
    daemon: Store, other: Store, clock: LeaseClock
) -> None:
    told: list[Holder] = []
    with ExitStack() as running:
        running.enter_context(daemon.lease("run", REMEDY))
        for seconds in range(5, 500, 5):
            clock.plan(seconds, daemon.confirm)
        clock.plan(500, running.close)
        with other.lease("run", standing_by(told)):
            assert about(500) == clock.elapsed()

    assert ["run"] == [each.purpose for each in told]


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("skew", [-400 * DAY, timedelta(0), 400 * DAY])
def test_a_standby_takes_over_from_a_silent_one_after_the_seconds_that_that_one_asked_for(
    skew: timedelta, daemon: Store, other: Store, clock: LeaseClock
) -> None:
    clock.skew = skew
    with daemon.lease("run", REMEDY):
        clock.skew = timedelta(0)
        with other.lease("run", standing_by()):
            assert about(12) == clock.elapsed()


def test_one_that_is_frozen_on_this_machine_is_relieved_after_its_seconds(
    daemon: Store, other: Store, clock: LeaseClock
) -> None:
    with daemon.lease("run", REMEDY), other.lease("run", standing_by()):
        assert about(12) == clock.elapsed()


def test_who_was_relieved_commits_nothing_and_has_no_turn_any_more(
    daemon: Store, other: Store
) -> None:
    with daemon.lease("run", REMEDY), daemon.turn("run", 0):
        with other.lease("run", standing_by()), other.turn("run", 0):
            with pytest.raises(LeaseLost, match=r"crmbridge run on .* has taken over"):
                daemon.confirm()
            with pytest.raises(LeaseLost), daemon.transaction() as tx:
                tx.begin_go_live(NOW)
            with other.transaction() as tx:
                assert tx.go_live() is None
        with pytest.raises(LeaseLost), daemon.transaction():
            pass


def test_who_loses_the_turn_to_a_command_has_lost_the_lease_as_well(
    daemon: Store, other: Store
) -> None:
    with daemon.lease("run", REMEDY):
        with daemon.turn("run", 0), other.turn("undo", 60):
            pass
        with pytest.raises(LeaseLost):
            daemon.confirm()
        with other.lease("run", REMEDY):
            pass


class Recorder:
    """A CRM that notes what it is sent."""

    name, batch, mixes, bulk = "salesforce", 200, False, None
    breaker = Breaker("salesforce")

    def __init__(self) -> None:
        self.sent: list[Operation] = []

    def apply(self, operations: Sequence[Operation]) -> list[Any]:
        self.sent += operations
        return []


def test_who_was_relieved_sends_nothing(daemon: Store, other: Store) -> None:
    creation = Operation(
        key="k",
        uid="u",
        kind=OperationKind.CREATE,
        side=Side.SALES,
        object_type=ObjectType.LEAD,
        target=None,
        lane=Lane.STAGE,
        reason="r",
        changes=(),
    )
    crm = Recorder()
    with daemon.lease("run", REMEDY):
        with daemon.transaction() as tx:
            tx.enqueue([creation])
            tx.release()
        with other.lease("run", standing_by()), pytest.raises(LeaseLost):
            Applier(daemon, {Side.SALES: cast("Connector", crm)}).apply(NOW)

    assert [] == crm.sent
    with other.read() as tx:
        assert [creation] == list(tx.pending(NOW, None))


def test_an_operators_command_writes_beside_the_holder(daemon: Store, other: Store) -> None:
    with daemon.lease("run", REMEDY), daemon.turn("run", 0):
        with other.transaction() as tx:
            tx.begin_go_live(NOW)
        with daemon.transaction() as tx:
            assert NOW == tx.go_live()


def test_a_rival_on_this_machine_is_refused_at_once(
    daemon: Store, other: Store, clock: LeaseClock
) -> None:
    with (
        daemon.lease("run", REMEDY),
        pytest.raises(
            ConfigError, match=r"in use by crmbridge run on .+, process \d+: end that one first"
        ),
        other.lease("run", REMEDY),
    ):
        raise AssertionError
    assert 0 == clock.elapsed()


@pytest.mark.usefixtures("elsewhere")
def test_a_rival_elsewhere_is_refused_once_the_other_was_seen_to_renew(
    daemon: Store, other: Store, clock: LeaseClock
) -> None:
    clock.plan(4, daemon.confirm)
    with (
        daemon.lease("run", REMEDY),
        pytest.raises(ConfigError, match="in use by crmbridge run"),
        other.lease("run", REMEDY),
    ):
        raise AssertionError
    assert about(4) == clock.elapsed()


@pytest.mark.usefixtures("elsewhere")
def test_who_comes_after_one_that_was_killed_elsewhere_needs_no_standby(
    daemon: Store, other: Store, clock: LeaseClock
) -> None:
    with daemon.lease("run", REMEDY), other.lease("run", REMEDY):
        assert about(12) == clock.elapsed()


def test_of_two_standbys_one_takes_over_and_the_other_goes_on_waiting(
    daemon: Store, other: Store, clock: LeaseClock, place: StorePlace, opened: ExitStack
) -> None:
    third = opened.enter_context(Store.open(place, clock=LeaseClock(beside=clock)))
    second = ExitStack()

    def overtake() -> None:
        second.enter_context(third.lease("run", standing_by()))
        for seconds in range(20, 200, 5):
            clock.plan(seconds, third.confirm)
        clock.plan(200, second.close)

    with ExitStack() as running:
        running.enter_context(daemon.lease("run", REMEDY))
        clock.plan(10, running.close)
        clock.plan(10, overtake)
        with other.lease("run", standing_by()):
            assert about(200) == clock.elapsed()


def test_a_standby_does_not_touch_a_store_that_a_newer_one_has_changed(
    daemon: Store, other: Store, clock: LeaseClock, place: StorePlace
) -> None:
    def upgrade() -> None:
        with other.writing() as raw:
            raw.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with ExitStack() as running:
        running.enter_context(daemon.lease("run", REMEDY))
        clock.plan(3, upgrade)
        clock.plan(3, running.close)
        with (
            pytest.raises(ConfigError, match="belongs to a newer crmbridge"),
            other.lease("run", standing_by()),
        ):
            raise AssertionError
    with other.read() as tx:
        assert tx.lease("writer").holder is None


def test_one_that_is_frozen_within_a_transaction_is_waited_for(
    daemon: Store,
    place: StorePlace,
    clock: LeaseClock,
    opened: ExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backend, "BUSY", 2)
    other = opened.enter_context(Store.open(place, clock=clock))
    with ExitStack() as running:
        running.enter_context(daemon.lease("run", REMEDY))
        clock.wait(1, threading.Event())
        frozen = opened.enter_context(ExitStack())
        frozen.enter_context(daemon.transaction()).begin_go_live(NOW)
        clock.plan(100, frozen.close)
        with other.lease("run", standing_by()), other.read() as tx:
            assert about(100 + 12) == clock.elapsed()
            assert NOW == tx.go_live()


def test_a_free_lease_that_cannot_be_taken_is_no_holders_doing(
    place: StorePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "BUSY", 2)
    with (
        Store.open(place) as store,
        Store.open(place) as other,
        other.transaction(),
        pytest.raises(StoreUnavailable, match="is busy"),
        store.lease("run", REMEDY),
    ):
        raise AssertionError


def test_the_lease_is_renewed_while_nothing_else_happens(place: StorePlace) -> None:
    with Store.open(place, lease_seconds=0.3) as store, store.lease("run", REMEDY):

        def expiry() -> datetime | None:
            with store.read() as tx:
                return tx.lease("writer").expires_at

        before = expiry()
        for _ in range(100):
            threading.Event().wait(0.05)
            if expiry() != before:
                break
        assert before != expiry()
