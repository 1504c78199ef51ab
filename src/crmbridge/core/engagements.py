"""Which engagements count: what signal they are, and what scanners and repetition add."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import cast

from crmbridge.core.facts import EngagementDetail, Evidence, Fact, FactKind
from crmbridge.core.rules import ScoreRules, Signal

_MOST_RECALLED = 50_000
"""Page addresses are many: what is remembered stays below some ten megabytes."""

_PERSONAL = frozenset({Evidence.REPLY, Evidence.MEETING})
"""Acts of the person that end idleness whether or not the rule book gives points for them."""


@dataclass(slots=True, kw_only=True)
class Engagement:
    """One engagement and what it is worth: looked up once, asked about at many instants.

    ``second`` is when it happened, in seconds since 1970, and ``half_life`` is in seconds.
    ``day`` tells engagements of one signal on one UTC day from all others.
    """

    fact: Fact
    signal: Signal
    seen_at: datetime
    second: float
    half_life: float
    count: int
    day: int


def signal_of(detail: EngagementDetail, rules: ScoreRules) -> Signal | None:
    """What the rule book calls this evidence: the first pattern that matches decides."""
    key = (detail.evidence, detail.name, detail.target)
    if key in rules.recalled:
        return rules.recalled[key]
    if len(rules.recalled) >= _MOST_RECALLED:
        rules.recalled.clear()
    found = rules.recalled[key] = _match(detail, rules)
    return found


def _match(detail: EngagementDetail, rules: ScoreRules) -> Signal | None:
    name, target = detail.name.casefold(), detail.target.casefold()
    for pattern in rules.patterns:
        if pattern.evidence is not detail.evidence:
            continue
        if not pattern.globs or any(
            fnmatchcase(name, glob) or fnmatchcase(target, glob) for glob in pattern.globs
        ):
            return rules.signals[pattern.signal]
    return None


class History:
    """A person's engagements in order of happening, and which of them count when.

    ``hand_raises`` are those that ask for sales.
    """

    def __init__(self, facts: Iterable[Fact], rules: ScoreRules) -> None:
        self._rules = rules
        self._facts = sorted(
            (fact for fact in facts if fact.kind is FactKind.ENGAGEMENT),
            key=lambda fact: (fact.at, fact.key),
        )
        self._clicks = [
            fact.effective_at for fact in self._facts if _detail(fact).evidence is Evidence.CLICK
        ]
        self._scanned: dict[int, frozenset[str]] = {}
        self._worthy = list(_resolved(self._facts, rules))
        self.hand_raises = [each for each in self._worthy if each.signal.hand_raise]

    def counted(self, at: datetime, restart_at: datetime | None) -> list[tuple[Engagement, int]]:
        """The engagements that count for a score at ``at``, in order of happening, and how
        often each: more than once where a counter stands for several.

        Scanner clicks are dropped first, then what lies before the restart; of each signal
        the earliest few per UTC day remain.
        """
        scanned = self._scanned_by(at)
        left: dict[int, int] = {}
        most = self._rules.daily_limit
        found: list[tuple[Engagement, int]] = []
        for each in self._worthy:
            if each.seen_at > at or (scanned and each.fact.key in scanned):
                continue
            if restart_at is not None and each.fact.at <= restart_at:
                continue
            room = left.get(each.day, most)
            times = min(each.count, room)
            if times > 0:
                left[each.day] = room - times
                found.append((each, times))
        return found

    def last_active_at(self, at: datetime) -> datetime | None:
        """When the person last did something themselves: anything worth points, a reply or a
        meeting; opens and scanner clicks are not."""
        scanned = self._scanned_by(at)
        for fact in reversed(self._facts):
            known = fact.effective_at <= at and fact.key not in scanned
            if known and _is_activity(fact, self._rules):
                return fact.at
        return None

    def _scanned_by(self, at: datetime) -> frozenset[str]:
        """What a scanner made of the clicks known by ``at``: as many clicks, the same answer."""
        if not self._clicks:
            return frozenset()
        count = sum(seen_at <= at for seen_at in self._clicks)
        if count not in self._scanned:
            known = [fact for fact in self._facts if fact.effective_at <= at]
            self._scanned[count] = scanner_keys(known, self._rules)
        return self._scanned[count]


def _resolved(facts: Iterable[Fact], rules: ScoreRules) -> Iterable[Engagement]:
    days: dict[tuple[str, int], int] = {}
    for fact in facts:
        detail = _detail(fact)
        signal = signal_of(detail, rules)
        if signal is not None:
            yield Engagement(
                fact=fact,
                signal=signal,
                seen_at=fact.effective_at,
                second=fact.at.timestamp(),
                half_life=signal.half_life.total_seconds(),
                count=detail.count,
                day=days.setdefault((signal.name, fact.at.toordinal()), len(days)),
            )


def scanner_keys(facts: Sequence[Fact], rules: ScoreRules) -> frozenset[str]:
    """The keys of clicks that a security scanner made: bursts on different links, or, where
    no links are known, bursts of the counter."""
    clicks = sorted(
        (
            fact
            for fact in facts
            if isinstance(fact.detail, EngagementDetail) and fact.detail.evidence is Evidence.CLICK
        ),
        key=lambda fact: (fact.at, fact.key),
    )
    if not clicks:
        return frozenset()
    linked = [fact for fact in clicks if _target(fact)]
    blind = [fact for fact in clicks if not _target(fact)]
    return frozenset(_link_bursts(linked, rules.scanner_burst)) | frozenset(
        _counter_bursts(blind, rules)
    )


def _detail(fact: Fact) -> EngagementDetail:
    """Facts of this kind carry no other."""
    return cast("EngagementDetail", fact.detail)


def _target(fact: Fact) -> str:
    return _detail(fact).target


def _count(fact: Fact) -> int:
    return _detail(fact).count


def _link_bursts(clicks: list[Fact], gap: timedelta) -> Iterable[str]:
    burst: list[Fact] = []
    for fact in [*clicks, None]:
        if fact is not None and (not burst or fact.at - burst[-1].at <= gap):
            burst.append(fact)
            continue
        if len({_target(member) for member in burst}) > 1:
            yield from (member.key for member in burst)
        burst = [fact] if fact is not None else []


def _counter_bursts(clicks: list[Fact], rules: ScoreRules) -> Iterable[str]:
    for index, first in enumerate(clicks):
        window = [
            fact
            for fact in clicks[index:]
            if fact.at - first.at <= rules.counter_window and fact.observed_at == first.observed_at
        ]
        if sum(_count(fact) for fact in window) >= rules.counter_burst:
            yield from (fact.key for fact in window)


def _is_activity(fact: Fact, rules: ScoreRules) -> bool:
    if _detail(fact).evidence in _PERSONAL:
        return True
    signal = signal_of(_detail(fact), rules)
    return signal is not None and signal.points > 0
