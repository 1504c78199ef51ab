"""A person's course while facts and timers are folded into it: a standing that can move.

Only ``decide`` creates one; it never leaves the decision that made it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.core.decision import Conflict, Move, Review
from crmbridge.core.facts import Fact, FactKind
from crmbridge.core.model import Owner, Side, Stage
from crmbridge.core.profile import Profile
from crmbridge.core.rules import Block, Rules
from crmbridge.core.scoring import Score, score
from crmbridge.core.standing import DealState, Recycle, SlaClock, Stamp, Standing
from crmbridge.core.view import PersonView

ADVANCED = (
    Stage.MQL,
    Stage.ACTIVATION,
    Stage.QUALIFICATION,
    Stage.OPPORTUNITY,
    Stage.CUSTOMER,
)
"""The stages of the way up, in order."""


@dataclass(slots=True, kw_only=True)
class Course:
    """The moving parts of one decision.

    ``position`` is the instant up to which facts and timers were folded.
    """

    view: PersonView
    rules: Rules
    profile: Profile
    position: datetime
    stage: Stage
    since: datetime
    why: str
    cycle: int = 0
    armed: bool = True
    stamps: dict[Stage, Stamp] = field(default_factory=dict)
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
    deals: dict[str, DealState] = field(default_factory=dict)
    adopted_fit: float | None = None
    moves: list[Move] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    reviews: dict[str, Review] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    @classmethod
    def resume(cls, view: PersonView, rules: Rules, profile: Profile, standing: Standing) -> Course:
        """Go on from what was decided before."""
        return cls(
            view=view,
            rules=rules,
            profile=profile,
            position=standing.decided_at,
            stage=standing.stage,
            since=standing.since,
            why=standing.why,
            cycle=standing.cycle,
            armed=standing.armed,
            stamps=dict(standing.stamps),
            mql_at=standing.mql_at,
            mql_reason=standing.mql_reason,
            mql_caused_at=standing.mql_caused_at,
            rulebook_version=standing.rulebook_version,
            sla=standing.sla,
            first_touch_at=standing.first_touch_at,
            recycle=standing.recycle,
            recycle_count=standing.recycle_count,
            reason=standing.reason,
            reason_details=standing.reason_details,
            awaiting_reason_since=standing.awaiting_reason_since,
            opted_out_at=standing.opted_out_at,
            opted_in_at=standing.opted_in_at,
            block=standing.block,
            restart_at=standing.restart_at,
            deals=dict(standing.deals),
            adopted_fit=standing.adopted_fit,
        )

    def standing(self, now: datetime) -> Standing:
        """What to remember of this course."""
        return Standing(
            stage=self.stage,
            since=self.since,
            decided_at=now,
            why=self.why,
            cycle=self.cycle,
            armed=self.armed,
            stamps=self.stamps,
            mql_at=self.mql_at,
            mql_reason=self.mql_reason,
            mql_caused_at=self.mql_caused_at,
            rulebook_version=self.rulebook_version,
            sla=self.sla,
            first_touch_at=self.first_touch_at,
            recycle=self.recycle,
            recycle_count=self.recycle_count,
            reason=self.reason,
            reason_details=self.reason_details,
            awaiting_reason_since=self.awaiting_reason_since,
            opted_out_at=self.opted_out_at,
            opted_in_at=self.opted_in_at,
            block=self.block,
            restart_at=self.restart_at,
            deals=self.deals,
            adopted_fit=self.adopted_fit,
        )

    @property
    def opted_out(self) -> bool:
        """Whether the person objects to marketing; at equal instants the objection wins."""
        if self.opted_out_at is None:
            return False
        return self.opted_in_at is None or self.opted_in_at <= self.opted_out_at

    @property
    def was_advanced(self) -> bool:
        """Whether the person got to MQL or beyond since they last started as a LEAD."""
        return any(stage in self.stamps for stage in ADVANCED)

    @property
    def sales_gone(self) -> bool:
        """Whether the sales record was deleted: then stage and timers stand still."""
        return self.view.sales is not None and self.view.sales.record.deleted

    def owner(self) -> Owner | None:
        """The present owner of the sales record, as far as the sales CRM's directory knows."""
        if self.view.sales is None:
            return None
        owner_id = self.view.sales.record.fields.get("owner_id")
        return self.view.owners.get(Side.SALES, {}).get(str(owner_id)) if owner_id else None

    def engagements(self) -> tuple[Fact, ...]:
        """The person's engagement facts; those from the time of an objection never count."""
        return tuple(
            fact
            for fact in self.view.facts
            if fact.kind is FactKind.ENGAGEMENT and not self._objected_at(fact.at)
        )

    def _objected_at(self, at: datetime) -> bool:
        if self.opted_out_at is None or at < self.opted_out_at:
            return False
        return self.opted_in_at is not None and at < self.opted_in_at

    def score_at(self, at: datetime) -> Score:
        """The score from the facts known by ``at``."""
        return score(self.profile, self.engagements(), self.rules, at, restart_at=self.restart_at)

    def move(self, stage: Stage, at: datetime, why: str, cause: str) -> None:
        """Enter ``stage``; a move is never stamped before the one it follows."""
        at = max(at, self.since) if self.moves or self.stamps else at
        self.moves.append(
            Move(at=at, before=self.stage, after=stage, cycle=self.cycle, why=why, cause=cause)
        )
        self.stage, self.since, self.why = stage, at, why
        self.stamps[stage] = Stamp(at=at, why=why)

    def infer(self, stages: tuple[Stage, ...], at: datetime, cause: str) -> None:
        """Back-fill stamps that a skipped stage would have got."""
        for stage in stages:
            if stage in self.stamps:
                continue
            why = "inferred: a later stage was reached directly"
            self.stamps[stage] = Stamp(at=at, why=why, inferred=True)
            self.moves.append(
                Move(
                    at=at,
                    before=self.stage,
                    after=stage,
                    cycle=self.cycle,
                    why=why,
                    cause=cause,
                    inferred=True,
                )
            )

    def review(self, kind: str, why: str) -> None:
        """Ask a person to look; the same kind is asked once."""
        self.reviews[kind] = Review(kind=kind, why=why)
