"""Chasing feedback: a rejection without a reason, or with one that explains nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crmbridge.core.calendars import add_workdays
from crmbridge.core.course import Course
from crmbridge.core.directory import calendar_of, is_there
from crmbridge.core.ladder import superior, task
from crmbridge.core.standing import Chase
from crmbridge.core.tasks import Topic

REASON, DETAILS = "reason", "details"
_REVIEW = {REASON: "reason_missing", DETAILS: "details_missing"}
_ASKS = {
    REASON: "Please give the reason for letting this lead go",
    DETAILS: "Please tell in a sentence why this lead was let go",
}


def chase(course: Course, what: str, at: datetime, why: str) -> None:
    """Ask the owner for what is missing; ``what`` is REASON or DETAILS."""
    end_chase(course)
    course.chase = Chase(since=at, what=what)
    course.review(_REVIEW[what], why)
    owner = course.owner()
    who = owner if is_there(owner, course.rules.sla, at) else superior(course, at)
    if who is not None:
        key = f"{_key(course)}:owner"
        course.want(
            task(
                course, key=key, topic=Topic.FEEDBACK, who=who, subject=_ASKS[what], why=why, at=at
            )
        )


def end_chase(course: Course) -> None:
    """Nothing is owed any more."""
    course.chase = None
    for kind in _REVIEW.values():
        course.reviews.pop(kind, None)
    course.drop_tasks(Topic.FEEDBACK)


def escalation_at(course: Course) -> datetime | None:
    """When the manager is told that feedback is still owed."""
    owed = course.chase
    if owed is None or owed.escalated:
        return None
    return _workdays_after(course, owed.since, course.rules.feedback.chase_manager_workdays)


def reason_overdue_at(course: Course) -> datetime | None:
    """When a missing reason stops being waited for."""
    owed = course.chase
    if owed is None or owed.what != REASON:
        return None
    return _workdays_after(course, owed.since, course.rules.feedback.reason_wait_workdays)


def escalate(course: Course, owed: Chase, at: datetime) -> None:
    """Tell the manager what is ``owed``."""
    course.chase = replace(owed, escalated=True)
    boss = superior(course, at)
    if boss is None:
        course.review("nobody_to_alert", "no manager and no escalation contact can be told")
        return
    subject = f"Feedback on a lead is still missing: {owed.what}"
    key = f"{_key(course)}:manager"
    why = course.reviews.get(_REVIEW[owed.what], "")
    course.want(
        task(course, key=key, topic=Topic.FEEDBACK, who=boss, subject=subject, why=why, at=at)
    )


def _workdays_after(course: Course, since: datetime, days: int) -> datetime:
    calendar, zone, _ = calendar_of(course.owner(), course.rules.sla)
    return add_workdays(since, days, calendar, zone)


def _key(course: Course) -> str:
    owed = course.chase
    since = f"{owed.since:%Y%m%dT%H%M%S}" if owed else ""
    return f"{course.view.uid}:{course.cycle}:feedback:{since}"
