"""What is told to people who do not look: a trouble once when it begins, once when it has ended.

A trouble that comes and goes is not told each time: it has ended only when it was away for the
calm of its kind.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class AlertKind(StrEnum):
    """What may be told."""

    LOGIN = "login"
    OUTAGE = "outage"
    BUDGET = "budget"
    HELD = "held"
    PARKED = "parked"
    RECONCILIATION = "reconciliation"
    CYCLE = "cycle"
    SETTINGS = "settings"
    SLA_DIGEST = "sla_digest"
    TEST = "test"


CALM: Final[Mapping[AlertKind, timedelta]] = {
    AlertKind.BUDGET: timedelta(hours=1),
    AlertKind.PARKED: timedelta(hours=1),
}
"""A forecast, and a count near its threshold, go to and fro: so long they must stay away. Every
other kind has ended as soon as its cause is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something is wrong now: ``text`` says what, ``remedy`` what a person can do. ``subject``
    tells troubles of one kind apart, say by system. None of them holds personal data."""

    kind: AlertKind
    text: str
    remedy: str
    subject: str = ""

    @property
    def key(self) -> str:
        """The same as long as it is the same trouble."""
        return f"{self.kind}:{self.subject}" if self.subject else self.kind.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A trouble that was told: it began at ``since`` and was last there at ``seen_at``."""

    trouble: Trouble
    since: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What has ``begun`` and what has ``ended``, each to be told; ``lasting`` are those that go
    on."""

    begun: tuple[Alert, ...] = ()
    ended: tuple[Alert, ...] = ()
    lasting: tuple[Alert, ...] = ()


def compare(
    known: Collection[Alert],
    found: Collection[Trouble],
    looked_for: Collection[AlertKind],
    now: datetime,
) -> News:
    """Hold the troubles that were ``found`` against those that are ``known``. Of kinds that nobody
    ``looked_for`` nothing is said: they may be there or not."""
    there = {trouble.key: trouble for trouble in found}
    begun = dict(there)
    ended: list[Alert] = []
    lasting: list[Alert] = []
    for alert in known:
        trouble = alert.trouble
        if trouble.key in there:
            del begun[trouble.key]
            lasting.append(Alert(trouble=there[trouble.key], since=alert.since, seen_at=now))
        elif trouble.kind not in looked_for or now - alert.seen_at < _calm(trouble.kind):
            lasting.append(alert)
        else:
            ended.append(alert)
    return News(
        begun=tuple(Alert(trouble=each, since=now, seen_at=now) for each in begun.values()),
        ended=tuple(ended),
        lasting=tuple(lasting),
    )


def _calm(kind: AlertKind) -> timedelta:
    return CALM.get(kind, timedelta())
