"""Turns: one cycle, or one command that writes into the CRMs, at a time.

Whoever wants the turn first takes the place at the head of the queue and gives it up once the turn
is there. So a command gets its turn even from a daemon whose cycles follow one another at once: the
next cycle has to pass the queue like everybody else.
"""

from __future__ import annotations

import threading

from crmbridge.errors import RetryableError
from crmbridge.store.holding import RealTime, Watch
from crmbridge.store.leases import Lease

TURN, QUEUE = "turn", "queue"
_LOOK = 0.1
"""Seconds between two looks at whether it is our turn."""


class UpTo:
    """The patience of so many seconds from now on."""

    def __init__(self, seconds: float, clock: RealTime) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until = clock.elapsed() + seconds
        self._never = threading.Event()

    def wait(self, lease: Lease, watch: Watch) -> None:
        """Wait a moment; raises ``RetryableError`` once the seconds are over."""
        if self._clock.elapsed() >= self._until:
            raise RetryableError(
                f"it is the turn of {lease.holder or 'another crmbridge'}, which has not ended "
                f"within {self._seconds:g} s: try again later"
            )
        self._clock.wait(_LOOK, self._never)
