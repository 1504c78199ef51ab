"""Once a day the store lets go of what is older than the settings keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.store import Store, Transaction

_log = structlog.get_logger(__name__)

PORTION: Final = 1000
"""Rows of one transaction: some hundredths of a second, and nobody waits longer to write."""

MOST: Final = 100
"""Portions at once; whatever is left is for the next cycle."""

_SHORTEST: Final = timedelta(days=2)
"""What passed the limits counts for a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long is kept what was done: entries of the ``journal`` with the cycles that made them,
    and settled writes of the ``outbox``; ``None`` is for ever."""

    journal: timedelta | None = None
    outbox: timedelta | None = None


class Pruner:
    """Lets go of journal entries, settled writes, and the numbers of cycles.

    Facts, records and decisions are never old: a later decision may rest on any of them.
    """

    def __init__(self, store: Store, retention: Retention) -> None:
        self._store = store
        self._retention = retention

    def run(self, now: datetime) -> bool:
        """Let go of what is old, in portions; whether all of it is gone."""
        gone: Counter[str] = Counter()
        whole = True
        for name, prune in self._work(now):
            for _ in range(MOST):
                with self._store.transaction() as tx:
                    count = prune(tx)
                gone[name] += count
                if count < PORTION:
                    break
            else:
                whole = False
        if gone.total():
            _log.info("store_pruned", **gone)
        return whole

    def _work(self, now: datetime) -> list[tuple[str, Callable[[Transaction], int]]]:
        work: list[tuple[str, Callable[[Transaction], int]]] = []
        if self._retention.journal is not None:
            before = now - self._retention.journal
            work.append(("journal", lambda tx: _prune_journal(tx, before, now)))
            work.append(("cycles", lambda tx: tx.prune_cycles(before, PORTION)))
        if self._retention.outbox is not None:
            settled = now - self._retention.outbox
            passed = min(settled, now - _SHORTEST)
            work.append(("outbox", lambda tx: tx.prune_outbox(settled, PORTION)))
            work.append(("rewinds", lambda tx: tx.prune_rewinds(settled, PORTION)))
            work.append(("effects", lambda tx: tx.prune_effects(passed, PORTION)))
        return work


def _prune_journal(tx: Transaction, before: datetime, now: datetime) -> int:
    """That entries were let go is an entry itself, so that the anchor cannot be moved unseen."""
    former = tx.journal_anchor()
    anchor = tx.prune_journal(before, PORTION)
    if anchor is None:
        return 0
    payload: dict[str, object] = {"upto": anchor.seq, "hash": anchor.hash}
    tx.write_journal(JournalEntry(kind=JournalKind.PRUNED, uid="", at=now, payload=payload))
    return anchor.seq - (former.seq if former else 0)
