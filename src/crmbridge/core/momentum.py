"""How much engagement there can be at most, kept up to date as facts arrive."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from crmbridge.core.engagements import signal_of
from crmbridge.core.facts import EngagementDetail, Fact
from crmbridge.core.rules import Group, ScoreRules, Signal


class Momentum:
    """An upper bound of the decaying sums, for a few operations a fact.

    Nothing is dropped here, no scanner, no restart, no fourth of a kind a day: a score can
    only be lower. Most facts bring nobody near the threshold, and those need no closer look.
    """

    def __init__(self, rules: ScoreRules, known: Iterable[Fact], at: datetime) -> None:
        self._rules = rules
        self._at = at
        self._pools: dict[tuple[Group, timedelta], float] = {}
        for fact in known:
            self.add(fact, at)

    def add(self, fact: Fact, at: datetime) -> Signal | None:
        """Take a fact that is seen at ``at``; the signal that it is."""
        detail = fact.detail
        signal = signal_of(detail, self._rules) if isinstance(detail, EngagementDetail) else None
        if signal is None or not isinstance(detail, EngagementDetail):
            return None
        self._advance(at)
        age: float = (at - fact.at) / signal.half_life
        pool = (signal.group, signal.half_life)
        value = detail.count * signal.points * math.pow(0.5, age)
        self._pools[pool] = self._pools.get(pool, 0.0) + value
        return signal

    def _advance(self, at: datetime) -> None:
        if at == self._at:
            return
        for pool, value in self._pools.items():
            self._pools[pool] = value * math.pow(0.5, (at - self._at) / pool[1])
        self._at = at

    def at_most(self, lift: float) -> float:
        """The most that engagement and signals can add to the fit now."""
        sums = {Group.ENGAGEMENT: 0.0, Group.SIGNAL: lift}
        for (group, _), value in self._pools.items():
            sums[group] += value
        return min(sums[Group.ENGAGEMENT], self._rules.engagement_cap) + min(
            sums[Group.SIGNAL], self._rules.signal_cap
        )
