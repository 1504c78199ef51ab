"""Transaction 2: what was decided about a batch of people goes into outbox, memory and journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crmbridge.core.decision import Decision
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import Side
from crmbridge.core.operations import Lane, Operation, OperationKind
from crmbridge.core.standing import Standing
from crmbridge.core.view import PersonView
from crmbridge.engine.shadowing import shadow_entries
from crmbridge.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What the rule book in force (``live``) and one in ``shadow`` decided about one person."""

    view: PersonView
    live: Decision | None
    shadow: Decision | None


class Keeper:
    """Stores decisions. The lanes of a side that are ``waiting`` are put off."""

    def __init__(
        self, tx: Transaction, waiting: Mapping[Side, Collection[Lane]], now: datetime
    ) -> None:
        self._tx = tx
        self._waiting = waiting
        self._now = now

    def keep(self, made: Sequence[Made]) -> None:
        """Store everything about a batch of people, and journal it person by person."""
        live = [each.live for each in made if each.live is not None]
        operations = self._enqueue(live)
        news = self._remember(live, operations)
        self._tx.save_shadows(each.shadow for each in made if each.shadow is not None)
        entries: list[JournalEntry] = []
        for each in made:
            if each.live is not None:
                uid = each.live.uid
                standing = each.view.standing
                entries += _entries(standing, each.live, operations[uid], news[uid], self._now)
            if each.shadow is not None:
                entries += shadow_entries(each.shadow, each.live, self._now)
        self._tx.write_journal(*entries)

    def _enqueue(self, decisions: Sequence[Decision]) -> dict[str, list[Operation]]:
        """Person → what is to be written, in the outbox from then on.

        Whose writes waited for a yes goes on waiting, but for an objection. Left out is what a CRM
        has refused for good and nobody has taken up again; what calls are too scarce for is put
        off, and remembered.
        """
        tx = self._tx
        why_held = tx.replace_held(each.uid for each in decisions)
        refused = tx.refused(
            {each.uid: {wanted.digest for wanted in each.operations} for each in decisions}
        )
        found: dict[str, list[Operation]] = {}
        put_off: list[Operation] = []
        waits: dict[str, list[str]] = {}
        for decision in decisions:
            uid = decision.uid
            wanted = [each for each in decision.operations if each.digest not in refused[uid]]
            put_off += [each for each in wanted if self._is_put_off(each)]
            found[uid] = [each for each in wanted if not self._is_put_off(each)]
            if uid in why_held:
                waits.setdefault(why_held[uid], []).extend(
                    each.key for each in found[uid] if each.kind is not OperationKind.OPT_OUT
                )
        tx.put_off(put_off)
        tx.enqueue([each for wanted in found.values() for each in wanted])
        for why, keys in waits.items():
            tx.hold(why, keys)
        return found

    def _is_put_off(self, operation: Operation) -> bool:
        return operation.lane in self._waiting.get(operation.side, ())

    def _remember(
        self, decisions: Sequence[Decision], operations: Mapping[str, Sequence[Operation]]
    ) -> dict[str, list[str]]:
        """Person → the questions that are new."""
        tx, now = self._tx, self._now
        acted = {each.uid for each in decisions if each.moves or operations[each.uid]}
        tx.remember({each.uid: each.folded for each in decisions}, now, acted)
        tx.save_decisions(decisions)
        tx.mark_folded({each.uid: each.folded for each in decisions})
        tx.add_moves({each.uid: each.moves for each in decisions})
        tx.add_objections({each.uid: each.objections for each in decisions})
        tx.advance_bases({ref: held for each in decisions for ref, held in each.agreed.items()})
        return tx.set_reviews({each.uid: each.reviews for each in decisions}, now)


def _entries(
    before: Standing | None,
    decision: Decision,
    operations: Sequence[Operation],
    news: Iterable[str],
    now: datetime,
) -> Iterable[JournalEntry]:
    """What this decision adds to the person's story; an echo adds nothing."""
    uid = decision.uid
    if before is None and not decision.standing.armed:
        payload: dict[str, object] = {"stage": decision.stage.value, "why": decision.standing.why}
        yield JournalEntry(kind=JournalKind.ADOPTED, uid=uid, at=now, payload=payload)
    for move in decision.moves:
        yield JournalEntry(
            kind=JournalKind.MOVED,
            uid=uid,
            at=now,
            payload={
                "at": move.at.isoformat(),
                "from": move.before.value,
                "to": move.after.value,
                "cycle": move.cycle,
                "why": move.why,
                "inferred": move.inferred,
            },
        )
    for conflict in decision.conflicts:
        yield JournalEntry(
            kind=JournalKind.CONFLICT,
            uid=uid,
            at=now,
            payload={
                "side": conflict.side.value,
                "field": conflict.field,
                "theirs": conflict.theirs,
                "ours": conflict.ours,
                "why": conflict.why,
            },
        )
    reviews = {review.kind: review.why for review in decision.reviews}
    for kind in news:
        payload = {"review": kind, "why": reviews[kind]}
        yield JournalEntry(kind=JournalKind.REVIEW, uid=uid, at=now, payload=payload)
    if decision.moves or operations:
        yield JournalEntry(
            kind=JournalKind.DECIDED,
            uid=uid,
            at=now,
            payload={
                "stage": decision.stage.value,
                "score": decision.score.total if decision.score else None,
                "grade": decision.score.grade if decision.score else None,
                "reasons": list(decision.reasons),
                "operations": [operation.key for operation in operations],
                "next_review_at": (
                    decision.next_review_at.isoformat() if decision.next_review_at else None
                ),
                "rulebook_version": decision.rulebook_version,
            },
        )
