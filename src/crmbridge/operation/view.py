"""What the process knows of itself: one value, exchanged whole after each cycle, so that whoever
asks over HTTP neither waits for a cycle nor holds it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from crmbridge.core.alerting import Alert, AlertKind
from crmbridge.operation.survey import Survey


class Role(StrEnum):
    """What this process does on its store."""

    STARTING = "starting"
    STANDBY = "standby"
    LEADER = "leader"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """``last_seconds`` and ``last_steps`` are of the last cycle that finished, at ``finished_at``;
    since then ``failures`` have failed, the latest because of ``reason``. ``systems`` are the names
    of the CRMs, ``hot`` the streams (system and name) that every cycle reads, ``interval`` the time
    between two cycles."""

    role: Role
    interval: timedelta
    systems: tuple[str, ...] = ()
    hot: frozenset[tuple[str, str]] = frozenset()
    finished_at: datetime | None = None
    last_seconds: float = 0.0
    last_steps: Mapping[str, float] = field(default_factory=dict)
    failures: int = 0
    reason: str = ""
    shadow: str = ""
    scope: str = ""
    survey: Survey | None = None
    alerts: tuple[Alert, ...] = ()


_MISSED = 3
_LEAST = timedelta(minutes=5)
"""So many intervals may pass without a finished cycle, and at least so much time: a cycle with a
great deal to do takes its time."""


def allowed_age(interval: timedelta) -> timedelta:
    """How long ago the last finished cycle may be, where there is one every ``interval``."""
    return max(interval * _MISSED, _LEAST)


def why_not_ready(view: View, now: datetime) -> list[str]:
    """What keeps this process from doing its work now, in plain sentences; empty where nothing
    does. One that stands by is ready to take over."""
    if view.role is Role.ENDED:
        return [f"it has ended: {view.reason}"]
    if view.role is not Role.LEADER:
        return [] if view.role is Role.STANDBY else ["it is starting"]
    found: list[str] = []
    if view.finished_at is None:
        found.append("no cycle has finished yet" + (f": {view.reason}" if view.reason else ""))
    elif now - view.finished_at > allowed_age(view.interval):
        minutes = (now - view.finished_at) / timedelta(minutes=1)
        found.append(
            f"the last cycle finished {minutes:.0f} minutes ago"
            + (f": {view.reason}" if view.reason else "")
        )
    if view.survey is not None:
        found += [
            f"{each.system} does not answer since {each.since:%Y-%m-%d %H:%M} UTC: {each.reason}"
            for each in view.survey.outages
        ]
    found += [
        f"a login is refused: {alert.trouble.text}"
        for alert in view.alerts
        if alert.trouble.kind is AlertKind.LOGIN
    ]
    return found
