"""The value ``decide`` returns: what is true of a person now, why, and what to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.core.accounts import Activity
from crmbridge.core.model import Ref, Side, Stage, Value
from crmbridge.core.operations import Operation
from crmbridge.core.scoring import Score
from crmbridge.core.standing import Recycle, SlaClock, Standing
from crmbridge.core.withholding import Withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One step in the stage history; ``cause`` is the key of the fact, or the timer's name."""

    at: datetime
    before: Stage
    after: Stage
    cycle: int
    why: str
    cause: str
    inferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """An edit in a CRM that was not accepted, with both values."""

    side: Side
    field: str
    theirs: Value
    ours: Value
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Something a person should look at; ``kind`` is a stable word, such as
    ``hand_raiser_low_fit``. The same kind on the same person is one review."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What sales heard, verbatim, for the voice of the customer; ``segment`` is the industry,
    ``source`` where the lead came from."""

    at: datetime
    reason: str
    details: str | None
    stage: Stage
    segment: str | None
    source: str | None
    campaign: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nurture:
    """Where the person belongs on the nurture lists; ``list_name`` ``None`` means on none."""

    list_name: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the lead standard says about one person at one instant.

    ``reasons`` are plain sentences, the most important first. ``next_review_at`` is the
    earliest instant at which the answer could differ with no new fact; ``None``: never.
    ``withheld`` are the fields that should be written and are paused.
    ``flags`` are stable words such as ``re_mql_pending``. ``activity`` is what the person's
    colleagues may know of them. ``folded`` are the keys of the
    facts that this decision took into ``standing``. ``agreed`` are values that are to be the base
    of their records from now on; of the fields in ``wonders`` it would help to know who edited
    them when.
    """

    uid: str
    score: Score | None
    stage: Stage
    sla: SlaClock | None
    recycle: Recycle | None
    nurture: Nurture
    operations: tuple[Operation, ...]
    moves: tuple[Move, ...]
    conflicts: tuple[Conflict, ...]
    reviews: tuple[Review, ...]
    objections: tuple[Objection, ...]
    activity: Activity | None
    flags: frozenset[str]
    reasons: tuple[str, ...]
    next_review_at: datetime | None
    rulebook_version: str
    standing: Standing
    folded: frozenset[str]
    agreed: Mapping[Ref, Mapping[str, Value]] = field(default_factory=dict)
    wonders: frozenset[tuple[Ref, str]] = frozenset()
    withheld: tuple[Withheld, ...] = ()
