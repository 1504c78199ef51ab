"""Steps 4 to 8: match, assemble, decide, and put the outcome into outbox and journal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import structlog

from crmbridge.core.decide import decide
from crmbridge.core.decision import Decision
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import Ref, Side
from crmbridge.core.operations import Lane, Operation, OperationKind
from crmbridge.core.rules import Rules
from crmbridge.core.standing import Standing
from crmbridge.core.view import PersonView
from crmbridge.engine.assembling import Assembler
from crmbridge.engine.fighting import count_flips
from crmbridge.engine.linking import Linker
from crmbridge.engine.shadowing import Shadow
from crmbridge.ports import Connector
from crmbridge.store import Store, Transaction
from crmbridge.store.reviewing import AMBIGUOUS, SHARED, VANISHED

_log = structlog.get_logger(__name__)

PERSONS_PER_TRANSACTION = 200


@dataclass(slots=True, kw_only=True)
class Decided:
    """What one cycle decided; ``touched`` are people whose colleagues did something, ``wonders``
    fields of records of which it would help to know who edited them when."""

    persons: int = 0
    operations: int = 0
    moves: int = 0
    shadow_moves: int = 0
    touched: set[str] = field(default_factory=set)
    wonders: set[tuple[Ref, str]] = field(default_factory=set)


class Decider:
    """Decides about everyone who changed or whose review is due.

    ``rules`` decide and have it written; a ``candidate`` decides beside them, or alone where
    ``rules`` is ``None``, and nothing of that is written. The lanes of a side that are ``waiting``
    are put off.
    """

    def __init__(
        self,
        store: Store,
        connectors: Mapping[Side, Connector],
        our_users: frozenset[str],
        rules: Rules | None,
        candidate: Rules | None = None,
        waiting: Mapping[Side, Collection[Lane]] = MappingProxyType({}),
    ) -> None:
        followed = rules or candidate
        if followed is None:
            raise ValueError("a decider needs a rule book")
        self._waiting = waiting
        self._store = store
        self._connectors = connectors
        self._rules = rules
        self._shadow = Shadow(candidate) if candidate is not None else None
        self._followed = followed
        self._our_users = our_users

    def decide(self, now: datetime, waiting: Callable[[int], None] | None = None) -> Decided:
        """Work through the inbox and the agenda; ``waiting`` is told how many are left.

        People with unsettled operations wait for those: what is written next must rest on
        what became of the last write.
        """
        decided = Decided()
        changed = self._changed_persons(now)
        with self._store.transaction() as tx:
            due = set(tx.due_persons(now)) if self._rules is not None else set()
            if self._rules is not None:
                tx.begin_mapping(self._rules.handoff.mapping, now)
            if self._rules is not None and tx.begin_go_live(now):
                due |= set(tx.linked_uids())
            if self._shadow is not None:
                due |= set(self._shadow.begin(tx, now))
        uids = sorted(set(changed) | due)
        # What someone does can lift a colleague; that colleague's score lifts nobody further.
        self._decide_all(uids, changed, now, decided, waiting)
        self._decide_all(sorted(decided.touched), changed, now, decided, waiting)
        return decided

    def _decide_all(
        self,
        uids: Sequence[str],
        changed: Mapping[str, set[Ref]],
        now: datetime,
        decided: Decided,
        waiting: Callable[[int], None] | None,
    ) -> None:
        for start in range(0, len(uids), PERSONS_PER_TRANSACTION):
            batch = uids[start : start + PERSONS_PER_TRANSACTION]
            with self._store.transaction() as tx:
                self._decide_batch(tx, batch, changed, now, decided)
            if waiting is not None:
                waiting(len(uids) - start - len(batch))

    def _changed_persons(self, now: datetime) -> dict[str, set[Ref]]:
        """Person → the dirty references that concern them; links what is new."""
        changed: dict[str, set[Ref]] = {}
        linker = Linker(self._connectors[Side.SALES].name, self._followed.recycling.terminal)
        with self._store.transaction() as tx:
            refs = tx.dirty_refs()
            # Linking one record can prove another: contacts first, then the rest.
            concerned = linker.persons(tx, refs)
            for ref, uids in concerned.items():
                for uid in uids:
                    changed.setdefault(uid, set()).add(ref)
            for ref, candidates in linker.ambiguous.items():
                why = f"{ref} is claimed by {len(candidates)} people"
                _ask(tx, AMBIGUOUS, ref, candidates, why, now)
            for ref, sharing in linker.shared.items():
                why = f"{ref} has the address of {len(sharing) - 1} more"
                _ask(tx, SHARED, ref, sharing, why, now)
            _ask_about_vanished(tx, linker, now)
            tx.clear_dirty([ref for ref, uids in concerned.items() if not uids])
        return changed

    def _decide_batch(
        self,
        tx: Transaction,
        uids: Sequence[str],
        changed: Mapping[str, set[Ref]],
        now: datetime,
        decided: Decided,
    ) -> None:
        go_live = tx.go_live()
        free_mail = self._followed.score.fit.free_mail_domains
        assembler = Assembler(tx, self._connectors, self._our_users, go_live or now, free_mail)
        settled: set[Ref] = set()
        held: set[Ref] = set()
        erased = tx.erased_people(uids)
        for uid in uids:
            if uid in erased:
                continue
            if tx.has_pending(uid):
                held |= changed.get(uid, set())
                if uid in decided.touched:
                    tx.mark_dirty(tx.links(uid)[:1])
                continue
            view = assembler.view(uid)
            live = None
            if self._rules is not None:
                why_held = tx.replace_held(uid)
                live = decide(view, self._rules, now)
                _record(tx, view, live, now, why_held, self._waiting)
                count_flips(tx, view, live, self._rules, now)
                decided.wonders |= live.wonders
                decided.touched |= tx.put_activity(uid, live.activity)
                decided.operations += len(live.operations)
                decided.moves += len(live.moves)
            if self._shadow is not None:
                decided.shadow_moves += self._shadow.decide(tx, view, live, now)
            settled |= changed.get(uid, set())
            decided.persons += 1
        tx.clear_dirty(sorted(settled - held))


def _ask(
    tx: Transaction, kind: str, ref: Ref, uids: frozenset[str], why: str, now: datetime
) -> None:
    """Put a question of identity up for people, where it is new."""
    if not tx.claim(ref, uids):
        return
    uid = min(uids)
    tx.open_review(uid, f"{kind}{ref}", why, now)
    payload: dict[str, object] = {"review": f"{kind}{ref}", "why": why}
    tx.write_journal(JournalEntry(kind=JournalKind.REVIEW, uid=uid, at=now, payload=payload))


def _ask_about_vanished(tx: Transaction, linker: Linker, now: datetime) -> None:
    """A record that is not even in the recycle bin may have been erased at the person's wish. No
    poll can tell, so that somebody is asked; the answer is `crmbridge person erase`."""
    tx.close_reviews(f"{VANISHED}{ref}" for ref in linker.returned)
    for ref in sorted(linker.vanished):
        uid = tx.link(ref)
        if uid is not None:
            why = (
                f"{ref} is gone from its CRM for good: if the person asked to be forgotten, "
                f"`crmbridge person erase {uid}`"
            )
            tx.open_review(uid, f"{VANISHED}{ref}", why, now)
            _log.warning(
                "record_vanished", record=str(ref), uid=uid, remedy="crmbridge person erase"
            )


def _record(
    tx: Transaction,
    view: PersonView,
    decision: Decision,
    now: datetime,
    why_held: str | None,
    put_off: Mapping[Side, Collection[Lane]],
) -> None:
    """Txn 2 for one person: standing, facts folded, moves, reviews, outbox, journal.

    Whose writes waited for a yes (``why_held``) goes on waiting, but for an objection.
    """
    operations = _without_waiting(tx, _worth_doing(tx, decision), put_off)
    tx.enqueue(operations)
    if why_held is not None:
        waiting = [each.key for each in operations if each.kind is not OperationKind.OPT_OUT]
        tx.hold(why_held, waiting)
    acted = bool(decision.moves or operations)
    tx.remember(decision.uid, now, decision.folded, acted=acted)
    tx.save_decision(decision)
    tx.mark_folded(decision.uid, decision.folded)
    tx.add_moves(decision.uid, decision.moves)
    tx.add_objections(decision.uid, decision.objections)
    news = tx.set_reviews(decision.uid, decision.reviews, now)
    for ref, values in decision.agreed.items():
        tx.advance_base(ref, values)
    for entry in _entries(view.standing, decision, operations, news, now):
        tx.write_journal(entry)


def _worth_doing(tx: Transaction, decision: Decision) -> list[Operation]:
    """Without what a CRM has refused for good and nobody has taken up again."""
    wanted = decision.operations
    refused = tx.refused(decision.uid, {operation.digest for operation in wanted})
    return [operation for operation in wanted if operation.digest not in refused]


def _without_waiting(
    tx: Transaction, wanted: list[Operation], waiting: Mapping[Side, Collection[Lane]]
) -> list[Operation]:
    """Without what calls are too scarce for; it is remembered."""
    put_off = [each for each in wanted if each.lane in waiting.get(each.side, ())]
    if not put_off:
        return wanted
    tx.put_off(put_off)
    return [each for each in wanted if each not in put_off]


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
