"""The leases that this process holds in one store: waiting for them, renewing, letting go.

Two clocks that differ must never make two writers, so no clock is ever held against another one's.

- *Who waits* trusts its own monotonic clock alone. It looks whether the row changes, and takes the
  lease over once it has seen it unchanged for as long as the holder said that it lasts. What
  ``expires_at`` says is only compared with what it said before. A skewed, jumping or standing wall
  clock on either side makes no difference.
- *Who holds* trusts no clock at all. Each write transaction renews the lease in the row itself,
  under the token that it was given, and fails with ``LeaseLost`` where the token is another's: a
  process that was frozen for an hour cannot know that from a clock, but the row tells it.

Real time rules in a simulated world, too: processes are frozen and killed in real time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import DatabaseError

from crmbridge.errors import LeaseLost
from crmbridge.store.holder import Holder
from crmbridge.store.leases import Lease
from crmbridge.store.transaction import Transaction

LEASE_SECONDS = 30.0
"""How long a lease lasts without being renewed: longer than any write transaction keeps the others
waiting, short enough for a standby."""

_RENEWED = 3
"""Times in its seconds that a lease is renewed: two renewals may fail."""

_Begin = Callable[[], AbstractContextManager[Transaction]]


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
    """What somebody who waits for a lease has seen of it, by the own monotonic clock."""

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


class Patience(Protocol):
    """What somebody does who cannot have a lease yet."""

    def wait(self, lease: Lease, watch: Watch) -> None:
        """Return when it is time to look again; raises where the waiting has an end."""
        ...


@dataclass(frozen=True, slots=True)
class _Held:
    name: str
    token: int


class Holding:
    """What one opened store holds. ``transaction`` begins one that is fenced by it, ``bare`` one
    that is not; with ``renews`` a thread renews what is held, in transactions of its own."""

    def __init__(
        self,
        *,
        transaction: _Begin,
        bare: _Begin,
        read: _Begin,
        seconds: float,
        clock: RealTime,
        renews: bool,
    ) -> None:
        self._transaction = transaction
        self._bare = bare
        self._read = read
        self._seconds = seconds
        self._renews = renews
        self._held: tuple[_Held, ...] = ()
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self.clock = clock

    @property
    def anything(self) -> bool:
        """Whether any lease is held."""
        return bool(self._held)

    def fence(self, tx: Transaction) -> None:
        """Renew everything held within ``tx``; raises ``LeaseLost``, so that nothing of it is
        committed, where somebody else has taken over."""
        for held in self._held:
            if not tx.renew_lease(held.name, held.token, self._expiry()):
                successor = tx.lease(held.name).holder
                raise LeaseLost(
                    f"{successor or 'another crmbridge'} has taken over from this process, which "
                    "was frozen or too slow; nothing was written since"
                )

    @contextmanager
    def hold(self, name: str, purpose: str, patience: Patience) -> Iterator[None]:
        """Hold the lease of that name; waits for it as ``patience`` does."""
        held = _Held(name, self._claim(name, Holder.here(purpose), patience))
        self._held = (*self._held, held)
        self._begin_renewing()
        try:
            yield
        finally:
            self._held = tuple(each for each in self._held if each != held)
            if not self._held:
                self._end_renewing()
            # What cannot be released now is over soon.
            with suppress(DatabaseError), self._bare() as tx:
                tx.release_lease(held.name, held.token)

    def _claim(self, name: str, holder: Holder, patience: Patience) -> int:
        watch = Watch(self.clock)
        while True:
            with self._read() as tx:
                seen = tx.lease(name)
            watch.look(seen)
            if seen.holder is None or seen.holder.lives() is False or watch.is_over(seen):
                token = self._try(seen, holder)
                if token is not None:
                    return token
            patience.wait(seen, watch)

    def _try(self, seen: Lease, holder: Holder) -> int | None:
        try:
            with self._transaction() as tx:
                return tx.claim_lease(seen, holder, self._seconds, self._expiry())
        except DatabaseError:
            # Somebody's transaction has lasted too long, maybe a frozen holder's: it stands.
            return None

    def _expiry(self) -> datetime:
        return self.clock.now() + timedelta(seconds=self._seconds)

    def _begin_renewing(self) -> None:
        if self._renews and self._thread is None:
            self._over.clear()
            self._thread = threading.Thread(target=self._renew, name="leases", daemon=True)
            self._thread.start()

    def _end_renewing(self) -> None:
        if self._thread is not None:
            self._over.set()
            self._thread.join()
            self._thread = None

    def _renew(self) -> None:
        while not self._over.wait(self._seconds / _RENEWED):
            # The next transaction of the one who writes meets the same, and is heard.
            with suppress(LeaseLost, DatabaseError), self._transaction():
                pass
