"""Leads that a partner registered: theirs until nothing has happened for too long."""

from __future__ import annotations

from datetime import datetime

from crmbridge.core.course import Course
from crmbridge.core.directory import named
from crmbridge.core.facts import FactKind
from crmbridge.core.ladder import task
from crmbridge.core.model import Side, Stage
from crmbridge.core.tasks import Topic


def notice_partner(course: Course, now: datetime) -> None:
    """A lead with a deal registration is the partner's, and the partner manager is told."""
    if course.stage is not Stage.LEAD or course.recalled_at is not None:
        return
    if not course.rules.partners.registered(course.profile.fields):
        course.partner_since = None
        course.drop_tasks(Topic.PARTNER)
        return
    if course.partner_since is None:
        course.partner_since = now
        if course.armed:
            _tell(course, now)


def _tell(course: Course, now: datetime) -> None:
    users = course.view.owners.get(Side.SALES, {})
    manager = named(users, course.rules.partners.manager)
    if manager is None or not manager.active:
        course.review("nobody_to_alert", "no active partner manager can be told")
        return
    course.want(
        task(
            course,
            key=f"{course.view.uid}:partner",
            topic=Topic.PARTNER,
            who=manager,
            subject="A partner registered this lead",
            why="crmbridge neither scores nor nurtures it until it has been idle for too long",
            at=now,
        )
    )


def recall_at(course: Course) -> datetime | None:
    """When an idle partner lead becomes an ordinary one."""
    if course.partner_since is None or not course.is_partner or course.stage is not Stage.LEAD:
        return None
    acts = [
        fact.at
        for fact in course.view.facts
        if fact.kind is FactKind.TOUCH and fact.effective_at <= course.position
    ]
    last = course.history().last_active_at(course.position)
    quiet_since = max([course.partner_since, *acts, *([last] if last else [])])
    return quiet_since + course.rules.partners.recall_after


def recall(course: Course, at: datetime) -> None:
    """An ordinary lead again."""
    course.recalled_at = at
    course.drop_tasks(Topic.PARTNER)
