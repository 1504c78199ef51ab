"""Reads single values out of the vendor's rows. Salesforce contract §3, §4."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

Row = Mapping[str, Any]
"""One record as Salesforce answers it; never leaves the connector."""


def read_instant(raw: object) -> datetime | None:
    """An aware UTC instant from ``2011-07-07T00:37:00.000+0000``."""
    return _instant(raw) if isinstance(raw, str) and raw else None


@lru_cache(maxsize=4096)
def _instant(raw: str) -> datetime:
    # A row shows one instant in several fields, and a load one in thousands of rows.
    return datetime.fromisoformat(raw).astimezone(UTC)


def instant(row: Row, name: str) -> datetime:
    """The instant in a field that is never empty."""
    raw = row.get(name)
    if not isinstance(raw, str) or not raw:
        raise ValueError(f"{name} is empty")
    return _instant(raw)


def read_day(raw: object) -> date | None:
    """A day without a zone from ``YYYY-MM-DD``, or the UTC day of an instant."""
    return date.fromisoformat(raw[:10]) if isinstance(raw, str) and raw else None


def read_text(raw: object) -> str | None:
    """A text; an empty one is none."""
    return raw if isinstance(raw, str) and raw else None


def read_flag(raw: object) -> bool:
    """A checkbox, also as history rows may spell it."""
    return raw is True or (isinstance(raw, str) and raw.lower() == "true")


def children(row: Row, relationship: str) -> list[Row]:
    """The child rows of a subquery; an absent subquery has none."""
    nested = row.get(relationship)
    return list(nested["records"]) if isinstance(nested, dict) else []


def millis(at: datetime) -> int:
    """The instant as whole milliseconds, for keys."""
    return round(at.timestamp() * 1000)


def write_instant(at: datetime) -> str:
    """The instant as JSON bodies and SOQL take it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
