"""Records of one object type in a state file: the same doors as ``MemoryShelf``."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from pydantic import TypeAdapter

from crmbridge.simulation import Note
from crmbridge_hubspot.simulator.instants import instant_of_microseconds, microseconds
from crmbridge_hubspot.simulator.records import Record, Source, Version
from crmbridge_hubspot.simulator.shelf import FIRST_ID, UniqueKey

if TYPE_CHECKING:
    from crmbridge.simulation import StateFile
    from crmbridge_hubspot.simulator.object_types import ObjectType

SCHEMA = """
CREATE TABLE IF NOT EXISTS records(
  kind TEXT NOT NULL, id INTEGER NOT NULL, archived INTEGER, body TEXT NOT NULL,
  history BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS records_by_id ON records(kind, id);
CREATE INDEX IF NOT EXISTS records_archived ON records(kind, id) WHERE archived NOT NULL;
CREATE TABLE IF NOT EXISTS merged(
  kind TEXT, id INTEGER, into_id INTEGER NOT NULL, PRIMARY KEY(kind, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uniques(
  kind TEXT, name TEXT, value TEXT, id INTEGER NOT NULL, PRIMARY KEY(kind, name, value)
) WITHOUT ROWID;
"""
_PAGE = 500
_SELECT = "SELECT id, archived, body, history FROM records WHERE kind = ?"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_Row = tuple[int, int | None, str, bytes]


class DiskShelf:
    """Records by id, live and archived ones in order, with what leads to them.

    As long as somebody holds a record, asking for it again answers the same object.
    """

    def __init__(self, file: StateFile, kind: ObjectType) -> None:
        self.next_id = FIRST_ID
        self._file = file
        self._kind = kind
        self._held: WeakValueDictionary[int, Record] = WeakValueDictionary()
        self._live = 0
        file.keep(
            Note(
                name=kind.plural,
                adapter=TypeAdapter(tuple[int, int]),
                take=lambda: (self.next_id, self._live),
                restore=self._go_on,
            )
        )

    def _go_on(self, found: tuple[int, int]) -> None:
        self.next_id, self._live = found

    def __iter__(self) -> Iterator[Record]:
        """Live records in id order, read a page at a time."""
        following: int | None = 0
        while following is not None:
            page, following = self.page(after=following, limit=_PAGE, archived=False)
            yield from page

    def __len__(self) -> int:
        """How many records are live."""
        return self._live

    def get(self, record_id: int) -> Record | None:
        """The record with this id, archived or not."""
        held = self._held.get(record_id)
        if held is not None:
            return held
        found = self._file.execute(f"{_SELECT} AND id = ?", (self._kind.id, record_id)).fetchone()
        return None if found is None else self._record(found)

    def page(self, *, after: int, limit: int, archived: bool) -> tuple[list[Record], int | None]:
        """Up to ``limit`` records with ids from ``after`` on, and the next page's first id."""
        which = "NOT NULL" if archived else "IS NULL"
        found = self._file.execute(
            f"{_SELECT} AND id >= ? AND archived {which} ORDER BY id LIMIT ?",
            (self._kind.id, after, limit + 1),
        ).fetchall()
        following = found[limit][0] if len(found) > limit else None
        return [self._held.get(row[0]) or self._record(row) for row in found[:limit]], following

    def add(self, record: Record) -> None:
        """Take a new record, whose id is ``next_id``, among the live ones; ``save`` follows."""
        self.next_id = record.id + 1
        self._live += 1
        self._held[record.id] = record

    def save(self, record: Record) -> None:
        """Write a record as it is now."""
        archived = None if record.archived_at is None else microseconds(record.archived_at)
        stamps = microseconds(record.created_at), microseconds(record.updated_at)
        self._file.execute(
            "INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT(kind, id) DO "
            "UPDATE SET archived = ?3, body = ?4, history = ?5",
            (
                self._kind.id,
                record.id,
                archived,
                _encode([*stamps, dict(record.values)]),
                _packed(record.history),
            ),
        )

    def withdraw(self, record: Record) -> None:
        """Take a record from among the live ones."""
        self._live -= 1

    def set_aside(self, record: Record) -> None:
        """Put a withdrawn record with the archived ones."""
        self.save(record)

    def take_back(self, record: Record) -> None:
        """Put an archived record among the live ones again; ``save`` follows."""
        self._live += 1
        self._held[record.id] = record

    def drop(self, record: Record) -> None:
        """Forget a record that is withdrawn or archived."""
        self._held.pop(record.id, None)
        self._file.execute(
            "DELETE FROM records WHERE kind = ? AND id = ?", (self._kind.id, record.id)
        )

    def merged_into(self, record_id: int) -> int | None:
        """The id that a merged record's id leads to, None for any other id."""
        found = self._file.execute(
            "SELECT into_id FROM merged WHERE kind = ? AND id = ?", (self._kind.id, record_id)
        ).fetchone()
        return None if found is None else int(found[0])

    def redirect(self, record_id: int, into: int) -> None:
        """Let the id of a merged record lead to another."""
        self._file.execute(
            "INSERT OR REPLACE INTO merged VALUES (?, ?, ?)", (self._kind.id, record_id, into)
        )

    def owner(self, key: UniqueKey) -> int | None:
        """The id of the record that has this unique value."""
        found = self._file.execute(
            "SELECT id FROM uniques WHERE kind = ? AND name = ? AND value = ?",
            (self._kind.id, *key),
        ).fetchone()
        return None if found is None else int(found[0])

    def claim(self, keys: list[UniqueKey], record_id: int) -> None:
        """Let unique values lead to a record."""
        self._file.executemany(
            "INSERT OR REPLACE INTO uniques VALUES (?, ?, ?, ?)",
            [(self._kind.id, *key, record_id) for key in keys],
        )

    def release(self, keys: list[UniqueKey], record_id: int) -> None:
        """Free unique values as far as they lead to this record."""
        self._file.executemany(
            "DELETE FROM uniques WHERE kind = ? AND name = ? AND value = ? AND id = ?",
            [(self._kind.id, *key, record_id) for key in keys],
        )

    def _record(self, row: _Row) -> Record:
        self._file.rows_read += 1
        record_id, archived, body, history = row
        created, updated, values = json.loads(body)
        record = Record(
            id=record_id,
            object_type=self._kind,
            created_at=instant_of_microseconds(created),
            updated_at=instant_of_microseconds(updated),
            archived_at=None if archived is None else instant_of_microseconds(archived),
            values=values,
            history=_unpacked(history),
        )
        self._held[record_id] = record
        return record


def _packed(history: Mapping[str, list[Version]]) -> bytes:
    """The history as compressed JSON: most versions share an instant and a source."""
    places: dict[Source, int] = {}
    versions = {
        name: [
            (each.value, microseconds(each.at), places.setdefault(each.source, len(places)))
            for each in kept
        ]
        for name, kept in history.items()
    }
    sources = [(each.type, each.id, each.label, each.user_id) for each in places]
    return zlib.compress(_encode([sources, versions]).encode(), 1)


def _unpacked(packed: bytes) -> dict[str, list[Version]]:
    listed, versions = json.loads(zlib.decompress(packed))
    sources = [Source(type=a, id=b, label=c, user_id=d) for a, b, c, d in listed]

    def version(told: list[Any]) -> Version:
        value, at, place = told
        return Version(value=value, at=instant_of_microseconds(at), source=sources[place])

    return {name: [version(told) for told in kept] for name, kept in versions.items()}
