"""Letting go of a person, for good or into nurture, and how long they wait there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crmbridge.core.calendars import local_midnight
from crmbridge.core.chasing import DETAILS, REASON, chase, end_chase
from crmbridge.core.course import Course
from crmbridge.core.decision import Objection
from crmbridge.core.directory import calendar_of, own_zone
from crmbridge.core.facts import EngagementDetail
from crmbridge.core.feedback import Feedback, is_thin
from crmbridge.core.fields import LEAD_SOURCE
from crmbridge.core.model import Stage
from crmbridge.core.rules import Block, Reason
from crmbridge.core.sla import cancel, end_rep
from crmbridge.core.standing import DealState, Recycle

NOT_ICP = "NOT_ICP"
"""The reason that contradicts the lead standard itself where the standard says grade A."""


def let_go(course: Course, feedback: Feedback, at: datetime, cause: str) -> None:
    """Recycle or disqualify by the rep's reason; without one, wait for it.

    Callers have checked that a person may let go from the present stage.
    """
    reason = feedback.reason
    course.reason_details = feedback.details
    before = course.stage
    if reason is None:
        course.reason = None
        if course.stage is not Stage.OPPORTUNITY:
            disqualify(course, at, "sales let go without a reason", cause)
        chase(course, REASON, at, "sales let go without a reason that the rule book knows")
        return
    end_chase(course)
    course.reason = reason.name
    course.objections.append(_objection(course, feedback, reason, before, at))
    if reason.terminal:
        _let_go_for_good(course, reason, at, cause)
    elif not course.was_advanced:
        why = f"sales said {reason.name} before the person was ever an MQL"
        disqualify(course, at, why, cause)
    elif _may_recycle(course, reason, at):
        recycle(course, reason, at, cause, feedback)
    else:
        why = f"{reason.name} is recycled for a better fit only"
        disqualify(course, at, why, cause)
    if is_thin(feedback.details, course.rules.feedback):
        chase(course, DETAILS, at, f"the reason {reason.name} came without telling details")


def _objection(
    course: Course, feedback: Feedback, reason: Reason, stage: Stage, at: datetime
) -> Objection:
    source = course.profile.fields.get(LEAD_SOURCE)
    return Objection(
        at=at,
        reason=reason.name,
        details=feedback.details,
        stage=stage,
        segment=course.profile.industry,
        source=source if isinstance(source, str) else None,
        campaign=_campaign(course, at),
    )


def _campaign(course: Course, at: datetime) -> str | None:
    """The form, page or campaign that won the person: the last one before they became MQL."""
    until = course.mql_at or at
    won = [
        fact
        for fact in course.engagements()
        if fact.effective_at <= until and isinstance(fact.detail, EngagementDetail)
    ]
    latest = max(won, key=lambda fact: (fact.at, fact.key), default=None)
    if latest is None or not isinstance(latest.detail, EngagementDetail):
        return None
    return latest.detail.name or latest.detail.target or None


def _let_go_for_good(course: Course, reason: Reason, at: datetime, cause: str) -> None:
    if reason.opts_out:
        course.consent = course.consent.objecting(at)
    if reason.block is not None:
        course.block = stronger(course.block, reason.block)
    disqualify(course, at, f"sales said {reason.name}, which is final", cause)
    if reason.name == NOT_ICP:
        grade = course.weight_at(at).fit_grade
        if grade == course.rules.score.fit.grades[0][0]:
            course.review(
                "definition_dispute", f"sales says {reason.name}, the lead standard says grade A"
            )


def stronger(known: Block | None, found: Block) -> Block:
    """Of two blocks the one that counts."""
    order = tuple(Block)
    return found if known is None else min(known, found, key=order.index)


def disqualify(course: Course, at: datetime, why: str, cause: str) -> None:
    """Enter DISQUALIFIED once; an open promise ends with it."""
    course.recycle = None
    cancel(course, at, "disqualified")
    end_rep(course, at)
    end_chase(course)
    if course.stage is not Stage.DISQUALIFIED:
        course.move(Stage.DISQUALIFIED, at, why, cause)


def _may_recycle(course: Course, reason: Reason, at: datetime) -> bool:
    return not reason.fit_grades or course.weight_at(at).fit_grade in reason.fit_grades


def recycle(
    course: Course, reason: Reason, at: datetime, cause: str, feedback: Feedback | None = None
) -> None:
    """Enter RECYCLED, or change reason, track and cool-down of someone who is there already."""
    rules = course.rules.recycling
    again = course.stage is Stage.RECYCLED and course.recycle is not None
    if not again:
        course.recycle_count += 1
    details = feedback.details if feedback else None
    resume = _resume_date(course, reason, at, feedback)
    until: datetime | None
    if course.recycle_count >= rules.longterm_from:
        track, until = rules.longterm_track, None
    else:
        track = str(reason.track)
        until = resume or (at + reason.cooldown if reason.cooldown is not None else None)
    # A person corrected the reason; what the data prove blocks again at once.
    course.block = course.blocked_address = None
    waiting = Recycle(
        reason=reason.name,
        track=track,
        at=at,
        cooldown_until=until,
        details=details,
        until_date=until is not None and until == resume,
    )
    why = f"recycled: {reason.name} (recycle {course.recycle_count})"
    if again and course.recycle is not None:
        course.recycle = replace(
            waiting, at=course.recycle.at, removed_by_hand=course.recycle.removed_by_hand
        )
        course.why = why
        return
    course.recycle = waiting
    course.restart_at = at
    cancel(course, at, "recycled")
    end_rep(course, at)
    course.move(Stage.RECYCLED, at, why, cause)


def _resume_date(
    course: Course, reason: Reason, at: datetime, feedback: Feedback | None
) -> datetime | None:
    """The rep's own date as an instant, where the reason takes one and it lies ahead."""
    if feedback is None or feedback.resume is None or not reason.until_resume_date:
        return None
    owner = course.owner()
    _, zone, _ = calendar_of(owner, course.rules.sla)
    until = local_midnight(feedback.resume, own_zone(owner, zone))
    return until if until > at else None


def idle_at(course: Course) -> datetime | None:
    """When a worked person who does not answer is recycled; ``None`` while sales owes a touch."""
    if course.stage is not Stage.ACTIVATION or course.first_touch_at is None:
        return None
    rules = course.rules.recycling
    after_touch = course.first_touch_at + rules.idle_after_touch
    last = course.history().last_active_at(course.position)
    quiet_since = last or course.mql_at or course.since
    return max(quiet_since + rules.idle_after, after_touch)


def recycle_idle(course: Course, at: datetime) -> None:
    """No engagement for too long: back to marketing."""
    reason = course.rules.recycling.reasons[course.rules.recycling.idle_reason]
    recycle(course, reason, at, "timer:idle")


def settle_missing_reason(course: Course, at: datetime) -> None:
    """The wait for a reason is over: a good fit is recycled, anyone else stays out."""
    end_chase(course)
    reason = course.rules.recycling.reasons[course.rules.recycling.unspecified_reason]
    if course.was_advanced and _may_recycle(course, reason, at):
        course.reason = reason.name
        recycle(course, reason, at, "timer:reason_missing")
    else:
        disqualify(course, at, "sales let go and gave no reason in time", "timer:reason_missing")


def open_deals(course: Course) -> int:
    """How many deals in scope are still open."""
    return sum(1 for state in course.deals.values() if state is DealState.OPEN)


def read_terminal(course: Course) -> bool:
    """Whether the reason for which sales let go is final."""
    reason = course.rules.recycling.reasons.get(course.reason or "")
    return reason is not None and reason.terminal
