"""The words of an alert."""

from __future__ import annotations

from datetime import datetime, timedelta

from crmbridge.core.alerting import Alert, AlertKind

TITLES = {
    AlertKind.LOGIN: "A login is refused",
    AlertKind.OUTAGE: "A CRM does not answer",
    AlertKind.BUDGET: "API calls run out today",
    AlertKind.HELD: "A batch of writes is held",
    AlertKind.PARKED: "Refused writes are piling up",
    AlertKind.RECONCILIATION: "The CRMs do not agree",
    AlertKind.CYCLE: "Cycles fail",
    AlertKind.SETTINGS: "Changed settings are not used",
    AlertKind.SLA_DIGEST: "First touches at risk and missed",
    AlertKind.TEST: "A test",
}


def title_of(kind: AlertKind, subject: str = "") -> str:
    """The first line, with the system it is about, if it is about one."""
    about = f" ({subject})" if subject else ""
    return f"crmbridge: {TITLES[kind]}{about}"


def begun(alert: Alert, bridge: str) -> tuple[str, str]:
    """Title and text when it begins; ``bridge`` says which one tells it."""
    trouble = alert.trouble
    text = f"{trouble.text}\n{trouble.remedy}\n\nSince {_at(alert.since)}. {bridge}"
    return title_of(trouble.kind, trouble.subject), text


def ended(alert: Alert, bridge: str, now: datetime) -> tuple[str, str]:
    """Title and text when it is over."""
    trouble = alert.trouble
    lasted = _lasted(now - alert.since)
    text = f"Over since {_at(now)}, after {lasted}. It was: {trouble.text}\n\n{bridge}"
    title = title_of(trouble.kind, trouble.subject)
    return title.replace("crmbridge: ", "crmbridge: over: ", 1), text


def trial(bridge: str) -> tuple[str, str]:
    """Title and text of a message that only shows that it arrives."""
    text = f"This message was sent by `crmbridge alerts test`; nothing is wrong.\n\n{bridge}"
    return title_of(AlertKind.TEST), text


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _lasted(time: timedelta) -> str:
    minutes = max(1, round(time / timedelta(minutes=1)))
    hours, rest = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{rest} min"]
    return " ".join(part for part in parts if part)
