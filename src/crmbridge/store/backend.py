"""What differs between the databases that a store can lie in; everything else is the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import DBAPIError

from crmbridge.errors import ConfigError, CrmBridgeError
from crmbridge.store_place import StorePlace

BUSY = 10_000
"""Milliseconds that a transaction waits for another one to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSize:
    """Bytes that the store takes, and how many of them are ``free`` for what comes next; ``None``
    where the database does not say."""

    size: int
    free: int | None


class Backend(Protocol):
    """One database. Connections with the options ``writing`` begin transactions of which there is
    one at a time, which see what the ones before have committed; those with ``reading`` see one
    state, and neither wait nor are waited for."""

    place: StorePlace
    engine: Engine
    writing: Mapping[str, Any]
    reading: Mapping[str, Any]
    shared: bool
    """Whether others can open the same store."""

    def is_there(self) -> bool:
        """Whether there is a file or a database that may hold a store; makes none."""
        ...

    def size(self) -> StoreSize:
        """How large the store is, without reading it."""
        ...

    def forget_deleted(self) -> bool:
        """Let nothing of what was deleted linger; ``False`` where it goes a little later."""
        ...

    def end_migration(self, connection: Connection) -> None:
        """Make of the tables what no migration says, because only this database needs it."""
        ...

    def load(self, connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
        """Put very many rows into an empty table, each in the order of its columns."""
        ...

    def end_load(self, connection: Connection, tables: Iterable[Table]) -> None:
        """Have everything that is added later numbered behind what was loaded."""
        ...

    def explain(self, error: DBAPIError) -> CrmBridgeError | None:
        """What an error of the driver means for the caller, in one line without a value or a
        secret; ``None`` for one that only a fault of ours explains."""
        ...


def backend_at(place: StorePlace) -> Backend:
    """The backend for a place; connects to nothing yet. Raises ``ConfigError`` where it cannot be
    used at all."""
    if place.url is None:
        from crmbridge.store.sqlite import SqliteBackend

        return SqliteBackend(place)
    try:
        from crmbridge.store.postgresql import PostgresqlBackend
    except ImportError as error:
        raise ConfigError(
            f"store: {place} needs the driver for PostgreSQL: pip install 'crmbridge[postgres]'"
        ) from error
    return PostgresqlBackend(place)
