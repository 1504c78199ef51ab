"""The store in one SQLite file, or in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from crmbridge.errors import ConfigError, CrmBridgeError, FatalError, StoreUnavailable
from crmbridge.store import backend
from crmbridge.store.backend import StoreSize
from crmbridge.store_place import StorePlace

_AT_ONCE = 1000
"""Rows that are loaded with one call of the driver."""

_MEANINGS = {
    "SQLITE_FULL": "is full: make room, then it goes on by itself",
    "SQLITE_IOERR": "cannot be read or written: look at the disk and its room",
    "SQLITE_READONLY": "is read-only: nothing is written until it can be",
    "SQLITE_BUSY": "is busy: another transaction has not ended in time",
    "SQLITE_LOCKED": "is busy: another transaction has not ended in time",
    "SQLITE_CANTOPEN": "cannot be opened: look at the folder and its rights",
    "SQLITE_PERM": "cannot be opened: look at the folder and its rights",
}
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


class SqliteBackend:
    """One file. It belongs to one machine: a network drive does not keep SQLite's promises."""

    def __init__(self, place: StorePlace) -> None:
        self.place = place
        self.shared = place.path is not None
        if place.path is not None and not place.path.absolute().parent.is_dir():
            raise ConfigError(f"store: the folder of {place} does not exist")
        pool: dict[str, Any] = {} if self.shared else {"poolclass": StaticPool}
        self.engine = create_engine(f"sqlite:///{place}", hide_parameters=True, **pool)
        self.writing: Mapping[str, Any] = {"writes": True}
        self.reading: Mapping[str, Any] = {}
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)

    def is_there(self) -> bool:
        """Whether there is the file."""
        return self.place.path is not None and self.place.path.is_file()

    def size(self) -> StoreSize:
        """Two numbers of the file's own."""
        with self.engine.connect() as connection:
            pages, free, page = (
                int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
                for name in ("page_count", "freelist_count", "page_size")
            )
        return StoreSize(size=pages * page, free=free * page)

    def forget_deleted(self) -> bool:
        """Empty the log of the latest changes, beside the file; ``False`` where somebody reads."""
        with self.engine.connect() as connection:
            # Outside a transaction: within one there is no looking at the whole log.
            raw = connection.connection.cursor()
            try:
                busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                raw.close()
        return not busy

    def end_migration(self, connection: Connection) -> None:
        """Nothing to do."""

    def load(self, connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
        """Through the driver, portion by portion."""
        marks = ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} VALUES ({marks})"  # noqa: S608 - our own table
        waiting = iter(rows)
        while portion := [tuple(row) for row in islice(waiting, _AT_ONCE)]:
            connection.exec_driver_sql(statement, portion)

    def end_load(self, connection: Connection, tables: Iterable[Table]) -> None:
        """Nothing to do: numbers follow the highest one."""

    def explain(self, error: DBAPIError) -> CrmBridgeError | None:
        """By SQLite's own name of the error."""
        name = getattr(error.orig, "sqlite_errorname", "")
        if name.startswith(_DAMAGED):
            return FatalError(f"store: {self.place} cannot be used: {error.orig}; restore a backup")
        for prefix, meaning in _MEANINGS.items():
            if name.startswith(prefix):
                return StoreUnavailable(f"store: {self.place} {meaning} ({error.orig})")
        return None


def copy_file(source: StorePlace, target: StorePlace) -> None:
    """Copy a store's file as it is at one moment, even while a daemon writes it."""
    try:
        with sqlite3.connect(f"file:{source.path}?mode=ro", uri=True) as live:
            copy = sqlite3.connect(str(target.path))
            try:
                live.backup(copy)
            finally:
                copy.close()
        live.close()
    except sqlite3.DatabaseError as error:
        raise ConfigError(f"store: {source} cannot be used: {error}") from error


def _prepare(connection: Any, _record: object) -> None:
    # The driver's own transaction control would begin too late and never IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: a power cut must not lose the receipt of a write that a CRM has acknowledged.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA busy_timeout={backend.BUSY}")
    # What is deleted is overwritten: a person who was erased must not be left in a free page.
    cursor.execute("PRAGMA secure_delete=ON")
    # A LIKE tells small letters from capitals, by which ids of Salesforce differ, as elsewhere.
    cursor.execute("PRAGMA case_sensitive_like=ON")
    cursor.close()


def _begin(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
