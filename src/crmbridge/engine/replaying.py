"""Refused writes: taken up again by deciding anew, because what they said may be out of date, or
let rest.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.store import Transaction
from crmbridge.store.outbox import Parked


def replay(tx: Transaction, found: Collection[Parked], operator: str, now: datetime) -> int:
    """Take refused writes up again; ``operator`` answers for it in each person's journal. How
    many. The next cycle writes what is wanted then."""
    _note(tx, JournalKind.REPLAYED, found, operator, now)
    uids = tx.unpark([each.operation.key for each in found])
    for uid in sorted(set(uids)):
        tx.mark_dirty(tx.links(uid))
    return len(uids)


def drop(tx: Transaction, found: Collection[Parked], operator: str, now: datetime) -> int:
    """Let refused writes rest; ``operator`` answers for it in each person's journal. How many."""
    _note(tx, JournalKind.DROPPED, found, operator, now)
    return tx.drop([each.operation.key for each in found])


def _note(
    tx: Transaction, kind: JournalKind, found: Collection[Parked], operator: str, now: datetime
) -> None:
    for each in found:
        operation = each.operation
        payload: dict[str, object] = {
            "by": operator,
            "operation": operation.kind.value,
            "record": str(operation.target) if operation.target else None,
            "message": each.message,
        }
        tx.write_journal(JournalEntry(kind=kind, uid=operation.uid, at=now, payload=payload))
