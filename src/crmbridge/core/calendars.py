"""Due instants and measured time on business, workday and elapsed clocks.

All arithmetic is in local wall time: a wall time that daylight saving skips is the first
instant after the gap, one that it repeats is the first of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crmbridge.core.sla_rules import Calendar, ClockKind, Tier

_DAY = timedelta(days=1)
_LONGEST_SEARCH = 3660
"""Days; a calendar that stays closed for ten years is a mistake, not a calendar."""


def due_at(
    start: datetime, tier: Tier, calendar: Calendar, zone: ZoneInfo | None = None
) -> datetime:
    """The instant at which ``tier`` has run out, counted from ``start``; never before it.

    ``zone`` is where the calendar's hours are read, its own by default.
    """
    where = zone or calendar.zone
    if tier.clock is ClockKind.ELAPSED:
        return start + tier.duration
    wall = _wall(start, where)
    if tier.clock is ClockKind.BUSINESS:
        ended = _run_business(wall, tier.duration, calendar)
    else:
        ended = _run_workdays(wall, tier.duration, calendar)
    return max(start, resolve(ended, where))


def elapsed(
    start: datetime,
    end: datetime,
    clock: ClockKind,
    calendar: Calendar,
    zone: ZoneInfo | None = None,
) -> timedelta:
    """How much time passed between two instants on a clock; zero if ``end`` is not later."""
    if end <= start:
        return timedelta()
    if clock is ClockKind.ELAPSED:
        return end - start
    where = zone or calendar.zone
    first, last = _wall(start, where), _wall(end, where)
    if clock is ClockKind.BUSINESS:
        spans = _open_spans(first, calendar, until=last)
    else:
        spans = _workday_spans(first, calendar, until=last)
    total = timedelta()
    for opens, closes in spans:
        total += max(timedelta(), min(closes, last) - opens)
    return total


def add_workdays(
    instant: datetime, days: int, calendar: Calendar, zone: ZoneInfo | None = None
) -> datetime:
    """The same wall time ``days`` working days later; from an off-day, counted from the
    next opening."""
    tier = Tier(name="", clock=ClockKind.WORKDAY, duration=days * _DAY)
    return due_at(instant, tier, calendar, zone)


def next_open(instant: datetime, calendar: Calendar, zone: ZoneInfo | None = None) -> datetime:
    """The first instant from ``instant`` on that lies in opening hours."""
    where = zone or calendar.zone
    wall = _wall(instant, where)
    opens, _ = next(_open_spans(wall, calendar, until=None))
    return max(instant, resolve(opens, where))


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of ``day`` in ``zone``, in UTC."""
    return resolve(datetime.combine(day, time()), zone)


def confirmed(instant: datetime, calendar: Calendar) -> bool:
    """Whether the calendar's off-days were listed for the day of ``instant``."""
    return _wall(instant, calendar.zone).date() <= calendar.ends_on


def resolve(wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive wall time, by the rule for skipped and repeated times."""
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(instant, zone) == wall:
        return instant
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _transition(before, instant, zone)


def _transition(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second in (before, after] on the new offset."""
    offset = after.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        at = before + timedelta(seconds=middle)
        if at.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _is_workday(day: date, calendar: Calendar) -> bool:
    return day not in calendar.off_days and bool(calendar.hours.get(day.weekday()))


def _opening(day: date, calendar: Calendar) -> datetime:
    opens = min(block.opens for block in calendar.hours[day.weekday()])
    return datetime.combine(day, time()) + timedelta(minutes=opens)


def _next_workday(day: date, calendar: Calendar) -> date:
    for _ in range(_LONGEST_SEARCH):
        if _is_workday(day, calendar):
            return day
        day += _DAY
    raise ValueError(f"calendar {calendar.name} has no working day within ten years")


def _workday_start(wall: datetime, calendar: Calendar) -> datetime:
    """Where the workday clock starts: on an off-day at the next opening, else at once."""
    if _is_workday(wall.date(), calendar):
        return wall
    return _opening(_next_workday(wall.date() + _DAY, calendar), calendar)


def _run_workdays(wall: datetime, duration: timedelta, calendar: Calendar) -> datetime:
    at = _workday_start(wall, calendar)
    left = duration
    while True:
        midnight = datetime.combine(at.date() + _DAY, time())
        if left < midnight - at:
            return at + left
        left -= midnight - at
        at = datetime.combine(_next_workday(midnight.date(), calendar), time())


def _workday_spans(
    wall: datetime, calendar: Calendar, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    at = _workday_start(wall, calendar)
    while at < until:
        midnight = datetime.combine(at.date() + _DAY, time())
        yield at, midnight
        at = datetime.combine(_next_workday(midnight.date(), calendar), time())


def _run_business(wall: datetime, duration: timedelta, calendar: Calendar) -> datetime:
    left = duration
    for opens, closes in _open_spans(wall, calendar, until=None):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise ValueError(f"calendar {calendar.name} is never open long enough")


def _open_spans(
    wall: datetime, calendar: Calendar, until: datetime | None
) -> Iterator[tuple[datetime, datetime]]:
    """Open stretches from ``wall`` on; a block past midnight belongs to the day it begins on.

    Overlapping blocks count once.
    """
    day = wall.date() - _DAY
    covered = wall
    for _ in range(_LONGEST_SEARCH):
        midnight = datetime.combine(day, time())
        if until is not None and midnight >= until:
            return
        if _is_workday(day, calendar):
            for block in sorted(calendar.hours[day.weekday()], key=lambda block: block.opens):
                opens = max(covered, midnight + timedelta(minutes=block.opens))
                closes = midnight + timedelta(minutes=block.closes)
                if closes > opens:
                    yield opens, closes
                    covered = closes
        day += _DAY
