"""Refused writes: taken up again by deciding anew, because what they said may be out of date, or
let rest.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.store import Transaction
from crmbridge.store.outbox import Parked


def replay(tx: Transaction, found: Collection[Parked]) -> int:
    """Take refused writes up again; how many. The next cycle writes what is wanted then."""
    uids = tx.unpark([each.operation.key for each in found])
    for uid in sorted(set(uids)):
        tx.mark_dirty(tx.links(uid))
    return len(uids)


def drop(tx: Transaction, found: Collection[Parked], operator: str, now: datetime) -> int:
    """Let refused writes rest; ``operator`` answers for it in each person's journal. How many."""
    for each in found:
        operation = each.operation
        payload: dict[str, object] = {
            "by": operator,
            "operation": operation.kind.value,
            "record": str(operation.target) if operation.target else None,
            "message": each.message,
        }
        entry = JournalEntry(kind=JournalKind.DROPPED, uid=operation.uid, at=now, payload=payload)
        tx.write_journal(entry)
    return tx.drop([each.operation.key for each in found])
