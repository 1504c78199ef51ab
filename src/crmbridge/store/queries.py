"""What every family of queries shares: the connection, and statements in bearable portions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    Connection,
    CursorResult,
    Row,
    Select,
    Table,
    bindparam,
    select,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from crmbridge.store.tables import meta

_Item = TypeVar("_Item")
_PORTION = 500
"""Values in one IN list; SQLite takes 32,766, but long lists plan badly."""
_FETCHED = 1000
"""Rows of a long answer that are in memory at a time."""


# Building a statement costs more than asking it, so that those about every person are built once.
ANY_OF: BindParameter[Any] = bindparam("items", expanding=True)
"""Stands in a statement for the items that ``_rows_about`` is asked about."""

_NOTED = select(meta.c.value).where(meta.c.name == bindparam("name"))


class Queries:
    """A family of queries on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _noted(self, name: str) -> str | None:
        """What is kept under this name in ``meta``; ``None`` where nothing is."""
        return self._connection.execute(_NOTED, {"name": name}).scalar_one_or_none()

    def _note(self, name: str, value: str) -> None:
        """Keep this under this name, in place of what was there."""
        self._upsert(meta, [{"name": name, "value": value}])

    def _rows_about(self, statement: Select[Any], items: Iterable[str]) -> Iterator[Row[Any]]:
        """The rows of a statement with ``ANY_OF``, whatever number of items there is; in the
        statement's order only where they are one portion."""
        for portion in portions(items):
            yield from self._connection.execute(statement, {ANY_OF.key: portion})

    def _rows_in_portions(self, statement: Select[Any]) -> CursorResult[Any]:
        """Very many rows, which need not fit into memory; to be closed."""
        options = {"yield_per": _FETCHED}
        return self._connection.execute(statement, execution_options=options)

    def _add(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that are new, in order."""
        if rows:
            self._connection.execute(_plain(table), list(rows))

    def _insert_new(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows whose key is unknown; others stay as they are."""
        if rows:
            self._connection.execute(_insertion(self._dialect, table), list(rows))

    def _upsert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, or replace all other columns where the primary key is known.

        Every row must have the same columns.
        """
        if rows:
            statement = _replacement(self._dialect, table, tuple(rows[0]))
            self._connection.execute(statement, list(rows))

    @property
    def _dialect(self) -> str:
        return self._connection.dialect.name


# Building an upsert costs ten times as much as running it, so each is built once.
@cache
def _plain(table: Table) -> Any:
    return table.insert()


@cache
def _insertion(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _replacement(dialect: str, table: Table, columns: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    rest = {name: statement.excluded[name] for name in columns if name not in keys}
    if not rest:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


def _insert(dialect: str, table: Table) -> Any:
    return postgresql_insert(table) if dialect == "postgresql" else sqlite_insert(table)


def portions(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """The items in lists short enough for one statement."""
    everything = list(items)
    for start in range(0, len(everything), _PORTION):
        yield everything[start : start + _PORTION]
