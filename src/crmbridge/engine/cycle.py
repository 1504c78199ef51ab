"""One cycle of the bridge: finish what is pending, read, decide, write."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from crmbridge.core.model import Side
from crmbridge.core.rules import Rules
from crmbridge.core.scope import Mode, Scope
from crmbridge.engine.applying import Applied, Applier
from crmbridge.engine.budgeting import keep_budgets, warn
from crmbridge.engine.deciding import Decided, Decider
from crmbridge.engine.fighting import find_out
from crmbridge.engine.guarding import Guard
from crmbridge.engine.outages import Outages
from crmbridge.engine.pausing import may_decide
from crmbridge.engine.polling import Poller
from crmbridge.engine.pruning import Pruner, Retention
from crmbridge.engine.reconciling import Reconciler
from crmbridge.engine.recovering import Recovery
from crmbridge.engine.retry import patiently
from crmbridge.engine.shedding import Shedding
from crmbridge.engine.timing import Steps
from crmbridge.engine.undoing import Undoer
from crmbridge.errors import RejectedRecord, RetryableError
from crmbridge.ports import Connector, Identity
from crmbridge.store import Store

_log = structlog.get_logger(__name__)

RELAXED = timedelta(minutes=10)
"""How often a CRM is read while the other one does not answer."""
_RECONCILED = ("crmbridge", "reconciled")
PRUNE_EVERY = timedelta(hours=24)
_PRUNED = ("crmbridge", "pruned")
"""Under which names the store keeps when these were last done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleReport:
    """What one cycle did. ``calls`` and ``writes`` are per system; ``seconds`` of real time,
    ``steps`` the seconds of its parts.

    ``held`` are writes that broke a limit and wait for a yes.
    ``shadow`` says why the rule book is not in force and nothing was written; empty where it
    is. ``shadow_moves`` are those that a rule book in shadow would have made. ``paused`` is where
    an operator has told to write nothing, ``paused_fields`` which fields are not written.
    ``scope`` says in words about whom alone something is written; empty where about everybody.
    """

    number: int
    at: datetime
    records: int
    facts: int
    persons: int
    moves: int
    operations: int
    calls: Mapping[str, int]
    writes: Mapping[str, int]
    parked: int
    retried: int
    held: int
    shadow: str
    shadow_moves: int
    seconds: float
    paused: tuple[str, ...] = ()
    paused_fields: tuple[str, ...] = ()
    scope: str = ""
    steps: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_idle(self) -> bool:
        """Whether nothing new was read and nothing was due."""
        return not (self.facts or self.persons or self.operations or any(self.writes.values()))


@dataclass(slots=True, kw_only=True)
class Bridge:
    """Two connectors, a store and a rule book: everything a cycle needs.

    A ``candidate`` rule book is followed in shadow beside ``rules``. ``pause`` waits for so many
    seconds within a cycle, where a CRM asks for a moment's patience; a simulated world hands in
    its own clock's.

    ``retention`` says how long the store keeps what was done, ``reconcile_interval`` how often the
    CRMs are compared person by person. ``mode`` says how far it has gone live, in a ``scope`` that
    a canary must have.

    ``meet`` must have succeeded before the first cycle.
    """

    store: Store
    connectors: Mapping[Side, Connector]
    rules: Rules
    slow_interval: timedelta
    candidate: Rules | None = None
    pause: Callable[[float], None] = time.sleep
    retention: Retention = field(default_factory=Retention)
    reconcile_interval: timedelta = timedelta(hours=24)
    mode: Mode = Mode.LIVE
    scope: Scope | None = None
    identities: dict[str, Identity] = field(default_factory=dict)
    outages: Outages = field(init=False)
    shedding: Shedding = field(init=False)
    read_at: datetime | None = None

    def __post_init__(self) -> None:
        self.outages = Outages(self.store, self.connectors.values())
        self.shedding = Shedding(self.store, self.connectors)

    def meet(self) -> dict[str, Identity]:
        """Prove every login and that these are the accounts the store belongs to.

        Raises ``ConfigError`` for other accounts, ``AuthError`` or ``RetryableError`` where a
        CRM refuses or does not answer. Writes nothing but, on first acquaintance, the bond.
        """
        for connector in self.connectors.values():
            if (error := connector.breaker.as_error()) is not None:
                raise error
        found = {each.name: each.ping() for each in self.connectors.values()}
        with self.store.transaction() as tx:
            for system, identity in found.items():
                tx.bind(system, identity.account_id)
            known = tx.list_refs()
        for connector in self.connectors.values():
            connector.recognise(known)
        self.identities = found
        return found

    def run_cycle(self, now: datetime) -> CycleReport:
        """Run one cycle as of ``now``.

        Where one CRM cannot be read nothing is decided, because half a picture decides
        wrongly; the error is raised, and what was read stays in the inbox.
        """
        blocked = self.outages.try_again(now)
        if blocked:
            self._carry_on(blocked, now)
        try:
            return self._run(now)
        finally:
            self.outages.keep()

    def _carry_on(self, blocked: Sequence[Connector], now: datetime) -> None:
        """A CRM does not answer: what waits for the other one is sent, and that one is read, but
        seldom, because nothing is decided meanwhile. Raises why."""
        Applier(self.store, self.connectors).apply(now)
        if self.read_at is None or now - self.read_at >= RELAXED:
            rest = {side: each for side, each in self.connectors.items() if each not in blocked}
            self.read_at = now
            Poller(self.store, rest, self.slow_interval, self.pause).poll(now)
        self.outages.keep()
        for connector in blocked:
            if (error := connector.breaker.as_error()) is not None:
                raise error

    def _run(self, now: datetime) -> CycleReport:
        self.read_at = now
        started = time.perf_counter()
        calls = {connector.name: connector.calls for connector in self.connectors.values()}
        steps = Steps()
        self.shedding.look(now)
        shadowed = self.why_shadow(now)
        with steps.step("reconcile"):
            self._reconcile_in_time(now, shadowed or "")
        applier = Applier(self.store, self.connectors)
        guard = Guard(self.store, self.rules.limits)
        with steps.step("apply"):
            guard.pass_on(now)
            before = applier.apply(now)
        poller = self._poller()
        with steps.step("poll"):
            self._reread(poller, before, now)
            self._reread_doubted(poller, now)
            harvest = poller.poll(now)
        with steps.step("decide"):
            decided = self._decide(now, live=shadowed is None)
        with steps.step("apply"):
            waiting = guard.pass_on(now)
            after = applier.apply(now) if decided.operations else Applied()
        with steps.step("poll"):
            self._reread(poller, after, now)
        writes = {name: before.done.get(name, 0) + after.done.get(name, 0) for name in calls}
        made = {
            connector.name: connector.calls - calls[connector.name]
            for connector in self.connectors.values()
        }
        with steps.step("keep"):
            with self.store.transaction() as tx:
                number = tx.add_cycle(now, made, writes, decided.persons)
                pauses = tx.pauses()
                keep_budgets(tx, self.connectors.values())
                if shadowed is None:
                    tx.keep_rulebook(self.rules.version, self.rules.in_force_from)
            warn(self.store, now)
            self._prune_daily(now)
        return CycleReport(
            number=number,
            at=now,
            records=harvest.records,
            facts=harvest.facts,
            persons=decided.persons,
            moves=decided.moves,
            operations=decided.operations,
            calls=made,
            writes=writes,
            parked=before.parked + after.parked,
            retried=before.retried + after.retried,
            held=waiting,
            paused=tuple(each.scope for each in pauses if each.field is None),
            paused_fields=tuple(each.scope for each in pauses if each.field is not None),
            scope=self.scope.sentence if self.scope and self.mode is Mode.CANARY else "",
            shadow=shadowed or "",
            shadow_moves=decided.shadow_moves,
            seconds=time.perf_counter() - started,
            steps=steps.seconds,
        )

    def _poller(self) -> Poller:
        return Poller(
            self.store,
            self.connectors,
            self.slow_interval,
            self.pause,
            self.shedding.slowdown,
        )

    def _decide(self, now: datetime, *, live: bool) -> Decided:
        """Decide about who changed, unless an operator has halted it."""
        with self.store.read() as tx:
            halted = not may_decide(tx)
        if live and not halted:
            self._recovery.take_up(now)
        decided = Decided() if halted else self.decider(live=live).decide(now)
        find_out(self.store, self.connectors, decided.wonders)
        return decided

    def _reread(self, poller: Poller, applied: Applied, now: datetime) -> None:
        """A record that changed under a write, or is gone, is read again before deciding."""
        if applied.stale:
            poller.refetch(sorted(set(applied.stale)), now)

    def _reread_doubted(self, poller: Poller, now: datetime) -> None:
        """What a comparison of both CRMs found to be missed is read again, and decided about even
        where the reading is no news."""
        with self.store.read() as tx:
            doubted = tx.doubted()
        if doubted:
            poller.refetch(doubted, now)
            with self.store.transaction() as tx:
                tx.mark_dirty(doubted)
                tx.clear_doubts(doubted)

    def _reconcile_in_time(self, now: datetime, shadow: str) -> None:
        """Once an interval, such as a day, and not before one has passed since everything was read
        first; before anything is written, so that the CRMs' indexes had a cycle's time to catch
        up. A CRM that does not answer leaves it to the next cycle, one that refuses to the next
        interval."""
        with self.store.read() as tx:
            done = tx.polled_at(*_RECONCILED)
            halted = not may_decide(tx)
        if halted or (done is not None and now - done < self.reconcile_interval):
            return
        if done is not None:
            try:
                patiently(lambda: self._reconcile(now, shadow), self.pause)
            except RetryableError as error:
                _log.info("reconciling_put_off", reason=error.message)
                return
            except RejectedRecord as error:
                _log.warning("reconciling_refused", reason=error.message)
        with self.store.transaction() as tx:
            tx.set_polled_at(*_RECONCILED, now)

    def _prune_daily(self, now: datetime) -> None:
        """Once a day, after all writing; what is too much at once is left to the next cycle."""
        with self.store.read() as tx:
            done = tx.polled_at(*_PRUNED)
        if done is not None and now - done < PRUNE_EVERY:
            return
        if Pruner(self.store, self.retention).run(now):
            with self.store.transaction() as tx:
                tx.set_polled_at(*_PRUNED, now)

    def _reconcile(self, now: datetime, shadow: str) -> None:
        Reconciler(self.store, self.connectors, self.rules).run(now, shadow)

    def why_shadow(self, now: datetime) -> str | None:
        """Why nothing is written at ``now``; ``None`` where something is."""
        if self.mode is Mode.SHADOW:
            return "the settings say `mode: shadow`"
        return self.rules.why_shadow(now)

    @property
    def our_users(self) -> frozenset[str]:
        """Our own user ids in the CRMs, as far as they tell; needs ``meet``."""
        found = {identity.user_id for identity in self.identities.values()}
        return frozenset(each for each in found if each)

    @property
    def _recovery(self) -> Recovery:
        return Recovery(self.store, self.connectors, self.slow_interval, self.pause)

    def decider(self, *, live: bool, mode: Mode | None = None) -> Decider:
        """Steps 4 to 8 for this bridge, in its own ``mode`` or another one; needs ``meet`` to know
        our own user ids.

        Without ``live`` its own rule book is a candidate like any other.
        """
        rules = self.rules if live else None
        candidate = self.candidate or (None if live else self.rules)
        return Decider(
            self.store,
            self.connectors,
            self.our_users,
            rules,
            candidate,
            waiting=self.shedding.lanes,
            scope=self.scope if (mode or self.mode) is Mode.CANARY else None,
        )

    def undoer(self) -> Undoer:
        """Takes back what this bridge has written; needs ``meet``."""
        return Undoer(self.store, self.connectors, self.our_users, self.slow_interval, self.pause)
