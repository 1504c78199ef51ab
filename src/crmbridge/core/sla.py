"""Sales' promise: one clock per MQL, started, kept, met, broken or cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from crmbridge.core.calendars import confirmed, due_at
from crmbridge.core.course import Course
from crmbridge.core.model import Owner, OwnerKind
from crmbridge.core.rules import Calendar, SlaRules, Tier
from crmbridge.core.standing import SlaClock, SlaStatus

NO_TOUCH = "no touch by due"


def calendar_of(owner: Owner | None, rules: SlaRules) -> tuple[Calendar, ZoneInfo, bool]:
    """The calendar and zone that bind ``owner``, and whether a human owner settled them."""
    default = rules.calendars[rules.default_calendar]
    if owner is None or owner.kind is not OwnerKind.HUMAN:
        return default, default.zone, False
    name = rules.zones.get(owner.time_zone or "")
    if name is None:
        return default, default.zone, True
    calendar = rules.calendars[name]
    zone = ZoneInfo(owner.time_zone or "") if rules.own_zone else calendar.zone
    return calendar, zone, True


def start_clock(course: Course, at: datetime, tier: Tier) -> None:
    """Start the promise of this cycle at the MQL instant."""
    owner = course.owner()
    calendar, zone, settled = calendar_of(owner, course.rules.sla)
    due = due_at(at, tier, calendar, zone)
    course.sla = SlaClock(
        cycle=course.cycle,
        tier=tier.name,
        started_at=at,
        due=due,
        calendar=calendar.name,
        zone=zone.key,
        confirmed=settled,
        owner_id=owner.ref.id if owner else None,
        calendar_unconfirmed=not confirmed(due, calendar),
    )


def hasten(course: Course, at: datetime) -> None:
    """A hand-raise on an untouched MQL: the fast tier, and the earlier of the two dues."""
    clock = course.sla
    fast = course.rules.sla.fast_tier
    if clock is None or clock.status is not SlaStatus.OPEN or clock.tier == fast.name:
        return
    calendar = course.rules.sla.calendars[clock.calendar]
    due = due_at(at, fast, calendar, ZoneInfo(clock.zone))
    course.sla = replace(clock, tier=fast.name, due=min(due, clock.due))


def follow_owner(course: Course, now: datetime) -> None:
    """Let the first human owner's calendar settle an open clock, and note who owns it now.

    A due that this would move into the past becomes ``now``: the promise breaks now.
    """
    clock, owner = course.sla, course.owner()
    if clock is None or clock.status is not SlaStatus.OPEN or owner is None:
        return
    clock = replace(clock, owner_id=owner.ref.id)
    calendar, zone, settled = calendar_of(owner, course.rules.sla)
    if settled and not clock.confirmed:
        sla = course.rules.sla
        tier = sla.fast_tier if clock.tier == sla.fast_tier.name else sla.tier
        due = due_at(clock.started_at, tier, calendar, zone)
        clock = replace(
            clock,
            due=max(due, now),
            calendar=calendar.name,
            zone=zone.key,
            confirmed=True,
            calendar_unconfirmed=not confirmed(due, calendar),
        )
    course.sla = clock


def record_touch(course: Course, at: datetime, why: str) -> bool:
    """Take a human act into the cycle; whether it belongs to this cycle.

    A touch at or before due meets the promise even if it is seen late: nobody in sales is
    charged for the pipe. An act before the fact that made the MQL belongs to no cycle.
    """
    if course.mql_caused_at is not None and at < course.mql_caused_at:
        return False
    if course.first_touch_at is None or at < course.first_touch_at:
        course.first_touch_at = at
    clock = course.sla
    if clock is None or clock.cycle != course.cycle:
        return True
    first = at if clock.first_touch_at is None else min(at, clock.first_touch_at)
    clock = replace(clock, first_touch_at=first)
    open_or_late = clock.status in (SlaStatus.OPEN, SlaStatus.BREACHED)
    if open_or_late and first <= clock.due:
        clock = replace(clock, status=SlaStatus.MET, ended_at=first, why_ended=why)
    course.sla = clock
    return True


def breach(course: Course, at: datetime) -> None:
    """The due instant ``at`` passed without a touch."""
    clock = course.sla
    course.sla = clock and replace(
        clock, status=SlaStatus.BREACHED, ended_at=at, why_ended=NO_TOUCH
    )


def cancel(course: Course, at: datetime, why: str) -> None:
    """Close an open clock without a winner."""
    if course.sla is not None and course.sla.status is SlaStatus.OPEN:
        course.sla = replace(course.sla, status=SlaStatus.CANCELLED, ended_at=at, why_ended=why)
