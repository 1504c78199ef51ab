"""From what is true to what must be written: field changes, lists, consent, new records.

A field is written only where what the CRM holds differs from what it would hold afterwards,
so that our own write coming back gives an empty plan.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from crmbridge.core import fields as f
from crmbridge.core.course import Course
from crmbridge.core.decision import Conflict, Nurture
from crmbridge.core.explaining import nurture_sentence, sla_sentence, stage_sentence
from crmbridge.core.model import ObjectType, Ref, Side, SideView, Stage, Value
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind
from crmbridge.core.rules import Assignment
from crmbridge.core.scoring import Score

FROZEN = frozenset({Stage.CUSTOMER, Stage.DISQUALIFIED})
"""Stages in which the written score no longer changes."""

_SCORE_FIELDS = (f.SCORE, f.GRADE, f.SCORE_REASON)
_SHARED = {f.LIFECYCLE: "lifecycle", f.LEAD_STATUS: "lead_status", f.STATUS: "sales_status"}
_HANDED_OVER = (
    f.EMAIL,
    f.FIRST_NAME,
    f.LAST_NAME,
    f.COMPANY,
    f.TITLE,
    f.PHONE,
    f.COUNTRY,
    f.INDUSTRY,
    f.LEAD_SOURCE,
)


@dataclass(slots=True, kw_only=True)
class Plan:
    """What one decision wants written; ``conflicts`` are the edits that it will not accept."""

    course: Course
    now: datetime
    score: Score | None
    nurture: Nurture
    values: Mapping[str, Value]
    operations: list[Operation] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def plan(course: Course, now: datetime, score: Score | None, nurture: Nurture) -> Plan:
    """Everything to write so that both CRMs show what the course says at ``now``.

    ``score`` is ``None`` where it must be blank.
    """
    made = Plan(
        course=course, now=now, score=score, nurture=nurture, values=_values(course, score, nurture)
    )
    for side in Side:
        if side not in course.view.surfaces:
            continue
        shown = course.view.side(side)
        if shown is not None and shown.writable:
            _update(made, side, shown)
            _objection(made, side, shown)
        elif side is Side.SALES:
            _hand_over(made)
        else:
            _create_contact(made)
    _lists(made)
    return made


def _values(course: Course, score: Score | None, nurture: Nurture) -> dict[str, Value]:
    clock, waiting = course.sla, course.recycle
    return {
        f.STAGE: course.stage.value,
        f.STAGE_REASON: stage_sentence(course),
        f.SCORE: score.total if score else None,
        f.GRADE: score.grade if score else None,
        f.SCORE_REASON: score.sentence if score else None,
        f.MQL_AT: course.mql_at,
        f.CYCLE: course.cycle,
        f.SLA_DUE: clock.due if clock else None,
        f.SLA_STATUS: clock.status.value if clock else None,
        f.SLA_REASON: sla_sentence(clock),
        f.FIRST_TOUCH_AT: course.first_touch_at,
        f.TRACK: waiting.track if waiting else None,
        f.RECYCLE_REASON: waiting.reason if waiting else None,
        f.NURTURE_REASON: nurture_sentence(course, nurture.list_name),
        f.COOLDOWN_UNTIL: waiting.cooldown_until if waiting else None,
        f.RECYCLE_COUNT: course.recycle_count,
        f.RULEBOOK_VERSION: course.rulebook_version,
    }


def _update(made: Plan, side: Side, shown: SideView) -> None:
    record = shown.record
    surface = made.course.view.surfaces[side]
    allowed = surface.writable(record.ref.object_type)
    wanted = {name: made.values[name] for name in f.WRITTEN if name not in _SCORE_FIELDS}
    if record.fields.get(f.UID) is None:
        wanted[f.UID] = made.course.view.uid
    shared = _shared_values(made.course)
    wanted.update(shared)

    def differs(name: str, value: Value) -> bool:
        held = record.fields.get(name)
        return surface.project(record.ref.object_type, name, value) != held

    changed = [name for name in wanted if name in allowed and differs(name, wanted[name])]
    if changed or _score_moved(made, shown):
        for name in _SCORE_FIELDS:
            if name in allowed and not _is_frozen(made, shown) and differs(name, made.values[name]):
                wanted[name] = made.values[name]
                changed.append(name)
    _note_edits(made, side, shown, changed)
    if not changed:
        return
    made.operations.append(
        _operation(
            made,
            kind=OperationKind.UPDATE,
            side=side,
            object_type=record.ref.object_type,
            target=record.ref,
            lane=Lane.INSIGHT if set(changed) <= set(_SCORE_FIELDS) else Lane.STAGE,
            reason=made.course.why,
            changes=tuple(
                FieldChange(
                    field=name,
                    before=record.fields.get(name),
                    after=surface.project(record.ref.object_type, name, wanted[name]),
                    reason=_reason_for(made, name),
                )
                for name in changed
            ),
            expected={name: record.fields.get(name) for name in changed if name in shared},
        )
    )


def _reason_for(made: Plan, name: str) -> str:
    if name in _SCORE_FIELDS:
        return made.score.sentence if made.score else "blank: no score is kept for this person"
    if name in (f.SLA_DUE, f.SLA_STATUS, f.SLA_REASON, f.FIRST_TOUCH_AT):
        return str(made.values[f.SLA_REASON] or "no promise is running")
    if name in (f.TRACK, f.RECYCLE_REASON, f.NURTURE_REASON, f.COOLDOWN_UNTIL):
        return str(made.values[f.NURTURE_REASON] or "not recycled")
    return str(made.values[f.STAGE_REASON])


def _shared_values(course: Course) -> dict[str, Value]:
    """The CRMs' own status fields, where the rule book says what the stage shows."""
    if not course.armed:
        return {}
    stages = course.rules.stages
    tables = {
        f.LIFECYCLE: stages.lifecycle,
        f.LEAD_STATUS: stages.lead_status,
        f.STATUS: stages.sales_status,
    }
    return {name: table[course.stage] for name, table in tables.items() if course.stage in table}


def _score_moved(made: Plan, shown: SideView) -> bool:
    """Whether the written score is wrong, not merely a little old."""
    held, grade = shown.record.fields.get(f.SCORE), shown.record.fields.get(f.GRADE)
    if made.score is None:
        return held is not None or grade is not None
    if _is_frozen(made, shown):
        return False
    if held != shown.base.get(f.SCORE, held) or not isinstance(held, int | float):
        return True
    step = made.course.rules.score.rewrite_step
    return grade != made.score.grade or abs(made.score.total - held) >= step


def _is_frozen(made: Plan, shown: SideView) -> bool:
    return (
        made.score is not None
        and made.course.stage in FROZEN
        and shown.record.fields.get(f.SCORE) is not None
    )


def _note_edits(made: Plan, side: Side, shown: SideView, changed: list[str]) -> None:
    """Someone changed a value that crmbridge keeps: it is put right, and said."""
    for name in changed:
        held = shown.record.fields.get(name)
        if name in shown.base and held != shown.base[name]:
            made.conflicts.append(
                Conflict(
                    side=side,
                    field=name,
                    theirs=held,
                    ours=made.values.get(name, _shared_values(made.course).get(name)),
                    why="edited by hand; the lead standard decides this field",
                )
            )


def _objection(made: Plan, side: Side, shown: SideView) -> None:
    """Carry an objection to the CRM that does not know it, and a re-subscription to sales."""
    held = bool(shown.record.fields.get(f.OPTED_OUT))
    course = made.course
    if course.opted_out and not held:
        kind, after, why = OperationKind.OPT_OUT, True, "the person objects to marketing"
    elif held and not course.opted_out and course.opted_in_at and side is Side.SALES:
        kind, after, why = OperationKind.OPT_IN, False, "the person subscribed again"
    else:
        return
    email = shown.record.fields.get(f.EMAIL)
    if email is None and side is Side.MARKETING:
        return
    changes = [FieldChange(field=f.OPTED_OUT, before=held, after=after, reason=why)]
    if side is Side.MARKETING:
        changes.append(FieldChange(field=f.EMAIL, before=email, after=email))
    made.operations.append(
        _operation(
            made,
            kind=kind,
            side=side,
            object_type=shown.record.ref.object_type,
            target=shown.record.ref,
            lane=Lane.STAGE,
            reason=why,
            changes=tuple(changes),
        )
    )


def _hand_over(made: Plan) -> None:
    """Create the sales lead of an MQL that sales does not have."""
    course, handoff = made.course, made.course.rules.handoff
    known = course.view.marketing
    if not handoff.create_leads or known is None or course.stage is not Stage.MQL:
        return
    gone = course.view.sales
    if gone is not None and (course.mql_at is None or gone.record.modified_at >= course.mql_at):
        return
    values = {name: known.record.fields.get(name) for name in _HANDED_OVER}
    values[f.LAST_NAME] = values[f.LAST_NAME] or values[f.EMAIL] or handoff.fallback_company
    values[f.COMPANY] = values[f.COMPANY] or _company_name(course) or handoff.fallback_company
    values[f.EMPLOYEES] = course.profile.employees
    values |= _assignee(course)
    made.operations.append(
        _creation(
            made,
            Side.SALES,
            ObjectType.LEAD,
            values,
            assignment=handoff.assignment,
            rule_id=handoff.rule_id,
        )
    )


def _company_name(course: Course) -> Value:
    account = course.view.accounts.get(Side.MARKETING)
    return account.fields.get(f.NAME) if account else None


def _assignee(course: Course) -> dict[str, Value]:
    """The owner to set where no assignment rule of the sales CRM decides."""
    handoff = course.rules.handoff
    if handoff.assignment is Assignment.QUEUE:
        for owner in course.view.owners.get(Side.SALES, {}).values():
            if handoff.queue in (owner.ref.id, owner.name):
                return {f.OWNER_ID: owner.ref.id}
        course.review("queue_unknown", "the queue for new leads does not exist in the sales CRM")
    if handoff.assignment is Assignment.OWNER_MAP and course.view.marketing is not None:
        owner_id = course.view.marketing.record.fields.get(f.OWNER_ID)
        marketer = course.view.owners.get(Side.MARKETING, {}).get(str(owner_id))
        address = handoff.owner_map.get((marketer.email or "").casefold()) if marketer else None
        for owner in course.view.owners.get(Side.SALES, {}).values():
            if address and (owner.email or "").casefold() == address and owner.active:
                return {f.OWNER_ID: owner.ref.id}
        course.review("owner_unmapped", "the marketing owner is not in the owner map")
    return {}


def _create_contact(made: Plan) -> None:
    """Create the marketing contact of a recycled person whom marketing is to nurture."""
    course, known = made.course, made.course.view.sales
    if not course.rules.handoff.create_contacts or known is None or made.nurture.list_name is None:
        return
    if course.view.marketing is not None or known.record.fields.get(f.EMAIL) is None:
        return
    values = {name: known.record.fields.get(name) for name in _HANDED_OVER}
    made.operations.append(_creation(made, Side.MARKETING, ObjectType.CONTACT, values))


def _creation(
    made: Plan,
    side: Side,
    object_type: ObjectType,
    values: Mapping[str, Value],
    *,
    assignment: Assignment | None = None,
    rule_id: str | None = None,
) -> Operation:
    surface = made.course.view.surfaces[side]
    allowed = surface.writable(object_type)
    everything: dict[str, Value] = {
        **values,
        **made.values,
        **_shared_values(made.course),
        f.UID: made.course.view.uid,
    }
    return _operation(
        made,
        kind=OperationKind.CREATE,
        side=side,
        object_type=object_type,
        target=None,
        lane=Lane.STAGE,
        reason=made.course.why,
        changes=tuple(
            FieldChange(
                field=name,
                before=None,
                after=surface.project(object_type, name, value),
                reason=_reason_for(made, name),
            )
            for name, value in everything.items()
            if name in allowed and value is not None
        ),
        assignment=assignment,
        assignment_rule_id=rule_id,
    )


def _lists(made: Plan) -> None:
    """Enrol where the person belongs, withdraw from everywhere else."""
    course, contact = made.course, made.course.view.marketing
    if contact is None or not contact.writable or Side.MARKETING not in course.view.surfaces:
        return
    wanted, state = made.nurture.list_name, course.view.lists
    tracked = {track.list_name for track in course.rules.recycling.tracks.values()}
    if course.armed:
        for name in sorted((state.members | state.agreed) & tracked):
            if name != wanted and name != _kept_by_hand(course):
                _note_addition(made, name)
                reason = made.nurture.why
                _membership(made, OperationKind.WITHDRAW, contact.record.ref, name, reason)
    if wanted is not None and wanted not in state.members:
        _membership(made, OperationKind.ENROL, contact.record.ref, wanted, made.nurture.why)


def _kept_by_hand(course: Course) -> str | None:
    """The list a marketer took a recycled person off: agreed once, and to be left alone."""
    waiting = course.recycle
    if waiting is None or not waiting.removed_by_hand:
        return None
    name = course.rules.recycling.tracks[waiting.track].list_name
    return name if name not in course.view.lists.members else None


def _note_addition(made: Plan, name: str) -> None:
    state = made.course.view.lists
    if name in state.members and name not in state.agreed:
        made.conflicts.append(
            Conflict(
                side=Side.MARKETING,
                field=f.MEMBERS,
                theirs=name,
                ours=made.nurture.list_name,
                why="added to a nurture list by hand; the lead standard decides membership",
            )
        )


def _membership(made: Plan, kind: OperationKind, contact: Ref, name: str, reason: str) -> None:
    made.operations.append(
        _operation(
            made,
            kind=kind,
            side=Side.MARKETING,
            object_type=ObjectType.CONTACT,
            target=contact,
            lane=Lane.NURTURE,
            reason=reason,
            list_name=name,
        )
    )


def _operation(
    made: Plan,
    *,
    kind: OperationKind,
    side: Side,
    object_type: ObjectType,
    target: Ref | None,
    lane: Lane,
    reason: str,
    changes: tuple[FieldChange, ...] = (),
    expected: Mapping[str, Value] | None = None,
    list_name: str | None = None,
    assignment: Assignment | None = None,
    assignment_rule_id: str | None = None,
) -> Operation:
    uid = made.course.view.uid
    intention: list[object] = [uid, kind, side, str(target or object_type), list_name]
    intention += [[change.field, _plain(change.after)] for change in changes]
    digest = hashlib.sha256(json.dumps(intention).encode()).hexdigest()[:16]
    return Operation(
        key=f"{uid}/{made.now:%Y%m%dT%H%M%S.%f}/{kind}/{side}/{digest}",
        uid=uid,
        kind=kind,
        side=side,
        object_type=object_type,
        target=target,
        lane=lane,
        reason=reason,
        changes=changes,
        expected=expected or {},
        list_name=list_name,
        assignment=assignment,
        assignment_rule_id=assignment_rule_id,
    )


def _plain(value: Value) -> object:
    return value.isoformat() if isinstance(value, datetime | date) else value
