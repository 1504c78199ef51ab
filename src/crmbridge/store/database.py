"""Opening the store's file: pragmas, migrations, transactions, the lock against a second daemon."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from crmbridge.errors import ConfigError
from crmbridge.store.transaction import Transaction

SCHEMA = "0011"
"""The newest migration; a store is brought here when it is opened."""


class Store:
    """The bridge's memory: one SQLite file, written by one process at a time.

    Reads may run beside the writer. Every ``transaction`` is all or nothing and durable when
    it returns.
    """

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self._engine = engine
        self._path = path

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open or create the store at ``path`` (``:memory:`` for none) and migrate it.

        Raises ``ConfigError`` for a file that is no store, or one of a newer crmbridge.
        """
        in_memory = str(path) == ":memory:"
        if not in_memory and not Path(path).absolute().parent.is_dir():
            raise ConfigError(f"store: the folder of {path} does not exist")
        extra: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
        engine = create_engine(f"sqlite:///{path}", **extra)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        store = cls(engine, None if in_memory else Path(path))
        try:
            store._migrate()
        except DatabaseError as error:
            store.close()
            reason = str(error.orig)
            raise ConfigError(f"store: {path} cannot be used: {reason}") from error
        except ConfigError:
            store.close()
            raise
        return store

    def _migrate(self) -> None:
        with self._engine.connect() as connection:
            if inspect(connection).has_table("alembic_version"):
                version = connection.execute(
                    text("SELECT version_num FROM alembic_version")
                ).scalar_one_or_none()
                if version == SCHEMA:
                    return
                if version is not None and str(version) > SCHEMA:
                    raise ConfigError(
                        f"store: {self._path} belongs to a newer crmbridge (schema {version}); "
                        "upgrade crmbridge"
                    )
            elif inspect(connection).get_table_names():
                raise ConfigError(f"store: {self._path} is a database of something else")
        from crmbridge.store.migrating import upgrade

        upgrade(self._engine)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Read and write; committed at the end, undone by any exception."""
        writing = self._engine.connect().execution_options(writes=True)
        with writing as connection, connection.begin():
            yield Transaction(connection)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Read one consistent state."""
        with self._engine.connect() as connection, connection.begin():
            yield Transaction(connection)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the store against every other process that would write it.

        Raises ``ConfigError`` naming the holder's process id. The operating system lets go of
        it when the process ends, however it ends.
        """
        if self._path is None:
            yield
            return
        descriptor = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
                raise ConfigError(
                    f"store: {self._path} is in use by another crmbridge (process {holder})"
                ) from error
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def copy_store(source: Path, target: Path) -> None:
    """Copy a store consistently, even while a daemon writes it; a missing one copies to
    nothing."""
    if not source.exists():
        return
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as live:
        copy = sqlite3.connect(target)
        try:
            live.backup(copy)
        except sqlite3.DatabaseError as error:
            raise ConfigError(f"store: {source} cannot be used: {error}") from error
        finally:
            copy.close()
    live.close()


def _prepare(connection: Any, _record: object) -> None:
    # The driver's own transaction control would begin too late and never IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: a power cut must not lose the receipt of a write that a CRM has acknowledged.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


def _begin(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def open_existing(path: Path) -> Store:
    """Open a store that must be there already; raises ``ConfigError`` where it is not."""
    if not path.is_file():
        raise ConfigError(f"store: there is no {path} yet: run `crmbridge once` first")
    return Store.open(path)
