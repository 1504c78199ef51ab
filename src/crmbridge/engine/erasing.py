"""A person's wish to be forgotten, carried out by an operator: the store's side of it.

Nothing is written into the CRMs; what is to be deleted there is the operator's to delete.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import Ref, Stage
from crmbridge.store import Transaction
from crmbridge.store.holdings import Part, Traces

_WITH_DEAL = frozenset({Stage.OPPORTUNITY, Stage.CUSTOMER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What an erasure would remove: rows of every part, the records concerned.

    ``has_deal``: whether there is business with the person, of which something may have to be
    kept. ``same_address`` are other people here with an address of this one; they stay.
    """

    traces: Traces
    counts: tuple[tuple[Part, int], ...]
    records: tuple[Ref, ...]
    has_deal: bool
    same_address: tuple[str, ...]


def foresee(tx: Transaction, uid: str) -> Foreseen:
    """What an erasure of this person would remove; changes nothing."""
    traces = tx.traces(uid)
    summary = tx.summary(uid)
    return Foreseen(
        traces=traces,
        counts=tuple((part, count) for part, count in tx.holding_counts(traces) if count),
        records=tuple(sorted(Ref.parse(ref) for ref in traces.refs)),
        has_deal=bool(traces.deals or traces.shared or (summary and summary.stage in _WITH_DEAL)),
        same_address=tuple(tx.sharing_address(traces)),
    )


def erase(tx: Transaction, uid: str, operator: str, now: datetime) -> Foreseen:
    """Remove every personal value; ``operator`` answers for it. What was removed.

    Others at the company who were told of the person, or counted on them, are decided about anew.
    """
    found = foresee(tx, uid)
    for other in sorted(tx.erase_person(found.traces, now)):
        tx.mark_dirty(tx.links(other)[:1])
    rows: dict[str, object] = {part.name: count for part, count in found.counts}
    payload: dict[str, object] = {"by": operator, "rows": rows}
    tx.write_journal(JournalEntry(kind=JournalKind.ERASED, uid=uid, at=now, payload=payload))
    return found


def readmit(tx: Transaction, uid: str, operator: str, now: datetime) -> list[Ref]:
    """Let an erased person be taken up again, from what the CRMs show in the next cycle;
    ``operator`` answers for it. The records that are read then."""
    refs = tx.readmit(uid)
    tx.doubt(refs)
    payload: dict[str, object] = {"by": operator, "records": len(refs)}
    tx.write_journal(JournalEntry(kind=JournalKind.READMITTED, uid=uid, at=now, payload=payload))
    return refs
