"""From what is wrong to what is told: each trouble once when it begins, once when it is over.

What was told lies in the store, and so do messages on their way: neither a restart nor a takeover
tells anything again.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import datetime

import structlog

from crmbridge.alert_settings import EMAIL, AlertSettings
from crmbridge.core.alerting import Alert, AlertKind, News, Trouble, compare
from crmbridge.operation import messages
from crmbridge.operation.sla_digest import digest_due, owed, recipients
from crmbridge.store import Transaction
from crmbridge.store.alerts import Notice

_log = structlog.get_logger(__name__)

_DIGEST = ("crmbridge", "sla_digest")
"""Under which names the store keeps when the digest was last seen to."""

Redact = Callable[[str], str]


class Alarm:
    """Holds what was found against what was told, and writes the messages that follow."""

    def __init__(self, settings: AlertSettings, redact: Redact, *, bridge: str, sales: str) -> None:
        """``redact`` takes secrets and personal data out of a text, ``bridge`` is the name of the
        bridge, ``sales`` the system of sales."""
        self._bridge = bridge
        self._settings = settings
        self._redact = redact
        self._sales = sales

    def look(
        self,
        tx: Transaction,
        found: Collection[Trouble],
        looked_for: Collection[AlertKind],
        now: datetime,
    ) -> bool:
        """Take in what was ``found`` of the kinds that were ``looked_for``; whether there is a
        message to be sent."""
        known = tx.alerts()
        if not known and not found:
            return False
        clean = [replace(each, text=self._redact(each.text)) for each in found]
        news = compare(known, clean, looked_for, now)
        if known != list(news.lasting) or news.begun:
            tx.keep_alerts([*news.begun, *news.lasting])
        tx.close_alerts(news.ended)
        notices = list(self._notices(news, described(self._bridge, tx), now))
        tx.add_notices(notices)
        self._tell(news)
        return bool(notices)

    def look_at_promises(self, tx: Transaction, now: datetime) -> bool:
        """Put the daily digest on its way if its time has come; whether there is one. What it says
        is looked up when it is sent."""
        digest = self._settings.digest
        if digest is None:
            return False
        due, wanted = digest_due(digest, tx.polled_at(*_DIGEST), now)
        if not due:
            return False
        tx.set_polled_at(*_DIGEST, now)
        found = owed(tx, self._sales, names=False) if wanted else []
        if not found:
            return False
        notices = [_digest(name, now) for name in self._settings.told_of(AlertKind.SLA_DIGEST)]
        if digest.to_managers:
            owners = tx.owners(self._sales)
            notices += [_digest(EMAIL, now, each.ref.id) for each in recipients(found, owners)]
        tx.add_notices(notices)
        return bool(notices)

    def _notices(self, news: News, bridge: str, now: datetime) -> Iterator[Notice]:
        for alert in news.begun:
            yield from self._for_all(alert, messages.begun(alert, bridge), now)
        for alert in news.ended:
            yield from self._for_all(alert, messages.ended(alert, bridge, now), now)

    def _tell(self, news: News) -> None:
        """In the log, too; where nobody is to be told the error itself is enough there."""
        for said, alerts in (("alert_raised", news.begun), ("alert_cleared", news.ended)):
            for alert in alerts:
                trouble = alert.trouble
                level = _log.info if self._settings.told_of(trouble.kind) else _log.debug
                level(said, kind=trouble.kind.value, about=trouble.subject)

    def _for_all(self, alert: Alert, message: tuple[str, str], now: datetime) -> Iterator[Notice]:
        title, text = message
        kind = alert.trouble.kind
        for name in self._settings.told_of(kind):
            yield Notice(channel=name, kind=kind, title=title, text=text, at=now)


def described(bridge: str, tx: Transaction) -> str:
    """Which bridge this is, for somebody who has several."""
    accounts = ", ".join(f"{system} {each}" for system, each in tx.bound_accounts().items())
    between = f" between {accounts}" if accounts else ""
    return f"Bridge {bridge} on {socket.gethostname()}{between}."


def _digest(channel: str, now: datetime, recipient: str = "") -> Notice:
    kind = AlertKind.SLA_DIGEST
    title = messages.title_of(kind)
    return Notice(channel=channel, kind=kind, title=title, text="", at=now, recipient=recipient)
