"""What each file of the rule book may say, as pydantic models; one class per section."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from crmbridge.core.facts import Evidence
from crmbridge.core.handoff_rules import Assignment, FieldRule, MappableField
from crmbridge.core.model import Stage
from crmbridge.core.rules import Block, Group, Seniority
from crmbridge.rulebook.schema_sla import SlaFile
from crmbridge.rulebook.schema_values import (
    Amount,
    Count,
    Day,
    Days,
    Flag,
    Least,
    Limit,
    Number,
    Percent,
    Points,
    Section,
    Text,
    Times,
    Word,
)


class Operator(StrEnum):
    """How a field is held against a value."""

    PRESENT = "present"
    ABSENT = "absent"
    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    LIKE = "like"
    DOMAIN_IS = "domain_is"
    DOMAIN_IN = "domain_in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"
    BEFORE = "before"
    AFTER = "after"


class ConditionSection(Section):
    """One condition: ``all``, ``any`` or ``not`` of others, or a field held against a value.

    Exactly one of the four forms; compiling says so with its place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    all: list[ConditionSection] | None = None
    any: list[ConditionSection] | None = None
    negated: ConditionSection | None = Field(default=None, alias="not")
    field: Text | None = None
    op: Operator | None = None
    value: Flag | Number | Word | list[Number | Word] | None = None


class ApprovalSection(Section):
    """One department's signature."""

    name: Text
    date: Day
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ApprovalsSection(Section):
    """Both signatures, as far as they were given."""

    marketing: ApprovalSection | None = None
    sales: ApprovalSection | None = None


class StandardFile(Section):
    """``standard.yaml``."""

    version: Text
    in_force_from: Day
    approvals: ApprovalsSection = ApprovalsSection()


class BandSection(Section):
    """One band of head counts."""

    least: Count
    most: Count | None = None
    points: Points


class CriterionSection(Section):
    """Points for whom a condition holds."""

    name: Text
    label: Text
    points: Points
    when: ConditionSection


class FitSection(Section):
    """The ICP."""

    industries: dict[Text, Points]
    employees: list[BandSection]
    seniorities: dict[Seniority, Points]
    countries: dict[Text, Points]
    free_mail_points: Annotated[Points, Field(le=0)]
    free_mail_domains: list[Text]
    criteria: list[CriterionSection] = []
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


class CounterSection(Section):
    """When a click counter that shows no links rose too fast."""

    clicks: Annotated[Times, Field(ge=2)]
    within_seconds: Annotated[float, Field(strict=True, ge=0, le=3600)]


class LiftSection(Section):
    """What active colleagues add."""

    points: Limit
    least_others: Times
    active_days: Days


class BlockedSection(Section):
    """A hard block by what the person's data say."""

    block: Block
    when: ConditionSection


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
    scanner_counter: CounterSection
    account_lift: LiftSection
    mql: MqlSection
    blocked_domains: dict[Text, Block] = {}
    blocked_when: list[BlockedSection] = []


SourceName = Literal["sales_account", "sales_person", "marketing_account", "marketing_person"]


class SourcesSection(Section):
    """Whose value wins: the usual order, and fields that have their own."""

    usual: Annotated[list[SourceName], Field(min_length=1)]
    fields: dict[Text, Annotated[list[SourceName], Field(min_length=1)]] = {}


class NormalisingFile(Section):
    """``normalising.yaml``."""

    sources: SourcesSection
    rates: dict[Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")], Amount] = {}
    industries: dict[Text, list[Text]]
    countries: dict[Text, list[Text]]
    seniorities: dict[Seniority, list[Text]]


class QualificationSection(Section):
    """What sales finds out at QUALIFICATION."""

    framework: Literal["bant", "champ"]
    least_confirmed: Annotated[Count, Field(le=4)]


MappedObject = Literal["lead", "contact", "deal"]


class StagesFile(Section):
    """``stages.yaml``."""

    statuses: dict[Stage, list[Text]]
    lifecycle: dict[Stage, Text]
    lead_status: dict[Stage, Text] = {}
    sales_status: dict[Stage, Text] = {}
    excluded_deal_types: list[Text] = []
    org_fields: dict[Text, dict[MappedObject, dict[Text, Text]]] = {}
    qualification: QualificationSection


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
    wake_up_owner: Text | None = None


class FeedbackFile(Section):
    """``feedback.yaml``."""

    least_characters: Times
    least_words: Times
    least_word_length: Times
    fillers: list[Text] = []
    chase_manager_workdays: Annotated[Count, Field(le=250)]
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
    mapping: dict[MappableField, FieldRule] = {}


class PartnersFile(Section):
    """``partners.yaml``."""

    registered_when: ConditionSection
    manager: Text | None = None
    recall_after_days: Days


class MonthlySection(Section):
    """Marketing's promise for a month."""

    value: Annotated[float, Field(strict=True, ge=0, le=1e15)]
    count: Count


class QuarterSection(Section):
    """What an MQL is worth in a quarter."""

    starts_on: Day
    sources: dict[Text, Annotated[float, Field(strict=True, ge=0, le=1e12)]] = {}
    other: Annotated[float, Field(strict=True, ge=0, le=1e12)]


class CommitmentFile(Section):
    """``commitment.yaml``."""

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    monthly: MonthlySection
    quarters: Annotated[list[QuarterSection], Field(min_length=1)]


class EffectSection(Section):
    """How much may change."""

    people: Least
    mqls: Least
    list_removals: Least


class ShareSection(Section):
    """Which share of everybody known, once so many are known."""

    percent: Annotated[int, Field(strict=True, ge=1, le=100)]
    from_people: Least


class FightSection(Section):
    """How often a field is put right before it is left alone."""

    times: Annotated[int, Field(strict=True, ge=2, le=100)]
    within_hours: Annotated[int, Field(strict=True, ge=1, le=720)]


class LimitsFile(Section):
    """``limits.yaml``."""

    cycle: EffectSection
    day: EffectSection
    share: ShareSection
    fight: FightSection = FightSection(times=4, within_hours=24)


class RuleBook(Section):
    """Every file by its name without ``.yaml``."""

    standard: StandardFile
    scoring: ScoringFile
    normalising: NormalisingFile
    stages: StagesFile
    sla: SlaFile
    recycling: RecyclingFile
    feedback: FeedbackFile
    partners: PartnersFile
    commitment: CommitmentFile
    limits: LimitsFile
    handoff: HandoffFile
