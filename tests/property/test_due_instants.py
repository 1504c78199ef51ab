"""Due instants against a clock that counts every minute, on random calendars across DST."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crmbridge.core.calendars import due_at, elapsed
from crmbridge.core.sla_rules import Calendar, ClockKind, OpenHours, Tier

MINUTE = timedelta(minutes=1)
ZONES = ["America/New_York", "Europe/Berlin", "Asia/Jakarta", "Australia/Lord_Howe", "Asia/Kolkata"]
# Around both changes of the clocks in all of these zones.
STARTS = st.builds(
    lambda day, minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=minute),
    st.one_of(st.integers(60, 95), st.integers(270, 310)),
    st.integers(0, 1439),
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    hours: dict[int, tuple[OpenHours, ...]] = {}
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        opens = draw(st.integers(0, 22)) * 60
        length = draw(st.integers(1, 9)) * 60
        blocks = [OpenHours(opens=opens, closes=min(opens + length, 24 * 60))]
        if draw(st.booleans()) and opens + length + 60 < 23 * 60:
            blocks.append(OpenHours(opens=opens + length + 60, closes=opens + length + 120))
        hours[weekday] = tuple(blocks)
    start = date(2026, 1, 1)
    off = draw(st.sets(st.integers(60, 320), max_size=10))
    return Calendar(
        name="random",
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        hours=hours,
        off_days=frozenset(start + timedelta(days=day) for day in off),
        ends_on=date(2027, 12, 31),
    )


def is_open(wall: datetime, calendar: Calendar) -> bool:
    """Whether the wall-clock minute that begins at ``wall`` lies in opening hours."""
    if wall.date() in calendar.off_days:
        return False
    minute = wall.hour * 60 + wall.minute
    blocks = calendar.hours.get(wall.weekday(), ())
    return any(block.opens <= minute < block.closes for block in blocks)


def counted_due(start: datetime, minutes: int, calendar: Calendar) -> datetime:
    """Walk the wall clock minute by minute; then find the instant at which it shows that."""
    wall = start.astimezone(calendar.zone).replace(tzinfo=None)
    left = minutes
    while left:
        left -= is_open(wall, calendar)
        wall += MINUTE
    return shown_at(wall, calendar.zone, start)


def shown_at(wall: datetime, zone: ZoneInfo, start: datetime) -> datetime:
    """The first instant whose wall clock shows ``wall`` or, where it is skipped, more."""
    at = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    while at.astimezone(zone).replace(tzinfo=None) < wall:
        at += MINUTE
    return max(at, start)


@settings(max_examples=150, deadline=None)
@given(start=STARTS, minutes=st.integers(1, 600), calendar=calendars())
def test_business_minutes_are_those_that_a_minute_by_minute_count_finds(
    start: datetime, minutes: int, calendar: Calendar
) -> None:
    tier = Tier(name="T", clock=ClockKind.BUSINESS, duration=minutes * MINUTE)

    assert counted_due(start, minutes, calendar) == due_at(start, tier, calendar)


def counted_workday_due(start: datetime, minutes: int, calendar: Calendar) -> datetime:
    def works(day: date) -> bool:
        return day not in calendar.off_days and bool(calendar.hours.get(day.weekday()))

    wall = start.astimezone(calendar.zone).replace(tzinfo=None)
    if not works(wall.date()):
        while not works(wall.date()):
            wall = datetime.combine(wall.date() + timedelta(days=1), time())
        wall += min(block.opens for block in calendar.hours[wall.weekday()]) * MINUTE
    left = minutes
    while left or not works(wall.date()):
        left -= works(wall.date())
        wall += MINUTE
    return shown_at(wall, calendar.zone, start)


@settings(max_examples=100, deadline=None)
@given(start=STARTS, minutes=st.integers(1, 3000), calendar=calendars())
def test_workday_minutes_are_those_that_a_minute_by_minute_count_finds(
    start: datetime, minutes: int, calendar: Calendar
) -> None:
    tier = Tier(name="T", clock=ClockKind.WORKDAY, duration=minutes * MINUTE)

    assert counted_workday_due(start, minutes, calendar) == due_at(start, tier, calendar)


@settings(max_examples=300, deadline=None)
@given(
    start=STARTS,
    later=st.integers(0, 5000),
    minutes=st.integers(1, 3000),
    calendar=calendars(),
    clock=st.sampled_from(ClockKind),
)
def test_due_is_never_before_start_and_monotone_in_it(
    start: datetime, later: int, minutes: int, calendar: Calendar, clock: ClockKind
) -> None:
    tier = Tier(name="T", clock=clock, duration=minutes * MINUTE)
    second = start + later * MINUTE
    first_due, second_due = due_at(start, tier, calendar), due_at(second, tier, calendar)

    assert first_due >= start
    if clock is ClockKind.WORKDAY:
        # By the lead standard a start on an off-day counts from the next opening, so that
        # one at one in the morning of that next day is due earlier: monotone among starts
        # on working days only.
        days = [at.astimezone(calendar.zone).date() for at in (start, second)]
        assume(all(calendar.hours.get(d.weekday()) and d not in calendar.off_days for d in days))
    assert first_due <= second_due


@settings(max_examples=200, deadline=None)
@given(start=STARTS, minutes=st.integers(1, 600), calendar=calendars())
def test_what_has_elapsed_at_due_is_the_tiers_time(
    start: datetime, minutes: int, calendar: Calendar
) -> None:
    tier = Tier(name="T", clock=ClockKind.BUSINESS, duration=minutes * MINUTE)
    due = due_at(start, tier, calendar)
    zone = calendar.zone
    # Across a change of the clocks wall time and elapsed time differ by the shift.
    assume(start.astimezone(zone).utcoffset() == due.astimezone(zone).utcoffset())

    assert tier.duration == elapsed(start, due, ClockKind.BUSINESS, calendar)
