"""What each file of the rule book may say, as pydantic models; one class per section."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crmbridge.core.facts import Evidence
from crmbridge.core.model import Stage
from crmbridge.core.rules import Assignment, Block, ClockKind, Group, Seniority

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Points = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
Limit = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Days = Annotated[float, Field(gt=0, le=3650, allow_inf_nan=False)]
Hours = Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d-\d\d:\d\d$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Section(BaseModel):
    """Refuses unknown keys and values that only look like the right type."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StandardFile(Section):
    """``standard.yaml``."""

    version: Text
    in_force_from: date


class BandSection(Section):
    """One band of head counts."""

    least: int = Field(ge=0)
    most: int | None = Field(default=None, ge=0)
    points: Points


class FitSection(Section):
    """The ICP."""

    industries: dict[Text, Points]
    employees: list[BandSection]
    seniorities: dict[Seniority, Points]
    countries: dict[Text, Points]
    free_mail_points: float = Field(ge=-100, le=0)
    free_mail_domains: list[Text]
    cap: Limit
    grades: dict[Text, Limit]
    lowest_grade: Text


class SignalSection(Section):
    """One signal."""

    group: Group
    points: Limit
    half_life_days: Days
    hand_raise: bool = False


class PatternSection(Section):
    """Evidence that means a signal."""

    evidence: Evidence
    like: list[Text] = []
    signal: Text


class MqlSection(Section):
    """The threshold."""

    score: int = Field(ge=0, le=100)
    fit: Limit
    hand_raise_holds_days: Days
    big_deal_value: float = Field(gt=0, allow_inf_nan=False)
    big_deal_grade: Text


class ScoringFile(Section):
    """``scoring.yaml``."""

    fit: FitSection
    signals: dict[Text, SignalSection]
    patterns: list[PatternSection]
    engagement_cap: Limit
    signal_cap: Limit
    daily_limit: int = Field(ge=1, le=1000)
    engagement_grades: dict[Text, Limit]
    lowest_engagement_grade: Text
    rewrite_step: int = Field(ge=1, le=100)
    scanner_burst_seconds: float = Field(ge=0, le=3600, allow_inf_nan=False)
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
    hours: float | None = Field(default=None, gt=0, le=2400, allow_inf_nan=False)
    minutes: float | None = Field(default=None, gt=0, le=144000, allow_inf_nan=False)


class TiersSection(Section):
    """Both tiers."""

    normal: TierSection
    fast: TierSection


class CalendarSection(Section):
    """One calendar."""

    zone: Text
    hours: dict[Weekday, list[Hours]] = Field(min_length=1)
    off_days: list[date]
    ends_on: date


class SlaFile(Section):
    """``sla.yaml``."""

    tiers: TiersSection
    default_calendar: Text
    calendars: dict[Text, CalendarSection] = Field(min_length=1)
    own_zone: bool
    zones: dict[Text, list[Text]]
    automation_users: list[Text] = []
    automation_subjects: list[Text] = []


class TrackSection(Section):
    """One nurture track."""

    list: Annotated[str, StringConstraints(pattern=r"^NL-\S", max_length=100)]
    content: Text


class ReasonSection(Section):
    """One reason of a rep."""

    terminal: bool = False
    track: Text | None = None
    cooldown_days: Days | None = None
    until_resume_date: bool = False
    block: Block | None = None
    opts_out: bool = False
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
    longterm_from: int = Field(ge=1)
    longterm_track: Text
    max_recycles: int = Field(ge=1)


class FeedbackFile(Section):
    """``feedback.yaml``."""

    least_characters: int = Field(ge=0)
    least_words: int = Field(ge=0)
    least_word_length: int = Field(ge=1)
    fillers: list[Text] = []
    reason_wait_workdays: int = Field(ge=0, le=250)


class HandoffFile(Section):
    """``handoff.yaml``."""

    create_leads: bool
    create_contacts: bool
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
