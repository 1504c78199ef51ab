"""Taking back what was written: a plan from what both CRMs show now, and carrying it out.

What is undone is undone whole: the CRMs get back what they held, and the people what had been
decided about them before. Until ``resume`` nothing is decided or written, so that the cause can
be mended first; then they are decided about anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import PERSON_TYPES, Side
from crmbridge.core.operations import Operation
from crmbridge.core.undoing import Kept, Past, Write, undo
from crmbridge.engine.applying import Applied, Applier
from crmbridge.engine.pausing import pause
from crmbridge.engine.polling import Poller
from crmbridge.ports import Connector
from crmbridge.store import Store, Transaction
from crmbridge.store.pausing import UNDOING

_PEOPLE = 200
"""Per transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which writes are meant: those ``after`` one instant (excluded) and up to ``until``, of one
    person where ``uid`` is set. ``label`` names it in sentences, such as ``cycle 41``."""

    label: str
    after: datetime | None = None
    until: datetime | None = None
    uid: str | None = None

    def holds(self, at: datetime) -> bool:
        """Whether something of that instant is meant."""
        return (self.after is None or at > self.after) and (self.until is None or at <= self.until)


@dataclass(slots=True, kw_only=True)
class UndoPlan:
    """What carrying out would do: ``operations`` take writes back, ``kept`` is what stays, and
    ``people`` are decided about anew afterwards."""

    scope: Scope
    people: list[str] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


class Undoer:
    """Plans an undo and carries it out; whoever calls holds the store against other writers."""

    def __init__(
        self,
        store: Store,
        connectors: Mapping[Side, Connector],
        our_users: frozenset[str],
        slow_interval: timedelta,
        patience: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._connectors = connectors
        self._our_users = our_users
        self._poller = Poller(store, connectors, slow_interval, patience)

    def plan(self, scope: Scope, now: datetime) -> UndoPlan:
        """What would take back the writes of the scope; both CRMs are read first, and nothing is
        written."""
        made = UndoPlan(scope=scope)
        with self._store.read() as tx:
            made.people = _people(tx, scope)
            wanted = {uid: tx.writes(uid) for uid in made.people}
        self._look(wanted.values(), scope, now)
        with self._store.read() as tx:
            for uid, writes in wanted.items():
                found = undo(self._past(tx, uid, writes, scope), f"undo of {scope.label}", now)
                made.operations += found.operations
                made.kept += found.kept
        return made

    def carry_out(self, plan: UndoPlan, operator: str, now: datetime) -> Applied:
        """Stop deciding, take back what was decided about these people and what was written.

        ``operator`` answers for it. Cut off, it is finished by planning and carrying out anew;
        what was on its way then goes out in the next cycle.
        """
        with self._store.transaction() as tx:
            pause(tx, UNDOING, operator, now)
        operations: dict[str, list[Operation]] = {}
        kept: dict[str, int] = {}
        for operation in plan.operations:
            operations.setdefault(operation.uid, []).append(operation)
        for each in plan.kept:
            kept[each.uid] = kept.get(each.uid, 0) + 1
        for start in range(0, len(plan.people), _PEOPLE):
            with self._store.transaction() as tx:
                for uid in plan.people[start : start + _PEOPLE]:
                    own = operations.get(uid, [])
                    tx.forget_waiting(uid)
                    rewound = tx.rewind(uid, plan.scope.after)
                    tx.enqueue(own)
                    tx.release(keys=[each.key for each in own])
                    tx.mark_dirty(tx.links(uid))
                    payload: dict[str, object] = {
                        "by": operator,
                        "what": plan.scope.label,
                        "writes": len(own),
                        "kept": kept.get(uid, 0),
                        "decided_anew": rewound,
                    }
                    entry = JournalEntry(kind=JournalKind.UNDONE, uid=uid, at=now, payload=payload)
                    tx.write_journal(entry)
        return Applier(self._store, self._connectors).apply(now)

    def _look(self, written: Iterable[Sequence[Write]], scope: Scope, now: datetime) -> None:
        """Read everything that was written to again, and who is on the lists."""
        self._poller.poll(now)
        self._poller.look_at_lists(now)
        refs = {
            each.ref
            for writes in written
            for each in writes
            if scope.holds(each.at) and each.ref.object_type in PERSON_TYPES
        }
        self._poller.refetch(sorted(refs), now)

    def _past(self, tx: Transaction, uid: str, writes: Sequence[Write], scope: Scope) -> Past:
        refs = {each.ref for each in writes if each.ref.object_type in PERSON_TYPES}
        return Past(
            uid=uid,
            writes=[each for each in writes if scope.holds(each.at)],
            later=[each for each in writes if scope.until is not None and each.at > scope.until],
            records={record.ref: record for record in tx.records(refs)},
            members={ref: tx.list_state(ref).members for ref in refs},
            facts=tx.facts_of(refs),
            ours=self._our_users,
        )


def _people(tx: Transaction, scope: Scope) -> list[str]:
    if scope.uid is not None:
        return [scope.uid]
    found = {*tx.written_about(scope.after, scope.until), *tx.acted_on(scope.after, scope.until)}
    return sorted(found)
