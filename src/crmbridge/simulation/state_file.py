"""The file in which a simulated CRM keeps its records, for more of them than memory holds.

One SQLite file belongs to one simulator, which makes its tables in it. Nothing here knows a
vendor.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from crmbridge.errors import ConfigError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# "crms" in ASCII: tells our files from any other application's.
_APPLICATION = 0x63726D73
# The second mark is made with the first commit: a file that died before it is a new one.
_LAYOUT, _UNBORN = 1, 0
_MARKS = ("application_id", "user_version")
_TABLES = """
CREATE TABLE IF NOT EXISTS notes(name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries(
  collection TEXT, key, value TEXT NOT NULL, PRIMARY KEY(collection, key)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something small that is kept as a whole: how to take it from its owner and put it back.

    ``take`` answers a value that is not changed later; it is written only when it differs from
    the one written last. ``adapter`` says its type.
    """

    name: str
    adapter: TypeAdapter[Any]
    take: Callable[[], Any]
    restore: Callable[[Any], None]


class StateFile:
    """One simulator's file, made if it is missing; ``new``: nothing was ever committed to it.

    Everything since the last ``commit`` is lost if the process dies, nothing before it (a
    power cut may harm the file: it holds invented people only). Used from one thread at a
    time. Raises ``ConfigError`` for a file that is in use, of another application, or of
    another version of this one.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self.rows_read = 0
        """Records decoded since the file was opened: what an answer cost, whatever the clock."""
        self._notes: list[Note] = []
        self._written: dict[str, Any] = {}
        self._open = True
        with _refusing(path):
            self._connection = sqlite3.connect(path, timeout=0.3, check_same_thread=False)
        self.execute = self._connection.execute
        self.executemany = self._connection.executemany
        try:
            with _refusing(path):
                self.new = self._prepare(schema)
        except ConfigError:
            self._connection.close()
            raise
        self._unborn = self.new

    def _prepare(self, schema: str) -> bool:
        execute = self.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        empty = execute("SELECT 1 FROM sqlite_schema").fetchone() is None
        marks = tuple(execute(f"PRAGMA {name}").fetchone()[0] for name in _MARKS)
        new = empty or marks == (_APPLICATION, _UNBORN)
        if not new and marks != (_APPLICATION, _LAYOUT):
            raise ConfigError(
                f"{self.path} was not made by this version of the sandbox: "
                "name another file or delete this one"
            )
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = OFF")
        execute("PRAGMA temp_store = FILE")
        execute("PRAGMA cache_size = -32000")
        execute(f"PRAGMA application_id = {_APPLICATION}")
        self._connection.executescript(_TABLES + schema)
        return new

    def keep(self, note: Note) -> None:
        """Restore what the file has under this note, and write it with every commit."""
        self._notes.append(note)
        found = self.execute("SELECT text FROM notes WHERE name = ?", (note.name,)).fetchone()
        if found is not None:
            note.restore(note.adapter.validate_json(found[0]))

    def commit(self) -> None:
        """Make everything so far last beyond the process."""
        for note in self._notes:
            value = note.take()
            if note.name not in self._written or self._written[note.name] != value:
                self.execute(
                    "INSERT OR REPLACE INTO notes VALUES (?, ?)",
                    (note.name, note.adapter.dump_json(value).decode()),
                )
                self._written[note.name] = value
        if self._unborn:
            self.execute(f"PRAGMA user_version = {_LAYOUT}")
            self._unborn = False
        self._connection.commit()

    def close(self) -> None:
        """Commit and give the file free; safe to call twice."""
        if self._open:
            self.commit()
            self._open = False
            self._connection.close()

    def forget(self, statement: str, *parameters: object) -> None:
        """Run a statement that tidies up; nothing happens once the file is closed."""
        if self._open:
            self.execute(statement, parameters)

    def saving(self, app: ASGIApp) -> ASGIApp:
        """The app with one commit for each request, before its caller hears of success."""

        async def saved(scope: Scope, receive: Receive, send: Send) -> None:
            answered = False

            async def send_saved(message: Message) -> None:
                nonlocal answered
                if message["type"] == "http.response.start":
                    self.commit()
                    answered = True
                await send(message)

            try:
                await app(scope, receive, send_saved)
            finally:
                # A request whose answer a fault swallows has happened all the same.
                if not answered:
                    self.commit()

        return saved


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        locked = "locked" in str(error)
        reason = "is in use: another sandbox runs on it" if locked else f"cannot be used: {error}"
        raise ConfigError(f"{path} {reason}") from error
