"""The leases that this process holds in one store: waiting for them, renewing, letting go."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from crmbridge.errors import CrmBridgeError, LeaseLost, StoreUnavailable
from crmbridge.store.holder import Holder
from crmbridge.store.lease_time import RealTime, Watch
from crmbridge.store.leases import Lease
from crmbridge.store.patience import Patience
from crmbridge.store.transaction import Transaction

LEASE_SECONDS = 30.0
"""How long a lease lasts without being renewed: longer than any write transaction keeps the others
waiting, short enough for a standby."""

_RENEWED = 3
"""Times in its seconds that a lease is renewed: two renewals may fail."""

_Begin = Callable[[], AbstractContextManager[Transaction]]


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
        self._instance = uuid.uuid4().hex
        self._clock = clock
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

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
        """Hold the lease of that name; waits for it as ``patience`` does. Nobody can commit under
        an older token any more."""
        holder = Holder.here(purpose, self._instance)
        held = _Held(name, self._claim(name, holder, patience))
        self._held = (*self._held, held)
        self._begin_renewing()
        try:
            yield
        finally:
            self._held = tuple(each for each in self._held if each != held)
            if not self._held:
                self._end_renewing()
            # What cannot be released now is over soon.
            with suppress(CrmBridgeError), self._bare() as tx:
                tx.release_lease(held.name, held.token)

    def _claim(self, name: str, holder: Holder, patience: Patience) -> int:
        watch = Watch(self._clock)
        while True:
            try:
                with self._read() as tx:
                    seen = tx.lease(name)
                watch.look(seen)
                token = self._try(seen, holder) if self._is_free(seen, watch) else None
            except StoreUnavailable as error:
                patience.bear(error, self._clock)
                continue
            if token is not None:
                return token
            patience.wait(seen, watch, self._clock)

    def _is_free(self, seen: Lease, watch: Watch) -> bool:
        if seen.holder is None or seen.holder.lives() is False or watch.is_over(seen):
            return True
        # Our own, and let go already: the store did not take the word at the time.
        ours = seen.holder.instance == self._instance
        return ours and all(each.name != seen.name for each in self._held)

    def _try(self, seen: Lease, holder: Holder) -> int | None:
        try:
            with self._transaction() as tx:
                return tx.claim_lease(seen, holder, self._seconds, self._expiry())
        except StoreUnavailable:
            if seen.holder is None or seen.holder.instance == self._instance:
                raise
            # The holder was frozen within a transaction, which nobody can break from outside.
            return None

    def _expiry(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self._seconds)

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
            with suppress(CrmBridgeError), self._transaction():
                pass
