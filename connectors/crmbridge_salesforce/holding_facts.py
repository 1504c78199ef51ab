"""Who came to own a lead or contact, and when its first touch was put on hold: from history."""

from __future__ import annotations

from typing import Final

from crmbridge.core.facts import Fact, FactKind, OwnedDetail, PauseDetail
from crmbridge.core.model import Ref
from crmbridge_salesforce.histories import Change, History
from crmbridge_salesforce.payload import Row, instant, read_flag, read_text
from crmbridge_salesforce.records import SYSTEM

OWNER_FIELD: Final = "Owner"
_OWNERS: Final = ("005", "00G")
"""Id prefixes of users and of queues. Contract §3."""


def owner_facts(ref: Ref, history: History) -> list[Fact]:
    """Every change of the owner at its own instant. It leaves two history rows, one with the
    names and one with the ids (contract §12): the second tells."""
    return [
        Fact(
            key=f"{SYSTEM}:history:{change.id}",
            ref=ref,
            kind=FactKind.OWNED,
            at=change.at,
            detail=OwnedDetail(owner=str(change.new), by=change.by),
        )
        for change in history.to(OWNER_FIELD)
        if str(change.new or "").startswith(_OWNERS)
    ]


def pause_facts(name: str, ref: Ref, row: Row, history: History) -> list[Fact]:
    """Every time the reason of the hold, in the field ``name``, was given or taken back; without a
    history row, what the field holds was said at the last edit at the latest."""
    steps = history.to(name)
    facts = [_pause(ref, f"{SYSTEM}:history:{step.id}", step) for step in steps]
    held = read_text(row.get(name))
    if held and not steps and not read_flag(row.get("IsDeleted")):
        detail = PauseDetail(reason=held, by=str(row["LastModifiedById"]))
        key = f"{ref}:paused:{held.strip().casefold()}"
        at = instant(row, "LastModifiedDate")
        facts.append(Fact(key=key, ref=ref, kind=FactKind.PAUSED, at=at, detail=detail))
    return facts


def _pause(ref: Ref, key: str, step: Change) -> Fact:
    reason = read_text(step.new)
    return Fact(
        key=key,
        ref=ref,
        kind=FactKind.PAUSED if reason else FactKind.RESUMED,
        at=step.at,
        detail=PauseDetail(reason=reason or "", by=step.by),
    )
