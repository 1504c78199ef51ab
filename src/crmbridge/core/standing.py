"""What has been decided about a person so far: the part of history that is never re-decided.

A standing is the fold of all facts seen up to now. It is stored with every decision, so that
stamped moves survive late facts and new rule book versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crmbridge.core.consent import Consent
from crmbridge.core.model import Stage
from crmbridge.core.rules import Block
from crmbridge.core.sla_rules import Tier
from crmbridge.core.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When a stage was entered in the present cycle, by ``why``; ``inferred`` if back-filled."""

    at: datetime
    why: str
    inferred: bool = False


class SlaStatus(StrEnum):
    """Where sales' promise of the first touch stands."""

    OPEN = "OPEN"
    MET = "MET"
    BREACHED = "BREACHED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stretch of time that does not count; ``until`` ``None`` while it lasts."""

    since: datetime
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaClock:
    """Sales' promise for one cycle, on the ``terms`` of the version that made the MQL.

    ``hastened_at`` is when a hand-raise made it urgent. ``counted_due`` is what clock and
    calendar say, ``due`` what is owed: a settled calendar never moves it into the past.
    ``confirmed`` is true once a human owner's calendar was used; from then on no reassignment
    changes ``due``. ``owner_id`` is whoever owned the lead when it fell due (a breach is
    booked to them), before that whoever owns it. ``ended_at`` is when it was met, breached or
    cancelled; a touch after a breach still sets ``first_touch_at``. ``alerted`` are the steps
    of the ladder that were taken.
    """

    cycle: int
    terms: Tier
    started_at: datetime
    due: datetime
    counted_due: datetime
    calendar: str
    zone: str
    confirmed: bool
    status: SlaStatus = SlaStatus.OPEN
    owner_id: str | None = None
    first_touch_at: datetime | None = None
    ended_at: datetime | None = None
    why_ended: str = ""
    calendar_unconfirmed: bool = False
    hastened_at: datetime | None = None
    normal_terms: Tier | None = None
    pauses: tuple[Pause, ...] = ()
    alerted: tuple[str, ...] = ()

    @property
    def tier(self) -> str:
        """The name of the tier."""
        return self.terms.name

    @property
    def is_paused(self) -> bool:
        """Whether the clock stands still."""
        return bool(self.pauses) and self.pauses[-1].until is None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepClock:
    """The same promise for the person who owns the lead, from when they became owner and on
    their own calendar, own days off cut out: a rep is charged for nothing else."""

    owner_id: str
    started_at: datetime
    due: datetime
    status: SlaStatus = SlaStatus.OPEN
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chase:
    """Feedback that is owed since ``since``: the ``reason`` itself, or its ``details``."""

    since: datetime
    what: str
    escalated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recycle:
    """Why and until when a RECYCLED person waits; ``cooldown_until`` ``None`` is "no end".

    ``until_date``: the end is the date that the rep gave, not the reason's own wait.
    ``removed_by_hand`` is set once a marketer took the person off the list: respected until
    the next recycle.
    """

    reason: str
    track: str
    at: datetime
    cooldown_until: datetime | None
    details: str | None = None
    until_date: bool = False
    removed_by_hand: bool = False


class DealState(StrEnum):
    """How a deal in scope stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The fold of a person's history at ``decided_at``.

    ``cycle`` counts MQL events; ``stamps`` are of the present cycle. ``restart_at``: facts up
    to it no longer count for the score. ``armed`` is false for a person adopted at go-live
    until something new happens to them. ``chase`` is set while a rep's rejection lacks its
    reason or details. ``reviews`` are open questions by kind, ``tasks`` alerts that nobody has
    acknowledged yet. ``attempts`` counts touches towards the promised number. ``value_at`` is
    when the estimated ``value`` was first seen. ``confirmed`` are the qualification questions
    answered. ``blocked_address`` is a digest of the address that a block rests on.
    ``mql_value`` is what marketing's commitment credits for the present MQL.
    ``adopted_fit`` is the fit at go-live of a person who was there already: a better one
    later is news.
    """

    stage: Stage
    since: datetime
    decided_at: datetime
    why: str
    cycle: int = 0
    armed: bool = True
    stamps: Mapping[Stage, Stamp] = field(default_factory=dict)
    mql_at: datetime | None = None
    mql_reason: str | None = None
    mql_caused_at: datetime | None = None
    rulebook_version: str = ""
    sla: SlaClock | None = None
    first_touch_at: datetime | None = None
    recycle: Recycle | None = None
    recycle_count: int = 0
    reason: str | None = None
    reason_details: str | None = None
    chase: Chase | None = None
    consent: Consent = field(default_factory=Consent)
    block: Block | None = None
    restart_at: datetime | None = None
    deals: Mapping[str, DealState] = field(default_factory=dict)
    adopted_fit: float | None = None
    rep: RepClock | None = None
    attempts: int = 0
    value: float | None = None
    value_at: datetime | None = None
    partner_since: datetime | None = None
    recalled_at: datetime | None = None
    blocked_address: str | None = None
    confirmed: tuple[str, ...] = ()
    mql_value: float | None = None
    sales_owner_id: str | None = None
    reviews: Mapping[str, str] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()

    @property
    def opted_out(self) -> bool:
        """Whether the person objects to marketing now."""
        return self.consent.opted_out
