"""Instants and days as Salesforce writes and reads them. Salesforce contract §3."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_DATETIME = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)", re.IGNORECASE
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def format_datetime(instant: datetime) -> str:
    """``2011-07-07T00:37:00.000+0000``: UTC, milliseconds always there, no colon."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def parse_datetime(text: str) -> datetime | None:
    """A UTC instant in whole seconds from ISO 8601 with an offset; None if it is not that."""
    match = _DATETIME.fullmatch(text)
    if not match:
        return None
    day, clock, offset = match.groups()
    try:
        return datetime.fromisoformat(f"{day}T{clock}{offset.upper()}").astimezone(UTC)
    except ValueError:
        return None


def parse_date(text: str) -> date | None:
    """A day from ``YYYY-MM-DD``; None if it is not that."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def whole_seconds(instant: datetime) -> datetime:
    """The instant without its fraction of a second."""
    return instant.replace(microsecond=0)


def json_value(value: object) -> object:
    """A stored field value as it stands in a JSON answer."""
    if isinstance(value, datetime):
        return format_datetime(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
