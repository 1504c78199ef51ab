"""Clocks: opening hours, workdays, daylight saving, and measuring what passed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from person import at, default_rules

from crmbridge.core.calendars import (
    add_workdays,
    confirmed,
    due_at,
    elapsed,
    local_midnight,
    resolve,
)
from crmbridge.core.sla_rules import Calendar, ClockKind, OpenHours, Tier

BERLIN = ZoneInfo("Europe/Berlin")
US = default_rules().sla.calendars["US"]
HOUR = Tier(name="T0", clock=ClockKind.BUSINESS, duration=timedelta(hours=1))
DAY = Tier(name="T1", clock=ClockKind.WORKDAY, duration=timedelta(hours=24))
ELAPSED = Tier(name="T", clock=ClockKind.ELAPSED, duration=timedelta(hours=30))


def calendar(**hours: tuple[OpenHours, ...]) -> Calendar:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return Calendar(
        name="test",
        zone=BERLIN,
        hours={days.index(day): blocks for day, blocks in hours.items()},
        off_days=frozenset({date(2026, 6, 10)}),
        ends_on=date(2026, 12, 31),
    )


def _wall(text: str) -> datetime:
    """A wall time without a zone."""
    return datetime.fromisoformat(text)


NIGHT = calendar(mon=(OpenHours(opens=22 * 60, closes=26 * 60),))


def test_the_elapsed_clock_counts_every_hour() -> None:
    assert at("06-13 20:00") == due_at(at("06-12 14:00"), ELAPSED, US)
    assert timedelta(hours=30) == elapsed(
        at("06-12 14:00"), at("06-13 20:00"), ClockKind.ELAPSED, US
    )


def test_a_block_past_midnight_belongs_to_the_day_it_begins_on() -> None:
    tuesday_half_past_midnight = at("06-08 22:30")

    assert at("06-08 23:30") == due_at(tuesday_half_past_midnight, HOUR, NIGHT)


def test_time_is_measured_on_the_clock_that_is_asked_for() -> None:
    friday, monday = at("06-12 20:00"), at("06-15 14:30")

    assert timedelta(hours=2, minutes=30) - timedelta(hours=0) == elapsed(
        friday, monday, ClockKind.BUSINESS, US
    )
    assert timedelta(hours=18, minutes=30) == elapsed(friday, monday, ClockKind.WORKDAY, US)
    assert timedelta() == elapsed(monday, friday, ClockKind.BUSINESS, US)
    assert timedelta(hours=2) == elapsed(
        at("06-13 12:00"), at("06-15 15:00"), ClockKind.WORKDAY, US
    )


def test_workdays_skip_weekends_and_off_days() -> None:
    assert at("06-15 14:00") == add_workdays(at("06-12 14:00"), 1, US)
    assert at("07-06 14:00") == add_workdays(at("07-02 14:00"), 1, US)


def test_a_wall_time_that_summer_time_skips_is_the_first_instant_after_the_gap() -> None:
    assert datetime(2026, 3, 29, 1, 0, tzinfo=UTC) == resolve(_wall("2026-03-29T02:30"), BERLIN)
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) == resolve(_wall("2026-10-25T02:30"), BERLIN)
    beirut = ZoneInfo("Asia/Beirut")
    assert datetime(2026, 3, 28, 22, 0, tzinfo=UTC) == local_midnight(date(2026, 3, 29), beirut)


def test_a_calendar_is_confirmed_up_to_its_last_listed_day() -> None:
    assert confirmed(at("12-31 12:00"), NIGHT)
    assert not confirmed(datetime(2027, 1, 1, 12, tzinfo=UTC), NIGHT)


@pytest.mark.parametrize("tier", [HOUR, DAY])
def test_a_calendar_that_never_opens_is_an_error_and_no_endless_search(tier: Tier) -> None:
    with pytest.raises(ValueError, match="calendar test"):
        due_at(at("06-12 14:00"), tier, calendar())


BLOCKS = st.sampled_from(
    [
        (),
        (OpenHours(opens=540, closes=1020),),
        (OpenHours(opens=480, closes=720), OpenHours(opens=780, closes=1080)),
        (OpenHours(opens=1320, closes=1560),),
    ]
)


@given(
    weekday=BLOCKS.filter(bool),
    other=BLOCKS,
    start=st.datetimes(_wall("2026-03-20"), _wall("2026-04-10")),
    minutes=st.integers(1, 900),
)
def test_business_dues_equal_a_count_minute_by_minute(
    weekday: tuple[OpenHours, ...],
    other: tuple[OpenHours, ...],
    start: datetime,
    minutes: int,
) -> None:
    """Within one offset of daylight saving, a minute counts if its wall time is open."""
    start = start.replace(second=0, microsecond=0, tzinfo=ZoneInfo("Asia/Jakarta")).astimezone(UTC)
    made = Calendar(
        name="x",
        zone=ZoneInfo("Asia/Jakarta"),
        hours={day: blocks for day, blocks in enumerate([weekday, other] * 3 + [()]) if blocks},
        off_days=frozenset({date(2026, 3, 25)}),
        ends_on=date(2026, 12, 31),
    )
    tier = Tier(name="x", clock=ClockKind.BUSINESS, duration=timedelta(minutes=minutes))

    due = due_at(start, tier, made)

    assert due > start
    assert minutes == _open_minutes(start, due, made)
    assert timedelta(minutes=minutes) == elapsed(start, due, ClockKind.BUSINESS, made)


def _open_minutes(start: datetime, end: datetime, made: Calendar) -> int:
    count, instant = 0, start
    while instant < end:
        wall = instant.astimezone(made.zone)
        for day, extra in ((wall.date(), 0), (wall.date() - timedelta(days=1), 1440)):
            if day in made.off_days:
                continue
            minute = wall.hour * 60 + wall.minute + extra
            blocks = made.hours.get(day.weekday(), ())
            if any(block.opens <= minute < block.closes for block in blocks):
                count += 1
                break
        instant += timedelta(minutes=1)
    return count


@given(
    start=st.datetimes(_wall("2026-01-01"), _wall("2026-12-01"), timezones=st.just(UTC)),
    later=st.timedeltas(timedelta(0), timedelta(days=3)),
    tier=st.sampled_from([HOUR, ELAPSED]),
    name=st.sampled_from(["US", "DE", "ID"]),
)
def test_dues_never_lie_before_the_start_and_grow_with_it(
    start: datetime, later: timedelta, tier: Tier, name: str
) -> None:
    made = default_rules().sla.calendars[name]

    assert start <= due_at(start, tier, made) <= due_at(start + later, tier, made)
