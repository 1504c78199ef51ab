"""The switch that stops all writing, into one CRM or into both: reading and deciding go on."""

from __future__ import annotations

from datetime import datetime

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import Side
from crmbridge.store import Transaction
from crmbridge.store.pausing import EVERYTHING, UNDOING, Pause


def pause(tx: Transaction, scope: str, operator: str, now: datetime) -> bool:
    """Write nothing into ``scope`` (a system, or ``EVERYTHING``) until ``resume``; ``operator``
    answers for it. Whether that is news. The scope ``UNDOING`` stops deciding, too."""
    if scope in {each.scope for each in tx.pauses()}:
        return False
    tx.add_pause(Pause(scope=scope, by=operator, at=now))
    _note(tx, JournalKind.PAUSED, scope, operator, now)
    return True


def resume(
    tx: Transaction, scope: str, side: Side | None, operator: str, now: datetime
) -> int | None:
    """Write again. What had been waiting is not sent, it may be out of date: its people are
    decided about anew in the next cycle. How many they are; ``None`` where nothing was paused."""
    undone = scope == EVERYTHING and tx.end_pause(UNDOING)
    if not tx.end_pause(scope) and not undone:
        return None
    uids = set(tx.take_back(side))
    for uid in sorted(uids):
        tx.mark_dirty(tx.links(uid))
    if undone:
        # Nothing was decided since the undo, and its people wait for that, too.
        uids |= {*tx.dirty_persons()}
    _note(tx, JournalKind.RESUMED, scope, operator, now)
    return len(uids)


def is_paused(tx: Transaction, system: str) -> bool:
    """Whether nothing is to be written into this CRM."""
    return bool({EVERYTHING, UNDOING, system} & {each.scope for each in tx.pauses()})


def may_decide(tx: Transaction) -> bool:
    """Whether decisions go on: all pauses but that of an undo leave them alone."""
    return UNDOING not in {each.scope for each in tx.pauses()}


def _note(tx: Transaction, kind: JournalKind, scope: str, operator: str, now: datetime) -> None:
    payload: dict[str, object] = {"by": operator, "scope": scope}
    tx.write_journal(JournalEntry(kind=kind, uid="", at=now, payload=payload))
