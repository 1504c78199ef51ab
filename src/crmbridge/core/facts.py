"""Facts: what happened, when, and when it was seen. Never edited, only added.

A connector derives facts from vendor data with stable keys, so that reading the same thing
twice adds nothing: the first observation of a key wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from crmbridge.core.model import Ref


class FactKind(StrEnum):
    """The kinds of things that can happen to a person, an account or a deal.

    ``ERASED`` is a person's wish to be forgotten, entered or confirmed by an operator.
    """

    ENGAGEMENT = "engagement"
    TOUCH = "touch"
    STATUS = "status"
    OWNED = "owned"
    PAUSED = "paused"
    RESUMED = "resumed"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    BOUNCE = "bounce"
    CONVERSION = "conversion"
    DEAL_OPENED = "deal_opened"
    DEAL_WON = "deal_won"
    DEAL_LOST = "deal_lost"
    DELETED = "deleted"
    ERASED = "erased"


class Evidence(StrEnum):
    """How an engagement was seen; the rule book's patterns name these words."""

    FORM = "form"
    PAGE = "page"
    VISIT = "visit"
    CLICK = "click"
    OPEN = "open"
    REPLY = "reply"
    MEETING = "meeting"
    CAMPAIGN = "campaign"
    EVENT = "event"


class Channel(StrEnum):
    """By what a rep reached the person."""

    CALL = "call"
    EMAIL = "email"
    MEETING = "meeting"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementDetail:
    """An act by the person: ``name`` is the form's, page's, campaign's or event's.

    ``target`` is a link or URL where the CRM shows one. ``count`` > 1 where the CRM shows
    only that a counter rose by so many since the last reading.
    """

    evidence: Evidence
    name: str = ""
    target: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchDetail:
    """A completed act of sales; ``by`` is the acting user's id in the sales CRM.

    ``automated`` is true where the act itself shows that a tool did it (a list e-mail, a
    sequence). ``subject`` serves the rule book's patterns only and is never logged.
    """

    channel: Channel
    by: str
    automated: bool = False
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusDetail:
    """A person set the record's status; the reason fields as they stood at that reading.

    The same status instant with other reason fields is another fact: a reason that is given
    later is feedback of its own. ``previous`` is ``None`` where it is not known.
    """

    value: str
    by: str
    previous: str | None = None
    reason: str | None = None
    details: str | None = None
    resume: date | None = None
    history_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedDetail:
    """The sales record came to belong to the user or queue ``owner``; ``by`` changed it."""

    owner: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseDetail:
    """The promise stands still for ``reason``, or runs again; ``by`` said so."""

    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionDetail:
    """A lead became a contact, and where ``deal`` is set also an opportunity."""

    by: str
    contact: Ref | None = None
    account: Ref | None = None
    deal: Ref | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealDetail:
    """An opportunity's stage step; ``reason`` and ``details`` explain a loss."""

    stage: str
    by: str = ""
    reason: str | None = None
    details: str | None = None
    resume: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDetail:
    """Where an opt-out or re-subscription was said; ``source`` is one plain word."""

    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDetail:
    """Nothing more to say than the kind."""


Detail = (
    EngagementDetail
    | TouchDetail
    | StatusDetail
    | OwnedDetail
    | PauseDetail
    | ConversionDetail
    | DealDetail
    | ConsentDetail
    | NoDetail
)

DETAIL_OF: dict[FactKind, type[Detail]] = {
    FactKind.ENGAGEMENT: EngagementDetail,
    FactKind.TOUCH: TouchDetail,
    FactKind.STATUS: StatusDetail,
    FactKind.OWNED: OwnedDetail,
    FactKind.PAUSED: PauseDetail,
    FactKind.RESUMED: PauseDetail,
    FactKind.OPT_OUT: ConsentDetail,
    FactKind.OPT_IN: ConsentDetail,
    FactKind.BOUNCE: NoDetail,
    FactKind.CONVERSION: ConversionDetail,
    FactKind.DEAL_OPENED: DealDetail,
    FactKind.DEAL_WON: DealDetail,
    FactKind.DEAL_LOST: DealDetail,
    FactKind.DELETED: NoDetail,
}
"""Which detail each kind carries; stores read facts back by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to ``ref`` at ``at`` and was first seen at ``observed_at``.

    Connectors leave ``observed_at`` empty; the inbox stamps it with the cycle's instant.
    """

    key: str
    ref: Ref
    kind: FactKind
    at: datetime
    detail: Detail
    observed_at: datetime | None = None

    @property
    def effective_at(self) -> datetime:
        """From when on the fact counts: the later of happened and seen."""
        return max(self.at, self.observed_at) if self.observed_at else self.at


def in_order(fact: Fact) -> tuple[datetime, datetime, str]:
    """Sorts facts by observation, happening and key."""
    return fact.observed_at or fact.at, fact.at, fact.key
