"""The loop around the cycle: when the next one is, what to do when one fails, how to stop."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from crmbridge.clock import Clock
from crmbridge.engine.cycle import Bridge, CycleReport
from crmbridge.errors import (
    ConfigError,
    LeaseLost,
    RejectedRecord,
    RetryableError,
    StoreUnavailable,
)

_log = structlog.get_logger(__name__)

LEAST_INTERVAL = timedelta(seconds=15)
_PATIENCE = 30.0
"""Seconds that a cycle waits for its turn, less than a supervisor waits for the end."""


class Watcher(Protocol):
    """Who is told how the daemon fares."""

    def finished(self, bridge: Bridge, report: CycleReport) -> None:
        """A cycle is done."""
        ...

    def failed(self, error: RetryableError | RejectedRecord, failures: int, now: datetime) -> None:
        """A cycle failed, the ``failures``-th in a row; the next one tries again."""
        ...

    def ended(self, error: Exception, now: datetime) -> None:
        """The daemon ends because of this error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What the daemon runs, and how often."""

    bridge: Bridge
    interval: timedelta
    jitter: float = 0.1


class Renewal(Protocol):
    """Who knows whether the settings or the rule book have changed."""

    def look(self, course: Course, now: datetime, *, asked: bool) -> Course | None:
        """What is to be run from now on; ``None`` where all stays as it is. With ``asked`` somebody
        wants to hear. Never raises for what an operator got wrong."""
        ...


class Daemon:
    """Runs cycles until told to stop; a cycle in flight is always finished first.

    ``jitter`` is the part of the interval by which a cycle may come early or late. A ``watcher``
    hears of every cycle; a ``renewal`` is asked before each cycle, and at once on SIGHUP, what to
    run.
    """

    def __init__(
        self,
        bridge: Bridge,
        clock: Clock,
        interval: timedelta,
        jitter: float = 0.1,
        *,
        watcher: Watcher | None = None,
        renewal: Renewal | None = None,
    ) -> None:
        if interval < LEAST_INTERVAL:
            raise ConfigError(
                f"interval: {interval.total_seconds():g} s is below the least of "
                f"{LEAST_INTERVAL.total_seconds():g} s"
            )
        self._course = Course(bridge=bridge, interval=interval, jitter=jitter)
        self._clock = clock
        self._watcher = watcher
        self._renewal = renewal
        self._stop = threading.Event()
        self._woken = threading.Event()
        self._asked = False
        self._failures = 0
        self._store_failed = False

    def stop(self) -> None:
        """Let the cycle in flight finish and start no other."""
        self._stop.set()
        self._woken.set()

    def renew(self) -> None:
        """Look for other settings and another rule book, between two cycles."""
        self._asked = True
        self._woken.set()

    def run(self, on_cycle: Callable[[CycleReport], None] | None = None) -> None:
        """Get acquainted with both CRMs and run until ``stop``. A CRM that does not answer, be it
        at the very start, or that refuses what it is asked, is tried again at the next cycle; wrong
        settings and refused logins end the loop with their error."""
        try:
            while not self._stop.is_set():
                started = self._clock.now()
                self._look_for_news(started)
                self._run_once(on_cycle)
                jitter = self._course.jitter
                pause = self._course.interval * (1 + random.uniform(-jitter, jitter))
                self._sleep_until(started + pause)
        except LeaseLost:
            # Somebody else is at work, and everything is theirs to say.
            raise
        except Exception as error:
            if self._watcher is not None:
                self._watcher.ended(error, self._clock.now())
            raise

    def _sleep_until(self, instant: datetime) -> None:
        while not self._stop.is_set():
            woken = self._woken
            self._clock.wait_until(instant, woken)
            if not woken.is_set():
                return
            # A new one: a signal that came while the old one is cleared would wait for itself.
            self._woken = threading.Event()
            if not self._stop.is_set():
                self._look_for_news(self._clock.now())

    def _look_for_news(self, now: datetime) -> None:
        asked, self._asked = self._asked, False
        if self._renewal is None:
            return
        course = self._renewal.look(self._course, now, asked=asked)
        if course is not None:
            self._course = course

    def _run_once(self, on_cycle: Callable[[CycleReport], None] | None) -> None:
        bridge = self._course.bridge
        try:
            with bridge.store.turn("run", _PATIENCE):
                now = self._clock.now()
                if not bridge.identities:
                    bridge.outages.try_again(now)
                    bridge.meet()
                report = bridge.run_cycle(now)
        except (RetryableError, RejectedRecord) as error:
            # A CRM may refuse what it is asked while, say, a field is missing: who mends that need
            # not start a daemon, too.
            self._note_failure(error)
            return
        if self._failures:
            _log.info("cycle_recovered", after_failures=self._failures)
            self._failures, self._store_failed = 0, False
        _log.info(
            "cycle_finished",
            cycle=report.number,
            records=report.records,
            facts=report.facts,
            persons=report.persons,
            operations=report.operations,
            calls=dict(report.calls),
            writes=dict(report.writes),
            **{name: said for name in ("shadow", "scope") if (said := getattr(report, name))},
        )
        if self._watcher is not None:
            self._watcher.finished(bridge, report)
        if on_cycle is not None:
            on_cycle(report)

    def _note_failure(self, error: RetryableError | RejectedRecord) -> None:
        self._failures += 1
        # Repeats are no news, but that a store fails where a CRM did before, or the other way, is.
        of_store = isinstance(error, StoreUnavailable)
        is_news = self._failures == 1 or of_store is not self._store_failed
        self._store_failed = of_store
        level = _log.warning if is_news else _log.debug
        level("cycle_failed", reason=error.message, failures=self._failures)
        if self._watcher is not None:
            self._watcher.failed(error, self._failures, self._clock.now())
