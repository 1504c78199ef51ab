"""The rule book as the core reads it: plain values, every number of the lead standard.

``crmbridge.rulebook`` builds these from the operators' YAML; nothing here has a default, so
that no number can come from anywhere but the rule book.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from crmbridge.core.facts import Evidence
from crmbridge.core.handoff_rules import HandoffRules
from crmbridge.core.limits import LimitRules
from crmbridge.core.model import ObjectType, Side, Stage, Value
from crmbridge.core.sla_rules import SlaRules

Condition = Callable[[Mapping[str, Value]], bool]
"""Whether something holds for a person's canonical fields; total and null-safe."""


class Seniority(StrEnum):
    """What a job title says about the person's place in the company."""

    C_LEVEL = "c_level"
    VP = "vp"
    DIRECTOR = "director"
    MANAGER = "manager"
    INDIVIDUAL = "individual"


class SourceKind(StrEnum):
    """Which of a side's records tells a field."""

    ACCOUNT = "account"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One record that may tell a field."""

    side: Side
    kind: SourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalisation:
    """How raw field values become comparable.

    Keys of ``industries`` and ``countries`` are trimmed and casefolded; a value they do not
    know stays as it is (casefolded). ``titles`` maps casefolded words or phrases to a
    seniority; the longest phrase that stands in the title as whole words wins. ``sources``
    says per canonical field whose value wins, where it is not ``usual_sources``.
    ``rates`` turn one unit of a currency into the standard's own; others are not converted.
    """

    industries: Mapping[str, str]
    countries: Mapping[str, str]
    titles: Mapping[str, Seniority]
    usual_sources: tuple[Source, ...]
    sources: Mapping[str, tuple[Source, ...]]
    rates: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeBand:
    """Points for a company of ``least`` to ``most`` employees, both included."""

    least: int
    most: int | None
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """Points for everyone for whom ``holds``; ``label`` names it for people, ``fields`` are
    what it looks at."""

    name: str
    label: str
    points: float
    holds: Condition
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRules:
    """The ICP as points. ``grades`` are letter → least fit, best first; below them all: D.

    ``criteria`` come on top of the tables, each with its own condition.
    """

    industries: Mapping[str, float]
    employees: tuple[EmployeeBand, ...]
    seniorities: Mapping[Seniority, float]
    countries: Mapping[str, float]
    free_mail_domains: frozenset[str]
    free_mail_points: float
    criteria: tuple[Criterion, ...]
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
class LiftRules:
    """What activity of colleagues adds for the best fit among them: ``points`` where at least
    ``least_others`` others of the domain did something within ``active``."""

    points: float
    least_others: int
    active: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRules:
    """Fit + engagement + signals; patterns are tried in order, the first match wins.

    ``counter_burst`` clicks within ``counter_window`` were a scanner's where the CRM shows
    no links. ``recalled`` remembers what evidence means: the same forms and pages come again
    and again, and matching patterns was most of the time that a decision took.
    """

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
    counter_burst: int
    counter_window: timedelta
    lift: LiftRules
    recalled: dict[tuple[Evidence, str, str], Signal | None] = field(
        default_factory=dict, compare=False, repr=False
    )


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
    """Evidence for hard blocks that does not come from a rep: e-mail domains, and conditions
    on what the person said in a form; the strongest block wins."""

    domains: Mapping[str, Block]
    conditions: tuple[tuple[Block, Condition], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRules:
    """Leads that a partner registered: no score, MQL or nurture until recalled.

    ``manager`` names the sales user who is told (id, name or e-mail, casefolded).
    """

    registered: Condition
    manager: str | None
    recall_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationRules:
    """Which questions (canonical fields) sales answers at QUALIFICATION, how many at least."""

    framework: str
    questions: tuple[str, ...]
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterValues:
    """What an MQL of a source is worth in a quarter that begins on ``starts_on``; ``other``
    for every source that is not listed. Keys are casefolded."""

    starts_on: date
    sources: Mapping[str, float]
    other: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentRules:
    """Marketing's promise: lead value and count a month; quarters in order of time."""

    currency: str
    monthly_value: float
    monthly_count: int
    quarters: tuple[QuarterValues, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One department's signature under a content digest."""

    name: str
    on: date
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRules:
    """What the CRMs' own status values mean and show.

    ``statuses`` keys are casefolded. ``lifecycle``, ``lead_status`` and ``sales_status`` name
    the value that a stage shows; a stage that is missing there is not written.
    ``org_fields`` are the CRMs' own fields to read: system → object → canonical field → name.
    """

    statuses: Mapping[str, Stage]
    lifecycle: Mapping[Stage, str]
    lead_status: Mapping[Stage, str]
    sales_status: Mapping[Stage, str]
    excluded_deal_types: frozenset[str]
    org_fields: Mapping[str, Mapping[ObjectType, Mapping[str, str]]]


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
    after ``max_recycles`` only a hand-raise or a person re-opens. ``wake_up_owner`` is the
    marketing user (id, name or e-mail, casefolded) who is told that a date has come where
    the contact has no owner.
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
    wake_up_owner: str | None

    @property
    def terminal(self) -> frozenset[str]:
        """The names of the reasons that are final."""
        return frozenset(name for name, reason in self.reasons.items() if reason.terminal)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRules:
    """What counts as an explanation, and how long a missing reason may stay missing."""

    least_characters: int
    fillers: frozenset[str]
    least_words: int
    least_word_length: int
    chase_manager_workdays: int
    reason_wait_workdays: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One version of the shared lead standard.

    ``digest`` is of the content, not the files, and not of the approvals: it is what both
    departments sign.
    """

    version: str
    in_force_from: datetime
    digest: str
    approvals: Mapping[str, Approval]
    normalisation: Normalisation
    score: ScoreRules
    mql: MqlRules
    blocks: BlockRules
    partners: PartnerRules
    stages: StageRules
    qualification: QualificationRules
    sla: SlaRules
    recycling: RecyclingRules
    feedback: FeedbackRules
    commitment: CommitmentRules
    limits: LimitRules
    handoff: HandoffRules

    def why_shadow(self, now: datetime) -> str | None:
        """Why this version must not write at ``now``; ``None`` where it is in force: signed
        by both departments as it stands, and its day has come."""
        for department in ("marketing", "sales"):
            approval = self.approvals.get(department)
            if approval is None:
                return f"{department} has not signed version {self.version}"
            if approval.digest != self.digest:
                return f"version {self.version} was changed after {department} signed it"
        if now < self.in_force_from:
            return f"version {self.version} is in force from {self.in_force_from:%Y-%m-%d}"
        return None
