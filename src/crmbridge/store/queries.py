"""What every family of queries shares: the connection, and statements in bearable portions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

_Item = TypeVar("_Item")
_PORTION = 500
"""Values in one IN list; SQLite takes 32,766, but long lists plan badly."""


class Queries:
    """A family of queries on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _insert_new(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows whose key is unknown; others stay as they are."""
        if rows:
            statement = self._insert(table).on_conflict_do_nothing()
            self._connection.execute(statement, list(rows))

    def _upsert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, or replace all other columns where the primary key is known.

        Every row must have the same columns.
        """
        if not rows:
            return
        statement = self._insert(table)
        keys = [column.name for column in table.primary_key]
        rest = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        if rest:
            statement = statement.on_conflict_do_update(index_elements=keys, set_=rest)
        else:
            statement = statement.on_conflict_do_nothing()
        self._connection.execute(statement, list(rows))

    def _insert(self, table: Table) -> Any:
        postgresql = self._connection.dialect.name == "postgresql"
        return postgresql_insert(table) if postgresql else sqlite_insert(table)


def portions(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """The items in lists short enough for one statement."""
    everything = list(items)
    for start in range(0, len(everything), _PORTION):
        yield everything[start : start + _PORTION]
