"""Refused writes are tried again by deciding anew: what they said may be out of date."""

from __future__ import annotations

from crmbridge.store import Transaction


def replay(tx: Transaction, key: str | None = None) -> int:
    """Take refused writes up again, all of them without ``key``; how many. The next cycle writes
    what is wanted then."""
    uids = tx.unpark(key)
    for uid in sorted(set(uids)):
        tx.mark_dirty(tx.links(uid))
    return len(uids)
