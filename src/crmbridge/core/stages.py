"""The stage graph: which steps people may take in a CRM, and what deals and conversions mean."""

from __future__ import annotations

from dataclasses import replace

from crmbridge.core.acts import is_human, is_touch
from crmbridge.core.chasing import end_chase
from crmbridge.core.course import ADVANCED, Course
from crmbridge.core.decision import Conflict
from crmbridge.core.facts import ConversionDetail, DealDetail, Fact, StatusDetail, TouchDetail
from crmbridge.core.feedback import Feedback, read_reason
from crmbridge.core.fields import DEAL_TYPE, STATUS
from crmbridge.core.model import ObjectType, Ref, Side, Stage
from crmbridge.core.recycling import let_go, open_deals
from crmbridge.core.sla import cancel, record_touch
from crmbridge.core.standing import DealState

ALLOWED: dict[Stage, frozenset[Stage]] = {
    Stage.LEAD: frozenset({Stage.ACTIVATION, Stage.QUALIFICATION, Stage.DISQUALIFIED}),
    Stage.MQL: frozenset(
        {
            Stage.ACTIVATION,
            Stage.QUALIFICATION,
            Stage.OPPORTUNITY,
            Stage.RECYCLED,
            Stage.DISQUALIFIED,
        }
    ),
    Stage.ACTIVATION: frozenset(
        {Stage.QUALIFICATION, Stage.OPPORTUNITY, Stage.RECYCLED, Stage.DISQUALIFIED}
    ),
    Stage.QUALIFICATION: frozenset({Stage.OPPORTUNITY, Stage.RECYCLED, Stage.DISQUALIFIED}),
    Stage.OPPORTUNITY: frozenset({Stage.RECYCLED, Stage.DISQUALIFIED}),
    Stage.RECYCLED: frozenset({Stage.QUALIFICATION, Stage.DISQUALIFIED, Stage.RECYCLED}),
    Stage.DISQUALIFIED: frozenset({Stage.RECYCLED, Stage.LEAD, Stage.DISQUALIFIED}),
    Stage.CUSTOMER: frozenset(),
}
"""The steps that a person may take by setting a status; everything else is a conflict.

RECYCLED and DISQUALIFIED may be set again: that is how a reason is given later or corrected.
"""


def take_touch(course: Course, fact: Fact) -> None:
    """A completed activity; a human one makes an MQL an ACTIVATION."""
    detail = fact.detail
    if not isinstance(detail, TouchDetail) or not is_touch(course.view, course.rules.sla, detail):
        return
    if not _is_worked(course):
        return
    if record_touch(course, fact.at, f"first {detail.channel} by sales"):
        _activate(course, fact)


def _is_worked(course: Course) -> bool:
    return course.stage in (
        Stage.MQL,
        Stage.ACTIVATION,
        Stage.QUALIFICATION,
        Stage.OPPORTUNITY,
    )


def _activate(course: Course, fact: Fact) -> None:
    if course.stage is Stage.MQL:
        course.move(Stage.ACTIVATION, fact.at, "sales made the first touch", fact.key)


def take_status(course: Course, fact: Fact) -> None:
    """A status set in the sales CRM: accepted, refused with both values, or meaningless."""
    detail = fact.detail
    if not isinstance(detail, StatusDetail) or detail.by in course.view.our_users:
        return
    target = course.rules.stages.statuses.get(detail.value.strip().casefold())
    if detail.history_missing:
        course.flags.add("history_missing")
    if target is None or (target is course.stage and target not in _REPEATABLE):
        return
    feedback = Feedback(
        reason=read_reason(detail.reason, course.rules.recycling),
        details=detail.details,
        resume=detail.resume,
    )
    if target in _REPEATABLE and target is course.stage and not _says_more(course, feedback):
        return
    if target in _REPEATABLE and fact.at < course.since:
        # The status was set in an earlier stage and only its reason is new: the rejection
        # is as old as the reason, or it would let go of a cycle that had not begun.
        fact = replace(fact, at=fact.effective_at)
    if not _is_allowed(course, target):
        _refuse(course, detail, target)
        return
    human = is_human(course.view, course.rules.sla, detail.by)
    if human and (_is_worked(course) or course.stage is Stage.LEAD):
        record_touch(course, fact.at, "sales changed the status")
    _accept(course, fact, target, feedback)


_REPEATABLE = frozenset({Stage.RECYCLED, Stage.DISQUALIFIED})


def _says_more(course: Course, feedback: Feedback) -> bool:
    """Whether a repeated rejection gives another reason or other words than before."""
    if feedback.reason is None:
        return False
    return feedback.reason.name != course.reason or feedback.details != course.reason_details


def _is_allowed(course: Course, target: Stage) -> bool:
    if course.stage is Stage.OPPORTUNITY and target is Stage.RECYCLED:
        return open_deals(course) == 0
    return target in ALLOWED[course.stage]


def _refuse(course: Course, detail: StatusDetail, target: Stage) -> None:
    course.conflicts.append(
        Conflict(
            side=Side.SALES,
            field=STATUS,
            theirs=detail.value,
            ours=course.stage.value,
            why=f"no way from {course.stage} to {target} by hand",
        )
    )


def _accept(course: Course, fact: Fact, target: Stage, feedback: Feedback) -> None:
    if target in _REPEATABLE:
        let_go(course, feedback, fact.at, fact.key)
        return
    if target is Stage.LEAD:
        _reopen_as_lead(course, fact)
        return
    if course.stage is Stage.RECYCLED:
        course.recycle = None
        course.stamps.clear()
    elif course.stage is Stage.LEAD:
        course.infer(_between(Stage.MQL, target), fact.at, fact.key)
    else:
        course.infer(_between(course.stage, target), fact.at, fact.key)
    end_chase(course)
    course.move(target, fact.at, f"sales set the status to {target.lower()}", fact.key)


def _reopen_as_lead(course: Course, fact: Fact) -> None:
    course.restart_at = fact.at
    course.block = course.blocked_address = None
    course.reason = course.reason_details = None
    end_chase(course)
    course.mql_caused_at = course.first_touch_at = None
    course.move(Stage.LEAD, fact.at, "a person re-opened the lead", fact.key)
    course.stamps.clear()


def _between(before: Stage, after: Stage) -> tuple[Stage, ...]:
    """The stages strictly between two of the way up."""
    if before not in ADVANCED:
        return ADVANCED[: ADVANCED.index(after)]
    return ADVANCED[ADVANCED.index(before) + 1 : ADVANCED.index(after)]


def _raise_to(course: Course, fact: Fact, target: Stage, why: str) -> None:
    """A conversion or deal lifts the person to ``target`` from wherever they are below it."""
    if course.stage in ADVANCED and ADVANCED.index(course.stage) >= ADVANCED.index(target):
        return
    course.infer(_between(course.stage, target), fact.at, fact.key)
    course.recycle = None
    end_chase(course)
    course.move(target, fact.at, why, fact.key)


def take_conversion(course: Course, fact: Fact) -> None:
    """The lead became a contact: OPPORTUNITY with a deal in scope, else QUALIFICATION."""
    detail = fact.detail
    if not isinstance(detail, ConversionDetail) or course.stage is Stage.CUSTOMER:
        return
    record_touch(course, fact.at, "the lead was converted")
    if detail.deal is not None and _in_scope(course, detail.deal):
        course.deals.setdefault(detail.deal.id, DealState.OPEN)
        _raise_to(course, fact, Stage.OPPORTUNITY, "the lead was converted with an opportunity")
    else:
        why = "the lead was converted without an opportunity"
        _raise_to(course, fact, Stage.QUALIFICATION, why)


def take_deal_opened(course: Course, fact: Fact) -> None:
    """An opportunity for the person came into being."""
    if not _in_scope(course, fact.ref) or fact.ref.id in course.deals:
        return
    course.deals[fact.ref.id] = DealState.OPEN
    end_chase(course)
    _raise_to(course, fact, Stage.OPPORTUNITY, "an opportunity was opened")


def take_deal_won(course: Course, fact: Fact) -> None:
    """A won deal makes a customer, whatever the stage; no rule undoes it."""
    if not _in_scope(course, fact.ref):
        return
    course.deals[fact.ref.id] = DealState.WON
    if course.sla is not None:
        record_touch(course, fact.at, "a deal was won")
    _raise_to(course, fact, Stage.CUSTOMER, "a deal was won")


def take_deal_lost(course: Course, fact: Fact) -> None:
    """The last open deal's loss lets go by its reason; the others only close."""
    detail = fact.detail
    if not isinstance(detail, DealDetail) or not _in_scope(course, fact.ref):
        return
    course.deals[fact.ref.id] = DealState.LOST
    if course.stage is not Stage.OPPORTUNITY or open_deals(course):
        return
    feedback = Feedback(
        reason=read_reason(detail.reason, course.rules.recycling),
        details=detail.details,
        resume=detail.resume,
    )
    let_go(course, feedback, fact.at, fact.key)


def _in_scope(course: Course, deal: Ref) -> bool:
    excluded = course.rules.stages.excluded_deal_types
    for record in course.view.deals:
        if record.ref == deal:
            kind = record.fields.get(DEAL_TYPE)
            return not (isinstance(kind, str) and kind.casefold() in excluded)
    return deal.object_type is ObjectType.DEAL


def take_deletion(course: Course, fact: Fact) -> None:
    """The sales record is gone: its promise is cancelled, everything else stands still."""
    if course.sales_gone:
        cancel(course, fact.at, "record_deleted")
