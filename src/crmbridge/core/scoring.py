"""The score of a person at an instant, from fit and decaying engagement, with its reasons."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crmbridge.core.engagements import Engagement, History
from crmbridge.core.profile import Profile
from crmbridge.core.rules import FitRules, Group, Rules, ScoreRules

_LONGEST_SENTENCE = 255
_TICK = timedelta(microseconds=1)
_NOISE = 1e-9
"""Binary fractions must not turn an exact half, or an exact grade limit, into less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One part of a score before the caps: what for, how much, and the evidence behind it.

    ``part`` is ``fit``, ``engagement`` or ``signal``; ``evidence`` is a fact key or a field
    name; ``label`` names it for people.
    """

    part: str
    criterion: str
    points: float
    evidence: str
    label: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """0–100 with its parts (unrounded, capped), its grade such as ``A2`` and its reasons.

    ``sentence`` names the top reasons in at most 255 characters.
    """

    at: datetime
    fit: float
    engagement: float
    signals: float
    total: int
    grade: str
    contributions: tuple[Contribution, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a score amounts to, without its reasons: for asking whether it is enough."""

    fit: float
    total: int
    fit_grade: str


def weigh(
    fit: float,
    history: History,
    rules: Rules,
    at: datetime,
    *,
    restart_at: datetime | None = None,
    lift: float = 0.0,
) -> Weight:
    """The numbers of ``score`` for the same arguments, the ``fit`` of the profile included."""
    engagements = history.counted(at, restart_at)
    engaged, signals = _decaying_sums(engagements, rules.score, at, lift)
    return Weight(
        fit=fit,
        total=_rounded(fit + engaged + signals),
        fit_grade=_fit_grade(fit, rules.score),
    )


def _rounded(total: float) -> int:
    return math.floor(total + 0.5 + _NOISE)


def score(
    profile: Profile,
    history: History,
    rules: Rules,
    at: datetime,
    *,
    restart_at: datetime | None = None,
    lift: float = 0.0,
) -> Score:
    """The score at ``at`` from the facts known by then; ``lift`` is the account's."""
    parts = [*_fit_parts(profile, rules.score.fit)]
    fit = _fit_sum(parts, rules.score.fit)
    engagements = history.counted(at, restart_at)
    parts += [_decayed(engagement, times, at) for engagement, times in engagements]
    if lift:
        parts.append(
            Contribution(
                part=Group.SIGNAL.value,
                criterion="account_lift",
                points=lift,
                evidence="account",
                label="colleagues are active too",
            )
        )
    engaged, signals = _decaying_sums(engagements, rules.score, at, lift)
    total = _rounded(fit + engaged + signals)
    grade = _fit_grade(fit, rules.score) + _engagement_grade(engaged + signals, rules.score)
    return Score(
        at=at,
        fit=fit,
        engagement=engaged,
        signals=signals,
        total=total,
        grade=grade,
        contributions=tuple(parts),
        sentence=_sentence(total, grade, fit, parts),
    )


def fit_of(profile: Profile, rules: FitRules) -> float:
    """How well the person fits, whatever they do."""
    return _fit_sum(_fit_parts(profile, rules), rules)


def _fit_sum(parts: Iterable[Contribution], rules: FitRules) -> float:
    return min(max(sum(part.points for part in parts), 0.0), rules.cap)


def _fit_parts(profile: Profile, rules: FitRules) -> Iterable[Contribution]:
    found: list[tuple[str, float, str]] = []
    if profile.industry is not None and profile.industry in rules.industries:
        found.append(("industry", rules.industries[profile.industry], profile.industry))
    for band in rules.employees:
        count = profile.employees
        if count is not None and band.least <= count and (band.most is None or count <= band.most):
            found.append(("employees", band.points, f"{count} employees"))
            break
    if profile.seniority is not None and profile.seniority in rules.seniorities:
        label = profile.seniority.replace("_", " ")
        found.append(("seniority", rules.seniorities[profile.seniority], label))
    if profile.country is not None and profile.country in rules.countries:
        found.append(("country", rules.countries[profile.country], profile.country))
    if profile.email_domain in rules.free_mail_domains:
        found.append(("free_mail", rules.free_mail_points, "free-mail address"))
    found += [
        (criterion.name, criterion.points, criterion.label)
        for criterion in rules.criteria
        if criterion.holds(profile.fields)
    ]
    for criterion, points, label in found:
        yield Contribution(
            part="fit", criterion=criterion, points=points, evidence=criterion, label=label
        )


def _decayed(engagement: Engagement, times: int, at: datetime) -> Contribution:
    fact, signal = engagement.fact, engagement.signal
    return Contribution(
        part=signal.group.value,
        criterion=signal.name,
        points=_value(engagement, times, at.timestamp()),
        evidence=fact.key,
        label=f"{signal.name.replace('_', ' ')} {fact.at.day} {fact.at:%b}",
        at=fact.at,
    )


def _value(engagement: Engagement, times: int, now: float) -> float:
    age = (now - engagement.second) / engagement.half_life
    return times * engagement.signal.points * math.pow(0.5, age)


def _decaying_sums(
    engagements: list[tuple[Engagement, int]], rules: ScoreRules, at: datetime, lift: float
) -> tuple[float, float]:
    engaged, signals, now = 0.0, lift, at.timestamp()
    for engagement, times in engagements:
        value = _value(engagement, times, now)
        if engagement.signal.group is Group.SIGNAL:
            signals += value
        else:
            engaged += value
    return min(engaged, rules.engagement_cap), min(signals, rules.signal_cap)


def _fit_grade(fit: float, rules: ScoreRules) -> str:
    return _grade(fit, rules.fit.grades, rules.lowest_fit_grade)


def _engagement_grade(value: float, rules: ScoreRules) -> str:
    return _grade(value, rules.engagement_grades, rules.lowest_engagement_grade)


def _grade(value: float, bands: tuple[tuple[str, float], ...], lowest: str) -> str:
    for grade, least in bands:
        if value >= least - _NOISE:
            return grade
    return lowest


def _sentence(total: int, grade: str, fit: float, parts: list[Contribution]) -> str:
    """``Score 67 (A2): fit 40 (…); webinar 2 Jun +8.5; …``, the weightiest first."""
    traits = [part for part in parts if part.part == "fit" and part.points]
    traits.sort(key=lambda part: (-part.points, part.criterion))
    known = ", ".join(f"{part.label} {part.points:+g}" for part in traits) or "nothing known yet"
    text = f"Score {total} ({grade}): fit {fit:g} ({known})"
    acts = [part for part in parts if part.part != "fit" and part.points >= 0.05]
    acts.sort(key=lambda part: (-part.points, part.evidence))
    for index, part in enumerate(acts):
        more = f"; {part.label} {part.points:+.1f}"
        rest = f"; {len(acts) - index} more."
        if len(text) + len(more) + len(rest) > _LONGEST_SENTENCE:
            return text[: _LONGEST_SENTENCE - len(rest)] + rest
        text += more
    return text[: _LONGEST_SENTENCE - 1] + "."


def next_change(
    fit: float,
    history: History,
    rules: Rules,
    at: datetime,
    *,
    restart_at: datetime | None,
    lift: float,
    written: int,
    written_grade: str,
    horizon: timedelta,
) -> datetime | None:
    """The first instant after ``at`` at which, with no new fact, decay alone makes the
    grade differ from ``written_grade`` or the total differ from ``written`` by the rule
    book's step; ``None`` if that does not happen within ``horizon``."""
    scores = rules.score
    engagements = history.counted(at, restart_at)
    fit_grade = _fit_grade(fit, scores)
    # What decays alike is added up once: asking for an instant costs a few powers then.
    pools: dict[tuple[Group, timedelta], float] = {}
    now = at.timestamp()
    for engagement, times in engagements:
        pool = (engagement.signal.group, engagement.signal.half_life)
        pools[pool] = pools.get(pool, 0.0) + _value(engagement, times, now)
    terms = [(group, half_life / _TICK, value) for (group, half_life), value in pools.items()]

    def is_stale(ticks: int) -> bool:
        sums = {Group.ENGAGEMENT: 0.0, Group.SIGNAL: lift}
        for group, half_life, value in terms:
            sums[group] += value * math.pow(0.5, ticks / half_life)
        engaged = min(sums[Group.ENGAGEMENT], scores.engagement_cap)
        signals = min(sums[Group.SIGNAL], scores.signal_cap)
        if abs(_rounded(fit + engaged + signals) - written) >= scores.rewrite_step:
            return True
        return fit_grade + _engagement_grade(engaged + signals, scores) != written_grade

    low, high = 0, horizon // _TICK
    if not engagements or not is_stale(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if is_stale(middle):
            high = middle
        else:
            low = middle
    return at + high * _TICK
