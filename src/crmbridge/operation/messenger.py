"""Brings messages on their way, beside the cycles: none waits for a receiver."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from contextvars import copy_context
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from crmbridge.alert_settings import AlertSettings
from crmbridge.core.alerting import AlertKind
from crmbridge.core.model import Ref
from crmbridge.errors import FatalError, LeaseLost, StoreUnavailable
from crmbridge.operation.delivering import deliver
from crmbridge.operation.posting import DeliveryFailed
from crmbridge.operation.sla_digest import Page, of_manager, owed, written
from crmbridge.store import Store, Transaction
from crmbridge.store.alerts import Notice

_log = structlog.get_logger(__name__)

_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
_GIVEN_UP = timedelta(hours=24)


class Listener(Protocol):
    """Hears of each attempt."""

    def __call__(self, channel: str, *, arrived: bool) -> None:
        """A message was sent over this channel, or could not be."""
        ...


class Messenger:
    """Sends what the store holds ready, in a thread of its own; what did not arrive is tried again
    after a growing while, and given up after a day.

    ``counted`` hears of each attempt.
    """

    def __init__(
        self,
        store: Store,
        settings: AlertSettings,
        counted: Listener,
    ) -> None:
        self._store = store
        self._settings = settings
        self._page: Page = _nowhere
        self._sales = ""
        self._counted = counted
        self._now: datetime | None = None
        self._awake = threading.Event()
        self._over = threading.Event()
        self._failing: set[str] = set()
        self._thread: threading.Thread | None = None

    def use(self, settings: AlertSettings, page: Page, sales: str) -> None:
        """Go on with other settings, and CRMs to point at; ``sales`` is the system of sales."""
        self._settings, self._page, self._sales = settings, page, sales

    def wake(self, now: datetime) -> None:
        """Send what is due ``now``; returns at once."""
        self._now = now
        self._awake.set()
        if self._thread is None:
            # Its log lines tell the bridge as this thread's do.
            context = copy_context()
            self._thread = threading.Thread(
                target=context.run, args=[self._work], name="messenger", daemon=True
            )
            self._thread.start()

    def close(self, patience: float) -> None:
        """Finish what is due, for at most so many seconds; the rest waits in the store."""
        self._over.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join(patience)

    def _work(self) -> None:
        while True:
            self._awake.wait()
            self._awake.clear()
            if self._now is not None:
                # Who has lost the store hears of it where it writes; then others send this.
                with suppress(LeaseLost, StoreUnavailable, FatalError):
                    self.send_due(self._now)
            if self._over.is_set() and not self._awake.is_set():
                return

    def send_due(self, now: datetime) -> None:
        """Send everything that is due ``now``, one after the other."""
        with self._store.read() as tx:
            due = tx.due_notices(now)
        for notice in due:
            self._send(notice, now)

    def _send(self, notice: Notice, now: datetime) -> None:
        channel = self._settings.channels.get(notice.channel)
        text, to = notice.text, ""
        if notice.kind is AlertKind.SLA_DIGEST:
            with self._store.read() as tx:
                text, to = self._digest(tx, notice)
        if channel is None or not text:
            self._settle(notice, now, arrived=True)
            return
        try:
            deliver(channel, notice.title, text, [to] if to else ())
        except DeliveryFailed as error:
            self._note_failure(notice.channel, str(error))
            self._settle(notice, now, arrived=False)
            return
        if notice.channel in self._failing:
            self._failing.discard(notice.channel)
            _log.info("alerts_arrive_again", channel=notice.channel)
        self._counted(notice.channel, arrived=True)
        self._settle(notice, now, arrived=True)

    def _digest(self, tx: Transaction, notice: Notice) -> tuple[str, str]:
        """Text and recipient of the digest as things stand now; empty where nothing is owed any
        more, or the manager is gone."""
        names = self._settings.names
        found, owners = owed(tx, self._sales, names=names), tx.owners(self._sales)
        to = ""
        if notice.recipient:
            manager = owners.get(notice.recipient)
            if manager is None or not manager.email:
                return "", ""
            to = manager.email
            found = of_manager(found, owners, notice.recipient)
        digest = self._settings.digest
        if digest is None:
            return "", ""
        return written(found, owners, self._page, digest.zone, names=names), to

    def _note_failure(self, channel: str, reason: str) -> None:
        level = _log.debug if channel in self._failing else _log.warning
        level("alert_not_delivered", channel=channel, reason=reason)
        self._failing.add(channel)
        self._counted(channel, arrived=False)

    def _settle(self, notice: Notice, now: datetime, *, arrived: bool) -> None:
        wait = min(_FIRST_WAIT * (1 << min(notice.attempts, 10)), _LONGEST_WAIT)
        with self._store.transaction() as tx:
            if arrived or now - notice.at >= _GIVEN_UP:
                tx.close_notice(notice)
            else:
                tx.postpone_notice(notice, now + wait)


def try_all(
    settings: AlertSettings, title: str, text: str, only: str | None = None
) -> Mapping[str, str]:
    """Send one message over every channel, or over one, now; channel → why it did not arrive, empty
    where it did."""
    found: dict[str, str] = {}
    for name in settings.told_of(AlertKind.TEST):
        if only is not None and name != only:
            continue
        try:
            deliver(settings.channels[name], title, text)
            found[name] = ""
        except DeliveryFailed as error:
            found[name] = str(error)
    return found


def _nowhere(_ref: Ref) -> None:
    """No CRM is known to point at."""
