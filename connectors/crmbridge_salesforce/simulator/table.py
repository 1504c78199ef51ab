"""Rows of one object in memory, with the indexes that polling needs.

Rows are replaced, never changed in place, so an old row handed out stays what it was.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crmbridge_salesforce.simulator.schema import Field, SObject

Row = dict[str, Any]


class Table:
    """All rows of one object, deleted ones too, found by id, by key field or by time."""

    def __init__(self, sobject: SObject) -> None:
        self._sobject = sobject
        self._rows: dict[str, Row] = {}
        self._by_stamp: list[tuple[datetime, str]] = []
        self._by_value: dict[str, dict[Any, set[str]]] = {}
        self.version = 0
        for field in sobject.fields():
            self.index(field)

    def index(self, field: Field) -> None:
        """Keep an index by this field if it is a key, a link or an e-mail address."""
        if field.type in ("reference", "email") or field.unique or field.external_id:
            self._by_value[field.name] = {}
            for row in self._rows.values():
                self._enter(row, field.name)

    def get(self, record_id: str) -> Row | None:
        """The row of that 18-character id."""
        return self._rows.get(record_id)

    def rows(self) -> Iterable[Row]:
        """All rows, in no promised order."""
        return self._rows.values()

    def each(self) -> list[Row]:
        """All rows as they are now, so that they may be replaced meanwhile."""
        return list(self._rows.values())

    def fill(self, field: Field) -> None:
        """Give every row a new field's default."""
        for row in self.each():
            self.put({**row, field.name: field.default})

    def __len__(self) -> int:
        return len(self._rows)

    def count(self, *, deleted: bool) -> int:
        """How many rows there are, with or without those in the recycle bin."""
        return len(self._rows if deleted else live(self._rows.values()))

    def indexed(self, name: str) -> bool:
        """Whether ``with_value`` knows this field."""
        return name in self._by_value

    def with_value(self, name: str, value: object) -> list[Row]:
        """Rows whose indexed field equals the value, ignoring case, ordered by id."""
        found = self._by_value[name].get(_key(value), ())
        return [self._rows[record_id] for record_id in sorted(found)]

    def between(self, since: datetime | None, until: datetime | None) -> list[Row]:
        """Rows with ``since <= stamp <= until`` in order of stamp, then id."""
        low = bisect_left(self._by_stamp, (since, "")) if since else 0
        high = bisect_left(self._by_stamp, (until, "~")) if until else len(self._by_stamp)
        return [self._rows[record_id] for _, record_id in self._by_stamp[low:high]]

    def scan(self, since: datetime | None, until: datetime | None) -> Iterable[Row]:
        """``between``, for one who goes through it once."""
        return self.between(since, until)

    def put(self, row: Row) -> Row | None:
        """Store a row under its Id; answers the row it replaces."""
        old = self.remove(row["Id"])
        self._rows[row["Id"]] = row
        stamp = row.get(self._sobject.stamp_field)
        if stamp is not None:
            insort(self._by_stamp, (stamp, row["Id"]))
        for name in self._by_value:
            self._enter(row, name)
        return old

    def remove(self, record_id: str) -> Row | None:
        """Forget a row altogether; answers it."""
        self.version += 1
        old = self._rows.pop(record_id, None)
        if old is None:
            return None
        stamp = old.get(self._sobject.stamp_field)
        if stamp is not None:
            del self._by_stamp[bisect_left(self._by_stamp, (stamp, record_id))]
        for name, index in self._by_value.items():
            index.get(_key(old.get(name)), set()).discard(record_id)
        return old

    def _enter(self, row: Row, name: str) -> None:
        value = row.get(name)
        if value is not None:
            self._by_value[name].setdefault(_key(value), set()).add(row["Id"])


def _key(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def live(rows: Iterable[Row]) -> list[Row]:
    """The rows that are not in the recycle bin."""
    return [row for row in rows if not row.get("IsDeleted")]
