"""The date that a rep gave has come: someone in marketing is asked to get in touch."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from crmbridge.core import fields as f
from crmbridge.core.course import Course
from crmbridge.core.directory import named, own_zone
from crmbridge.core.model import Owner, Side
from crmbridge.core.tasks import Task, Topic


def _day_of(at: datetime, owner: Owner) -> date:
    return at.astimezone(own_zone(owner, ZoneInfo("UTC"))).date()


def wake_up(course: Course, at: datetime) -> None:
    """A task for the contact's owner in the marketing CRM, else for the configured one."""
    waiting = course.recycle
    if waiting is None or not waiting.until_date:
        return
    users = course.view.owners.get(Side.MARKETING, {})
    contact = course.view.marketing
    owner = users.get(str(contact.record.fields.get(f.OWNER_ID))) if contact else None
    if owner is None or not owner.active:
        owner = named(users, course.rules.recycling.wake_up_owner)
    if owner is None:
        course.review("nobody_to_alert", "the date has come, but the contact has no owner to tell")
        return
    course.want(
        Task(
            key=f"{course.view.uid}:{course.recycle_count}:wake_up:{at:%Y%m%d}",
            topic=Topic.WAKE_UP,
            side=Side.MARKETING,
            assignee=owner.ref.id,
            subject="The date has come on which this person wanted to hear from us",
            why=f"recycled for {waiting.reason} on {waiting.at:%Y-%m-%d} until today",
            at=at,
            due=at,
            due_on=_day_of(at, owner),
        )
    )
