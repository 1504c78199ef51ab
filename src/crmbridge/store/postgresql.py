"""The store in a PostgreSQL database, in the first schema of its search path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Table, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from crmbridge.errors import ConfigError, CrmBridgeError, StoreUnavailable
from crmbridge.store import backend
from crmbridge.store.backend import StoreSize
from crmbridge.store.tables import metadata
from crmbridge.store_place import StorePlace

FROZEN = 60_000
"""Milliseconds after which the server ends a writing transaction in which nothing happens: whoever
was frozen there would keep everybody else out."""

_LOCK = 0x63726D62
"""Stands for crmbridge among the advisory locks of a database; the second half is the schema's."""

_CONNECTING = {
    "application_name": "crmbridge",
    "connect_timeout": "10",
    # A server that is gone without a word is noticed within half a minute.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "30000",
}
_MEANINGS = {
    "53100": "is full: make room, then it goes on by itself",
    "53300": "takes no more connections",
    "25006": "is read-only: nothing is written until it can be",
    "55P03": "is busy: another transaction has not ended in time",
    "28": "refuses the login",
    "3D": "is not there",
    "42501": "does not let this login do what is needed",
}
_PASSING = ("08", "25006", "25P03", "28", "3D", "40", "42501", "53", "55P03", "57", "58")
"""Beginnings of SQLSTATE that are the server's or the operator's matter, not a fault of ours."""


class PostgresqlBackend:
    """One database on a server, by psycopg. The URL is libpq's: what it takes counts."""

    shared = True

    def __init__(self, place: StorePlace) -> None:
        self.place = place
        given = self._given()
        self._arguments = {**_CONNECTING, **given}
        if place.password and "password" not in given:
            self._arguments["password"] = place.password
        self.engine = create_engine(
            "postgresql+psycopg://", hide_parameters=True, pool_pre_ping=True
        )
        # Every transaction that writes waits for this lock first, so that none is overtaken and
        # what it reads is what stands; a snapshot taken before the wait would be out of date.
        self.writing: Mapping[str, Any] = {"writes": True, "isolation_level": "READ COMMITTED"}
        self.reading: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ"}
        event.listen(self.engine, "do_connect", self._connect)
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)

    def _given(self) -> dict[str, Any]:
        try:
            return conninfo_to_dict(str(self.place.url))
        except psycopg.Error:
            # The driver repeats what it cannot read, which may be the password.
            raise ConfigError(
                f"store: {self.place} is no URL that PostgreSQL understands: write it as "
                "postgresql://user@host:5432/database, with special characters as %40 and so on"
            ) from None

    def _connect(self, _dialect: object, _record: object, _: Any, options: dict[str, Any]) -> Any:
        return psycopg.connect(**{**self._arguments, **options})

    def is_there(self) -> bool:
        """Whether the database holds a store."""
        with self.engine.connect() as connection:
            return connection.scalar(text("SELECT to_regclass('alembic_version')")) is not None

    def size(self) -> StoreSize:
        """What the store's tables take with their indexes."""
        with self.engine.connect() as connection:
            size = connection.execute(
                text(
                    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c "
                    "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'"
                )
            ).scalar_one()
        return StoreSize(size=int(size), free=None)

    def forget_deleted(self) -> bool:
        """Have the server clear away what was deleted, and hand its room to what comes next."""
        autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with autocommit.connect() as connection:
            connection.exec_driver_sql(f"VACUUM {', '.join(_quoted(each) for each in _names())}")
        return True

    def end_migration(self, connection: Connection) -> None:
        """Have every text that a migration has made sorted and compared by its bytes, as SQLite
        does: by the rules of a language references and instants would come in another order."""
        found = connection.execute(
            text(
                "SELECT table_name, column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = current_schema() AND collation_name IS DISTINCT FROM 'C' "
                "AND data_type IN ('character varying', 'text') ORDER BY 1, 2"
            )
        )
        changes: dict[str, list[str]] = {}
        for row in found:
            change = f'ALTER COLUMN {_quoted(row.column_name)} TYPE {row.data_type} COLLATE "C"'
            changes.setdefault(row.table_name, []).append(change)
        for table, wanted in changes.items():
            connection.exec_driver_sql(f"ALTER TABLE {_quoted(table)} {', '.join(wanted)}")

    def load(self, connection: Connection, table: Table, rows: Iterable[Sequence[Any]]) -> None:
        """By COPY, which is three times as fast as INSERT."""
        columns = ", ".join(_quoted(column.name) for column in table.columns)
        statement = f"COPY {_quoted(table.name)} ({columns}) FROM STDIN"
        cursor = connection.connection.cursor()
        try:
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:
            raise DBAPIError(statement, None, error) from error
        finally:
            cursor.close()

    def end_load(self, connection: Connection, tables: Iterable[Table]) -> None:
        """Set the counters of numbered rows, which know nothing of rows that were loaded."""
        for table in tables:
            for column in table.primary_key:
                named = (_quoted(table.name), column.name)
                counter = connection.exec_driver_sql(
                    "SELECT pg_get_serial_sequence(%s, %s)", named
                ).scalar_one()
                if counter is not None:
                    connection.exec_driver_sql(
                        f"SELECT setval(%s, (SELECT coalesce(max({column.name}), 0) + 1 "  # noqa: S608
                        f"FROM {_quoted(table.name)}), false)",
                        (counter,),
                    )

    def explain(self, error: DBAPIError) -> CrmBridgeError | None:
        """By SQLSTATE; an error without one is a connection that was refused or has broken."""
        cause = error.orig
        state = getattr(cause, "sqlstate", None) or ""
        broken = not state and isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)
        if not broken and not state.startswith(_PASSING):
            return None
        meanings = (said for key, said in _MEANINGS.items() if state.startswith(key))
        reason = " ".join((_primary(cause) or str(cause)).split())
        for secret in self.place.secrets:
            reason = reason.replace(secret, "[redacted]")
        told = next(meanings, "does not answer")
        return StoreUnavailable(f"store: {self.place} {told} ({reason})")


def _primary(cause: object) -> str | None:
    """What the server said first: the rest may hold values of a row."""
    found: str | None = getattr(getattr(cause, "diag", None), "message_primary", None)
    return found


def _names() -> list[str]:
    return sorted(metadata.tables)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _prepare(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", (f"{backend.BUSY}ms",))
        # A crash of the server must not lose the receipt of a write that a CRM has acknowledged.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) "
            "WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


def _begin(connection: Any) -> None:
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true), "
            "pg_advisory_xact_lock(%s, hashtext(current_schema()))",
            (f"{FROZEN}ms", _LOCK),
        )
