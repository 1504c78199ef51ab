"""Letting go of what is old, in portions, and how much there is.

The journal's chain then hangs on an anchor: the number and hash of the last entry that was let go.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Table, delete, func, select

from crmbridge.core.operations import Outcome
from crmbridge.store.journalling import Anchor, JournalQueries
from crmbridge.store.tables import (
    cycles,
    effects,
    journal,
    journal_values,
    metadata,
    outbox,
    rewinds,
)

_SETTLED = tuple(each.value for each in (Outcome.DONE, Outcome.CONFLICT, Outcome.GONE))
"""Nothing rests on these any more. What was refused stays: it waits for somebody, or is not to be
tried again."""


class PruningQueries(JournalQueries):
    """What was before an instant, at most so many rows at a time, the oldest first."""

    def prune_journal(self, before: datetime, most: int) -> Anchor | None:
        """Let go of old entries from the beginning up to the first that is not old; the entry on
        which the chain hangs then, ``None`` where nothing was old."""
        statement = select(journal.c.seq, journal.c.at, journal.c.hash).order_by(journal.c.seq)
        last: Anchor | None = None
        for row in self._connection.execute(statement.limit(most)):
            if row.at >= before:
                break
            last = Anchor(seq=row.seq, hash=row.hash, at=row.at)
        if last is not None:
            for table in (journal_values, journal):
                self._connection.execute(delete(table).where(table.c.seq <= last.seq))
            self.keep_anchor(last)
        return last

    def prune_outbox(self, before: datetime, most: int) -> int:
        """Forget writes that were settled; how many."""
        old = outbox.c.state.in_(_SETTLED), outbox.c.settled_at < before
        chosen = (
            select(outbox.c.n).where(*old).order_by(outbox.c.settled_at, outbox.c.n).limit(most)
        )
        return self._connection.execute(delete(outbox).where(outbox.c.n.in_(chosen))).rowcount

    def prune_rewinds(self, before: datetime, most: int) -> int:
        """Forget what people were before decisions that cannot be taken back any more; how many."""
        return self._prune(rewinds, rewinds.c.at < before, most)

    def prune_effects(self, before: datetime, most: int) -> int:
        """Forget what passed the limits; how many rows."""
        return self._prune(effects, effects.c.at < before, most)

    def prune_cycles(self, before: datetime, most: int) -> int:
        """Forget what cycles cost, but for the last one, whose number the next one follows; how
        many."""
        last = select(func.max(cycles.c.n)).scalar_subquery()
        return self._prune(cycles, (cycles.c.at < before) & (cycles.c.n < last), most)

    def _prune(self, table: Table, old: object, most: int) -> int:
        number: Column[int] = table.c.n
        chosen = select(number).where(old).order_by(number).limit(most)  # type: ignore[arg-type]
        return self._connection.execute(delete(table).where(number.in_(chosen))).rowcount

    def row_counts(self) -> dict[str, int]:
        """Table → rows, of every table; reads all of them once."""
        return {
            name: self._connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in sorted(metadata.tables.items())
        }
