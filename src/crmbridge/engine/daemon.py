"""The loop around the cycle: when the next one is, what to do when one fails, how to stop."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from types import FrameType

import structlog

from crmbridge.clock import Clock
from crmbridge.engine.cycle import Bridge, CycleReport
from crmbridge.errors import ConfigError, CrmBridgeError, RetryableError, StoreUnavailable

_log = structlog.get_logger(__name__)

LEAST_INTERVAL = timedelta(seconds=15)
_PATIENCE = 30.0
"""Seconds that a cycle waits for its turn, less than a supervisor waits for the end."""


class Daemon:
    """Runs cycles until told to stop; a cycle in flight is always finished first.

    ``jitter`` is the part of the interval by which a cycle may come early or late.
    """

    def __init__(
        self, bridge: Bridge, clock: Clock, interval: timedelta, jitter: float = 0.1
    ) -> None:
        if interval < LEAST_INTERVAL:
            raise ConfigError(
                f"interval: {interval.total_seconds():g} s is below the least of "
                f"{LEAST_INTERVAL.total_seconds():g} s"
            )
        self._bridge = bridge
        self._clock = clock
        self._interval = interval
        self._jitter = jitter
        self._stop = threading.Event()
        self._failures = 0
        self._store_failed = False

    def stop(self) -> None:
        """Let the cycle in flight finish and start no other."""
        self._stop.set()

    def listen_to_signals(self) -> None:
        """SIGTERM and SIGINT drain; the second one stops at once, which loses nothing."""

        def on_signal(number: int, _frame: FrameType | None) -> None:
            if self._stop.is_set():
                raise KeyboardInterrupt
            _log.info("stop_requested", signal=signal.Signals(number).name)
            self._stop.set()

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)

    def run(self, on_cycle: Callable[[CycleReport], None] | None = None) -> None:
        """Get acquainted with both CRMs and run until ``stop``. A CRM that does not answer, be it
        at the very start, is tried again at the next cycle; wrong settings and refused logins
        end the loop with their error."""
        while not self._stop.is_set():
            started = self._clock.now()
            self._run_once(on_cycle)
            pause = self._interval * (1 + random.uniform(-self._jitter, self._jitter))
            self._clock.wait_until(started + pause, self._stop)

    def _run_once(self, on_cycle: Callable[[CycleReport], None] | None) -> None:
        try:
            with self._bridge.store.turn("run", _PATIENCE):
                now = self._clock.now()
                if not self._bridge.identities:
                    self._bridge.outages.try_again(now)
                    self._bridge.meet()
                report = self._bridge.run_cycle(now)
        except RetryableError as error:
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
        if on_cycle is not None:
            on_cycle(report)

    def _note_failure(self, error: CrmBridgeError) -> None:
        self._failures += 1
        # Repeats are no news, but that a store fails where a CRM did before, or the other way, is.
        of_store = isinstance(error, StoreUnavailable)
        is_news = self._failures == 1 or of_store is not self._store_failed
        self._store_failed = of_store
        level = _log.warning if is_news else _log.debug
        level("cycle_failed", reason=error.message, failures=self._failures)
