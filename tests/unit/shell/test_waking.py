"""Between two cycles a daemon hears who asks it to read its settings again, and sleeps on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.clock import WorldClock
from crmbridge.engine.daemon import Course, Daemon
from crmbridge.errors import ConfigError, LeaseLost

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


class Asked:
    """A renewal that remembers when it was asked, and gives what it is told to."""

    def __init__(self, course: Course | None = None) -> None:
        self.times: list[bool] = []
        self.course = course

    def look(self, course: Course, now: datetime, *, asked: bool) -> Course | None:
        self.times.append(asked)
        return self.course


class Told:
    """A watcher that remembers the end."""

    def __init__(self) -> None:
        self.ends: list[Exception] = []

    def finished(self, *_: Any) -> None: ...

    def failed(self, *_: Any) -> None: ...

    def ended(self, error: Exception, now: datetime) -> None:
        self.ends.append(error)


def made(clock: WorldClock, **more: Any) -> Daemon:
    nothing: Any = None
    return Daemon(nothing, clock, timedelta(minutes=5), **more)


def until(happened: Callable[[], object]) -> None:
    give_up = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.005)


def test_it_looks_at_once_and_sleeps_on() -> None:
    clock, asked = WorldClock(NOON), Asked()
    daemon = made(clock, renewal=asked)
    sleeping = threading.Thread(target=daemon._sleep_until, args=(LATER,))
    sleeping.start()
    for count in (1, 2):
        daemon.renew()
        until(lambda count=count: len(asked.times) == count)  # type: ignore[misc]
        assert sleeping.is_alive(), "no cycle comes early"
    clock.set(LATER)
    sleeping.join(10)
    assert not sleeping.is_alive()
    assert [True, True] == asked.times


def test_who_asked_during_a_cycle_is_heard_after_it() -> None:
    clock, asked = WorldClock(LATER), Asked()
    daemon = made(clock, renewal=asked)
    daemon.renew()
    daemon._sleep_until(LATER)
    daemon._look_for_news(LATER)
    assert [True, False] == asked.times


def test_what_it_is_given_is_run_from_then_on() -> None:
    nothing: Any = None
    course = Course(bridge=nothing, interval=timedelta(minutes=9), jitter=0.0)
    daemon = made(WorldClock(NOON), renewal=Asked(course))
    daemon._look_for_news(NOON)
    assert course is daemon._course


def test_a_stop_ends_the_sleep_and_nobody_is_asked() -> None:
    asked = Asked()
    daemon = made(WorldClock(NOON), renewal=asked)
    sleeping = threading.Thread(target=daemon._sleep_until, args=(LATER,))
    sleeping.start()
    daemon.stop()
    sleeping.join(10)
    assert not sleeping.is_alive()
    assert [] == asked.times


@pytest.mark.parametrize(
    ("error", "told"), [(ConfigError("no"), 1), (ValueError("a defect"), 1), (LeaseLost("gone"), 0)]
)
def test_an_end_is_told_unless_somebody_else_goes_on(error: Exception, told: int) -> None:
    watcher = Told()
    daemon = made(WorldClock(NOON), watcher=watcher)

    def fail(*_: Any) -> None:
        raise error

    daemon._run_once = fail  # type: ignore[method-assign,assignment]
    with pytest.raises(type(error)):
        daemon.run()
    assert told == len(watcher.ends)
