"""Relative day ranges such as LAST_N_DAYS:30, in the user's time zone. Contract §4."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from crmbridge_salesforce.simulator.soql.syntax import DateWord

_ONE_DAY = timedelta(days=1)


def day_range(word: DateWord, today: date) -> tuple[date, date]:
    """First day and the day after the last of the range that ``word`` means on ``today``."""
    match word.name:
        case "YESTERDAY":
            return today - _ONE_DAY, today
        case "TODAY":
            return today, today + _ONE_DAY
        case "TOMORROW":
            return today + _ONE_DAY, today + 2 * _ONE_DAY
        case "LAST_90_DAYS":
            return today - timedelta(days=90), today + _ONE_DAY
        case "NEXT_90_DAYS":
            return today + _ONE_DAY, today + timedelta(days=91)
        case "LAST_N_DAYS":
            return today - timedelta(days=word.count or 0), today + _ONE_DAY
    return _periods(word, today)


def _periods(word: DateWord, today: date) -> tuple[date, date]:
    count = word.count or 0
    name = word.name
    if name.startswith("N_"):
        unit = name.removeprefix("N_").removesuffix("_AGO").removesuffix("S")
        return _start(unit, today, -count), _start(unit, today, 1 - count)
    if "_N_" in name:
        unit = name.partition("_N_")[2].removesuffix("S")
        if name.startswith("LAST"):
            return _start(unit, today, -count), _start(unit, today, 0)
        return _start(unit, today, 1), _start(unit, today, 1 + count)
    when, _, unit = name.partition("_")
    step = {"LAST": -1, "THIS": 0, "NEXT": 1}[when]
    return _start(unit, today, step), _start(unit, today, step + 1)


def _start(unit: str, today: date, step: int) -> date:
    """First day of the period ``step`` periods from today's; weeks begin on Sunday."""
    if unit == "DAY":
        return today + timedelta(days=step)
    if unit == "WEEK":
        sunday = today - timedelta(days=(today.weekday() + 1) % 7)
        return sunday + timedelta(weeks=step)
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    index = (today.year * 12 + today.month - 1) // months * months + step * months
    return date(index // 12, index % 12 + 1, 1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant the day begins in the zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
