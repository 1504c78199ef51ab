"""What has been decided about a person so far: the part of history that is never re-decided.

A standing is the fold of all facts seen up to now. It is stored with every decision, so that
stamped moves survive late facts and new rule book versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crmbridge.core.model import Stage
from crmbridge.core.rules import Block


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
class SlaClock:
    """Sales' promise for one cycle.

    ``confirmed`` is true once a human owner's calendar was used; from then on no reassignment
    changes ``due``. ``owner_id`` is whoever owned the lead when it fell due (a breach is
    booked to them), before that whoever owns it. ``ended_at`` is when it was met, breached or
    cancelled; a touch after a breach still sets ``first_touch_at``.
    """

    cycle: int
    tier: str
    started_at: datetime
    due: datetime
    calendar: str
    zone: str
    confirmed: bool
    status: SlaStatus = SlaStatus.OPEN
    owner_id: str | None = None
    first_touch_at: datetime | None = None
    ended_at: datetime | None = None
    why_ended: str = ""
    calendar_unconfirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recycle:
    """Why and until when a RECYCLED person waits; ``cooldown_until`` ``None`` is "no end".

    ``removed_by_hand`` is set once a marketer took the person off the list: respected until
    the next recycle.
    """

    reason: str
    track: str
    at: datetime
    cooldown_until: datetime | None
    details: str | None = None
    resume_needs_engagement: bool = False
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
    until something new happens to them. ``awaiting_reason_since`` is set while a rep's
    rejection lacks a reason. ``adopted_fit`` is the fit at go-live of a person who was there
    already: a better one later is news.
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
    awaiting_reason_since: datetime | None = None
    opted_out_at: datetime | None = None
    opted_in_at: datetime | None = None
    block: Block | None = None
    restart_at: datetime | None = None
    deals: Mapping[str, DealState] = field(default_factory=dict)
    adopted_fit: float | None = None

    @property
    def opted_out(self) -> bool:
        """Whether the person objects to marketing now; at equal instants the objection wins."""
        if self.opted_out_at is None:
            return False
        return self.opted_in_at is None or self.opted_in_at <= self.opted_out_at
