"""Objections: what one CRM was told, the other learns in the next cycle."""

from __future__ import annotations

from crmbridge.core import fields as f
from crmbridge.core.intentions import Plan, operation
from crmbridge.core.model import Side, SideView
from crmbridge.core.operations import FieldChange, Lane, OperationKind


def carry_objection(made: Plan, side: Side, shown: SideView) -> None:
    """Carry an objection to the CRM that does not know it, and a re-subscription to sales."""
    held = bool(shown.record.fields.get(f.OPTED_OUT))
    course = made.course
    if course.opted_out and not held:
        kind, after, why = OperationKind.OPT_OUT, True, "the person objects to marketing"
    elif held and course.consent.lifted and side is Side.SALES:
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
        operation(
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
