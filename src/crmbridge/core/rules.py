"""The rule book as the core reads it: plain values, every number of the lead standard.

``crmbridge.rulebook`` builds these from the operators' YAML; nothing here has a default, so
that no number can come from anywhere but the rule book.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crmbridge.core.facts import Evidence
from crmbridge.core.model import Stage


class Seniority(StrEnum):
    """What a job title says about the person's place in the company."""

    C_LEVEL = "c_level"
    VP = "vp"
    DIRECTOR = "director"
    MANAGER = "manager"
    INDIVIDUAL = "individual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalisation:
    """How raw field values become comparable.

    Keys of ``industries`` and ``countries`` are trimmed and casefolded; a value they do not
    know stays as it is (casefolded). ``titles`` maps casefolded words or phrases to a
    seniority; the longest phrase that stands in the title as whole words wins.
    """

    industries: Mapping[str, str]
    countries: Mapping[str, str]
    titles: Mapping[str, Seniority]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeBand:
    """Points for a company of ``least`` to ``most`` employees, both included."""

    least: int
    most: int | None
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRules:
    """The ICP as points. ``grades`` are letter → least fit, best first; below them all: D."""

    industries: Mapping[str, float]
    employees: tuple[EmployeeBand, ...]
    seniorities: Mapping[Seniority, float]
    countries: Mapping[str, float]
    free_mail_domains: frozenset[str]
    free_mail_points: float
    cap: float
    grades: tuple[tuple[str, float], ...]


class Group(StrEnum):
    """The two decaying parts of the score, each with a cap of its own."""

    ENGAGEMENT = "engagement"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What the rule book calls one kind of engagement, and what it is worth."""

    name: str
    group: Group
    points: float
    half_life: timedelta
    hand_raise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePattern:
    """Evidence of one kind whose name or target matches ``glob`` means ``signal``.

    Globs know ``*`` and ``?`` and are compared casefolded; an empty ``globs`` matches all.
    """

    evidence: Evidence
    globs: tuple[str, ...]
    signal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRules:
    """Fit + engagement + signals; patterns are tried in order, the first match wins."""

    fit: FitRules
    signals: Mapping[str, Signal]
    patterns: tuple[EvidencePattern, ...]
    engagement_cap: float
    signal_cap: float
    daily_limit: int
    engagement_grades: tuple[tuple[str, float], ...]
    lowest_engagement_grade: str
    lowest_fit_grade: str
    rewrite_step: int
    scanner_burst: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class MqlRules:
    """When a person is an MQL: by score, by raising a hand, or by a big deal."""

    score: int
    fit: float
    hand_raise_holds: timedelta
    big_deal_value: float
    big_deal_grade: str


class Block(StrEnum):
    """Hard blocks, strongest first."""

    LEGAL = "LEGAL"
    COMPETITOR = "COMPETITOR"
    OWN_STAFF = "OWN_STAFF"
    STUDENT = "STUDENT"
    SPAM = "SPAM"
    BAD_DATA = "BAD_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRules:
    """Evidence for hard blocks that does not come from a rep: e-mail domains."""

    domains: Mapping[str, Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRules:
    """What the CRMs' own status values mean and show.

    ``statuses`` keys are casefolded. ``lifecycle``, ``lead_status`` and ``sales_status`` name
    the value that a stage shows; a stage that is missing there is not written.
    """

    statuses: Mapping[str, Stage]
    lifecycle: Mapping[Stage, str]
    lead_status: Mapping[Stage, str]
    sales_status: Mapping[Stage, str]
    excluded_deal_types: frozenset[str]


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
class SlaRules:
    """Tiers and calendars. ``zones`` maps an owner's IANA zone to a calendar name.

    ``fast_tier`` is owed to hand-raisers and big deals, ``tier`` to everyone else. An owner
    whose zone is in ``zones`` is held to that calendar's off-days and hours; where
    ``own_zone`` is true the hours are read in the owner's own zone. ``automation_users`` and
    ``automation_subjects`` are globs, casefolded: acts by such users, or with such subjects,
    are no touch.
    """

    tier: Tier
    fast_tier: Tier
    calendars: Mapping[str, Calendar]
    default_calendar: str
    zones: Mapping[str, str]
    own_zone: bool
    automation_users: tuple[str, ...]
    automation_subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A nurture track: one MANUAL list in the marketing CRM and the content it gets."""

    name: str
    list_name: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A rep's reason to let go: terminal, or recyclable into a track after a cool-down.

    ``until_resume_date`` lets the rep's own date end the cool-down; ``fit_grades``, where
    not empty, are the only grades that may be recycled for this reason.
    """

    name: str
    terminal: bool
    track: str | None = None
    cooldown: timedelta | None = None
    until_resume_date: bool = False
    block: Block | None = None
    opts_out: bool = False
    fit_grades: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecyclingRules:
    """Who comes back, where they wait, and for how long.

    ``values`` maps the CRMs' own reason values, casefolded, to reason names. From recycle
    number ``longterm_from`` on, everyone goes to ``longterm_track`` without an end;
    after ``max_recycles`` only a hand-raise or a person re-opens.
    """

    reasons: Mapping[str, Reason]
    values: Mapping[str, str]
    tracks: Mapping[str, Track]
    idle_reason: str
    idle_after: timedelta
    idle_after_touch: timedelta
    unspecified_reason: str
    longterm_from: int
    longterm_track: str
    max_recycles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRules:
    """What counts as an explanation, and how long a missing reason may stay missing."""

    least_characters: int
    fillers: frozenset[str]
    least_words: int
    least_word_length: int
    reason_wait_workdays: int


class Assignment(StrEnum):
    """Who gets a lead that crmbridge creates in the sales CRM."""

    RULE = "rule"
    RULE_ID = "rule_id"
    QUEUE = "queue"
    OWNER_MAP = "owner_map"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRules:
    """How a person that one CRM lacks comes into being there.

    ``create_leads`` is off where another sync already creates them. ``owner_map`` maps the
    marketing owner's e-mail, casefolded, to the sales user's e-mail; ``fallback_company``
    stands where the marketing CRM knows no company, because a sales lead needs one.
    """

    create_leads: bool
    create_contacts: bool
    assignment: Assignment
    rule_id: str | None
    queue: str | None
    owner_map: Mapping[str, str]
    fallback_company: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One version of the shared lead standard. ``digest`` is of the content, not the files."""

    version: str
    in_force_from: datetime
    digest: str
    normalisation: Normalisation
    score: ScoreRules
    mql: MqlRules
    blocks: BlockRules
    stages: StageRules
    sla: SlaRules
    recycling: RecyclingRules
    feedback: FeedbackRules
    handoff: HandoffRules
