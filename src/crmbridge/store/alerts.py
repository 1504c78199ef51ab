"""Alerts that are open, and messages on their way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from crmbridge.core.alerting import Alert, AlertKind, Trouble
from crmbridge.store.alert_tables import alerts, notices
from crmbridge.store.queries import Queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message for a ``channel``, or for one ``recipient`` there; sent ``attempts`` times without
    success so far. ``n`` is its number, 0 before it has one."""

    channel: str
    kind: AlertKind
    title: str
    text: str
    at: datetime
    recipient: str = ""
    attempts: int = 0
    n: int = 0


class AlertQueries(Queries):
    """What was told, and what is still to be."""

    def alerts(self) -> list[Alert]:
        """The alerts that are open, the oldest first."""
        rows = self._connection.execute(select(alerts).order_by(alerts.c.since, alerts.c.key))
        return [
            Alert(
                trouble=Trouble(
                    kind=AlertKind(row.kind),
                    subject=row.subject,
                    text=row.text,
                    remedy=row.remedy,
                ),
                since=row.since,
                seen_at=row.seen_at,
            )
            for row in rows
        ]

    def keep_alerts(self, found: Collection[Alert]) -> None:
        """Open these, or remember how they stand now."""
        self._upsert(
            alerts,
            [
                {
                    "key": each.trouble.key,
                    "kind": each.trouble.kind.value,
                    "subject": each.trouble.subject,
                    "text": each.trouble.text,
                    "remedy": each.trouble.remedy,
                    "since": each.since,
                    "seen_at": each.seen_at,
                }
                for each in found
            ],
        )

    def close_alerts(self, ended: Collection[Alert]) -> None:
        """These are over."""
        keys = [each.trouble.key for each in ended]
        if keys:
            self._connection.execute(delete(alerts).where(alerts.c.key.in_(keys)))

    def add_notices(self, found: Sequence[Notice]) -> None:
        """Put messages on their way."""
        self._add(
            notices,
            [
                {
                    "channel": each.channel,
                    "recipient": each.recipient,
                    "kind": each.kind.value,
                    "title": each.title,
                    "text": each.text,
                    "at": each.at,
                    "attempts": each.attempts,
                    "not_before": each.at,
                }
                for each in found
            ],
        )

    def due_notices(self, now: datetime) -> list[Notice]:
        """The messages that are to be sent by now, in order."""
        rows = self._connection.execute(
            select(notices).where(notices.c.not_before <= now).order_by(notices.c.n)
        )
        return [
            Notice(
                channel=row.channel,
                recipient=row.recipient,
                kind=AlertKind(row.kind),
                title=row.title,
                text=row.text,
                at=row.at,
                attempts=row.attempts,
                n=row.n,
            )
            for row in rows
        ]

    def close_notice(self, notice: Notice) -> None:
        """It arrived, or is given up."""
        self._connection.execute(delete(notices).where(notices.c.n == notice.n))

    def postpone_notice(self, notice: Notice, not_before: datetime) -> None:
        """It did not arrive: try again then."""
        self._connection.execute(
            update(notices)
            .where(notices.c.n == notice.n)
            .values(attempts=notice.attempts + 1, not_before=not_before)
        )
