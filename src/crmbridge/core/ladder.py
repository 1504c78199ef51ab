"""The ladder: who is told when, while nobody has touched the lead."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crmbridge.core.calendars import add_workdays, next_open
from crmbridge.core.course import Course
from crmbridge.core.directory import calendar_of, is_there, named
from crmbridge.core.explaining import instant
from crmbridge.core.model import Owner, OwnerKind, Side
from crmbridge.core.sla import breach, calendar_for, is_waiting, on_clock
from crmbridge.core.standing import SlaClock, SlaStatus
from crmbridge.core.tasks import Task, Topic

WARN, DUE, INACTIVE, REMIND, REASSIGN = "warn", "due", "inactive", "remind", "reassign"


def next_step(course: Course) -> tuple[datetime, str] | None:
    """The next step of the ladder and its instant; none while the clock stands still."""
    clock, ladder = course.sla, course.rules.sla.ladder
    if clock is None or clock.is_paused or not is_waiting(clock):
        return None
    if clock.status is SlaStatus.OPEN:
        if WARN not in clock.alerted:
            anchor = clock.hastened_at or clock.started_at
            warn = on_clock(course, clock, anchor, ladder.warn_at)
            return min(warn, clock.due), WARN
        return clock.due, DUE
    calendar, zone = calendar_for(course, clock)
    if REMIND not in clock.alerted:
        return add_workdays(clock.due, ladder.remind_after, calendar, zone), REMIND
    if REASSIGN not in clock.alerted and ladder.reassign_to is not None:
        return add_workdays(clock.due, ladder.reassign_after, calendar, zone), REASSIGN
    return None


def take_step(course: Course, clock: SlaClock, at: datetime, step: str) -> None:
    """Climb one step of the ladder beside ``clock`` at ``at``."""
    due = instant(clock.due, clock.zone)
    if step == DUE:
        breach(course, at)
        # A warning that nobody has been given yet comes too late.
        course.drop_tasks(Topic.SLA)
        _tell_owner(course, at, step, f"First touch was due {due}", "nobody has touched the lead")
        _tell_manager(course, at, step, f"First touch missed: was due {due}", "due has passed")
    elif step == WARN:
        share = f"{course.rules.sla.ladder.warn_at:.0%} of the time has passed"
        _tell_owner(course, at, step, f"First touch due {due} ({clock.tier})", share)
    elif step == INACTIVE:
        _tell_manager(course, at, step, f"First touch due {due}", "the owner is inactive")
    elif step == REMIND:
        _tell_manager(course, at, step, f"Still no first touch: was due {due}", "days late")
    else:
        _reassign(course)
    course.sla = replace(course.sla or clock, alerted=(*clock.alerted, step))


def notice_inactive_owner(course: Course, now: datetime) -> None:
    """An owner who has left cannot be warned: the manager is told at once."""
    clock, owner = course.sla, course.owner()
    if clock is None or not is_waiting(clock) or INACTIVE in clock.alerted:
        return
    if owner is not None and owner.kind is OwnerKind.HUMAN and not owner.active:
        take_step(course, clock, now, INACTIVE)


def keep_reassigned(course: Course) -> None:
    """As long as sales owes a touch, a reassigned lead is asked to belong to its new owner
    while the one who missed it still has it."""
    clock = course.sla
    if clock is not None and is_waiting(clock) and REASSIGN in clock.alerted:
        owner = course.owner()
        if owner is not None and owner.ref.id == clock.owner_id:
            _reassign(course)


def _reassign(course: Course) -> None:
    rules = course.rules.sla.ladder
    successor = named(course.view.owners.get(Side.SALES, {}), rules.reassign_to)
    if successor is None or not successor.active:
        course.review("nobody_to_alert", "the user for reassigned leads is unknown or inactive")
    else:
        course.reassigned_to = successor.ref.id


def _tell_owner(course: Course, at: datetime, step: str, subject: str, why: str) -> None:
    owner = course.owner()
    if owner is not None and is_there(owner, course.rules.sla, at):
        _tell(course, at, f"{step}:owner", owner, subject, why)
    elif step != DUE:
        _tell_manager(course, at, step, subject, f"{why}; the owner is not there")


def _tell_manager(course: Course, at: datetime, step: str, subject: str, why: str) -> None:
    boss = superior(course, at)
    if boss is None:
        course.review("nobody_to_alert", "no manager and no escalation contact can be told")
    else:
        _tell(course, at, f"{step}:manager", boss, subject, why)


def superior(course: Course, at: datetime) -> Owner | None:
    """The owner's manager; where there is none, or none is there, the escalation contact."""
    users, rules = course.view.owners.get(Side.SALES, {}), course.rules.sla
    owner = course.owner()
    manager = users.get(owner.manager_id) if owner and owner.manager_id else None
    if is_there(manager, rules, at):
        return manager
    contact = named(users, rules.ladder.escalation)
    if contact is not None and contact.active:
        return contact
    return manager if manager is not None and manager.active else None


def tell_recycled(course: Course, at: datetime) -> None:
    """The owner hears that the clock, and not they, gave the lead back."""
    owner = course.owner()
    if owner is not None and is_there(owner, course.rules.sla, at):
        course.want(
            task(
                course,
                key=f"{course.view.uid}:{course.cycle}:idle:owner",
                topic=Topic.NOTICE,
                who=owner,
                subject="This lead went back to marketing",
                why=course.why,
                at=at,
            )
        )


def tell_unconfirmed(course: Course, clock: SlaClock, now: datetime) -> None:
    """A due date past the end of its calendar rests on weekends alone: somebody must list the
    off-days. The daemon never stops for it."""
    why = f"the due date lies past the end of calendar {clock.calendar}: list its off-days"
    course.review("calendar_unconfirmed", why)
    contact = named(course.view.owners.get(Side.SALES, {}), course.rules.sla.ladder.escalation)
    if contact is not None and contact.active:
        course.want(
            task(
                course,
                # One for all whose due it concerns: whoever comes later writes the same task.
                key=f"calendar:{clock.calendar}:{clock.counted_due.year}",
                topic=Topic.NOTICE,
                who=contact,
                subject=f"Calendar {clock.calendar} of the lead standard has ended",
                why=why,
                at=now,
            )
        )


def _tell(course: Course, at: datetime, step: str, who: Owner, subject: str, why: str) -> None:
    clock = course.sla
    cycle = clock.cycle if clock else course.cycle
    course.want(
        task(
            course,
            key=f"{course.view.uid}:{cycle}:{step}",
            topic=Topic.SLA,
            who=who,
            subject=subject,
            why=why,
            at=at,
        )
    )


def task(
    course: Course, *, key: str, topic: Topic, who: Owner, subject: str, why: str, at: datetime
) -> Task:
    """A task for a sales user, due when they work next."""
    calendar, zone, _ = calendar_of(who, course.rules.sla)
    due = next_open(at, calendar, zone)
    return Task(
        key=key,
        topic=topic,
        side=Side.SALES,
        assignee=who.ref.id,
        subject=subject,
        why=why,
        at=at,
        due=due,
        due_on=due.astimezone(zone).date(),
    )
