"""What ``sla.yaml`` may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from crmbridge.core.sla_rules import ClockKind
from crmbridge.rulebook.schema_values import (
    Day,
    Days,
    Flag,
    Hours,
    Length,
    Section,
    Text,
    Times,
    Weekday,
)


class TierSection(Section):
    """One tier; exactly one of the two durations."""

    name: Text
    clock: ClockKind
    hours: Length | None = None
    minutes: Length | None = None


class TiersSection(Section):
    """Both tiers."""

    normal: TierSection
    fast: TierSection


class CalendarSection(Section):
    """One calendar."""

    zone: Text
    hours: dict[Weekday, list[Hours]] = Field(min_length=1)
    off_days: list[Day]
    ends_on: Day


class LadderSection(Section):
    """Who is told when."""

    warn_at: Annotated[float, Field(strict=True, gt=0, lt=1)]
    remind_after_workdays: Annotated[Times, Field(le=60)]
    reassign_after_workdays: Annotated[Times, Field(le=60)]
    reassign_to: Text | None = None
    escalation: Text | None = None


class AttemptsSection(Section):
    """How often sales tries."""

    touches: Times
    within_days: Days


class SlaFile(Section):
    """``sla.yaml``."""

    tiers: TiersSection
    default_calendar: Text
    calendars: dict[Text, CalendarSection] = Field(min_length=1)
    own_zone: Flag
    zones: dict[Text, list[Text]]
    automation_users: list[Text] = []
    automation_subjects: list[Text] = []
    ladder: LadderSection
    days_off: dict[Text, list[Day]] = {}
    pause_reasons: list[Text] = []
    attempts: AttemptsSection
    disposition_workdays: Annotated[Times, Field(le=250)]
