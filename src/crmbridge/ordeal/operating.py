"""What those do who run the bridge: another rule book, an undo, going on after it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from crmbridge.engine.pausing import resume
from crmbridge.engine.undoing import Scope
from crmbridge.ordeal.company import Company
from crmbridge.ordeal.truth import Truth
from crmbridge.ordeal.visiting import Act
from crmbridge.store.pausing import EVERYTHING

_WHO = "ordeal"


def change_rules(company: Company, truth: Truth, dice: random.Random) -> bool:
    """The two heads sign another version of the lead standard."""
    rules = company.rules
    score = dice.choice((50, 60, 70))
    digest = f"{rules.digest}-{score}"
    company.bridge.rules = replace(
        rules,
        version=f"{rules.version}-{score}",
        digest=digest,
        approvals={who: replace(each, digest=digest) for who, each in rules.approvals.items()},
        mql=replace(rules.mql, score=score),
    )
    return True


def undo_a_cycle(company: Company, truth: Truth, dice: random.Random) -> bool:
    """One of the last cycles is taken back, or everything since; then the bridge goes on at once,
    or somebody has to tell it."""
    bridge, now = company.bridge, company.clock.now() + company.skew
    with company.store.read() as tx:
        found = tx.writing_cycles(3)
        span = tx.cycle_span(dice.choice(found).number) if found else None
    if span is None:
        return False
    after, until = span
    scope = Scope(label="a cycle", after=after, until=dice.choice((until, None)))
    undoer = bridge.undoer()
    plan = undoer.plan(scope, now)
    undoer.carry_out(plan, _WHO, now)
    if dice.random() < 0.5:
        go_on(company, truth, dice)
    return bool(plan.operations)


def go_on(company: Company, truth: Truth, dice: random.Random) -> bool:
    """Whatever was paused goes on."""
    with company.store.transaction() as tx:
        now = company.clock.now() + company.skew
        return resume(tx, EVERYTHING, None, _WHO, now) is not None


OPERATING: Mapping[str, Act] = {
    "operator: changes the rule book": change_rules,
    "operator: undoes a cycle": undo_a_cycle,
    "operator: goes on": go_on,
}
"""Name → act; it answers whether anything happened."""
