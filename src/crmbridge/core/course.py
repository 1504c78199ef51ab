"""A person's course while facts and timers are folded into it: a standing that can move.

Only ``decide`` creates one; it never leaves the decision that made it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime

from crmbridge.core import fields as f
from crmbridge.core.accounts import Activity, lift_at
from crmbridge.core.consent import Consent
from crmbridge.core.decision import Conflict, Move, Objection
from crmbridge.core.engagements import History
from crmbridge.core.facts import Fact, FactKind
from crmbridge.core.model import Owner, Side, Stage
from crmbridge.core.profile import Profile
from crmbridge.core.rules import Block, Rules
from crmbridge.core.scoring import Score, Weight, fit_of, score, weigh
from crmbridge.core.standing import (
    Chase,
    DealState,
    Recycle,
    RepClock,
    SlaClock,
    Stamp,
    Standing,
)
from crmbridge.core.tasks import Task, Topic
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
    chase: Chase | None = None
    consent: Consent = field(default_factory=Consent)
    block: Block | None = None
    restart_at: datetime | None = None
    deals: dict[str, DealState] = field(default_factory=dict)
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
    reviews: dict[str, str] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()
    moves: list[Move] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    reassigned_to: str | None = None
    _fit: float | None = None
    _engagements: tuple[Consent, tuple[Fact, ...], History] | None = None

    @classmethod
    def resume(cls, view: PersonView, rules: Rules, profile: Profile, standing: Standing) -> Course:
        """Go on from what was decided before."""
        past = {name: getattr(standing, name) for name in _REMEMBERED}
        course = cls(view=view, rules=rules, profile=profile, position=standing.decided_at, **past)
        course.stamps, course.deals = dict(course.stamps), dict(course.deals)
        course.reviews = {
            kind: why
            for kind, why in course.reviews.items()
            if kind.partition(":")[0] not in _ASKED_ANEW
        }
        return course

    def standing(self, now: datetime) -> Standing:
        """What to remember of this course."""
        return Standing(decided_at=now, **{name: getattr(self, name) for name in _REMEMBERED})

    @property
    def opted_out(self) -> bool:
        """Whether the person objects to marketing."""
        return self.consent.opted_out

    @property
    def is_partner(self) -> bool:
        """Whether a partner holds the lead now: then it is not marketing's to score."""
        return self.partner_since is not None and self.recalled_at is None

    @property
    def is_mailable(self) -> bool:
        """Whether the marketing CRM would mail the person, as far as it says."""
        known = self.view.marketing
        return known is None or known.record.fields.get(f.MARKETABLE) is not False

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
        """The person's engagement facts in order of happening; those from the time of an
        objection never count."""
        return self._known_engagements()[1]

    def history(self) -> History:
        """The same, ready to be counted at any instant."""
        return self._known_engagements()[2]

    def _known_engagements(self) -> tuple[Consent, tuple[Fact, ...], History]:
        if self._engagements is None or self._engagements[0] is not self.consent:
            found = [
                fact
                for fact in self.view.facts
                if fact.kind is FactKind.ENGAGEMENT and not self.consent.was_lifted_after(fact.at)
            ]
            found.sort(key=lambda fact: (fact.at, fact.key))
            history = History(found, self.rules.score)
            self._engagements = (self.consent, tuple(found), history)
        return self._engagements

    def fit(self) -> float:
        """How well the person fits; what they do changes nothing of it."""
        if self._fit is None:
            self._fit = fit_of(self.profile, self.rules.score.fit)
        return self._fit

    def score_at(self, at: datetime) -> Score:
        """The score from the facts known by ``at``."""
        return score(
            self.profile,
            self.history(),
            self.rules,
            at,
            restart_at=self.restart_at,
            lift=self.lift_at(at),
        )

    def weight_at(self, at: datetime) -> Weight:
        """The numbers of the score from the facts known by ``at``, without reasons."""
        return weigh(
            self.fit(),
            self.history(),
            self.rules,
            at,
            restart_at=self.restart_at,
            lift=self.lift_at(at),
        )

    def lift_at(self, at: datetime) -> float:
        """What the activity of colleagues adds at ``at``."""
        if not self.view.colleagues or self.opted_out or self.block is not None:
            return 0.0
        return lift_at(self.activity_at(at), self.view.colleagues, self.rules.score.lift, at)

    def activity_at(self, at: datetime) -> Activity | None:
        """What the person's colleagues may know of them; ``None`` where they have no company
        domain, are blocked or object to marketing."""
        domain = self.profile.email_domain
        free = self.rules.score.fit.free_mail_domains
        if domain is None or domain in free or self.opted_out or self.block is not None:
            return None
        last = self.history().last_active_at(at)
        if last is None:
            return None
        return Activity(
            uid=self.view.uid,
            domain=domain,
            fit=self.fit(),
            known_since=born_at(self.view),
            active_from=last,
            active_until=last + self.rules.score.lift.active,
        )

    def move(self, stage: Stage, at: datetime, why: str, cause: str) -> None:
        """Enter ``stage``; a move is never stamped before the one it follows."""
        at = max(at, self.since) if self.moves or self.stamps else at
        self.moves.append(
            Move(at=at, before=self.stage, after=stage, cycle=self.cycle, why=why, cause=cause)
        )
        self.stage, self.since, self.why = stage, at, why
        self.stamps[stage] = Stamp(at=at, why=why)
        for kind in _OF_ONE_STAGE:
            self.reviews.pop(kind, None)

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
        self.reviews[kind] = why

    def want(self, task: Task) -> None:
        """Put a task before a person, once."""
        known = {each.key for each in self.tasks} | self.view.issued
        if task.key not in known:
            self.tasks = (*self.tasks, task)

    def drop_tasks(self, topic: Topic) -> None:
        """Tasks on ``topic`` that nobody has been given yet are pointless now."""
        self.tasks = tuple(task for task in self.tasks if task.topic is not topic)


def born_at(view: PersonView) -> datetime:
    """When the person was first known: by a record's creation or by the earliest fact."""
    records = [side.record for side in (view.marketing, view.sales) if side is not None]
    known = [record.created_at or record.modified_at for record in records]
    if not known:
        known = [fact.at for fact in view.facts]
    return min(known, default=view.go_live)


_REMEMBERED = tuple(each.name for each in fields(Standing) if each.name != "decided_at")

_ASKED_ANEW = frozenset(
    {
        "calendar_unconfirmed",
        "field_conflict",
        "field_fight",
        "not_handed_over",
        "owner_unmapped",
        "queue_unknown",
    }
)
"""Reviews that writing and attention ask for again in every decision; `evaluate` and
`check_blocks` take back their own."""

_OF_ONE_STAGE = ("definition_dispute", "nobody_to_alert")
"""Reviews that end when the person moves on."""
