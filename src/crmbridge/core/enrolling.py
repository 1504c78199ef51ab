"""Nurture lists: enrol where the person belongs, withdraw from everywhere else."""

from __future__ import annotations

from crmbridge.core import fields as f
from crmbridge.core.course import Course
from crmbridge.core.decision import Conflict
from crmbridge.core.fighting import membership, stands_back
from crmbridge.core.intentions import Plan, operation
from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.core.operations import FieldChange, Lane, OperationKind


def place_on_lists(made: Plan) -> None:
    """Enrol where the person belongs, withdraw from everywhere else."""
    course, contact = made.course, made.course.view.marketing
    if contact is None or not contact.writable or Side.MARKETING not in course.view.surfaces:
        return
    wanted, state = made.nurture.list_name, course.view.lists
    tracked = {track.list_name for track in course.rules.recycling.tracks.values()}
    if course.armed:
        for name in sorted((state.members | state.agreed) & tracked):
            if name != wanted and name != _kept_by_hand(course):
                if name in state.members and stands_back(
                    made, Side.MARKETING, contact, membership(name)
                ):
                    continue
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
        operation(
            made,
            kind=kind,
            side=Side.MARKETING,
            object_type=ObjectType.CONTACT,
            target=contact,
            lane=Lane.NURTURE,
            reason=reason,
            changes=(
                FieldChange(
                    field=f.MEMBERS,
                    before=name in made.course.view.lists.members,
                    after=kind is OperationKind.ENROL,
                    reason=reason,
                ),
            ),
            list_name=name,
        )
    )
