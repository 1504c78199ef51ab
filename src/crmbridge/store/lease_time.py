"""Which time rules leases: that of whoever waits, and nobody else's.

Two clocks that differ must never make two writers, so no clock is ever held against another one's.

- *Who waits* trusts its own monotonic clock alone. It looks whether the row changes, and takes the
  lease over once it has seen it unchanged for as long as the holder said that it lasts. What
  ``expires_at`` says is only compared with what it said before. A skewed, jumping or standing wall
  clock on either side makes no difference. Where the waiting machine was suspended, it waits on.
- *Who holds* trusts no clock at all. Each write transaction renews the lease in the row itself,
  under the token that it was given, and fails with ``LeaseLost`` where the token is another's: a
  process that was frozen for an hour cannot know that from a clock, but the row tells it.

Real time rules in a simulated world, too: processes are frozen and killed in real time.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from crmbridge.store.leases import Lease


class RealTime:
    """The time that leases live in."""

    def elapsed(self) -> float:
        """Seconds since some instant; never goes back, whatever is done to the wall clock."""
        return time.monotonic()

    def now(self) -> datetime:
        """The wall clock, for people to read."""
        return datetime.now(UTC)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Let time pass, less where ``stop`` is set."""
        stop.wait(seconds)


class Watch:
    """What somebody who waits for a lease has seen of it."""

    def __init__(self, clock: RealTime) -> None:
        self._clock = clock
        self._stamp: tuple[int, datetime | None] | None = None
        self._since = 0.0
        self.changed = False
        """Whether it was seen to change: somebody is there."""

    def look(self, lease: Lease) -> None:
        """See how the lease stands now."""
        stamp = (lease.token, lease.expires_at)
        if stamp == self._stamp:
            return
        self.changed = self._stamp is not None
        self._stamp, self._since = stamp, self._clock.elapsed()

    def is_over(self, lease: Lease) -> bool:
        """Whether nobody has renewed it for as long as it lasts."""
        return self._clock.elapsed() - self._since >= lease.seconds
