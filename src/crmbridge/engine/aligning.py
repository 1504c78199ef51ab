"""Mapped fields are made equal also where they differed before they were mapped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.store import Transaction


def align(tx: Transaction, names: Sequence[str], operator: str, now: datetime) -> None:
    """From the next cycle on these fields are held against each other whatever was agreed before;
    everybody is decided about anew. ``operator`` answers for it."""
    for name in names:
        tx.map_whole(name, now)
    for uid in tx.uids():
        tx.mark_dirty(tx.links(uid)[:1])
    payload: dict[str, object] = {"by": operator, "fields": sorted(names)}
    tx.write_journal(JournalEntry(kind=JournalKind.ALIGNED, uid="", at=now, payload=payload))
