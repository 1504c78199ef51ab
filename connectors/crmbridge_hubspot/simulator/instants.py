"""HubSpot's spellings of time on the wire. HubSpot contract §3."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH_MS = re.compile(r"-?\d{1,15}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MS_PER_DAY = 86_400_000


def iso(instant: datetime) -> str:
    """``YYYY-MM-DDThh:mm:ss.SSSZ``, cut (not rounded) to milliseconds."""
    text = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def milliseconds(instant: datetime) -> int:
    """Milliseconds since the epoch, cut."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def microseconds(instant: datetime) -> int:
    """Microseconds since the epoch: an instant whole, as a number."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of_microseconds(value: int) -> datetime:
    """The instant of a number of microseconds since the epoch."""
    return _EPOCH + timedelta(microseconds=value)


def iso_of_milliseconds(value: int) -> str:
    """The ISO spelling of an epoch-millisecond instant."""
    return iso(_EPOCH + timedelta(milliseconds=value))


@lru_cache(maxsize=200_000)
def parse_milliseconds(text: str) -> int | None:
    """Epoch milliseconds of an ISO instant, a plain date or an epoch-ms string, else None."""
    if _EPOCH_MS.fullmatch(text):
        return int(text)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return milliseconds(instant if instant.tzinfo else instant.replace(tzinfo=UTC))


def parse_day(text: str) -> date | None:
    """The day of ``YYYY-MM-DD`` or of an epoch-ms string at midnight UTC exactly, else None."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if _EPOCH_MS.fullmatch(text) and int(text) % _MS_PER_DAY == 0:
            return (_EPOCH + timedelta(milliseconds=int(text))).date()
    except (ValueError, OverflowError):
        return None
    return None
