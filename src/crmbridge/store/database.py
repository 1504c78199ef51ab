"""Opening the store: its schema, transactions, and what a process holds of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from crmbridge.errors import ConfigError, CrmBridgeError
from crmbridge.store.backend import Backend, StoreSize, backend_at
from crmbridge.store.holding import LEASE_SECONDS, Holding
from crmbridge.store.lease_time import RealTime
from crmbridge.store.leases import QUEUE, TURN, WRITER
from crmbridge.store.patience import NoRival, Patience, UpTo
from crmbridge.store.tables import leases
from crmbridge.store.transaction import Transaction
from crmbridge.store_place import StorePlace

SCHEMA = "0015"
"""The newest migration; a store is brought here when it is opened."""


class Store:
    """The bridge's memory: one SQLite file, or one PostgreSQL database. One process at a time runs
    cycles on it (``lease``).

    Reads and an operator's short writes may run beside the cycles. Every ``transaction`` is all or
    nothing and durable when it returns. A store that cannot be used for now raises
    ``StoreUnavailable``.
    """

    def __init__(self, backend: Backend, lease_seconds: float, clock: RealTime) -> None:
        self._backend = backend
        self._engine = backend.engine
        self._holding = Holding(
            transaction=self.transaction,
            bare=self._begin,
            read=self.read,
            seconds=lease_seconds,
            clock=clock,
            # In memory there is one connection, and nobody who could take over.
            renews=backend.shared,
        )

    @classmethod
    def open(
        cls,
        where: StorePlace | Path | str,
        *,
        lease_seconds: float = LEASE_SECONDS,
        clock: RealTime | None = None,
        migrate: bool = True,
    ) -> Self:
        """Open or create the store there (``:memory:`` for none) and bring it to this schema; not
        with ``migrate=False``, which is for those who look at it as it is.

        What it will hold lasts ``lease_seconds`` unless renewed, by the time of ``clock``.

        Raises ``ConfigError`` for what is no store, or one of a newer crmbridge, or one of an older
        crmbridge that is in use; and where the database cannot be used.
        """
        store = cls(backend_at(StorePlace.of(where)), lease_seconds, clock or RealTime())
        try:
            schema = store.schema()
            if migrate and schema != SCHEMA:
                store._migrate(schema)
        except (DBAPIError, CrmBridgeError) as error:
            store.close()
            if isinstance(error, ConfigError):
                raise
            # What cannot be used at the very start is for a person to look at.
            reason = error.message if isinstance(error, CrmBridgeError) else str(error.orig)
            raise ConfigError(reason) from error
        return store

    @classmethod
    def look_at(cls, where: StorePlace | Path | str) -> Self | None:
        """The store as it is, to be read; ``None`` for one of an older crmbridge, which only
        ``open`` can make readable. Raises ``ConfigError`` as ``open`` does."""
        store = cls.open(where, migrate=False)
        if store.schema() == SCHEMA:
            return store
        store.close()
        return None

    @property
    def place(self) -> StorePlace:
        """Where the store is."""
        return self._backend.place

    @property
    def backend(self) -> Backend:
        """The database below."""
        return self._backend

    def schema(self) -> str | None:
        """The migration that the store has seen last; ``None`` where it is empty. Raises
        ``ConfigError`` for a newer one than is known here, and for a database of something else."""
        with self._explained(), self._engine.connect() as connection:
            if inspect(connection).has_table("alembic_version"):
                found: str | None = connection.execute(
                    text("SELECT version_num FROM alembic_version")
                ).scalar_one_or_none()
                if found is not None and found > SCHEMA:
                    raise ConfigError(
                        f"store: {self.place} belongs to a newer crmbridge (schema {found}); "
                        "upgrade crmbridge"
                    )
                return found
            if inspect(connection).get_table_names():
                raise ConfigError(f"store: {self.place} is a database of something else")
        return None

    def upgrade(self, to: str = SCHEMA) -> None:
        """Run the migrations that the store has not seen, up to one of them."""
        from crmbridge.store.migrating import upgrade

        with self._explained():
            upgrade(self._backend, to)

    def _migrate(self, schema: str | None) -> None:
        with ExitStack() as alone:
            if schema is not None and self.has_leases():
                # Who runs an older program would meet tables that it does not know.
                rival = NoRival(f"end it first: the store is to be brought to schema {SCHEMA}")
                alone.enter_context(self._holding.hold(WRITER, "store migrate", rival))
            self.upgrade()

    def has_leases(self) -> bool:
        """Whether the store is of a release that has leases."""
        with self.reading() as connection:
            return inspect(connection).has_table(leases.name)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Read and write; committed at the end, undone by any exception. Raises ``LeaseLost``
        where something was held and somebody else has taken it over."""
        with self._begin() as tx:
            self._holding.fence(tx)
            yield tx

    @contextmanager
    def _begin(self) -> Iterator[Transaction]:
        with self.writing() as connection:
            yield Transaction(connection)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Read one consistent state."""
        with self.reading() as connection:
            yield Transaction(connection)

    def writing(self) -> AbstractContextManager[Connection]:
        """What ``transaction`` is made of, for whoever copies a whole store; it knows no lease."""
        return self._connection(self._backend.writing)

    def reading(self) -> AbstractContextManager[Connection]:
        """What ``read`` is made of, for the same."""
        return self._connection(self._backend.reading)

    @contextmanager
    def _connection(self, options: Mapping[str, Any]) -> Iterator[Connection]:
        with (
            self._explained(),
            self._engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            meant = self._backend.explain(error)
            if meant is None:
                raise
            raise meant from error

    @contextmanager
    def lease(self, purpose: str, patience: Patience) -> Iterator[None]:
        """Be the one process that runs cycles on this store; ``purpose`` tells the others what for.

        ``patience`` says what to do while another one is. From then on every transaction of this
        store first proves that nobody has taken over, and raises ``LeaseLost`` otherwise. Raises
        ``ConfigError`` where a newer crmbridge has been here in the meantime.
        """
        with self._holding.hold(WRITER, purpose, patience):
            self.schema()
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
        """How large the store is, without reading it."""
        with self._explained():
            return self._backend.size()

    def forget_deleted(self) -> bool:
        """Let nothing of what was deleted linger beside or within the tables; ``False`` where
        somebody is reading, so that it goes a little later."""
        with self._explained():
            return self._backend.forget_deleted()

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


def exists(place: StorePlace) -> bool:
    """Whether there is a store; makes none. Raises ``ConfigError`` where nobody can tell."""
    found = backend_at(place)
    try:
        return found.is_there()
    except DBAPIError as error:
        meant = found.explain(error)
        if meant is None:
            raise
        raise ConfigError(meant.message) from error
    finally:
        found.engine.dispose()


def open_existing(where: StorePlace | Path | str) -> Store:
    """Open a store that must be there already; raises ``ConfigError`` where it is not."""
    place = StorePlace.of(where)
    if not exists(place):
        raise ConfigError(f"store: there is no {place} yet: run `crmbridge once` first")
    return Store.open(place)
