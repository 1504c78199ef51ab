"""The switch that keeps one field from being written, while everything else goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import Side
from crmbridge.store import Transaction
from crmbridge.store.pausing import EVERYTHING, Pause, scope_of


def pause_field(
    tx: Transaction, field: str, systems: Mapping[Side, str], operator: str, now: datetime
) -> bool:
    """Write this canonical field on none of these sides until ``resume_field``; ``operator``
    answers for it. Whether that is news. What waits to be sent goes without it."""
    scope = _scope(field, systems)
    if scope in {each.scope for each in tx.pauses()}:
        return False
    tx.add_pause(Pause(scope=scope, by=operator, at=now))
    for uid in tx.leave_out(field, systems):
        tx.mark_dirty(tx.links(uid))
    _note(tx, JournalKind.PAUSED, scope, operator, now)
    return True


def resume_field(
    tx: Transaction, field: str, systems: Mapping[Side, str], operator: str, now: datetime
) -> int | None:
    """Write it again: whoever lacks it is decided about anew in the next cycle. How many they
    are; ``None`` where it was not paused."""
    scope = _scope(field, systems)
    if not tx.end_pause(scope):
        return None
    uids = tx.deprived_of(field, systems)
    for uid in uids:
        tx.mark_dirty(tx.links(uid))
    _note(tx, JournalKind.RESUMED, scope, operator, now)
    return len(uids)


def paused_fields(tx: Transaction, systems: Mapping[Side, str]) -> dict[Side, dict[str, str]]:
    """The fields that are not to be written, by side: field → who said so."""
    found: dict[Side, dict[str, str]] = {}
    for pause in tx.pauses():
        if pause.field is None:
            continue
        for side, system in systems.items():
            if pause.system in (EVERYTHING, system):
                found.setdefault(side, {}).setdefault(pause.field, pause.by)
    return found


def _scope(field: str, systems: Mapping[Side, str]) -> str:
    return scope_of(EVERYTHING if len(systems) > 1 else next(iter(systems.values())), field)


def _note(tx: Transaction, kind: JournalKind, scope: str, operator: str, now: datetime) -> None:
    payload: dict[str, object] = {"by": operator, "scope": scope}
    tx.write_journal(JournalEntry(kind=kind, uid="", at=now, payload=payload))
