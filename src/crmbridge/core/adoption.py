"""Where a person starts: as a new LEAD, or adopted as they stood when the bridge went live."""

from __future__ import annotations

from crmbridge.core.course import ADVANCED, Course, born_at
from crmbridge.core.feedback import read_reason
from crmbridge.core.fields import (
    CONVERTED,
    CYCLE,
    DEAL_TYPE,
    IS_CLOSED,
    IS_WON,
    LIFECYCLE,
    REASON,
    RECYCLE_COUNT,
    STAGE,
    STATUS,
)
from crmbridge.core.model import ObjectType, Record, Stage, Value
from crmbridge.core.profile import Profile
from crmbridge.core.rules import Rules
from crmbridge.core.standing import DealState, Recycle, Stamp
from crmbridge.core.view import PersonView


def start(view: PersonView, rules: Rules, profile: Profile) -> Course:
    """The course of someone about whom nothing was decided yet.

    Whoever was there before go-live keeps the furthest stage that a deal, a status, our own
    field or the life-cycle shows, and stays unarmed: no event arises from anything older.
    """
    born = born_at(view)
    course = Course(
        view=view,
        rules=rules,
        profile=profile,
        position=born,
        stage=Stage.LEAD,
        since=born,
        why="new",
        rulebook_version=rules.version,
    )
    if born < view.go_live:
        _adopt(course)
    return course


def _adopt(course: Course) -> None:
    view = course.view
    course.armed = False
    course.position = view.go_live
    _adopt_deals(course)
    stage, why = _adopted_stage(course)
    course.stage = stage
    course.why = f"adopted at go-live: {why}"
    if stage is not Stage.LEAD:
        course.stamps[stage] = Stamp(at=course.since, why=course.why, inferred=True)
    course.cycle = _whole(_first_value(view, CYCLE))
    course.recycle_count = _whole(_first_value(view, RECYCLE_COUNT))
    if stage is Stage.RECYCLED:
        _adopt_recycle(course)
    if stage is Stage.DISQUALIFIED:
        reason = read_reason(_text(_first_value(view, REASON)), course.rules.recycling)
        course.reason = reason.name if reason else None
    course.adopted_fit = course.score_at(view.go_live).fit


def _adopt_deals(course: Course) -> None:
    excluded = course.rules.stages.excluded_deal_types
    for deal in course.view.deals:
        kind = deal.fields.get(DEAL_TYPE)
        if isinstance(kind, str) and kind.casefold() in excluded:
            continue
        if (deal.created_at or deal.modified_at) >= course.view.go_live:
            continue
        course.deals[deal.ref.id] = _deal_state(deal)


def _deal_state(deal: Record) -> DealState:
    if deal.fields.get(IS_WON):
        return DealState.WON
    return DealState.LOST if deal.fields.get(IS_CLOSED) else DealState.OPEN


def _adopted_stage(course: Course) -> tuple[Stage, str]:
    view, rules = course.view, course.rules.stages
    if DealState.WON in course.deals.values():
        return Stage.CUSTOMER, "a deal was won"
    if DealState.OPEN in course.deals.values():
        return Stage.OPPORTUNITY, "a deal is open"
    ours = _text(_first_value(view, STAGE))
    if ours is not None and ours in Stage.__members__:
        return Stage(ours), "the stage crmbridge wrote before"
    found: list[tuple[Stage, str]] = []
    if view.sales is not None:
        status = _text(view.sales.record.fields.get(STATUS))
        told = rules.statuses.get(status.casefold()) if status else None
        if told is not None:
            found.append((told, f"the sales status is {status}"))
        elif _is_converted(view.sales.record):
            found.append((Stage.QUALIFICATION, "sales keeps the person as a contact"))
    if view.marketing is not None:
        value = view.marketing.record.fields.get(LIFECYCLE)
        shown = [stage for stage in ADVANCED if rules.lifecycle.get(stage) == value and value]
        if shown:
            found.append((shown[0], f"the life-cycle is {value}"))
    if found:
        return max(found, key=lambda item: _RANK.index(item[0]))
    if _nurture_track(course):
        return Stage.RECYCLED, "already on a nurture list"
    return Stage.LEAD, "nothing says more"


_RANK = (
    Stage.LEAD,
    Stage.MQL,
    Stage.ACTIVATION,
    Stage.QUALIFICATION,
    Stage.RECYCLED,
    Stage.DISQUALIFIED,
    Stage.OPPORTUNITY,
    Stage.CUSTOMER,
)
"""Which adopted stage wins: a rep's rejection is newer than the life-cycle it ended."""


def _is_converted(record: Record) -> bool:
    return record.ref.object_type is ObjectType.CONTACT or bool(record.fields.get(CONVERTED))


def _nurture_track(course: Course) -> str | None:
    for track in course.rules.recycling.tracks.values():
        if track.list_name in course.view.lists.members:
            return track.name
    return None


def _adopt_recycle(course: Course) -> None:
    rules = course.rules.recycling
    reason = read_reason(_text(_first_value(course.view, REASON)), rules)
    name = reason.name if reason and not reason.terminal else rules.unspecified_reason
    track = _nurture_track(course) or str(rules.reasons[name].track)
    course.recycle = Recycle(
        reason=name, track=track, at=course.since, cooldown_until=course.view.go_live
    )
    course.recycle_count = max(course.recycle_count, 1)
    course.restart_at = course.since


def _first_value(view: PersonView, field: str) -> Value:
    for side in (view.sales, view.marketing):
        if side is not None and side.record.fields.get(field) is not None:
            return side.record.fields[field]
    return None


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Value) -> int:
    return int(value) if isinstance(value, int | float) else 0
