"""The search index in a state file: late as the one in memory, and never held whole.

A record that the index knows as it is now is not stored twice: its entry is empty until the
record changes, and takes over the old state then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crmbridge_hubspot.simulator.instants import instant_of_microseconds, microseconds
from crmbridge_hubspot.simulator.records import Record
from crmbridge_hubspot.simulator.search_index import IndexedRecord, scatter

if TYPE_CHECKING:
    from crmbridge.simulation import StateFile
    from crmbridge_hubspot.simulator.object_types import ObjectType

SCHEMA = """
CREATE TABLE IF NOT EXISTS search(
  kind TEXT NOT NULL, id INTEGER NOT NULL, modified INTEGER NOT NULL, scatter INTEGER NOT NULL,
  body TEXT, PRIMARY KEY(kind, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS search_by_modified ON search(kind, modified, scatter, id);
CREATE TABLE IF NOT EXISTS pending(
  place INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, at INTEGER NOT NULL,
  id INTEGER NOT NULL, modified INTEGER, scatter INTEGER, body TEXT
);
CREATE INDEX IF NOT EXISTS pending_by_id ON pending(kind, id);
CREATE INDEX IF NOT EXISTS pending_by_instant ON pending(kind, at);
"""
_PAGE = 500


class DiskIndex:
    """Indexed records of one object type; ``lag`` answers the delay in seconds."""

    def __init__(self, lag: Callable[[], float], file: StateFile, kind: ObjectType) -> None:
        self._lag = lag
        self._file = file
        self._kind = kind.id

    def hold(self, record_id: int) -> None:
        """Take over the state of a record that is about to change or to go."""
        for table in ("search", "pending"):
            now = "(SELECT body FROM records AS r WHERE r.kind = t.kind AND r.id = t.id)"
            known = "t.kind = ? AND t.id = ? AND t.modified NOT NULL AND t.body IS NULL"
            self._file.execute(
                f"UPDATE {table} AS t SET body = {now} WHERE {known}",
                (self._kind, record_id),
            )

    def note(self, record: Record, now: datetime) -> None:
        """Queue the record's present state for indexing."""
        self._queue(record.id, now, record.modified_ms, scatter(record.id))

    def forget(self, record_id: int, now: datetime) -> None:
        """Queue the record's disappearance."""
        self._queue(record_id, now, None, None)

    def _queue(
        self, record_id: int, now: datetime, modified: int | None, spread: int | None
    ) -> None:
        self._file.execute(
            "INSERT INTO pending(kind, at, id, modified, scatter) VALUES (?, ?, ?, ?, ?)",
            (self._kind, microseconds(now), record_id, modified, spread),
        )

    def settle(self, now: datetime) -> None:
        """Take over every queued change that is older than the lag."""
        horizon = microseconds(now - timedelta(seconds=self._lag()))
        ripe = (self._kind, horizon)
        execute = self._file.execute
        if execute("SELECT 1 FROM pending WHERE kind = ? AND at <= ? LIMIT 1", ripe).fetchone():
            execute(
                "DELETE FROM search WHERE kind = ?1 AND id IN "
                "(SELECT id FROM pending WHERE kind = ?1 AND at <= ?2)",
                ripe,
            )
            # Of several changes to a record the last one counts.
            execute(
                "INSERT INTO search SELECT kind, id, modified, scatter, body FROM pending AS p "
                "WHERE kind = ?1 AND at <= ?2 AND modified NOT NULL AND NOT EXISTS "
                "(SELECT 1 FROM pending AS q WHERE q.kind = p.kind AND q.id = p.id "
                "AND q.place > p.place AND q.at <= ?2)",
                ripe,
            )
            execute("DELETE FROM pending WHERE kind = ? AND at <= ?", ripe)

    def by_modified(self, *, at_least: int, below: int) -> list[IndexedRecord]:
        """Records modified in [at_least, below) epoch ms, in modified order."""
        return list(self.scan(at_least, below))

    def scan(
        self, at_least: int, below: int, *, descending: bool = False
    ) -> Iterator[IndexedRecord]:
        """``by_modified``, or its reverse, a page at a time."""
        way, beyond = ("DESC", "<") if descending else ("ASC", ">")
        last = (below, -1, -1) if descending else (at_least, -1, -1)
        while page := self._file.execute(
            f"{_SELECT} WHERE s.kind = ? AND (s.modified, s.scatter, s.id) {beyond} (?, ?, ?) "
            "AND s.modified >= ? AND s.modified < ? "
            f"ORDER BY s.modified {way}, s.scatter {way}, s.id {way} LIMIT ?",
            (self._kind, *last, at_least, below, _PAGE),
        ).fetchall():
            yield from map(self._entry, page)
            last = page[-1][1], page[-1][2], page[-1][0]

    def by_id(self) -> Iterator[IndexedRecord]:
        """Every record in the order of ids, a page at a time."""
        last = -1
        while page := self._file.execute(
            f"{_SELECT} WHERE s.kind = ? AND s.id > ? ORDER BY s.id LIMIT ?",
            (self._kind, last, _PAGE),
        ).fetchall():
            yield from map(self._entry, page)
            last = page[-1][0]

    def count(self, *, at_least: int, below: int) -> int:
        """How many records ``by_modified`` would answer, without reading them."""
        counted = self._file.execute(
            "SELECT count(*) FROM search WHERE kind = ? AND modified >= ? AND modified < ?",
            (self._kind, at_least, below),
        ).fetchone()
        return int(counted[0])

    def page(
        self, at_least: int, below: int, *, descending: bool, window: tuple[int, int]
    ) -> list[IndexedRecord]:
        """Of ``scan`` only what lies in the window: how many to pass over, how many to read."""
        after, limit = window
        way = "DESC" if descending else "ASC"
        found = self._file.execute(
            f"{_SELECT} WHERE s.kind = ? AND s.modified >= ? AND s.modified < ? "
            f"ORDER BY s.modified {way}, s.scatter {way}, s.id {way} LIMIT ? OFFSET ?",
            (self._kind, at_least, below, limit, after),
        )
        return [self._entry(row) for row in found.fetchall()]

    def _entry(self, row: tuple[int, int, int, str]) -> IndexedRecord:
        self._file.rows_read += 1
        record_id, modified, _, body = row
        created, updated, values = json.loads(body)
        return IndexedRecord(
            id=record_id,
            modified_ms=modified,
            created_at=instant_of_microseconds(created),
            updated_at=instant_of_microseconds(updated),
            values=values,
        )


_SELECT = (
    "SELECT s.id, s.modified, s.scatter, coalesce(s.body, r.body) FROM search AS s "
    "LEFT JOIN records AS r ON r.kind = s.kind AND r.id = s.id"
)
