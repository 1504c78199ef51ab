"""Letting go of a person, for good or into nurture, and how long they wait there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmbridge.core.calendars import add_workdays, local_midnight
from crmbridge.core.course import Course
from crmbridge.core.engagements import last_engagement_at
from crmbridge.core.feedback import Feedback, is_thin
from crmbridge.core.model import Stage
from crmbridge.core.rules import Reason
from crmbridge.core.sla import calendar_of, cancel
from crmbridge.core.standing import DealState, Recycle

NOT_ICP = "NOT_ICP"
"""The reason that contradicts the lead standard itself where the standard says grade A."""


def let_go(course: Course, feedback: Feedback, at: datetime, cause: str) -> None:
    """Recycle or disqualify by the rep's reason; without one, wait for it.

    Callers have checked that a person may let go from the present stage.
    """
    reason = feedback.reason
    course.reason_details = feedback.details
    if reason is None:
        course.reason = None
        course.awaiting_reason_since = at
        course.review("reason_missing", "sales let go without a reason that the rule book knows")
        if course.stage is not Stage.OPPORTUNITY:
            disqualify(course, at, "sales let go without a reason", cause)
        return
    course.awaiting_reason_since = None
    course.reason = reason.name
    if is_thin(feedback.details, course.rules.feedback):
        course.review("details_missing", f"the reason {reason.name} came without telling details")
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


def _let_go_for_good(course: Course, reason: Reason, at: datetime, cause: str) -> None:
    if reason.opts_out and (course.opted_out_at is None or course.opted_out_at < at):
        course.opted_out_at = at
    if reason.block is not None:
        course.block = reason.block
    if reason.name == NOT_ICP:
        grade = course.score_at(at).fit_grade
        if grade == course.rules.score.fit.grades[0][0]:
            course.review(
                "definition_dispute", f"sales says {reason.name}, the lead standard says grade A"
            )
    disqualify(course, at, f"sales said {reason.name}, which is final", cause)


def disqualify(course: Course, at: datetime, why: str, cause: str) -> None:
    """Enter DISQUALIFIED once; an open promise ends with it."""
    course.recycle = None
    cancel(course, at, "disqualified")
    if course.stage is not Stage.DISQUALIFIED:
        course.move(Stage.DISQUALIFIED, at, why, cause)


def _may_recycle(course: Course, reason: Reason, at: datetime) -> bool:
    return not reason.fit_grades or course.score_at(at).fit_grade in reason.fit_grades


def recycle(
    course: Course, reason: Reason, at: datetime, cause: str, feedback: Feedback | None = None
) -> None:
    """Enter RECYCLED, or change reason, track and cool-down of someone who is there already."""
    rules = course.rules.recycling
    again = course.stage is Stage.RECYCLED and course.recycle is not None
    if not again:
        course.recycle_count += 1
    details = feedback.details if feedback else None
    resume = feedback.resume if feedback and reason.until_resume_date else None
    until: datetime | None
    if course.recycle_count >= rules.longterm_from:
        track, until = rules.longterm_track, None
    else:
        track, until = str(reason.track), _cooldown_end(course, reason, at, resume)
    waiting = Recycle(
        reason=reason.name,
        track=track,
        at=at,
        cooldown_until=until,
        details=details,
        resume_needs_engagement=reason.until_resume_date,
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
    course.move(Stage.RECYCLED, at, why, cause)


def _cooldown_end(
    course: Course, reason: Reason, at: datetime, resume: date | None
) -> datetime | None:
    _, zone, _ = calendar_of(course.owner(), course.rules.sla)
    if resume is not None:
        until = local_midnight(resume, _own_zone(course, zone))
        if until > at:
            return until
    return at + reason.cooldown if reason.cooldown is not None else None


def _own_zone(course: Course, fallback: ZoneInfo) -> ZoneInfo:
    owner = course.owner()
    if owner is None or not owner.time_zone:
        return fallback
    try:
        return ZoneInfo(owner.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # CRMs know zones that the IANA data of this machine has dropped or never had.
        return fallback


def idle_at(course: Course) -> datetime | None:
    """When a worked person who does not answer is recycled; ``None`` while sales owes a touch."""
    if course.stage is not Stage.ACTIVATION or course.first_touch_at is None:
        return None
    rules = course.rules.recycling
    after_touch = course.first_touch_at + rules.idle_after_touch
    last = last_engagement_at(course.engagements(), course.rules.score, course.position)
    quiet_since = last or course.mql_at or course.since
    return max(quiet_since + rules.idle_after, after_touch)


def recycle_idle(course: Course, at: datetime) -> None:
    """No engagement for too long: back to marketing."""
    reason = course.rules.recycling.reasons[course.rules.recycling.idle_reason]
    recycle(course, reason, at, "timer:idle")


def reason_overdue_at(course: Course) -> datetime | None:
    """When a missing reason stops being waited for."""
    since = course.awaiting_reason_since
    if since is None:
        return None
    calendar, zone, _ = calendar_of(course.owner(), course.rules.sla)
    return add_workdays(since, course.rules.feedback.reason_wait_workdays, calendar, zone)


def settle_missing_reason(course: Course, at: datetime) -> None:
    """The wait for a reason is over: a good fit is recycled, anyone else stays out."""
    course.awaiting_reason_since = None
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
