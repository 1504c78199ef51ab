"""What an operator has told to write nothing for now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from crmbridge.store.queries import Queries
from crmbridge.store.tables import pauses

EVERYTHING = "all"
"""The scope that is both systems."""
UNDOING = "undo"
"""The scope of an undo: nothing is decided, and nothing written but what takes writes back, until
somebody has mended the cause and resumes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing is written into ``scope``, a system or everything; ``by`` said so at ``at``. A scope
    of ``scope_of`` is one field alone."""

    scope: str
    by: str
    at: datetime

    @property
    def field(self) -> str | None:
        """The one field that is not written; ``None`` where nothing is."""
        return self.scope.partition("/")[2] or None

    @property
    def system(self) -> str:
        """The system, or ``EVERYTHING``."""
        return self.scope.partition("/")[0]


def scope_of(system: str, field: str) -> str:
    """The scope of one canonical field in a system, or in ``EVERYTHING``."""
    return f"{system}/{field}"


class PauseQueries(Queries):
    """Where nothing is to be written."""

    def pauses(self) -> list[Pause]:
        """Every pause, by scope."""
        rows = self._connection.execute(select(pauses).order_by(pauses.c.scope))
        return [Pause(scope=row.scope, by=row.by, at=row.at) for row in rows]

    def add_pause(self, pause: Pause) -> None:
        """Pause a scope; one that is paused stays as it is."""
        self._insert_new(pauses, [{"scope": pause.scope, "by": pause.by, "at": pause.at}])

    def end_pause(self, scope: str) -> bool:
        """Whether the scope was paused, and is no more."""
        done = self._connection.execute(delete(pauses).where(pauses.c.scope == scope))
        return done.rowcount > 0
