"""Folding: fresh facts and due timers, in order, into a person's course."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from crmbridge.core.accounts import group_changes
from crmbridge.core.blocking import check_blocks, take_bounce, take_erasure
from crmbridge.core.chasing import escalate, escalation_at, reason_overdue_at
from crmbridge.core.course import Course
from crmbridge.core.facts import Fact, FactKind
from crmbridge.core.ladder import (
    keep_reassigned,
    next_step,
    notice_inactive_owner,
    take_step,
    tell_recycled,
)
from crmbridge.core.model import Stage
from crmbridge.core.momentum import Momentum
from crmbridge.core.partners import notice_partner, recall, recall_at
from crmbridge.core.qualifying import evaluate, notice_value
from crmbridge.core.recycling import idle_at, recycle_idle, settle_missing_reason
from crmbridge.core.sla import (
    breach_rep,
    end_pause,
    follow_owner,
    meet_owner,
    take_owned,
    take_pause,
)
from crmbridge.core.stages import (
    take_conversion,
    take_deal_lost,
    take_deal_opened,
    take_deal_won,
    take_deletion,
    take_status,
    take_touch,
)
from crmbridge.core.standing import SlaStatus
from crmbridge.core.waking import wake_up


def _object(course: Course, fact: Fact) -> None:
    course.consent = course.consent.objecting(fact.at)


def _subscribe(course: Course, fact: Fact) -> None:
    course.consent = course.consent.subscribing(fact.at)


_TAKERS: dict[FactKind, Callable[[Course, Fact], None]] = {
    FactKind.TOUCH: take_touch,
    FactKind.STATUS: take_status,
    FactKind.OWNED: take_owned,
    FactKind.PAUSED: take_pause,
    FactKind.RESUMED: take_pause,
    FactKind.CONVERSION: take_conversion,
    FactKind.DEAL_OPENED: take_deal_opened,
    FactKind.DEAL_WON: take_deal_won,
    FactKind.DEAL_LOST: take_deal_lost,
    FactKind.DELETED: take_deletion,
    FactKind.OPT_OUT: _object,
    FactKind.OPT_IN: _subscribe,
    FactKind.BOUNCE: take_bounce,
    FactKind.ERASED: take_erasure,
}

_ROUNDING = 0.51
"""A total is rounded half up: anything less below the threshold cannot reach it."""

_ALWAYS = frozenset({FactKind.OPT_OUT, FactKind.OPT_IN, FactKind.ERASED})
"""An objection counts however old it is; everything else from before go-live moves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Something that happens by itself at ``at``; ``fire`` lets it happen."""

    at: datetime
    name: str
    fire: Callable[[Course, datetime], None]


def fold(course: Course, now: datetime) -> frozenset[str]:
    """Fold every fresh fact that counts by ``now`` and every timer due by then.

    Facts go in order of observation, those seen together in order of happening; a timer
    fires before the facts that were seen after it, and after those seen at its own instant,
    which count from then on. Returns the keys of the folded facts.
    """
    view = course.view
    notice_value(course, now)
    notice_partner(course, now)
    meet_owner(course, now)
    ready = sorted(
        (fact for fact in view.facts if fact.key in view.fresh and fact.effective_at <= now),
        key=lambda fact: (fact.effective_at, fact.at, fact.key),
    )
    fresh = {fact.key for fact in ready}
    momentum = Momentum(
        course.rules.score,
        [
            fact
            for fact in course.engagements()
            if fact.key not in fresh and fact.effective_at <= course.position
        ],
        course.position,
    )
    fit = course.fit()
    for effective_at, group in groupby(ready, key=lambda fact: fact.effective_at):
        at = max(effective_at, course.position)
        _run_timers(course, at, before=True)
        course.position = at
        _take_together(course, list(group), at, momentum, fit)
    _run_timers(course, now)
    course.position = now
    follow_owner(course, now)
    _notice_better_fit(course)
    check_blocks(course, now)
    notice_partner(course, now)
    evaluate(course, now, "review")
    _run_timers(course, now)
    notice_inactive_owner(course, now)
    keep_reassigned(course)
    return frozenset(fact.key for fact in ready)


def _take_together(
    course: Course, facts: list[Fact], at: datetime, momentum: Momentum, fit: float
) -> None:
    for fact in facts:
        old = fact.at < course.view.go_live
        if fact.kind is FactKind.ENGAGEMENT:
            signal = momentum.add(fact, at)
            course.armed = course.armed or not old
            end_pause(course, fact.at)
            check_blocks(course, at)
            raises = signal is not None and signal.hand_raise
            lift = course.rules.score.lift.points if course.view.colleagues else 0.0
            if raises or fit + momentum.at_most(lift) + _ROUNDING > course.rules.mql.score:
                evaluate(course, at, fact.key)
        elif fact.kind in _ALWAYS or not old:
            _TAKERS[fact.kind](course, fact)
            if fact.kind is FactKind.OPT_IN:
                # Nothing was enough while they objected; now it may be, from this instant on.
                evaluate(course, at, fact.key)


def _notice_better_fit(course: Course) -> None:
    """For someone adopted at go-live, a better fit than then is something new."""
    if course.armed or course.adopted_fit is None:
        return
    if course.fit() > course.adopted_fit:
        course.armed = True


def _run_timers(course: Course, until: datetime, *, before: bool = False) -> None:
    """Everything due by ``until``; with ``before`` only what is due before it."""
    while (timer := next_timer(course)) is not None and timer.at <= until:
        if before and timer.at == until:
            return
        course.position = max(course.position, timer.at)
        timer.fire(course, timer.at)


def next_timer(course: Course) -> Timer | None:
    """The next thing that will happen to the course by itself."""
    return min(_timers(course), key=lambda timer: (timer.at, timer.name), default=None)


def _timers(course: Course) -> list[Timer]:
    if course.sales_gone:
        return []
    timers: list[Timer] = []

    def add(at: datetime | None, name: str, fire: Callable[[Course, datetime], None]) -> None:
        if at is not None:
            timers.append(Timer(at=at, name=name, fire=fire))

    rep, clock = course.rep, course.sla
    step = next_step(course)
    if step is not None and clock is not None:
        name = step[1]
        add(step[0], f"sla_{name}", lambda course, at: take_step(course, clock, at, name))
    if rep is not None and rep.status is SlaStatus.OPEN and clock and not clock.is_paused:
        add(rep.due, "rep_due", breach_rep)
    add(idle_at(course), "idle", _recycle_idle)
    if course.chase is not None:
        owed = course.chase
        add(escalation_at(course), "chase", lambda course, at: escalate(course, owed, at))
    add(reason_overdue_at(course), "reason_missing", settle_missing_reason)
    add(recall_at(course), "partner_recall", _recall)
    ends = course.recycle.cooldown_until if course.recycle else None
    if ends is not None and course.stage is Stage.RECYCLED and ends > course.position:
        add(ends, "cooldown", _end_cooldown)
    if course.view.colleagues and course.stage in (Stage.LEAD, Stage.RECYCLED):
        changes = group_changes(course.activity_at(course.position), course.view.colleagues)
        later = [at for at in changes if at > course.position]
        add(min(later, default=None), "account", _follow_group)
    return timers


def _end_cooldown(course: Course, at: datetime) -> None:
    wake_up(course, at)
    evaluate(course, at, "timer:cooldown")


def _recycle_idle(course: Course, at: datetime) -> None:
    recycle_idle(course, at)
    tell_recycled(course, at)


def _recall(course: Course, at: datetime) -> None:
    recall(course, at)
    evaluate(course, at, "timer:partner_recall")


def _follow_group(course: Course, at: datetime) -> None:
    evaluate(course, at, "timer:account")
