"""Turns: a cycle and a command never write into the CRMs at the same time, whoever is killed,
frozen or lives by a wrong clock."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lease_clock import LeaseClock

from crmbridge.errors import LeaseLost, RetryableError
from crmbridge.store import Store, holder
from crmbridge.store.holder import Holder
from crmbridge.store.holding import LEASE_SECONDS
from crmbridge.store_place import StorePlace

NOW = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Opener = Callable[[LeaseClock], Store]


@pytest.fixture
def open_store(place: StorePlace) -> Iterator[Opener]:
    with ExitStack() as opened:
        yield lambda clock: opened.enter_context(Store.open(place, clock=clock))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No machine can tell whether a process lives, as where the holder runs on another one."""
    monkeypatch.setattr(holder, "_BOOT", tmp_path / "no such file")


def token(store: Store) -> int:
    with store.read() as tx:
        return tx.lease("turn").token


def test_a_command_waits_until_the_cycle_has_ended(open_store: Opener) -> None:
    clock = LeaseClock()
    daemon, command, cycle = open_store(clock), open_store(clock), ExitStack()
    cycle.enter_context(daemon.turn("run", 0))
    clock.plan(7, cycle.close)

    with command.turn("undo", 60):
        assert 7 == pytest.approx(clock.elapsed(), abs=0.2)


def test_a_command_that_has_waited_long_enough_says_for_whom(open_store: Opener) -> None:
    clock = LeaseClock()
    daemon, command = open_store(clock), open_store(clock)

    with (
        daemon.turn("run", 0),
        pytest.raises(
            RetryableError, match=r"crmbridge run on .+, process \d+, .+ within 5 s: try again"
        ),
        command.turn("undo", 5),
    ):
        raise AssertionError
    with command.turn("undo", 0):
        assert 5 == pytest.approx(clock.elapsed(), abs=0.2)


def test_the_next_cycle_does_not_overtake_a_command_that_waits(open_store: Opener) -> None:
    clock = LeaseClock()
    daemon, command, cycle = open_store(clock), open_store(clock), ExitStack()
    served = []

    def cycle_after_cycle() -> None:
        cycle.close()
        with pytest.raises(RetryableError, match="crmbridge undo"), daemon.turn("run", 0):
            served.append("run")

    cycle.enter_context(daemon.turn("run", 0))
    clock.plan(1, cycle_after_cycle)
    with command.turn("undo", 60):
        served.append("undo")
        with pytest.raises(RetryableError, match="crmbridge undo"), daemon.turn("run", 3):
            served.append("run")
    with daemon.turn("run", 0):
        served.append("run")

    assert ["undo", "run"] == served


def test_every_new_holder_has_the_next_token(open_store: Opener) -> None:
    clock = LeaseClock()
    daemon, command = open_store(clock), open_store(clock)
    tokens = [token(daemon)]
    for store in (daemon, command, command):
        with store.turn("run", 0):
            tokens.append(token(store))
        tokens.append(token(store))

    assert [0, 1, 1, 2, 2, 3, 3] == tokens


def test_a_killed_holder_on_this_machine_loses_its_turn_at_once(
    store: Store, place: StorePlace
) -> None:
    script = (
        "import sys, time\nfrom crmbridge.store import Store\n"
        "with Store.open(sys.argv[1]) as s, s.turn('undo', 9):\n"
        "    print('mine', flush=True); time.sleep(60)\n"
    )
    clock = LeaseClock()
    with (
        subprocess.Popen([sys.executable, "-c", script, str(place)], stdout=subprocess.PIPE) as it,
        Store.open(place, clock=clock) as daemon,
    ):
        assert it.stdout is not None
        assert b"mine\n" == it.stdout.readline()
        with pytest.raises(RetryableError, match=f"process {it.pid}"), daemon.turn("run", 0):
            raise AssertionError
        it.send_signal(signal.SIGKILL)
        it.wait()
        with daemon.turn("run", 0):
            assert 0 == clock.elapsed()


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("skew", [-400 * DAY, timedelta(0), 400 * DAY])
def test_a_silent_holder_elsewhere_loses_its_turn_after_its_seconds_by_no_wall_clock(
    skew: timedelta, open_store: Opener
) -> None:
    clock = LeaseClock()
    frozen, command = open_store(LeaseClock(skew, beside=clock)), open_store(clock)

    with frozen.turn("run", 0), command.turn("undo", 600):
        assert clock.elapsed() == pytest.approx(LEASE_SECONDS, abs=0.2)
        with pytest.raises(LeaseLost, match="crmbridge undo on"):
            frozen.confirm()
        with pytest.raises(LeaseLost), frozen.transaction() as tx:
            tx.begin_go_live(NOW)
        with command.transaction() as tx:
            assert tx.go_live() is None


@pytest.mark.usefixtures("elsewhere")
def test_what_was_lost_stays_lost_when_the_other_has_ended(open_store: Opener) -> None:
    clock = LeaseClock()
    frozen, command = open_store(clock), open_store(clock)

    with frozen.turn("run", 0):
        with command.turn("undo", 600):
            pass
        with pytest.raises(LeaseLost, match="another crmbridge"):
            frozen.confirm()
    frozen.confirm()


@pytest.mark.usefixtures("elsewhere")
def test_a_holder_that_renews_is_left_alone_even_where_its_clock_goes_back(
    open_store: Opener,
) -> None:
    clock = LeaseClock()
    wrong = LeaseClock(beside=clock)
    daemon, command = open_store(wrong), open_store(clock)

    def renew() -> None:
        wrong.skew -= DAY
        daemon.confirm()

    with daemon.turn("run", 0):
        for seconds in range(20, 600, 20):
            clock.plan(seconds, renew)
        with pytest.raises(RetryableError, match="crmbridge run"), command.turn("undo", 300):
            raise AssertionError
        daemon.confirm()


def test_who_waited_takes_nothing_from_a_holder_that_renewed_a_moment_ago(
    open_store: Opener,
) -> None:
    clock = LeaseClock()
    daemon, command = open_store(clock), open_store(clock)

    with daemon.turn("run", 0):
        with command.read() as tx:
            seen = tx.lease("turn")
        clock.wait(1, threading.Event())
        daemon.confirm()
        with command.transaction() as tx:
            assert tx.claim_lease(seen, Holder.here("undo", "2"), 30, NOW) is None
        daemon.confirm()


@pytest.mark.usefixtures("elsewhere")
def test_a_frozen_holder_that_nobody_relieved_goes_on(open_store: Opener) -> None:
    clock = LeaseClock()
    daemon = open_store(clock)

    with daemon.turn("run", 0):
        clock.wait(10_000, threading.Event())
        daemon.confirm()
        with daemon.transaction() as tx:
            tx.begin_go_live(NOW)


@pytest.mark.usefixtures("elsewhere")
def test_a_turn_lasts_through_a_long_wait_for_a_crm(place: StorePlace) -> None:
    with Store.open(place, lease_seconds=0.6) as daemon, Store.open(place) as command:
        with (
            daemon.turn("run", 0),
            pytest.raises(RetryableError, match="crmbridge run"),
            command.turn("undo", 2.5),
        ):
            raise AssertionError
        with command.turn("undo", 0):
            pass


def test_a_store_in_memory_has_turns_too() -> None:
    with Store.open(":memory:") as store, store.turn("run", 0), store.transaction() as tx:
        tx.begin_go_live(NOW)
        assert NOW == tx.go_live()
