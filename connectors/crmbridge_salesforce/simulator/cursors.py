"""Open query cursors: what nextRecordsUrl points to. Salesforce contract §4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.ids import IdMint
    from crmbridge_salesforce.simulator.soql.bound import BoundQuery

_LIFETIME = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The ids a query found when it was asked; their values are read page by page."""

    locator: str
    query: BoundQuery
    record_ids: Sequence[str]
    batch_size: int
    opened_at: datetime


class CursorStore:
    """Cursors by locator; each lives two days."""

    def __init__(self, ids: IdMint) -> None:
        self._ids = ids
        self._open: dict[str, Cursor] = {}

    def open(
        self, query: BoundQuery, record_ids: Sequence[str], batch_size: int, now: datetime
    ) -> Cursor:
        """A new cursor over these records, kept only if they fill more than one page."""
        self._open = {
            locator: cursor
            for locator, cursor in self._open.items()
            if cursor.opened_at > now - _LIFETIME
        }
        locator = self._ids.next_id("01g")
        cursor = Cursor(
            locator=locator,
            query=query,
            record_ids=record_ids,
            batch_size=batch_size,
            opened_at=now,
        )
        if len(record_ids) > batch_size:
            self._open[locator] = cursor
        return cursor

    def __len__(self) -> int:
        """How many queries of more than one page were asked and are kept."""
        return len(self._open)

    def get(self, locator: str, now: datetime) -> Cursor | None:
        """The cursor of a locator, or None if it never was or is too old."""
        cursor = self._open.get(locator)
        return cursor if cursor and cursor.opened_at > now - _LIFETIME else None
