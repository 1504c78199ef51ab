"""The time of leases in a test's hands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from crmbridge.store.lease_time import RealTime

START = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)


class LeaseClock(RealTime):
    """Stands still until somebody waits; what is planned for an instant happens while they do.

    ``skew`` is how wrong the wall clock is; ``beside`` shows the time that another one shows.
    """

    def __init__(self, skew: timedelta = timedelta(0), beside: LeaseClock | None = None) -> None:
        self._beside = beside
        self._elapsed = 0.0
        self._plans: list[tuple[float, Callable[[], object]]] = []
        self.skew = skew

    def elapsed(self) -> float:
        return self._beside.elapsed() if self._beside else self._elapsed

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed()) + self.skew

    def wait(self, seconds: float, stop: threading.Event) -> None:
        if self._beside is not None:
            self._beside.wait(seconds, stop)
            return
        self._elapsed += seconds
        while due := [plan for plan in self._plans if plan[0] <= self._elapsed]:
            self._plans.remove(due[0])
            due[0][1]()

    def plan(self, elapsed: float, act: Callable[[], object]) -> None:
        """Do something once so many seconds have passed since the beginning."""
        self._plans.append((elapsed, act))
