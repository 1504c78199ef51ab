"""Sales' promise: one clock per MQL, started, kept, met, broken, paused or cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from crmbridge.core.calendars import confirmed, due_at, elapsed
from crmbridge.core.course import Course
from crmbridge.core.directory import calendar_of, days_off
from crmbridge.core.facts import Fact, FactKind, OwnedDetail, PauseDetail
from crmbridge.core.model import Owner, OwnerKind, Side, Stage
from crmbridge.core.sla_rules import Calendar, Tier
from crmbridge.core.standing import Pause, RepClock, SlaClock, SlaStatus
from crmbridge.core.tasks import Topic

NO_TOUCH = "no touch by due"


def start_clock(course: Course, at: datetime, tier: Tier) -> None:
    """Start the promise of this cycle at the MQL instant."""
    owner = course.owner()
    calendar, zone, settled = calendar_of(owner, course.rules.sla)
    due = due_at(at, tier, calendar, zone)
    course.sla = SlaClock(
        cycle=course.cycle,
        terms=tier,
        started_at=at,
        due=due,
        counted_due=due,
        calendar=calendar.name,
        zone=zone.key,
        confirmed=settled,
        owner_id=owner.ref.id if owner else None,
        calendar_unconfirmed=not confirmed(due, calendar),
    )
    course.rep = None
    _start_rep(course, owner, at)


def is_waiting(clock: SlaClock | None) -> bool:
    """Whether sales still owes the first touch, in time or late."""
    if clock is None or clock.first_touch_at is not None:
        return False
    return clock.status in (SlaStatus.OPEN, SlaStatus.BREACHED)


def hasten(course: Course, at: datetime) -> None:
    """A hand-raise on an untouched MQL: the fast tier, and the earlier of the two dues."""
    clock, fast = course.sla, course.rules.sla.fast_tier
    if clock is None or clock.status is not SlaStatus.OPEN or clock.tier == fast.name:
        return
    clock = replace(clock, terms=fast, normal_terms=clock.terms, hastened_at=at)
    counted = _counted_due(course, clock)
    course.sla = replace(clock, counted_due=counted, due=min(clock.due, counted))
    rep = course.rep
    if rep is not None and rep.status is SlaStatus.OPEN:
        due = _rep_due(course, clock, rep.owner_id, max(rep.started_at, at))
        course.rep = replace(rep, due=min(rep.due, due))


def calendar_for(course: Course, clock: SlaClock) -> tuple[Calendar, ZoneInfo]:
    """The calendar and zone on which ``clock`` runs, as the rule book has them today."""
    rules = course.rules.sla
    calendar = rules.calendars.get(clock.calendar) or rules.calendars[rules.default_calendar]
    return calendar, ZoneInfo(clock.zone)


def on_clock(course: Course, clock: SlaClock, at: datetime, share: float = 1.0) -> datetime:
    """When ``share`` of the tier's time has run out from ``at``, pauses added."""
    calendar, zone = calendar_for(course, clock)
    terms = replace(clock.terms, duration=clock.terms.duration * share)
    return _with_pauses(due_at(at, terms, calendar, zone), clock, calendar, zone)


def _counted_due(course: Course, clock: SlaClock) -> datetime:
    if clock.hastened_at is None or clock.normal_terms is None:
        return on_clock(course, clock, clock.started_at)
    calendar, zone = calendar_for(course, clock)
    usual = due_at(clock.started_at, clock.normal_terms, calendar, zone)
    usual = _with_pauses(usual, replace(clock, terms=clock.normal_terms), calendar, zone)
    return min(usual, on_clock(course, clock, clock.hastened_at))


def _with_pauses(due: datetime, clock: SlaClock, calendar: Calendar, zone: ZoneInfo) -> datetime:
    """``due`` moved by each pause, measured on the tier's clock."""
    for pause in clock.pauses:
        if pause.until is not None and pause.since < due:
            left = elapsed(pause.since, due, clock.terms.clock, calendar, zone)
            due = due_at(pause.until, replace(clock.terms, duration=left), calendar, zone)
    return due


def follow_owner(course: Course, now: datetime) -> None:
    """Let the first human owner's calendar settle an open clock, follow a changed calendar,
    and note who owns the lead now.

    A due that this would move into the past becomes ``now``: the promise breaks now.
    """
    owner = course.owner()
    if owner is not None and owner.kind is OwnerKind.HUMAN:
        course.sales_owner_id = owner.ref.id
    clock = course.sla
    if clock is None:
        return
    if clock.status is SlaStatus.OPEN and owner is not None:
        clock = _settled(course, replace(clock, owner_id=owner.ref.id), owner)
    course.sla = clock
    if clock.status is SlaStatus.OPEN:
        _recount(course, clock, now)
    if owner is not None and (course.rep is None or course.rep.owner_id != owner.ref.id):
        _start_rep(course, owner, now)


def meet_owner(course: Course, now: datetime) -> None:
    """Let the first human owner's calendar count before what was seen together with them.

    A lead that is created with us gets its owner in the CRM, and both that and a touch may be news
    to the same look. Only where neither due has come by ``now``: then it is no matter when the
    owner came.
    """
    clock, owner = course.sla, course.owner()
    if clock is None or clock.status is not SlaStatus.OPEN or owner is None:
        return
    settled = _settled(course, clock, owner)
    if settled is not clock and min(clock.due, _counted_due(course, settled)) > now:
        course.sla = settled
        _recount(course, settled, now)


def _settled(course: Course, clock: SlaClock, owner: Owner) -> SlaClock:
    """The clock on the calendar of its first human owner, and of no later one."""
    calendar, zone, settled = calendar_of(owner, course.rules.sla)
    if not settled or clock.confirmed:
        return clock
    return replace(clock, calendar=calendar.name, zone=zone.key, confirmed=True)


def _recount(course: Course, clock: SlaClock, now: datetime) -> None:
    counted = _counted_due(course, clock)
    if counted == clock.counted_due:
        return
    calendar, _ = calendar_for(course, clock)
    course.sla = replace(
        clock,
        counted_due=counted,
        due=max(counted, now),
        calendar_unconfirmed=not confirmed(counted, calendar),
    )


def _start_rep(course: Course, owner: Owner | None, since: datetime) -> None:
    """The clock of whoever became owner at ``since`` while sales owes a touch."""
    clock = course.sla
    if owner is None or clock is None or not is_waiting(clock):
        return
    if owner.kind is not OwnerKind.HUMAN:
        course.rep = None
        return
    start = max(since, clock.started_at)
    due = _rep_due(course, clock, owner.ref.id, max(start, clock.hastened_at or start))
    course.rep = RepClock(owner_id=owner.ref.id, started_at=start, due=due)


def _rep_due(course: Course, clock: SlaClock, owner_id: str, start: datetime) -> datetime:
    owner = course.view.owners.get(Side.SALES, {}).get(owner_id)
    calendar, zone, _ = calendar_of(owner, course.rules.sla)
    own = days_off(owner, course.rules.sla) if owner is not None else frozenset()
    calendar = replace(calendar, off_days=calendar.off_days | own)
    return due_at(start, clock.terms, calendar, zone)


def take_owned(course: Course, fact: Fact) -> None:
    """The history tells when someone became owner: their clock starts then."""
    detail, rep = fact.detail, course.rep
    known = rep.owner_id if rep is not None else None
    if not isinstance(detail, OwnedDetail) or detail.owner == known:
        return
    owner = course.view.owners.get(Side.SALES, {}).get(detail.owner)
    _start_rep(course, owner, fact.at)


def take_pause(course: Course, fact: Fact) -> None:
    """The promise stands still for a reason that the rule book lists, or runs again."""
    detail, clock = fact.detail, course.sla
    if not isinstance(detail, PauseDetail) or clock is None or clock.status is not SlaStatus.OPEN:
        return
    if fact.kind is FactKind.RESUMED:
        end_pause(course, fact.at)
        return
    if clock.is_paused or detail.reason.strip().casefold() not in course.rules.sla.pause_reasons:
        return
    pause = Pause(since=max(fact.at, clock.started_at), reason=detail.reason)
    course.sla = replace(clock, pauses=(*clock.pauses, pause))


def end_pause(course: Course, at: datetime) -> None:
    """The promise runs again from ``at``; due moves by the time that it stood still."""
    clock, rep = course.sla, course.rep
    if clock is None or not clock.is_paused:
        return
    ended = replace(clock.pauses[-1], until=max(at, clock.pauses[-1].since))
    calendar, zone = calendar_for(course, clock)
    last = replace(clock, pauses=(ended,))
    counted = _with_pauses(clock.counted_due, last, calendar, zone)
    course.sla = replace(
        clock,
        pauses=(*clock.pauses[:-1], ended),
        counted_due=counted,
        due=_with_pauses(clock.due, last, calendar, zone),
        calendar_unconfirmed=not confirmed(counted, calendar),
    )
    if rep is not None and rep.status is SlaStatus.OPEN:
        course.rep = replace(rep, due=_with_pauses(rep.due, last, calendar, zone))


def record_touch(course: Course, at: datetime, why: str) -> bool:
    """Take a human act into the cycle; whether it belongs to this cycle.

    A touch at or before due meets the promise even if it is seen late: nobody in sales is
    charged for the pipe. An act before the fact that made the MQL belongs to no cycle.
    """
    if course.mql_caused_at is not None and at < course.mql_caused_at:
        return False
    _count_attempt(course, at)
    end_pause(course, at)
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
    course.drop_tasks(Topic.SLA)
    rep = course.rep
    if rep is not None and rep.status is not SlaStatus.MET and first <= rep.due:
        course.rep = replace(rep, status=SlaStatus.MET, ended_at=first)
    return True


def _count_attempt(course: Course, at: datetime) -> None:
    """Touches count towards the promised number while the person is worked as an MQL."""
    if course.mql_at is None or course.stage not in (Stage.MQL, Stage.ACTIVATION):
        return
    if at <= course.mql_at + course.rules.sla.attempts_within:
        course.attempts += 1


def breach(course: Course, at: datetime) -> None:
    """The due instant ``at`` passed without a touch."""
    clock = course.sla
    course.sla = clock and replace(
        clock, status=SlaStatus.BREACHED, ended_at=at, why_ended=NO_TOUCH
    )


def breach_rep(course: Course, at: datetime) -> None:
    """The owner's own time has run out."""
    course.rep = course.rep and replace(course.rep, status=SlaStatus.BREACHED, ended_at=at)


def cancel(course: Course, at: datetime, why: str) -> None:
    """Close an open clock without a winner."""
    if course.sla is not None and course.sla.status is SlaStatus.OPEN:
        course.sla = replace(course.sla, status=SlaStatus.CANCELLED, ended_at=at, why_ended=why)
        end_rep(course, at)
    course.drop_tasks(Topic.SLA)


def end_rep(course: Course, at: datetime) -> None:
    """Nobody owes a first touch any more."""
    if course.rep is not None and course.rep.status is SlaStatus.OPEN:
        course.rep = replace(course.rep, status=SlaStatus.CANCELLED, ended_at=at)
