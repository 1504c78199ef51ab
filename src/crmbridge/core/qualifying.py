"""When a person becomes an MQL: by score, by raising a hand or by a big deal, once a cycle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crmbridge.core.chasing import end_chase
from crmbridge.core.course import Course
from crmbridge.core.facts import FactKind
from crmbridge.core.fields import LEAD_SOURCE
from crmbridge.core.model import Stage
from crmbridge.core.recycling import read_terminal
from crmbridge.core.scoring import Weight
from crmbridge.core.sla import hasten, start_clock
from crmbridge.core.stages import take_touch
from crmbridge.core.standing import Recycle, SlaStatus
from crmbridge.core.tasks import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class HandRaise:
    """A request for sales that still holds, and by which signal."""

    at: datetime
    seen_at: datetime
    signal: str


def hand_raise(course: Course, at: datetime) -> HandRaise | None:
    """The latest demo or contact request that still holds at ``at``.

    It holds for the rule book's days, until a recycle or re-opening. An opted-out person's
    counts only if it came after the objection, and only until they subscribe again.
    """
    holds = course.rules.mql.hand_raise_holds
    objected = course.consent.opted_out_at if course.opted_out else None
    best: HandRaise | None = None
    for each in course.history().hand_raises:
        happened = each.fact.at
        if each.seen_at > at or at - happened > holds:
            continue
        if course.restart_at is not None and happened <= course.restart_at:
            continue
        if objected is not None and happened <= objected:
            continue
        if best is None or happened > best.at:
            best = HandRaise(at=happened, seen_at=each.seen_at, signal=each.signal.name)
    return best


def evaluate(course: Course, at: datetime, cause: str) -> None:
    """Ask whether the person is an MQL at ``at``; moves the course if so.

    What an earlier question left open is asked anew.
    """
    for kind in ("hand_raiser_low_fit", "hand_raiser_disqualified"):
        course.reviews.pop(kind, None)
    course.flags -= {"re_mql_pending", "exhausted"}
    if course.block is not None or not course.armed or course.is_partner:
        return
    if course.stage is Stage.LEAD:
        _evaluate_lead(course, at, cause)
    elif course.stage is Stage.RECYCLED and course.recycle is not None:
        _evaluate_recycled(course, course.recycle, at, cause)
    elif course.stage is Stage.MQL:
        _evaluate_waiting(course, at)
    elif course.stage is Stage.DISQUALIFIED:
        _evaluate_disqualified(course, at)


def _evaluate_lead(course: Course, at: datetime, cause: str) -> None:
    score = course.weight_at(at)
    raised = hand_raise(course, at)
    if raised is not None and score.fit >= course.rules.mql.fit:
        _enter_by_hand(course, at, raised, cause)
    elif raised is not None:
        course.review("hand_raiser_low_fit", _low_fit(course, score))
    elif not course.opted_out and _is_big_deal(course, score, at):
        _enter_by_deal(course, at, cause)
    elif not course.opted_out and _reaches(course, score):
        _enter_by_score(course, at, score, cause)


def _evaluate_recycled(course: Course, waiting: Recycle, at: datetime, cause: str) -> None:
    score = course.weight_at(at)
    raised = hand_raise(course, at)
    if raised is not None and score.fit >= course.rules.mql.fit:
        _enter_by_hand(course, at, raised, cause)
        return
    if raised is not None:
        course.review("hand_raiser_low_fit", _low_fit(course, score))
    big = _is_big_deal(course, score, at)
    if course.opted_out or not (big or _reaches(course, score)):
        return
    exhausted = course.recycle_count >= course.rules.recycling.max_recycles
    if exhausted or waiting.cooldown_until is None:
        course.flags.add("exhausted")
    elif at < waiting.cooldown_until:
        course.flags.add("re_mql_pending")
    elif waiting.until_date and not _engaged_since(course, waiting.cooldown_until, at):
        return
    elif big:
        _enter_by_deal(course, at, cause)
    else:
        _enter_by_score(course, at, score, cause)


def _evaluate_waiting(course: Course, at: datetime) -> None:
    """A hand-raise on an MQL that nobody touched yet makes it urgent; never a second MQL."""
    if course.sla is None or course.sla.status is not SlaStatus.OPEN or course.mql_at is None:
        return
    raised = hand_raise(course, at)
    if raised is not None and raised.seen_at > course.mql_at:
        hasten(course, raised.seen_at)


def _evaluate_disqualified(course: Course, at: datetime) -> None:
    raised = hand_raise(course, at)
    if raised is not None and raised.at > course.since and not read_terminal(course):
        course.review(
            "hand_raiser_disqualified", "a disqualified person asks for sales; a person may re-open"
        )


def notice_value(course: Course, now: datetime) -> None:
    """Remember since when the estimated value is known as it is."""
    value = course.profile.estimated_value
    if value != course.value:
        course.value, course.value_at = value, now


def _is_big_deal(course: Course, score: Weight, at: datetime) -> bool:
    """A value that was stated after the last restart, at a company that fits best."""
    rules, stated = course.rules.mql, course.value_at
    if course.value is None or stated is None or course.value < rules.big_deal_value:
        return False
    if stated > at or (course.restart_at is not None and stated <= course.restart_at):
        return False
    return score.fit_grade == rules.big_deal_grade


def _reaches(course: Course, score: Weight) -> bool:
    return score.total >= course.rules.mql.score and score.fit >= course.rules.mql.fit


def _engaged_since(course: Course, since: datetime, at: datetime) -> bool:
    return any(since <= fact.at and fact.effective_at <= at for fact in course.engagements())


def _low_fit(course: Course, score: Weight) -> str:
    return (
        f"asks for sales, but fit {score.fit:g} is below {course.rules.mql.fit:g}: "
        "stays a lead until the fit is there"
    )


def _enter_by_hand(course: Course, at: datetime, raised: HandRaise, cause: str) -> None:
    why = f"raised a hand ({raised.signal.replace('_', ' ')}) with enough fit"
    _enter(course, at, f"hand_raiser:{raised.signal}", why, cause, raised.at)
    start_clock(course, at, course.rules.sla.fast_tier)
    _look_back(course, at)


def _enter_by_deal(course: Course, at: datetime, cause: str) -> None:
    why = (
        f"estimated value {course.value:,.0f} reached {course.rules.mql.big_deal_value:,.0f} "
        f"with fit grade {course.rules.mql.big_deal_grade}"
    )
    _enter(course, at, "big_deal", why, cause, course.value_at or at)
    start_clock(course, at, course.rules.sla.fast_tier)
    _look_back(course, at)


def _enter_by_score(course: Course, at: datetime, score: Weight, cause: str) -> None:
    why = (
        f"score {score.total} reached {course.rules.mql.score} "
        f"with fit {score.fit:g} of at least {course.rules.mql.fit:g}"
    )
    counted = [c.at for c in course.score_at(at).contributions if c.at is not None]
    _enter(course, at, "score", why, cause, max(counted, default=at))
    start_clock(course, at, course.rules.sla.tier)
    _look_back(course, at)


def _enter(
    course: Course, at: datetime, reason: str, why: str, cause: str, caused_at: datetime
) -> None:
    course.cycle += 1
    course.stamps.clear()
    course.mql_at = at
    course.mql_reason = reason
    course.mql_caused_at = min(caused_at, at)
    course.rulebook_version = course.rules.version
    course.first_touch_at = None
    course.recycle = None
    course.attempts, course.confirmed = 0, ()
    course.mql_value = lead_value(course, at)
    end_chase(course)
    course.drop_tasks(Topic.WAKE_UP)
    course.move(Stage.MQL, at, why, cause)


def lead_value(course: Course, at: datetime) -> float | None:
    """What marketing's commitment credits for an MQL of this source in this quarter."""
    day = at.date()
    table = [each for each in course.rules.commitment.quarters if each.starts_on <= day]
    if not table:
        return None
    source = course.profile.fields.get(LEAD_SOURCE)
    key = source.strip().casefold() if isinstance(source, str) else ""
    return table[-1].sources.get(key, table[-1].other)


def _look_back(course: Course, at: datetime) -> None:
    """Sales may have acted between the fact that made the MQL and our seeing it."""
    earlier = [
        fact
        for fact in course.view.facts
        if fact.kind is FactKind.TOUCH
        and course.mql_caused_at is not None
        and course.mql_caused_at <= fact.at
        and fact.effective_at < at
    ]
    for fact in sorted(earlier, key=lambda fact: (fact.at, fact.key)):
        take_touch(course, fact)
