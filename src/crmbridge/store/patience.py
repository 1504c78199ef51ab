"""How long somebody waits for a lease that another one holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from crmbridge.errors import ConfigError, RetryableError, StoreUnavailable
from crmbridge.store.holder import Holder
from crmbridge.store.lease_time import RealTime, Watch
from crmbridge.store.leases import Lease

_SOON = 0.1
"""Seconds between two looks of somebody whose turn is about to come."""
_BEAT = 10.0
"""Seconds between two signs of life of somebody who stands by."""
_NOW_AND_THEN = 1.0
"""Seconds between two looks of somebody who may wait for weeks."""


class Patience(Protocol):
    """What somebody does who cannot have a lease yet."""

    def wait(self, lease: Lease, watch: Watch, clock: RealTime) -> None:
        """Return when it is time to look again; raises where the waiting has an end."""
        ...

    def bear(self, error: StoreUnavailable, clock: RealTime) -> None:
        """The same where the store itself cannot be asked."""
        ...


class UpTo:
    """Waits for so many seconds from the first look on; then ``RetryableError``."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: float | None = None

    def wait(self, lease: Lease, watch: Watch, clock: RealTime) -> None:
        """Wait a moment."""
        if self._until is None:
            self._until = clock.elapsed() + self._seconds
        if clock.elapsed() >= self._until:
            raise RetryableError(
                f"it is the turn of {lease.holder or 'another crmbridge'}, which has not ended "
                f"within {self._seconds:g} s: try again later"
            )
        _wait(_SOON, clock)

    def bear(self, error: StoreUnavailable, clock: RealTime) -> None:
        """Raise it."""
        raise error


class Waived(Exception):
    """Who stood by was told to stand by no longer."""


class StandBy:
    """Waits until it is ``waived``, which raises ``Waived``; ``tell`` is called once, with the
    first holder that is waited for, ``beat`` every ten seconds, and ``miss`` whenever the store
    ceases to answer."""

    def __init__(
        self,
        tell: Callable[[Holder], None],
        beat: Callable[[], None] = lambda: None,
        miss: Callable[[StoreUnavailable], None] = lambda _: None,
        waived: threading.Event | None = None,
    ) -> None:
        self._tell, self._beat, self._miss = tell, beat, miss
        self._waived = waived or threading.Event()
        self._told = self._missed = False
        self._beaten_at: float | None = None

    def wait(self, lease: Lease, watch: Watch, clock: RealTime) -> None:
        """Wait a while."""
        self._missed = False
        if not self._told and lease.holder is not None:
            self._told = True
            self._tell(lease.holder)
        if self._beaten_at is None or clock.elapsed() - self._beaten_at >= _BEAT:
            self._beaten_at = clock.elapsed()
            self._beat()
        _wait_or_waive(clock, self._waived)

    def bear(self, error: StoreUnavailable, clock: RealTime) -> None:
        """Wait a while."""
        if not self._missed:
            self._missed = True
            self._miss(error)
        _wait_or_waive(clock, self._waived)


class NoRival:
    """Waits only until it is clear whether the holder is still there, which at most takes the
    seconds of its lease; ``ConfigError`` with ``remedy`` as soon as it is, ``Waived`` once it is
    ``waived``."""

    def __init__(self, remedy: str, waived: threading.Event | None = None) -> None:
        self._remedy = remedy
        self._waived = waived or threading.Event()

    def wait(self, lease: Lease, watch: Watch, clock: RealTime) -> None:
        """Wait a while."""
        holder = lease.holder
        if holder is not None and (watch.changed or holder.lives()):
            raise ConfigError(f"the store is in use by {holder}: {self._remedy}")
        _wait_or_waive(clock, self._waived)

    def bear(self, error: StoreUnavailable, clock: RealTime) -> None:
        """Raise it."""
        raise error


def _wait_or_waive(clock: RealTime, waived: threading.Event) -> None:
    clock.wait(_NOW_AND_THEN, waived)
    if waived.is_set():
        raise Waived


def _wait(seconds: float, clock: RealTime) -> None:
    clock.wait(seconds, threading.Event())
