"""What each file of the rule book may say, as pydantic models; one class per section."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from crmbridge.core.facts import Evidence
from crmbridge.core.model import Stage
from crmbridge.core.rules import Assignment, Block, ClockKind, Group, Seniority

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Flag = Annotated[bool, Field(strict=True)]
Points = Annotated[float, Field(strict=True, ge=-100, le=100)]
Limit = Annotated[float, Field(strict=True, ge=0, le=100)]
Days = Annotated[float, Field(strict=True, gt=0, le=3650)]
Length = Annotated[float, Field(strict=True, gt=0, le=144_000)]
Amount = Annotated[float, Field(strict=True, gt=0, le=1e15)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Times = Annotated[int, Field(strict=True, ge=1, le=1000)]
Hours = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _day(value: object) -> object:
    if not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) is None:
        raise ValueError("must be a date such as 2026-12-25")
    return value


Day = Annotated[date, BeforeValidator(_day)]


class Section(BaseModel):
    """Refuses unknown keys and values that only look like the right type."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StandardFile(Section):
    """``standard.yaml``."""

    version: Text
    in_force_from: Day


class BandSection(Section):
    """One band of head counts."""

    least: Count
    most: Count | None = None
    points: Points


class FitSection(Section):
    """The ICP."""

    industries: dict[Text, Points]
    employees: list[BandSection]
    seniorities: dict[Seniority, Points]
    countries: dict[Text, Points]
    free_mail_points: Annotated[Points, Field(le=0)]
    free_mail_domains: list[Text]
    cap: Limit
    grades: dict[Text, Limit]
    lowest_grade: Text


class SignalSection(Section):
    """One signal."""

    group: Group
    points: Limit
    half_life_days: Days
    hand_raise: Flag = False


class PatternSection(Section):
    """Evidence that means a signal."""

    evidence: Evidence
    like: list[Text] = []
    signal: Text


class MqlSection(Section):
    """The threshold."""

    score: Percent
    fit: Limit
    hand_raise_holds_days: Days
    big_deal_value: Amount
    big_deal_grade: Text


class ScoringFile(Section):
    """``scoring.yaml``."""

    fit: FitSection
    signals: dict[Text, SignalSection]
    patterns: list[PatternSection]
    engagement_cap: Limit
    signal_cap: Limit
    daily_limit: Times
    engagement_grades: dict[Text, Limit]
    lowest_engagement_grade: Text
    rewrite_step: Annotated[Times, Field(le=100)]
    scanner_burst_seconds: Annotated[float, Field(strict=True, ge=0, le=3600)]
    mql: MqlSection
    blocked_domains: dict[Text, Block] = {}


class NormalisingFile(Section):
    """``normalising.yaml``."""

    industries: dict[Text, list[Text]]
    countries: dict[Text, list[Text]]
    seniorities: dict[Seniority, list[Text]]


class StagesFile(Section):
    """``stages.yaml``."""

    statuses: dict[Stage, list[Text]]
    lifecycle: dict[Stage, Text]
    lead_status: dict[Stage, Text] = {}
    sales_status: dict[Stage, Text] = {}
    excluded_deal_types: list[Text] = []


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


class SlaFile(Section):
    """``sla.yaml``."""

    tiers: TiersSection
    default_calendar: Text
    calendars: dict[Text, CalendarSection] = Field(min_length=1)
    own_zone: Flag
    zones: dict[Text, list[Text]]
    automation_users: list[Text] = []
    automation_subjects: list[Text] = []


class TrackSection(Section):
    """One nurture track."""

    list: Annotated[str, StringConstraints(pattern=r"^NL-\S", max_length=100)]
    content: Text


class ReasonSection(Section):
    """One reason of a rep."""

    terminal: Flag = False
    track: Text | None = None
    cooldown_days: Days | None = None
    until_resume_date: Flag = False
    block: Block | None = None
    opts_out: Flag = False
    only_grades: list[Text] = []
    values: list[Text] = []


class IdleSection(Section):
    """When silence recycles."""

    reason: Text
    days: Days
    days_after_first_touch: Days


class RecyclingFile(Section):
    """``recycling.yaml``."""

    tracks: dict[Text, TrackSection]
    reasons: dict[Text, ReasonSection]
    idle: IdleSection
    unspecified_reason: Text
    longterm_from: Times
    longterm_track: Text
    max_recycles: Times


class FeedbackFile(Section):
    """``feedback.yaml``."""

    least_characters: Times
    least_words: Times
    least_word_length: Times
    fillers: list[Text] = []
    reason_wait_workdays: Annotated[Count, Field(le=250)]


class HandoffFile(Section):
    """``handoff.yaml``."""

    create_leads: Flag
    create_contacts: Flag
    assignment: Assignment
    rule_id: Text | None = None
    queue: Text | None = None
    owner_map: dict[Text, Text] = {}
    fallback_company: Text


class RuleBook(Section):
    """Every file by its name without ``.yaml``."""

    standard: StandardFile
    scoring: ScoringFile
    normalising: NormalisingFile
    stages: StagesFile
    sla: SlaFile
    recycling: RecyclingFile
    feedback: FeedbackFile
    handoff: HandoffFile
