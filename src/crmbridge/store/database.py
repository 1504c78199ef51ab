"""Opening the store's file: pragmas, migrations, transactions, and what a process holds of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from crmbridge.errors import ConfigError
from crmbridge.store.holding import LEASE_SECONDS, Holding
from crmbridge.store.lease_time import RealTime
from crmbridge.store.leases import QUEUE, TURN, WRITER
from crmbridge.store.patience import Patience, UpTo
from crmbridge.store.transaction import Transaction

SCHEMA = "0014"
"""The newest migration; a store is brought here when it is opened."""

_BUSY = 10_000
"""Milliseconds that a transaction waits for another one to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSize:
    """Bytes of the store's file, and how many of them are ``free`` for what comes next."""

    size: int
    free: int


class Store:
    """The bridge's memory: one SQLite file. One process at a time runs cycles on it (``lease``).

    Reads and an operator's short writes may run beside the cycles. Every ``transaction`` is all or
    nothing and durable when it returns.
    """

    def __init__(
        self, engine: Engine, path: Path | None, lease_seconds: float, clock: RealTime
    ) -> None:
        self._engine = engine
        self._path = path
        self._holding = Holding(
            transaction=self.transaction,
            bare=self._begin,
            read=self.read,
            seconds=lease_seconds,
            clock=clock,
            # In memory there is one connection, and nobody who could take over.
            renews=path is not None,
        )

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        lease_seconds: float = LEASE_SECONDS,
        clock: RealTime | None = None,
    ) -> Self:
        """Open or create the store at ``path`` (``:memory:`` for none) and migrate it.

        What it will hold lasts ``lease_seconds`` unless renewed, by the time of ``clock``.

        Raises ``ConfigError`` for a file that is no store, or one of a newer crmbridge.
        """
        place = None if str(path) == ":memory:" else Path(path)
        store = cls(_engine(path), place, lease_seconds, clock or RealTime())
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

    @classmethod
    def look_at(cls, path: Path) -> Self | None:
        """The store at ``path`` as it is, to be read; ``None`` for one of an older crmbridge, which
        only ``open`` can make readable. Raises ``ConfigError`` as ``open`` does."""
        store = cls(_engine(path), path, LEASE_SECONDS, RealTime())
        try:
            current = store._is_current()
        except DatabaseError as error:
            store.close()
            raise ConfigError(f"store: {path} cannot be used: {error.orig}") from error
        except ConfigError:
            store.close()
            raise
        if current:
            return store
        store.close()
        return None

    def _is_current(self) -> bool:
        """Whether the tables are those of this release; ``False`` for older ones or none."""
        with self._engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                if inspect(connection).get_table_names():
                    raise ConfigError(f"store: {self._path} is a database of something else")
                return False
            version = connection.execute(
                text("SELECT version_num FROM alembic_version")
            ).scalar_one_or_none()
        if version is not None and str(version) > SCHEMA:
            raise ConfigError(
                f"store: {self._path} belongs to a newer crmbridge (schema {version}); "
                "upgrade crmbridge"
            )
        return version == SCHEMA

    def _migrate(self) -> None:
        if self._is_current():
            return
        from crmbridge.store.migrating import upgrade

        upgrade(self._engine)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Read and write; committed at the end, undone by any exception. Raises ``LeaseLost``
        where something was held and somebody else has taken it over."""
        with self._begin() as tx:
            self._holding.fence(tx)
            yield tx

    @contextmanager
    def _begin(self) -> Iterator[Transaction]:
        writing = self._engine.connect().execution_options(writes=True)
        with writing as connection, connection.begin():
            yield Transaction(connection)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Read one consistent state."""
        with self._engine.connect() as connection, connection.begin():
            yield Transaction(connection)

    @contextmanager
    def lease(self, purpose: str, patience: Patience) -> Iterator[None]:
        """Be the one process that runs cycles on this store; ``purpose`` tells the others what for.

        ``patience`` says what to do while another one is. From then on every transaction of this
        store first proves that nobody has taken over, and raises ``LeaseLost`` otherwise. Raises
        ``ConfigError`` where a newer crmbridge has been here in the meantime.
        """
        with self._holding.hold(WRITER, purpose, patience):
            self._migrate()
            yield

    @contextmanager
    def turn(self, holder: str, patience: float) -> Iterator[None]:
        """Have the turn to write into the CRMs: no cycle of a daemon and no other command that
        takes turns runs beside this one. ``holder`` says in a word who has it, for the others.

        They are served in the order in which they came. Raises ``RetryableError`` naming the
        holder where the turn was not to be had within ``patience`` seconds. A holder that was
        killed loses it, at once on this machine, else within the seconds of a lease. One that was
        frozen for so long may have lost it, too: every transaction of this store then raises
        ``LeaseLost``. Call ``confirm`` before anything is sent to a CRM.
        """
        waits = UpTo(patience)
        with ExitStack() as turn:
            with self._holding.hold(QUEUE, holder, waits):
                turn.enter_context(self._holding.hold(TURN, holder, waits))
            yield

    def confirm(self) -> None:
        """Return if everything that was taken is still held, and renew it; raises ``LeaseLost``
        otherwise. Where nothing was taken there is nothing to lose."""
        if self._holding.anything:
            with self.transaction():
                pass

    def size(self) -> StoreSize:
        """How large the store is; asks for two numbers, however large it is."""
        with self._engine.connect() as connection:
            pages, free, page = (
                int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
                for name in ("page_count", "freelist_count", "page_size")
            )
        return StoreSize(size=pages * page, free=free * page)

    def forget_deleted(self) -> bool:
        """Let nothing of what was deleted linger beside the store's file, in the log of its latest
        changes; ``False`` where somebody is reading, so that it goes a little later."""
        with self._engine.connect() as connection:
            # Outside a transaction: within one there is no looking at the whole log.
            raw = connection.connection.cursor()
            try:
                busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                raw.close()
        return not busy

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


def _engine(path: Path | str) -> Engine:
    in_memory = str(path) == ":memory:"
    if not in_memory and not Path(path).absolute().parent.is_dir():
        raise ConfigError(f"store: the folder of {path} does not exist")
    extra: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
    engine = create_engine(f"sqlite:///{path}", **extra)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    # The driver's own transaction control would begin too late and never IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: a power cut must not lose the receipt of a write that a CRM has acknowledged.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY}")
    # What is deleted is overwritten: a person who was erased must not be left in a free page.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def open_existing(path: Path) -> Store:
    """Open a store that must be there already; raises ``ConfigError`` where it is not."""
    if not path.is_file():
        raise ConfigError(f"store: there is no {path} yet: run `crmbridge once` first")
    return Store.open(path)
