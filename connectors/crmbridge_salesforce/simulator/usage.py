"""The daily API allowance, over a rolling 24 hours of world time. Salesforce contract §10."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

_WINDOW = timedelta(hours=24)


class Usage:
    """Counts API requests of the last 24 hours against ``maximum``."""

    def __init__(self, maximum: int, *, enforced: bool) -> None:
        self.maximum = maximum
        self.enforced = enforced
        self._used: deque[tuple[datetime, int]] = deque()
        self._total = 0

    def spend(self, now: datetime, requests: int = 1) -> bool:
        """Count requests; false if they are refused because the allowance is used up."""
        self._forget(now)
        if self.enforced and self._total >= self.maximum:
            return False
        self._total += requests
        if self._used and self._used[-1][0] == now:
            requests += self._used.pop()[1]
        self._used.append((now, requests))
        return True

    def used(self, now: datetime) -> int:
        """Requests of the last 24 hours."""
        self._forget(now)
        return self._total

    def _forget(self, now: datetime) -> None:
        while self._used and self._used[0][0] <= now - _WINDOW:
            self._total -= self._used.popleft()[1]
