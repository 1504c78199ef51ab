"""The rule book's part on time: tiers, calendars, the ladder, and whose acts count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class ClockKind(StrEnum):
    """How a tier's duration is measured."""

    BUSINESS = "business"
    WORKDAY = "workday"
    ELAPSED = "elapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHours:
    """One block of opening hours in minutes after local midnight of the day it begins on.

    ``closes`` may exceed 1,440 where the block runs past midnight.
    """

    opens: int
    closes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Opening hours per weekday (Monday is 0), off-days, and the zone they are read in.

    ``ends_on`` is the last day for which off-days were listed.
    """

    name: str
    zone: ZoneInfo
    hours: Mapping[int, tuple[OpenHours, ...]]
    off_days: frozenset[date]
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One level of urgency: how long sales has for the first touch."""

    name: str
    clock: ClockKind
    duration: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Who is told when, while nobody has touched the lead.

    The owner after the share ``warn_at`` of the tier's time, owner and manager at due, the
    manager again after ``remind_after`` workdays; after ``reassign_after`` workdays the lead
    goes to ``reassign_to`` (sales user or queue: id, name or e-mail, casefolded), if any.
    ``escalation`` is told where nobody else can be.
    """

    warn_at: float
    remind_after: int
    reassign_after: int
    reassign_to: str | None
    escalation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaRules:
    """Tiers and calendars. ``zones`` maps an owner's IANA zone to a calendar name.

    ``fast_tier`` is owed to hand-raisers and big deals, ``tier`` to everyone else. An owner
    whose zone is in ``zones`` is held to that calendar's off-days and hours; where
    ``own_zone`` is true the hours are read in the owner's own zone. ``automation_users`` and
    ``automation_subjects`` are globs, casefolded: acts by such users, or with such subjects,
    are no touch. ``days_off`` are users' own (id, name or e-mail, casefolded); they count
    for the rep clock and for alerts only. ``pause_reasons`` are casefolded. ``attempts``
    touches are promised within ``attempts_within`` of the MQL, a decision about the lead
    within ``disposition_workdays``.
    """

    tier: Tier
    fast_tier: Tier
    calendars: Mapping[str, Calendar]
    default_calendar: str
    zones: Mapping[str, str]
    own_zone: bool
    automation_users: tuple[str, ...]
    automation_subjects: tuple[str, ...]
    ladder: Ladder
    days_off: Mapping[str, frozenset[date]]
    pause_reasons: frozenset[str]
    attempts: int
    attempts_within: timedelta
    disposition_workdays: int
