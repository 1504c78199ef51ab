"""From what is true to what must be written: field changes, lists, consent, new records, tasks.

A field is written only where what the CRM holds differs from what it would hold afterwards,
so that our own write coming back gives an empty plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crmbridge.core import fields as f
from crmbridge.core.course import Course
from crmbridge.core.creating import create_contact, hand_over
from crmbridge.core.decision import Conflict, Nurture
from crmbridge.core.duplicates import mark_duplicates
from crmbridge.core.enrolling import place_on_lists
from crmbridge.core.fighting import stands_back
from crmbridge.core.insight import insight
from crmbridge.core.intentions import SCORE_FIELDS, Plan, operation, reason_for
from crmbridge.core.merging import CONFLICT, Verdict, merge
from crmbridge.core.model import Side, SideView, Stage, Value
from crmbridge.core.objecting import carry_objection
from crmbridge.core.operations import FieldChange, Lane, OperationKind
from crmbridge.core.scoring import Score
from crmbridge.core.showing import own_values, shared_values
from crmbridge.core.tasking import put_tasks

_LATE = frozenset({*SCORE_FIELDS, f.INSIGHT})
"""What may wait where calls are scarce."""

FROZEN = frozenset({Stage.CUSTOMER, Stage.DISQUALIFIED})
"""Stages in which the written score no longer changes."""


def plan(course: Course, now: datetime, score: Score | None, nurture: Nurture) -> Plan:
    """Everything to write so that both CRMs show what the course says at ``now``.

    ``score`` is ``None`` where it must be blank.
    """
    made = Plan(
        course=course,
        now=now,
        score=score,
        nurture=nurture,
        values={**own_values(course, score, nurture), f.INSIGHT: insight(course, now)},
    )
    _merge_fields(made)
    for side in Side:
        if side not in course.view.surfaces:
            continue
        shown = course.view.side(side)
        if shown is not None and shown.writable:
            _update(made, side, shown)
            carry_objection(made, side, shown)
            mark_duplicates(made, side, shown)
        elif side is Side.SALES:
            hand_over(made)
        else:
            create_contact(made)
    place_on_lists(made)
    put_tasks(made)
    return made


def _update(made: Plan, side: Side, shown: SideView) -> None:
    record = shown.record
    surface = made.course.view.surfaces[side]
    allowed = surface.writable(record.ref.object_type)
    wanted = {name: made.values[name] for name in f.WRITTEN if name not in SCORE_FIELDS}
    if record.fields.get(f.UID) is None:
        wanted[f.UID] = made.course.view.uid
    shared = shared_values(made.course)
    if side is Side.SALES and made.course.reassigned_to is not None:
        shared[f.OWNER_ID] = made.course.reassigned_to
    wanted.update(shared)
    if side is Side.SALES:
        wanted[f.INSIGHT] = made.values[f.INSIGHT]

    merged = {each.field: each.value for each in made.merges if each.target is side}
    wanted.update(merged)

    def differs(name: str, value: Value) -> bool:
        held = record.fields.get(name)
        # What a CRM gave it would give again: no question for nineteen fields of twenty.
        if value == held or surface.project(record.ref.object_type, name, value) == held:
            return False
        return not stands_back(made, side, shown, name)

    changed = made.leave_out(
        side, [name for name in wanted if name in allowed and differs(name, wanted[name])]
    )
    if (changed or _score_moved(made, shown)) and not _is_frozen(made, shown):
        wanted.update({name: made.values[name] for name in SCORE_FIELDS})
        moved = [name for name in SCORE_FIELDS if name in allowed and differs(name, wanted[name])]
        going = made.leave_out(side, moved)
        # A paused score stays wrong, and its reason must not be written with every look at it.
        if changed or f.SCORE not in made.course.view.paused.get(side, {}):
            changed += going
    _note_edits(made, side, shown, {name: wanted[name] for name in changed})
    if not changed:
        return
    made.operations.append(
        operation(
            made,
            kind=OperationKind.UPDATE,
            side=side,
            object_type=record.ref.object_type,
            target=record.ref,
            lane=Lane.INSIGHT if set(changed) <= _LATE else Lane.STAGE,
            reason=made.course.why,
            changes=tuple(
                FieldChange(
                    field=name,
                    before=record.fields.get(name),
                    after=surface.project(record.ref.object_type, name, wanted[name]),
                    reason=reason_for(made, name),
                )
                for name in changed
            ),
            expected={
                name: record.fields.get(name)
                for name in changed
                if name in shared or name in merged
            },
        )
    )


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


def _merge_fields(made: Plan) -> None:
    """What people edit in both CRMs is kept equal as the rule book says, or asked about."""
    made.merges += merge(made.course.view, made.course.rules.handoff.mapping)
    for each in made.merges:
        if each.verdict is Verdict.ASK:
            made.course.review(f"{CONFLICT}{each.field}", each.why)
            made.wonders |= {(ref, each.field) for ref in each.wonders}


def _note_edits(made: Plan, side: Side, shown: SideView, changed: Mapping[str, Value]) -> None:
    """Someone changed a value that crmbridge keeps: it is put right, and said."""
    reverted = {each.field: each.why for each in made.merges if each.reverts}
    merged = {each.field for each in made.merges}
    for name in changed:
        held = shown.record.fields.get(name)
        if name in merged and name not in reverted:
            continue
        if name in shown.base and held != shown.base[name]:
            made.conflicts.append(
                Conflict(
                    side=side,
                    field=name,
                    theirs=held,
                    ours=changed[name],
                    why=reverted.get(name, "edited by hand; the lead standard decides this field"),
                )
            )
