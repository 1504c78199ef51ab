"""Blast radius: how much one cycle and one day may change before somebody has to look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crmbridge.core.fields import STAGE
from crmbridge.core.model import Stage
from crmbridge.core.operations import Operation, OperationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What writes amount to: ``people`` written about, new ``mqls``, ``list_removals``."""

    people: int = 0
    mqls: int = 0
    list_removals: int = 0

    def __add__(self, other: Effect) -> Effect:
        return Effect(
            people=self.people + other.people,
            mqls=self.mqls + other.mqls,
            list_removals=self.list_removals + other.list_removals,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRules:
    """The most that passes unseen in one ``cycle`` and in one ``day`` (24 hours), and in one
    cycle the greatest ``share`` of everybody known, once ``share_from`` people are. A field that
    was put right ``flips`` times, each within ``flip_hours`` of the last, is left alone."""

    cycle: Effect
    day: Effect
    share: float
    share_from: int
    flips: int = 4
    flip_hours: int = 24


def effect_of(operations: Iterable[Operation]) -> Effect:
    """What ``operations`` amount to; a person is counted once, whatever is written of them."""
    people: set[str] = set()
    mqls: set[str] = set()
    removals = 0
    for operation in operations:
        people.add(operation.uid)
        if operation.kind is OperationKind.WITHDRAW:
            removals += 1
        if _makes_mql(operation):
            mqls.add(operation.uid)
    return Effect(people=len(people), mqls=len(mqls), list_removals=removals)


def _makes_mql(operation: Operation) -> bool:
    return any(
        change.field == STAGE and change.after == Stage.MQL.value and change.before != change.after
        for change in operation.changes
    )


def exceeded(limits: LimitRules, now: Effect, day: Effect, known: int) -> tuple[str, ...]:
    """Which limits ``now`` breaks, a sentence each: alone, with what went through in the last
    24 hours (``day``), and against ``known`` people."""
    reasons = [*_over(now, limits.cycle, "in one cycle"), *_over(now + day, limits.day, "a day")]
    if known >= limits.share_from and now.people > limits.share * known:
        reasons.append(
            f"{now.people} of {known} people in one cycle are more than {limits.share:.0%}"
        )
    return tuple(reasons)


def _over(effect: Effect, limit: Effect, span: str) -> Iterator[str]:
    for count, most, what in (
        (effect.people, limit.people, "people"),
        (effect.mqls, limit.mqls, "new MQLs"),
        (effect.list_removals, limit.list_removals, "removals from lists"),
    ):
        if count > most:
            yield f"{count} {what} {span} are more than {most}"
