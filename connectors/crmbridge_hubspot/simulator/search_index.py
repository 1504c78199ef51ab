"""The index that search reads: it learns of changes late, as HubSpot's does.

HubSpot contract §5. Records are held in modified-date order, so that a poll for "modified
since" costs its own result and not the whole portal. Records modified in the same millisecond
are in no useful order (a hash of the id): who needs an order must ask for one.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from crmbridge_hubspot.simulator.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedRecord:
    """A record as it was when the index took it over."""

    id: int
    modified_ms: int
    created_at: datetime
    updated_at: datetime
    values: Mapping[str, str]

    @property
    def order_key(self) -> tuple[int, int, int]:
        """Modified date, then nothing a caller could rely on."""
        return (self.modified_ms, scatter(self.id), self.id)


def scatter(record_id: int) -> int:
    """A fixed hash of an id: the order of what HubSpot returns in no promised order."""
    return zlib.crc32(str(record_id).encode())


class SearchIndex:
    """Indexed records of one object type; ``lag`` answers the delay in seconds."""

    def __init__(self, lag: Callable[[], float]) -> None:
        self._lag = lag
        self._pending: deque[tuple[datetime, int, IndexedRecord | None]] = deque()
        self._entries: dict[int, IndexedRecord] = {}
        self._order: list[tuple[int, int, int]] = []

    def hold(self, record_id: int) -> None:
        """A record is about to change: nothing to do, since entries hold its state."""

    def note(self, record: Record, now: datetime) -> None:
        """Queue the record's present state for indexing."""
        entry = IndexedRecord(
            id=record.id,
            modified_ms=record.modified_ms,
            created_at=record.created_at,
            updated_at=record.updated_at,
            values=record.values,
        )
        self._pending.append((now, record.id, entry))

    def forget(self, record_id: int, now: datetime) -> None:
        """Queue the record's disappearance."""
        self._pending.append((now, record_id, None))

    def settle(self, now: datetime) -> None:
        """Take over every queued change that is older than the lag."""
        horizon = now - timedelta(seconds=self._lag())
        while self._pending and self._pending[0][0] <= horizon:
            _, record_id, entry = self._pending.popleft()
            old = self._entries.pop(record_id, None)
            if old is not None:
                del self._order[bisect_left(self._order, old.order_key)]
            if entry is not None:
                self._entries[record_id] = entry
                insort(self._order, entry.order_key)

    def by_modified(self, *, at_least: int, below: int) -> list[IndexedRecord]:
        """Records modified in [at_least, below) epoch ms, in modified order."""
        start = bisect_left(self._order, (at_least,))
        end = bisect_left(self._order, (below,))
        return [self._entries[key[2]] for key in self._order[start:end]]
