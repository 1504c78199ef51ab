"""From the validated ``sla.yaml`` to tiers, calendars and zones."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from crmbridge.core import sla_rules as r
from crmbridge.rulebook import schema_sla as s
from crmbridge.rulebook.faults import Fault, globs, known
from crmbridge.rulebook.schema_values import Weekday
from crmbridge.rulebook.source import Place, nearest, quoted

_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 24 * 60
_WEEK = 7 * _DAY


def _tier(tier: s.TierSection, place: Place) -> r.Tier:
    if (tier.hours is None) == (tier.minutes is None):
        raise Fault(place, "give either hours or minutes")
    duration = timedelta(hours=tier.hours or 0, minutes=tier.minutes or 0)
    return r.Tier(name=tier.name, clock=tier.clock, duration=duration)


def _zone(name: str, place: Place) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{quoted(name)} is no IANA time zone, such as Europe/Berlin"
        raise Fault(place, message, nearest(name, available_timezones())) from error


def _minutes(text: str, place: Place) -> int:
    hours, minutes = int(text[:2]), int(text[3:])
    if hours > 24 or minutes > 59 or (hours == 24 and minutes):
        raise Fault(place, f"{text} is no time of day")
    return hours * 60 + minutes


def _calendar(name: str, calendar: s.CalendarSection) -> r.Calendar:
    place: Place = ("sla", "calendars", name)
    for index, day in enumerate(calendar.off_days):
        here = (*place, "off_days", index)
        if day in calendar.off_days[:index]:
            raise Fault(here, f"{day} is listed twice")
        if day > calendar.ends_on:
            raise Fault(here, f"{day} lies after ends_on ({calendar.ends_on})")
    return r.Calendar(
        name=name,
        zone=_zone(calendar.zone, (*place, "zone")),
        hours=_hours(calendar, (*place, "hours")),
        off_days=frozenset(calendar.off_days),
        ends_on=calendar.ends_on,
    )


def _hours(calendar: s.CalendarSection, place: Place) -> dict[int, tuple[r.OpenHours, ...]]:
    hours: dict[int, tuple[r.OpenHours, ...]] = {}
    week: list[tuple[int, int, Place]] = []
    for number, day in enumerate(_WEEKDAYS):
        blocks: list[r.OpenHours] = []
        for index, text in enumerate(calendar.hours.get(day, [])):
            here = (*place, day, index)
            block = _block(text, here)
            blocks.append(block)
            week.append((number * _DAY + block.opens, number * _DAY + block.closes, here))
        if blocks:
            hours[number] = tuple(sorted(blocks, key=lambda block: block.opens))
    if not week:
        raise Fault(place, "a calendar needs at least one block of hours")
    _check_overlaps(sorted(week))
    return hours


def _block(text: str, place: Place) -> r.OpenHours:
    opens, closes = (_minutes(part, place) for part in text.split("-"))
    if opens in (closes, _DAY):
        raise Fault(place, f"{text} is never open")
    return r.OpenHours(opens=opens, closes=closes if closes > opens else closes + _DAY)


def _check_overlaps(week: list[tuple[int, int, Place]]) -> None:
    """A block may run past midnight into the next day's, also from Sunday into Monday."""
    opens, closes, place = week[0]
    for before, after in pairwise([*week, (opens + _WEEK, closes + _WEEK, place)]):
        if after[0] < before[1]:
            raise Fault(after[2], "these hours overlap those before them")


def compile_sla(file: s.SlaFile) -> r.SlaRules:
    """Tiers, calendars and zones; raises ``Fault`` where they contradict each other."""
    zones: dict[str, str] = {}
    for calendar, names in file.zones.items():
        place: Place = ("sla", "zones", calendar)
        known(calendar, file.calendars, place, "calendar")
        for index, name in enumerate(names):
            zone = _zone(name, (*place, index)).key
            if zones.setdefault(zone, calendar) != calendar:
                raise Fault(place, f"{zone} belongs to {zones[zone]} already")
    if file.tiers.normal.name == file.tiers.fast.name:
        raise Fault(("sla", "tiers", "fast", "name"), "the two tiers need different names")
    return r.SlaRules(
        tier=_tier(file.tiers.normal, ("sla", "tiers", "normal")),
        fast_tier=_tier(file.tiers.fast, ("sla", "tiers", "fast")),
        calendars={name: _calendar(name, section) for name, section in file.calendars.items()},
        default_calendar=known(
            file.default_calendar, file.calendars, ("sla", "default_calendar"), "calendar"
        ),
        zones=zones,
        own_zone=file.own_zone,
        automation_users=globs(file.automation_users),
        automation_subjects=globs(file.automation_subjects),
        ladder=r.Ladder(
            warn_at=file.ladder.warn_at,
            remind_after=file.ladder.remind_after_workdays,
            reassign_after=file.ladder.reassign_after_workdays,
            reassign_to=file.ladder.reassign_to,
            escalation=file.ladder.escalation,
        ),
        days_off={name.casefold(): frozenset(days) for name, days in file.days_off.items()},
        pause_reasons=frozenset(reason.casefold() for reason in file.pause_reasons),
        attempts=file.attempts.touches,
        attempts_within=timedelta(days=file.attempts.within_days),
        disposition_workdays=file.disposition_workdays,
    )
