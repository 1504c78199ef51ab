"""One ordeal from one seed: lives, faults, crashes, then rest and the reckoning."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path

from crmbridge.clock import WorldClock
from crmbridge.core.fields import INSIGHT, SCORE, SCORE_REASON
from crmbridge.core.journal import JournalKind
from crmbridge.engine.replaying import replay
from crmbridge.errors import CrmBridgeError
from crmbridge.ordeal.checks import violations
from crmbridge.ordeal.company import SLOW, START, Company
from crmbridge.ordeal.crashes import Crash, Moment
from crmbridge.ordeal.marketing import MARKETING
from crmbridge.ordeal.operating import OPERATING, go_on
from crmbridge.ordeal.selling import SALES
from crmbridge.ordeal.troubles import TROUBLES, Evidence, heal
from crmbridge.ordeal.truth import Truth
from crmbridge.ordeal.visiting import VISITS, new_contact
from crmbridge.sandbox import Sandbox
from crmbridge.store_place import StorePlace

ACTS = {**VISITS, **SALES, **MARKETING, **OPERATING}
OFTEN = (
    *("a contact appears", "visitor: form", "visitor: form", "visitor: form", "visitor: page"),
    *("rep: calls", "rep: rejects", "rep: rejects", "rep: sets a status", "rep: closes a deal"),
    *("marketer: takes off a list", "rep: types a lead"),
    *("admin: merges leads", "admin: merges leads"),
)
"""What happens more often than the rest, so that there is something to work on."""
EDITED_UNDER = "somebody edits under a write"
_PAUSES = (15, 60, 60, 300, 3_600, 8 * 3_600)
_BEGINNERS = 6
_QUIET = timedelta(seconds=60)
_QUIET_CYCLES = 10
_MOST_SETTLING = 400
_HIDDEN_FOR = timedelta(hours=26)
"""After so long the daily count has found what no poll shows."""

_WITH_SOMETHING_ELSE = frozenset({INSIGHT, SCORE, SCORE_REASON})
"""What others at the company did, and a small decay of the score, are written anew only together
with something else."""

_EDITS = (
    *("rep: sets a status", "rep: rejects", "manager: changes the owner", "rep: converts"),
    *("marketer: sets a life-cycle stage", "marketer: sets a lead status"),
    *("marketer: merges contacts", "admin: deletes a lead"),
)
_MOMENTS = (
    *(Moment.BEFORE_RECEIPT, Moment.BEFORE_RECEIPT, Moment.BEFORE_RECEIPT),
    *(Moment.BEFORE_SENDING, Moment.WHILE_READING, Moment.BEFORE_COMMIT),
)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """``acts``, ``troubles`` and ``crashes`` count what took effect; ``journal`` is the hash of
    all that was decided and written; ``broken`` are the promises that were not kept."""

    seed: int
    cycles: int = 0
    writes: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    stopped: int = 0
    journal: str = ""
    broken: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def plain(self) -> dict[str, object]:
        """As JSON has it, counts in order of their names."""
        counted = {"acts": self.acts, "troubles": self.troubles, "crashes": self.crashes}
        told: dict[str, object] = {each.name: getattr(self, each.name) for each in fields(self)}
        return told | {
            name: {str(key): counts[key] for key in sorted(counts)}
            for name, counts in counted.items()
        }


@contextmanager
def companies(folder: Path, store: StorePlace | None = None) -> Iterator[Company]:
    """A company whose store lies in ``folder``, unless it is said to be elsewhere."""
    with Sandbox(WorldClock(START), rate_limits=False) as sandbox:
        company = Company(sandbox, store or StorePlace(path=folder / "bridge.db"))
        try:
            yield company
        finally:
            company.close()


class Ordeal:
    """The steps of which an ordeal is made, in whatever order somebody chooses."""

    def __init__(self, company: Company, seed: int) -> None:
        self.company = company
        self.truth = Truth(read_at=company.clock.now())
        self.outcome = Outcome(seed=seed)
        self._pending: list[tuple[str, Evidence]] = []

    def act(self, name: str, dice: random.Random) -> None:
        """Somebody does something, if there is an occasion."""
        try:
            self.outcome.acts[name] += ACTS[name](self.company, self.truth, dice)
        except Crash:
            # An operator's command is a process, too.
            self._crashed()
        except CrmBridgeError:
            self.outcome.stopped += 1

    def trouble(self, name: str, dice: random.Random) -> None:
        """Something goes wrong from now on."""
        evidence = TROUBLES[name](self.company, dice)
        if evidence is not None:
            self._pending.append((name, evidence))

    def interfere(self, dice: random.Random) -> None:
        """Somebody edits a record just before the bridge writes it."""
        name = dice.choice(_EDITS)
        self.company.watch.interfere(lambda: ACTS[name](self.company, self.truth, dice))

    def arm(self, moment: Moment, passing: int) -> None:
        """The bridge's process ends at such a moment."""
        self.company.fuse.arm(moment, passing)

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.company.clock.advance(seconds)

    def cycle(self) -> bool:
        """One cycle, or the attempt; whether it was idle."""
        self.outcome.cycles += 1
        began = self.company.clock.now()
        try:
            report = self.company.cycle()
        except Crash:
            self._crashed()
            return False
        except CrmBridgeError:
            self.outcome.stopped += 1
            return False
        self.truth.read_at = began
        self.outcome.writes += sum(report.writes.values())
        return report.is_idle

    def _crashed(self) -> None:
        while True:
            try:
                self.company.begin_again()
            except CrmBridgeError:
                self.company.clock.advance(_QUIET.total_seconds())
            else:
                return

    def rest(self) -> None:
        """Everything is well again, nobody acts, and the bridge has all the time it wants."""
        self.heal()
        go_on(self.company, self.truth, random.Random())
        self._settle()
        self.company.clock.advance(_HIDDEN_FOR.total_seconds())
        self._settle()
        with self.company.store.transaction() as tx:
            replay(tx, tx.parked(), "ordeal", self.company.clock.now())
        self._settle()

    def heal(self) -> None:
        """Everything is well again; what had struck is counted."""
        self.company.fuse.disarm()
        self.outcome.troubles.update(name for name, struck in self._pending if struck())
        self._pending.clear()
        heal(self.company)

    def _settle(self) -> None:
        """Cycles until nothing has happened for as long as the slowest streams take, and nothing
        is due for a while."""
        quiet_since: datetime | None = None
        for _ in range(_MOST_SETTLING):
            idle, now = self.cycle(), self.company.clock.now()
            with self.company.store.read() as tx:
                due = tx.next_review()
            quiet_since = (quiet_since or now) if idle else None
            if quiet_since is None or (due is not None and due <= now):
                # Overdue is who has a write that waits for its CRM.
                self.company.clock.advance(_QUIET.total_seconds())
            elif due is not None and due <= now + _QUIET * (_QUIET_CYCLES + 2):
                self.company.clock.set(due + timedelta(seconds=1))
            elif now - quiet_since > SLOW:
                return
            else:
                self.company.clock.advance(SLOW.total_seconds() / 3)
        self.outcome.broken.append("the bridge never came to rest")

    def reckon(self) -> None:
        """Check every promise; the bridge must be at rest."""
        outcome = self.outcome
        outcome.broken += violations(self.company, self.truth)
        for number in range(_QUIET_CYCLES):
            before = outcome.writes
            self.cycle()
            self.company.clock.advance(_QUIET.total_seconds())
            if outcome.writes > before:
                outcome.broken.append(f"a write in quiet cycle {number + 1}")
        outcome.broken += self._second_thoughts()
        outcome.crashes.update(self.company.fuse.fired)
        outcome.acts[EDITED_UNDER] += self.company.watch.edits
        outcome.broken += self.company.watch.trampled
        outcome.journal = self._hash()

    def _second_thoughts(self) -> Iterator[str]:
        """What is written once everybody is decided about again."""
        with self.company.store.transaction() as tx:
            before = tx.journal_length()
            for uid in tx.linked_uids():
                tx.mark_dirty(tx.links(uid))
        self.cycle()
        with self.company.store.read() as tx:
            for entry in tx.journal(after=before):
                changes = entry.payload.get("changes")
                fields = {each["field"] for each in changes} if isinstance(changes, list) else set()
                if entry.kind is JournalKind.WRITTEN and not fields <= _WITH_SOMETHING_ELSE:
                    yield f"{entry.payload.get('record')}: second thoughts, {sorted(fields)}"

    def _hash(self) -> str:
        digest = hashlib.sha256()
        with self.company.store.read() as tx:
            for entry in tx.journal():
                told = [entry.seq, entry.kind, entry.uid, entry.at.isoformat(), entry.payload]
                digest.update(json.dumps(told, sort_keys=True).encode())
        return digest.hexdigest()


def run(
    seed: int,
    cycles: int,
    folder: Path,
    on_cycle: Callable[[int], None] | None = None,
    store: StorePlace | None = None,
) -> Outcome:
    """One ordeal of so many cycles before the rest; the same seed gives the same one, wherever the
    ``store`` is."""
    began = time.perf_counter()
    # Waits of the engine and of a connector are drawn from here.
    random.seed(seed)
    dice = random.Random(f"ordeal/{seed}")
    with companies(folder, store) as company:
        ordeal = Ordeal(company, seed)
        for _ in range(_BEGINNERS):
            new_contact(company, ordeal.truth, dice)
        ordeal.cycle()
        acts, troubles = sorted((*ACTS, *OFTEN)), sorted(TROUBLES)
        for number in range(cycles):
            for _ in range(dice.randrange(4)):
                ordeal.act(dice.choice(acts), dice)
                ordeal.wait(dice.choice((0, 1, 7, 40)))
            if dice.random() < 0.3:
                ordeal.trouble(dice.choice(troubles), dice)
            if dice.random() < 0.15:
                ordeal.arm(dice.choice(_MOMENTS), dice.randrange(2))
            if dice.random() < 0.15:
                ordeal.interfere(dice)
            if dice.random() < 0.1:
                ordeal.heal()
            ordeal.wait(dice.choice(_PAUSES))
            ordeal.cycle()
            if on_cycle is not None:
                on_cycle(number)
        ordeal.rest()
        ordeal.reckon()
        ordeal.outcome.seconds = time.perf_counter() - began
        return ordeal.outcome
