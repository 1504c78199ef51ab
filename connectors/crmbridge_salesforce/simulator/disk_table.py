"""Rows of one object in a state file: the same doors as ``Table``, and flat memory.

A row lies there without its empty fields; they come back from the schema. What polling needs is
indexed as in memory: id, stamp, key fields, links and addresses. Two links are not: who created a
row and who changed it last point at the same few users from every row of the org, so that a list
of their rows is a scan by any road.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.spooled_ids import SpooledIds

if TYPE_CHECKING:
    from crmbridge.simulation import StateFile
    from crmbridge_salesforce.simulator.schema import Field, SObject
    from crmbridge_salesforce.simulator.table import Row

SCHEMA = """
CREATE TABLE IF NOT EXISTS names(number INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS rows(
  object INTEGER NOT NULL, id TEXT NOT NULL, stamp INTEGER NOT NULL, deleted INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS rows_by_id ON rows(object, id);
CREATE INDEX IF NOT EXISTS rows_by_stamp ON rows(object, stamp, id, deleted);
CREATE TABLE IF NOT EXISTS keys(
  field INTEGER NOT NULL, value NOT NULL, id TEXT NOT NULL, PRIMARY KEY(field, value, id)
) WITHOUT ROWID;
"""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# A row without a stamp sorts before every other, as nulls do in a query.
_NEVER = -(2**62)
_ALWAYS = 2**62
_PAGE = 500
# Users, queues and permissions are looked up with every request.
_RECENT = 2000
_UNINDEXED = frozenset({"CreatedById", "LastModifiedById"})
_encode_json = json.JSONEncoder(
    ensure_ascii=False,
    separators=(",", ":"),
    default=lambda value: _tagged(value),
).encode


class DiskTable:
    """All rows of one object, deleted ones too, found by id, by key field or by time."""

    def __init__(self, sobject: SObject, file: StateFile, room: str) -> None:
        self._sobject = sobject
        self._file = file
        self._room = f"{room}/{sobject.name}"
        self._number = self._numbered(self._room)
        self._indexes: dict[str, int] = {}
        self._recent: dict[str, Row] = {}
        self._count, self._deleted = self._counted()
        self.version = 0
        for field in sobject.fields():
            self.index(field)

    def index(self, field: Field) -> None:
        """Keep an index by this field if it is a key, a link or an e-mail address."""
        wanted = field.type in ("reference", "email") or field.unique or field.external_id
        if not wanted or field.name in _UNINDEXED or field.name in self._indexes:
            return
        name = f"{self._room}.{field.name}"
        known = self._file.execute("SELECT 1 FROM names WHERE name = ?", (name,)).fetchone()
        number = self._numbered(name)
        self._indexes[field.name] = number
        if known is None:
            for row in self.rows():
                self._enter(row, [field.name])

    def fill(self, field: Field) -> None:
        """Give every row a new field's default: here they have it as soon as they are read."""

    def get(self, record_id: str) -> Row | None:
        """The row of that 18-character id."""
        row = self._recent.get(record_id)
        if row is None:
            found = self._file.execute(
                "SELECT body FROM rows WHERE object = ? AND id = ?", (self._number, record_id)
            ).fetchone()
            if found is None:
                return None
            row = self._decode(found[0], self._empty())
            if len(self._recent) >= _RECENT:
                self._recent.clear()
            self._recent[record_id] = row
        return row

    def rows(self) -> Iterator[Row]:
        """All rows in order of id, read a page at a time: they may be replaced meanwhile."""
        last = ""
        while page := self._file.execute(
            "SELECT id, body FROM rows WHERE object = ? AND id > ? ORDER BY id LIMIT ?",
            (self._number, last, _PAGE),
        ).fetchall():
            empty = self._empty()
            yield from (self._decode(body, empty) for _, body in page)
            last = page[-1][0]

    each = rows

    def __len__(self) -> int:
        return self._count

    def count(self, *, deleted: bool) -> int:
        """How many rows there are, with or without those in the recycle bin."""
        return self._count if deleted else self._count - self._deleted

    def indexed(self, name: str) -> bool:
        """Whether ``with_value`` finds this field's rows without looking at the others."""
        return name in self._indexes

    def with_value(self, name: str, value: object) -> list[Row]:
        """Rows whose field equals the value, ignoring case, ordered by id."""
        key = fold(value)
        if name not in self._indexes:
            return [row for row in self.rows() if fold(row.get(name)) == key]
        found = self._file.execute(
            "SELECT body FROM keys JOIN rows ON object = ? AND rows.id = keys.id "
            "WHERE field = ? AND value = ? ORDER BY keys.id",
            (self._number, self._indexes[name], key),
        )
        empty = self._empty()
        return [self._decode(body, empty) for (body,) in found]

    def between(self, since: datetime | None, until: datetime | None) -> list[Row]:
        """Rows with ``since <= stamp <= until`` in order of stamp, then id."""
        return list(self.scan(since, until))

    def scan(self, since: datetime | None, until: datetime | None) -> Iterator[Row]:
        """``between``, a page at a time; without bounds all rows, those without a stamp first."""
        stamp, high = _bounds(since, until)
        last = ""
        while page := self._file.execute(
            "SELECT stamp, id, body FROM rows WHERE object = ? AND (stamp, id) > (?, ?) "
            "AND stamp <= ? ORDER BY stamp, id LIMIT ?",
            (self._number, stamp, last, high, _PAGE),
        ).fetchall():
            empty = self._empty()
            yield from (self._decode(body, empty) for _, _, body in page)
            stamp, last, _ = page[-1]

    def count_between(
        self, since: datetime | None, until: datetime | None, *, deleted: bool
    ) -> int:
        """How many rows ``between`` would answer, without reading them."""
        counted = self._file.execute(
            "SELECT count(*) FROM rows WHERE object = ? AND stamp BETWEEN ? AND ? AND deleted <= ?",
            (self._number, *_bounds(since, until), int(deleted)),
        ).fetchone()
        return int(counted[0])

    def ids_between(
        self, since: datetime | None, until: datetime | None, *, deleted: bool
    ) -> Sequence[str]:
        """The ids of the rows ``between`` would answer, as they are now, without reading them."""
        select = (
            "SELECT id FROM rows WHERE object = ? AND stamp BETWEEN ? AND ? AND deleted <= ? "
            "ORDER BY stamp, id"
        )
        found = (self._number, *_bounds(since, until), int(deleted))
        return SpooledIds.selected(self._file, select, found)

    def collect(self, ids: Iterable[tuple[int, str]]) -> Sequence[str]:
        """Ids in the order of the numbers they come with, among ties as they come."""
        return SpooledIds.sorted(self._file, ids)

    def put(self, row: Row) -> Row | None:
        """Store a row under its Id; answers the row it replaces."""
        old = self.remove(row["Id"])
        deleted = bool(row.get("IsDeleted"))
        stamp = row.get(self._sobject.stamp_field)
        self._file.execute(
            "INSERT INTO rows VALUES (?, ?, ?, ?, ?)",
            (
                self._number,
                row["Id"],
                _NEVER if stamp is None else _microseconds(stamp),
                deleted,
                _encode(row),
            ),
        )
        self._enter(row, self._indexes)
        self._count += 1
        self._deleted += deleted
        return old

    def remove(self, record_id: str) -> Row | None:
        """Forget a row altogether; answers it."""
        self.version += 1
        old = self.get(record_id)
        if old is None:
            return None
        self._recent.pop(record_id, None)
        self._file.execute(
            "DELETE FROM rows WHERE object = ? AND id = ?", (self._number, record_id)
        )
        self._file.executemany(
            "DELETE FROM keys WHERE field = ? AND value = ? AND id = ?",
            self._entries(old, self._indexes),
        )
        self._count -= 1
        self._deleted -= bool(old.get("IsDeleted"))
        return old

    def _enter(self, row: Row, names: Iterable[str]) -> None:
        self._file.executemany(
            "INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", self._entries(row, names)
        )

    def _entries(self, row: Row, names: Iterable[str]) -> list[tuple[int, Any, str]]:
        return [
            (self._indexes[name], fold(row[name]), row["Id"])
            for name in names
            if row.get(name) is not None
        ]

    def _numbered(self, name: str) -> int:
        self._file.execute("INSERT OR IGNORE INTO names(name) VALUES (?)", (name,))
        found = self._file.execute("SELECT number FROM names WHERE name = ?", (name,)).fetchone()
        return int(found[0])

    def _counted(self) -> tuple[int, int]:
        found = self._file.execute(
            "SELECT count(*), total(deleted) FROM rows INDEXED BY rows_by_stamp WHERE object = ?",
            (self._number,),
        ).fetchone()
        return int(found[0]), int(found[1])

    def _empty(self) -> Row:
        """A row as the schema is now, without a value; a check box is never null."""
        return {
            field.name: field.default if field.type == "boolean" else None
            for field in self._sobject.fields()
        }

    def _decode(self, body: str, empty: Row) -> Row:
        self._file.rows_read += 1
        stored: Row = json.loads(body, object_hook=_untagged)
        return {**empty, **stored}


def fold(value: object) -> Any:
    """A value as indexes compare it: text without case."""
    return value.casefold() if isinstance(value, str) else value


def _bounds(since: datetime | None, until: datetime | None) -> tuple[int, int]:
    if since is None:
        low = _NEVER if until is None else _NEVER + 1
    else:
        low = _microseconds(since)
    return low, _ALWAYS if until is None else _microseconds(until)


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _encode(row: Row) -> str:
    return _encode_json({name: value for name, value in row.items() if value is not None})


def _tagged(value: object) -> dict[str, Any]:
    if isinstance(value, datetime):
        return {"~t": _microseconds(value)}
    if isinstance(value, date):
        return {"~d": value.isoformat()}
    raise TypeError(f"{type(value).__name__} has no place in a row")


def _untagged(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        if "~t" in found:
            return _EPOCH + timedelta(microseconds=found["~t"])
        if "~d" in found:
            return date.fromisoformat(found["~d"])
    return found
