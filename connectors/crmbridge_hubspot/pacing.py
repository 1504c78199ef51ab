"""Staying below how many calls HubSpot takes in a moment. HubSpot contract §5, §8."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable


class Pace:
    """At most ``allowed`` calls in any ``interval`` seconds; thread-safe. Nothing is limited
    until that is known."""

    def __init__(
        self,
        interval: float,
        allowed: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = interval
        self._allowed = allowed
        self._clock = clock
        self._sleep = sleep
        self._calls: deque[float] = deque()
        self._lock = threading.Lock()

    def allow(self, allowed: int, interval: float) -> None:
        """What the portal said that it takes."""
        with self._lock:
            self._allowed, self._interval = max(1, allowed), interval

    def wait(self) -> None:
        """Return when one more call may be sent, and count it."""
        with self._lock:
            now = self._clock()
            while self._calls and now - self._calls[0] >= self._interval:
                self._calls.popleft()
            at = now
            if self._allowed is not None and len(self._calls) >= self._allowed:
                at = max(now, self._calls[-self._allowed] + self._interval)
            self._calls.append(at)
        if at > now:
            self._sleep(at - now)
