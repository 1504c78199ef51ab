"""Further records of one person in one CRM: they say whose duplicate they are, and nothing else.

Lead standard §9: one person has one promise and one score, whatever the number of records.
"""

from __future__ import annotations

from crmbridge.core import fields as f
from crmbridge.core.intentions import Plan, operation
from crmbridge.core.model import Record, Side, SideView
from crmbridge.core.operations import FieldChange, Lane, OperationKind


def mark_duplicates(made: Plan, side: Side, shown: SideView) -> None:
    """Blank what crmbridge once wrote on records that do not count, and name the one that does.
    What is gone, was merged or converted is left alone."""
    for record in shown.others:
        if not (record.deleted or record.merged_into or record.fields.get(f.CONVERTED)):
            _mark(made, side, record, shown.record)


def _mark(made: Plan, side: Side, record: Record, counts: Record) -> None:
    surface = made.course.view.surfaces[side]
    kind = record.ref.object_type
    said = f"duplicate of {counts.ref.object_type} {counts.ref.id}: no score and no promise here"
    wanted = dict.fromkeys(f.WRITTEN) | {f.STAGE_REASON: said}
    differing = [
        name
        for name, value in wanted.items()
        if name in surface.writable(kind)
        and name in record.fields
        and surface.project(kind, name, value) != record.fields[name]
    ]
    changed = made.leave_out(side, differing)
    if not changed:
        return
    made.operations.append(
        operation(
            made,
            kind=OperationKind.UPDATE,
            side=side,
            object_type=kind,
            target=record.ref,
            lane=Lane.INSIGHT,
            reason=said,
            changes=tuple(
                FieldChange(
                    field=name,
                    before=record.fields[name],
                    after=surface.project(kind, name, wanted[name]),
                    reason=said,
                )
                for name in changed
            ),
        )
    )
