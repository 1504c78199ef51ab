"""The rows of leases: read, claimed by compare-and-set, renewed, released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update

from crmbridge.store.holder import Holder
from crmbridge.store.queries import Queries
from crmbridge.store.tables import leases

WRITER = "writer"
"""The lease of the one process that runs cycles."""

TURN, QUEUE = "turn", "queue"
"""One cycle, or one command that writes into the CRMs, has the turn. Whoever wants it first takes
the head of the queue and gives that up once the turn is there. So a command gets its turn even from
a daemon whose cycles follow one another at once: the next cycle queues like everybody else."""

_NOBODY = dict.fromkeys(("holder", "purpose", "host", "process", "mark", "expires_at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What stands in the store about one lease.

    ``token`` grows by one whenever somebody new gets it. Without a ``holder`` it is free.
    ``expires_at`` is the holder's own idea of when its ``seconds`` are over: for people to read,
    and for others to see whether it changes.
    """

    name: str
    token: int = 0
    holder: Holder | None = None
    seconds: float = 0.0
    expires_at: datetime | None = None


class LeaseQueries(Queries):
    """Who holds what; all of it plain conditional updates, whose count of rows tells."""

    def lease(self, name: str) -> Lease:
        """How the lease stands; free where nobody ever had it."""
        row = self._connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
        return _lease(row) if row is not None else Lease(name=name)

    def claim_lease(
        self, seen: Lease, holder: Holder, seconds: float, expires_at: datetime
    ) -> int | None:
        """Take the lease if it still stands as ``seen``; the new token, or ``None`` where somebody
        was quicker or its holder has renewed it. Who loses it loses everything else as well."""
        self._insert_new(leases, [{"name": seen.name, "token": seen.token}])
        token = seen.token + 1
        done = self._connection.execute(
            update(leases)
            .where(
                leases.c.name == seen.name,
                leases.c.token == seen.token,
                leases.c.holder == (seen.holder.instance if seen.holder else None),
                leases.c.expires_at == seen.expires_at,
            )
            .values(
                token=token,
                holder=holder.instance,
                purpose=holder.purpose,
                host=holder.host,
                process=holder.process,
                mark=holder.mark,
                seconds=seconds,
                expires_at=expires_at,
            )
        )
        if not done.rowcount:
            return None
        if seen.holder is not None and seen.holder.instance != holder.instance:
            self._free(leases.c.holder == seen.holder.instance)
        return token

    def renew_lease(self, name: str, token: int, expires_at: datetime) -> bool:
        """Whether the lease is still the one of ``token``, and lasts until then. Nobody can claim
        it before this transaction has ended."""
        done = self._connection.execute(
            update(leases)
            .where(leases.c.name == name, leases.c.token == token, leases.c.holder.is_not(None))
            .values(expires_at=expires_at)
        )
        return done.rowcount > 0

    def release_lease(self, name: str, token: int) -> None:
        """Let go of the lease, if it is still the one of ``token``."""
        self._free(leases.c.name == name, leases.c.token == token)

    def _free(self, *which: ColumnElement[bool]) -> None:
        self._connection.execute(update(leases).where(*which).values(_NOBODY))


def _lease(row: Row[Any]) -> Lease:
    holder = None
    if row.holder is not None:
        holder = Holder(
            instance=row.holder,
            purpose=row.purpose,
            host=row.host,
            process=row.process,
            mark=row.mark,
        )
    return Lease(
        name=row.name,
        token=row.token,
        holder=holder,
        seconds=row.seconds or 0.0,
        expires_at=row.expires_at,
    )
