"""A whole store into another place: for a dry run, as a backup, or to move.

A store keeps the schema that it has: a newer crmbridge backs up an older one before it changes it.
Who holds which lease is not copied, because nobody holds anything in the copy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, select

from crmbridge.errors import ConfigError, FatalError
from crmbridge.store.database import Store, exists
from crmbridge.store.tables import leases
from crmbridge.store.transaction import Transaction
from crmbridge.store_place import StorePlace

_AT_ONCE = 2000
"""Rows that are held in memory."""

_NOT_COPIED = ("alembic_version", leases.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy holds: rows by table, and the hash of the last journal entry."""

    rows: dict[str, int]
    journal: int
    head: str


def copy_store(source: StorePlace, target: Path) -> None:
    """Copy a store consistently into a file for a while, even while a daemon writes it; a missing
    one copies to nothing."""
    if not exists(source):
        return
    if source.path is not None:
        from crmbridge.store.sqlite import copy_file

        copy_file(source, StorePlace(path=target))
        return
    with Store.open(source, migrate=False) as opened:
        _fill(opened, StorePlace(path=target), prove=False)


def backup_store(source: Store, target: Path) -> Copied:
    """Copy a store consistently into a new file, even while a daemon writes it, and prove that
    the file holds it. Raises ``ConfigError`` where the file exists."""
    place = StorePlace(path=target)
    with _new_file(target) as partial:
        if source.place.path is not None:
            from crmbridge.store.sqlite import copy_file

            copy_file(source.place, StorePlace(path=partial))
            with Store.open(partial, migrate=False) as copy:
                _prove_file(copy, place)
                return _told(copy)
        return _fill(source, StorePlace(path=partial))


def move_store(source: Store, target: StorePlace) -> Copied:
    """Copy a store into an empty place, and prove that every row arrived as it was: counts and
    digests of all tables are compared, and the journal is verified. All of it or nothing is there
    afterwards. Raises ``ConfigError`` where the place is not empty.

    The caller sees to it that nobody writes into the source meanwhile.
    """
    if target.path is None:
        return _fill(source, target)
    with _new_file(target.path) as partial:
        return _fill(source, StorePlace(path=partial))


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A file that gets its name when it is whole; readable for its owner alone."""
    if path.exists():
        raise ConfigError(f"store: {path} exists already: name a new file")
    partial = path.with_name(f"{path.name}.partial")
    try:
        _forget(partial)
        partial.touch(mode=0o600)
    except OSError as error:
        raise ConfigError(f"store: {path} cannot be written: {error.strerror}") from error
    try:
        yield partial
        partial.replace(path)
    finally:
        _forget(partial)


def _forget(partial: Path) -> None:
    for each in ("", "-wal", "-shm"):
        partial.with_name(partial.name + each).unlink(missing_ok=True)


def _fill(source: Store, target: StorePlace, *, prove: bool = True) -> Copied:
    schema = source.schema()
    if schema is None:
        raise ConfigError(f"store: {source.place} is empty")
    with Store.open(target, migrate=False) as opened:
        if opened.schema() is None:
            opened.upgrade(schema)
        elif opened.schema() != schema:
            raise ConfigError(f"store: {target} is not empty: name another place")
        return _copy_rows(source, opened, prove=prove)


def _copy_rows(source: Store, target: Store, *, prove: bool) -> Copied:
    with source.reading() as reading, target.writing() as writing:
        tables = _tables(writing)
        for table in tables:
            if writing.execute(select(table).limit(1)).first() is not None:
                raise ConfigError(f"store: {target.place} is not empty: name another place")
        sent: dict[str, tuple[int, str]] = {}
        for table in tables:
            rows = _Counted(_rows(reading, table)) if prove else _rows(reading, table)
            target.backend.load(writing, table, rows)
            if isinstance(rows, _Counted):
                sent[table.name] = rows.mark
        target.backend.end_load(writing, tables)
        if prove:
            _compare(writing, tables, sent, target.place)
        return _told_on(writing)


class _Counted:
    """Rows that pass, their number and the digest of all of them in their order."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows, self._count, self._digest = rows, 0, hashlib.sha256()

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self._rows:
            self._count += 1
            self._digest.update(repr(row).encode())
            yield row

    @property
    def mark(self) -> tuple[int, str]:
        """Equal for equal rows in equal order."""
        return self._count, self._digest.hexdigest()


def _tables(connection: Connection) -> list[Table]:
    """The tables as they are there: an older store has fewer."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in _NOT_COPIED]


def _rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    statement = select(table).order_by(*table.primary_key)
    with connection.execute(statement, execution_options={"yield_per": _AT_ONCE}) as rows:
        for row in rows:
            yield tuple(map(_plain, row))


def _plain(value: Any) -> Any:
    # PostgreSQL takes no NUL in a text, and an older SQLite store may hold one.
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value


def _compare(
    connection: Connection,
    tables: Iterable[Table],
    sent: dict[str, tuple[int, str]],
    place: StorePlace,
) -> None:
    for table in tables:
        rows = _Counted(_rows(connection, table))
        for _ in rows:
            pass
        if rows.mark != sent[table.name]:
            raise FatalError(f"store: {place} does not hold {table.name} as it was read")
    broken = Transaction(connection).verify_journal()
    if broken is not None:
        raise FatalError(f"store: journal entry {broken} was tampered with: nothing was copied")


def _prove_file(copy: Store, place: StorePlace) -> None:
    with copy.reading() as connection:
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
        if found != "ok":
            raise FatalError(f"store: the copy for {place} is damaged: {found}")
        broken = Transaction(connection).verify_journal()
    if broken is not None:
        raise FatalError(f"store: journal entry {broken} was tampered with: nothing was kept")


def _told(store: Store) -> Copied:
    with store.reading() as connection:
        return _told_on(connection)


def _told_on(connection: Connection) -> Copied:
    tx = Transaction(connection)
    rows = {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in _tables(connection)
    }
    return Copied(rows=rows, journal=tx.journal_length(), head=tx.journal_head())
