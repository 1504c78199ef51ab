"""Which engagements count: what signal they are, and what scanners and repetition add."""

from __future__ import annotations

from collections import Counter
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """One counted engagement: ``times`` > 1 where a counter stands for several."""

    fact: Fact
    signal: Signal
    times: int


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


def counted(
    facts: Iterable[Fact], rules: ScoreRules, at: datetime, restart_at: datetime | None
) -> list[Engagement]:
    """The engagements that count for a score at ``at``, in order of happening.

    Scanner clicks are dropped first, then what lies before the restart; of each signal the
    earliest few per UTC day remain.
    """
    known = _known(facts, at)
    scanned = scanner_keys(known, rules)
    per_day: Counter[tuple[str, object]] = Counter()
    found: list[Engagement] = []
    for fact in known:
        if fact.key in scanned or (restart_at is not None and fact.at <= restart_at):
            continue
        detail = _detail(fact)
        signal = signal_of(detail, rules)
        if signal is None:
            continue
        day = (signal.name, fact.at.date())
        times = min(detail.count, rules.daily_limit - per_day[day])
        if times > 0:
            per_day[day] += times
            found.append(Engagement(fact=fact, signal=signal, times=times))
    return found


def _known(facts: Iterable[Fact], at: datetime) -> list[Fact]:
    return sorted(
        (f for f in facts if f.kind is FactKind.ENGAGEMENT and f.effective_at <= at),
        key=lambda fact: (fact.at, fact.key),
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


def last_engagement_at(facts: Iterable[Fact], rules: ScoreRules, at: datetime) -> datetime | None:
    """When the person last did something themselves: anything worth points, a reply or a
    meeting; opens and scanner clicks are not."""
    known = _known(facts, at)
    scanned = scanner_keys(known, rules)
    for fact in reversed(known):
        if fact.key not in scanned and _is_activity(fact, rules):
            return fact.at
    return None


def _is_activity(fact: Fact, rules: ScoreRules) -> bool:
    if _detail(fact).evidence in _PERSONAL:
        return True
    signal = signal_of(_detail(fact), rules)
    return signal is not None and signal.points > 0
