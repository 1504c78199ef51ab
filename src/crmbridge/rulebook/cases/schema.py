"""What a case file may say, as pydantic models."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from crmbridge.core import fields
from crmbridge.core.facts import Channel
from crmbridge.core.model import OwnerKind, Side, Stage
from crmbridge.core.rules import Block
from crmbridge.core.standing import SlaStatus
from crmbridge.rulebook.schema_values import Amount, Count, Day, Flag, Section, Text, Times
from crmbridge.rulebook.source import nearest, quoted

CANONICAL = frozenset(
    value for name, value in vars(fields).items() if name.isupper() and isinstance(value, str)
)
"""The field names that both CRMs share."""


def _instant(value: object) -> datetime:
    try:
        found = datetime.fromisoformat(value if isinstance(value, str) else "")
        aware = found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        aware = None
    if aware is None:
        raise ValueError("must be an instant with its zone, such as 2026-06-09T14:00:00Z")
    return aware


def _zone_name(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{quoted(name)} is no IANA time zone") from error


def _field_name(name: str) -> str:
    if name not in CANONICAL:
        near = nearest(name, sorted(CANONICAL))
        hint = f"; did you mean {near}?" if near else ""
        raise ValueError(f"{quoted(name)} is no field of crmbridge{hint}")
    return name


def _head_count(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9][0-9,.]* ?(\+|- ?[0-9][0-9,.]*)", value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError("must be a whole number, or a range such as 50-100")


HeadCount = Annotated[int | str, BeforeValidator(_head_count)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
ZoneName = Annotated[Text, AfterValidator(_zone_name)]
FieldName = Annotated[str, BeforeValidator(_field_name)]
Scalar = Annotated[str, Field(strict=True)] | Flag | Annotated[int, Field(strict=True)] | None
Part = Annotated[float, Field(strict=True, ge=0, le=100)]

What = Literal[
    "form",
    "page",
    "visit",
    "click",
    "open",
    "reply",
    "meeting",
    "campaign",
    "event",
    "touch",
    "status",
    "paused",
    "resumed",
    "opt_out",
    "opt_in",
    "bounce",
    "deleted",
    "erased",
    "converted",
    "deal_opened",
    "deal_won",
    "deal_lost",
    "owned",
    "listed",
    "unlisted",
    "edited",
    "appeared",
    "merged",
]

_ENGAGED = frozenset({"name", "target", "counter", "repeat", "every_seconds"})
_REASONED = frozenset({"reason", "details", "resume"})
TAKES: dict[str, frozenset[str]] = {
    **dict.fromkeys(("form", "page", "visit", "click", "open"), _ENGAGED),
    **dict.fromkeys(("reply", "meeting", "campaign", "event"), _ENGAGED),
    "touch": frozenset({"by", "channel", "subject", "automated", "repeat", "every_seconds"}),
    "status": _REASONED | {"by", "value", "history_missing"},
    "opt_out": frozenset({"side"}),
    "opt_in": frozenset({"side"}),
    "bounce": frozenset(),
    "deleted": frozenset(),
    "erased": frozenset(),
    "paused": frozenset({"by", "reason"}),
    "resumed": frozenset({"by"}),
    "converted": frozenset({"by", "contact", "deal"}),
    "deal_opened": frozenset({"deal", "deal_type"}),
    "deal_won": frozenset({"deal", "deal_type"}),
    "deal_lost": _REASONED | {"deal", "deal_type"},
    "owned": frozenset({"by"}),
    "listed": frozenset({"name"}),
    "unlisted": frozenset({"name"}),
    "edited": frozenset({"side", "field", "value"}),
    "appeared": frozenset({"side"}),
    "merged": frozenset({"other"}),
}
"""Which keys each happening takes, besides ``at``, ``seen`` and ``what``."""

NEEDS: dict[str, frozenset[str]] = {
    "touch": frozenset({"by"}),
    "status": frozenset({"by", "value"}),
    "paused": frozenset({"reason"}),
    "opt_out": frozenset({"side"}),
    "opt_in": frozenset({"side"}),
    "converted": frozenset({"by", "contact"}),
    "deal_opened": frozenset({"deal"}),
    "deal_won": frozenset({"deal"}),
    "deal_lost": frozenset({"deal"}),
    "owned": frozenset({"by"}),
    "listed": frozenset({"name"}),
    "unlisted": frozenset({"name"}),
    "edited": frozenset({"side", "field"}),
    "appeared": frozenset({"side"}),
    "merged": frozenset({"other"}),
}


class ColleagueSection(Section):
    """Another contact of the person's company domain, active in the 30 days (or as the rule
    book has it) after each of their engagements."""

    name: Text
    fit: Part
    engaged: Annotated[tuple[Instant, ...], Field(min_length=1)]
    known_since: Instant | None = None


class PersonSection(Section):
    """Who the person is in the CRMs when the story begins.

    ``owner`` names the member of the team who owns the sales lead, or gets it once it exists.
    """

    known_to: tuple[Side, ...] = (Side.MARKETING,)
    since: Instant | None = None
    email: Text | None = None
    company: Text | None = None
    title: Text | None = None
    industry: Text | None = None
    employees: HeadCount | None = None
    country: Text | None = None
    language: Text | None = None
    state: Text | None = None
    city: Text | None = None
    revenue: Amount | None = None
    estimated_value: Amount | None = None
    currency: Text | None = None
    lead_source: Text | None = None
    deal_registration: Text | None = None
    persona: Text | None = None
    status: Text | None = None
    lifecycle: Text | None = None
    owner: Text | None = None
    marketing_owner: Text | None = None
    colleagues: tuple[ColleagueSection, ...] = ()


class MemberSection(Section):
    """A user or queue of one CRM; ``manager`` is another member."""

    kind: OwnerKind = OwnerKind.HUMAN
    side: Side = Side.SALES
    time_zone: ZoneName | None = None
    active: Flag = True
    email: Text | None = None
    manager: Text | None = None


class HappeningSection(Section):
    """Something that happens ``at`` an instant; the first poll from then on sees it, or the
    first from ``seen`` on. ``observed_at`` is the exact instant at which it was seen, where
    that was before the poll. ``repeat`` makes several, in whose texts {n} is the number."""

    at: Instant
    what: What
    seen: Instant | None = None
    observed_at: Instant | None = None
    key: Text | None = None
    name: Text | None = None
    target: Text | None = None
    counter: Times = 1
    repeat: Times = 1
    every_seconds: Annotated[float, Field(strict=True, ge=0, le=1e7)] = 0.0
    by: Text | None = None
    channel: Channel = Channel.CALL
    subject: Text | None = None
    automated: Flag = False
    side: Side | None = None
    field: FieldName | None = None
    value: Flag | Amount | Text | None = None
    history_missing: Flag = False
    deal_type: Text | None = None
    reason: Text | None = None
    details: Text | None = None
    resume: Day | None = None
    contact: Text | None = None
    deal: Text | None = None
    other: OtherSection | None = None

    @model_validator(mode="after")
    def _fit_what_happens(self) -> HappeningSection:
        given = self.model_fields_set - {"at", "what", "seen", "observed_at", "key"}
        for key in sorted(given - TAKES[self.what]):
            raise ValueError(f"{self.what} takes no {key}")
        for key in sorted(NEEDS.get(self.what, frozenset()) - given):
            raise ValueError(f"{self.what} needs {key}")
        if self.seen is not None and self.observed_at is not None:
            raise ValueError("give either seen or observed_at")
        return self

    @property
    def known_at(self) -> datetime:
        """From when on a poll can see it."""
        return max(self.at, self.seen or self.observed_at or self.at)


class OtherSection(Section):
    """Somebody who turns out to be the same person: who they were, and what happened to them."""

    person: PersonSection
    happens: tuple[HappeningSection, ...] = ()


class ConflictSection(Section):
    """An edit that was not accepted, with both values."""

    side: Side
    field: FieldName
    theirs: Scalar = None
    ours: Scalar = None


class ExpectSection(Section):
    """What must be true after a poll; only what is written is compared. Null is a value: no
    score, no list, no end."""

    stage: Stage | None = None
    cycle: Count | None = None
    moves: tuple[Text, ...] | None = None
    score: Count | None = None
    grade: Text | None = None
    fit: Part | None = None
    engagement: Part | None = None
    signals: Part | None = None
    mql_at: Instant | None = None
    mql_reason: Text | None = None
    tier: Text | None = None
    due: Instant | None = None
    sla: SlaStatus | None = None
    first_touch_at: Instant | None = None
    first_touch_minutes: Count | None = None
    minutes_left: Count | None = None
    list: Text | None = None
    reason: Text | None = None
    recycle_reason: Text | None = None
    track: Text | None = None
    cooldown_until: Instant | None = None
    recycle_count: Count | None = None
    opted_out: Flag | None = None
    block: Block | None = None
    attempts: Count | None = None
    paused: Flag | None = None
    rep_due: Instant | None = None
    rep_sla: SlaStatus | None = None
    mql_value: Part | Amount | None = None
    tasks: tuple[Text, ...] | None = None
    objections: tuple[Text, ...] | None = None
    next_review_at: Instant | None = None
    reviews: tuple[Text, ...] | None = None
    flags: tuple[Text, ...] | None = None
    conflicts: tuple[ConflictSection, ...] | None = None
    writes: Flag | None = None
    shown: dict[Side, dict[FieldName, Scalar]] | None = None


class PollSection(Section):
    """An instant at which the bridge looks, and what it must find."""

    at: Instant
    expect: ExpectSection = ExpectSection()


class CaseSection(Section):
    """One variant of the story; ``person`` adds to the story's."""

    name: Text
    person: PersonSection = PersonSection()
    happens: tuple[HappeningSection, ...]
    polls: Annotated[list[PollSection], Field(min_length=1)]
    go_live: Instant = datetime(2020, 1, 1, tzinfo=UTC)

    @model_validator(mode="after")
    def _be_in_order(self) -> CaseSection:
        instants = [poll.at for poll in self.polls]
        if instants != sorted(set(instants)):
            raise ValueError("polls must stand in the order of time, each at its own instant")
        for happening in self.happens:
            if happening.known_at > instants[-1]:
                raise ValueError(
                    f"no poll sees the {happening.what} of {happening.at:%Y-%m-%d %H:%M}"
                )
        return self


class StoryFile(Section):
    """A case file: one story, told in its own words, in one or more variants."""

    story: Text
    shows: Text
    team: dict[Text, MemberSection] = Field(default_factory=dict)
    person: PersonSection
    cases: Annotated[list[CaseSection], Field(min_length=1)]

    @model_validator(mode="after")
    def _know_everyone(self) -> StoryFile:
        for case in self.cases:
            named = {self.person.owner, case.person.owner} | {h.by for h in case.happens}
            for name in sorted(name for name in named if name and name not in self.team):
                raise ValueError(f"{quoted(name)} is not in the team")
        return self


class StoryRoot(Section):
    """The file under a name of its own, as error messages are made."""

    story: StoryFile
