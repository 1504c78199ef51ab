"""Steps 4 to 8: match, assemble, decide, and put the outcome into outbox and journal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

import structlog

from crmbridge.core.decide import decide
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import PERSON_TYPES, Ref, Side
from crmbridge.core.operations import Lane
from crmbridge.core.rules import Rules
from crmbridge.core.scope import Scope
from crmbridge.engine.assembling import Assembler
from crmbridge.engine.fighting import count_flips
from crmbridge.engine.gate import Gate
from crmbridge.engine.keeping import Keeper, Made
from crmbridge.engine.linking import Linker
from crmbridge.engine.shadowing import Shadow
from crmbridge.ports import Connector
from crmbridge.store import Store, Transaction
from crmbridge.store.reviewing import AMBIGUOUS, SHARED, VANISHED

_log = structlog.get_logger(__name__)

PERSONS_PER_TRANSACTION = 500
LINKED_AT_ONCE = 500
PORTIONS_PER_TRANSACTION = 4


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
    are put off. Where a ``scope`` is given ``rules`` decide about those in it only; who once was in
    it stays in.
    """

    def __init__(
        self,
        store: Store,
        connectors: Mapping[Side, Connector],
        our_users: frozenset[str],
        rules: Rules | None,
        candidate: Rules | None = None,
        waiting: Mapping[Side, Collection[Lane]] = MappingProxyType({}),
        scope: Scope | None = None,
    ) -> None:
        followed = rules or candidate
        if followed is None:
            raise ValueError("a decider needs a rule book")
        self._waiting = waiting
        self._scope = scope
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
        self._link(now)
        with self._store.transaction() as tx:
            due = set(tx.due_persons(now)) if self._rules is not None else set()
            if self._rules is not None:
                self._begin(tx, self._rules, now)
            else:
                # Who does something meanwhile is no longer dirty when one is in force again.
                tx.begin_rulebook(None)
            if self._shadow is not None:
                due |= set(self._shadow.begin(tx, now))
            due |= {*tx.dirty_persons()}
        uids = sorted(due)
        # What someone does can lift a colleague; that colleague's score lifts nobody further.
        self._decide_all(uids, now, decided, waiting)
        self._decide_all(sorted(decided.touched), now, decided, waiting)
        return decided

    def _begin(self, tx: Transaction, rules: Rules, now: datetime) -> None:
        """Take note of what is in force. By another rule book everybody is decided about anew, not
        only who does something next: those it lets in are MQLs, and owed a call, from today on."""
        tx.begin_mapping(rules.handoff.mapping, now)
        if tx.begin_rulebook(rules.digest):
            tx.mark_everybody_dirty()
        if self._scope is not None:
            tx.begin_scope(self._scope.digest, now)
        else:
            tx.begin_go_live(now)

    def _decide_all(
        self,
        uids: Sequence[str],
        now: datetime,
        decided: Decided,
        waiting: Callable[[int], None] | None,
    ) -> None:
        for start in range(0, len(uids), PERSONS_PER_TRANSACTION):
            batch = uids[start : start + PERSONS_PER_TRANSACTION]
            with self._store.transaction() as tx:
                self._decide_batch(tx, batch, now, decided)
            if waiting is not None:
                waiting(len(uids) - start - len(batch))

    def _link(self, now: datetime) -> None:
        """Give every changed record its person; whom a changed company or deal concerns is dirty
        from then on through a record of their own. A crash in between costs nothing: what is
        linked stays so, and what is dirty, too."""
        place = _Place()
        while not place.at_end:
            with self._store.transaction() as tx:
                for _ in range(PORTIONS_PER_TRANSACTION):
                    place = self._link_portion(tx, place, now)
                    if place.at_end:
                        break

    def _link_portion(self, tx: Transaction, place: _Place, now: datetime) -> _Place:
        refs = tx.dirty_refs(contacts=place.contacts, after=place.after, limit=LINKED_AT_ONCE)
        if refs:
            linker = Linker(self._connectors[Side.SALES].name, self._followed.recycling.terminal)
            concerned = linker.persons(tx, refs)
            for ref, candidates in linker.ambiguous.items():
                why = f"{ref} is claimed by {len(candidates)} people"
                _ask(tx, AMBIGUOUS, ref, candidates, why, now)
            for ref, sharing in linker.shared.items():
                why = f"{ref} has the address of {len(sharing) - 1} more"
                _ask(tx, SHARED, ref, sharing, why, now)
            _ask_about_vanished(tx, linker, now)
            _hand_on(tx, concerned)
        return place.behind(refs)

    def _decide_batch(
        self, tx: Transaction, uids: Sequence[str], now: datetime, decided: Decided
    ) -> None:
        erased = tx.erased_people(uids)
        waits = tx.with_pending(uids)
        for uid in sorted(waits & decided.touched - erased):
            tx.mark_dirty(tx.links(uid)[:1])
        uids = [uid for uid in uids if uid not in waits and uid not in erased]
        free_mail = self._followed.score.fit.free_mail_domains
        gate = Gate(tx, self._scope, self._followed, uids, now)
        go_live = tx.go_live() or now
        assembler = Assembler(tx, self._connectors, self._our_users, go_live, free_mail, uids)
        shadowed = tx.shadow_standings(uids) if self._shadow is not None else {}
        followed_since = tx.shadow_since() or now
        made: list[Made] = []
        for uid in uids:
            view = assembler.view(uid)
            live = shadow = None
            if self._rules is not None and (since := gate.since(view)) is not None:
                view = view if since == view.go_live else replace(view, go_live=since)
                live = decide(view, self._rules, now)
                decided.touched |= assembler.neighbourhood.hear(uid, live.activity)
            if self._shadow is not None:
                shadow = self._shadow.decide(view, shadowed.get(uid), followed_since, live, now)
            if live is not None or shadow is not None:
                made.append(Made(view=view, live=live, shadow=shadow))
        gate.save()
        assembler.neighbourhood.save()
        Keeper(tx, self._waiting, now).keep(made)
        for each in made:
            if each.live is not None and self._rules is not None:
                count_flips(tx, each.view, each.live, self._rules, now)
                decided.wonders |= each.live.wonders
                decided.operations += len(each.live.operations)
                decided.moves += len(each.live.moves)
            if each.shadow is not None:
                decided.shadow_moves += len(each.shadow.moves)
        decided.persons += len(made)
        tx.clear_dirty(ref for refs in tx.dirty_refs_of(uids).values() for ref in refs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """How far the linking is: one record can prove another, so that contacts come first."""

    contacts: bool = True
    after: str = ""
    at_end: bool = False

    def behind(self, refs: Sequence[Ref]) -> _Place:
        """The place behind these, which came as one portion."""
        if len(refs) == LINKED_AT_ONCE:
            return replace(self, after=str(refs[-1]))
        return _Place(contacts=False, at_end=not self.contacts)


def _hand_on(tx: Transaction, concerned: Mapping[Ref, frozenset[str]]) -> None:
    """Of what changed only people's own records stay dirty."""
    people = [ref for ref, uids in concerned.items() if ref.object_type in PERSON_TYPES and uids]
    others = [uids for ref, uids in concerned.items() if ref.object_type not in PERSON_TYPES]
    links = tx.links_of(frozenset[str]().union(*others)).values()
    firsts = [refs[0] for refs in links if refs]
    tx.clear_dirty(concerned.keys() - {*people})
    tx.mark_dirty([*people, *firsts])


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
