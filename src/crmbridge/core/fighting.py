"""Two who change one field by turns: crmbridge stands back, says who, and lets people decide."""

from __future__ import annotations

from datetime import timedelta

from crmbridge.core import fields as f
from crmbridge.core.decision import Conflict
from crmbridge.core.handoff_rules import MappableField
from crmbridge.core.intentions import Plan
from crmbridge.core.model import Side, SideView

FIGHT = "field_fight:"
"""Begins the kind of a review that names the side and the field behind it."""

_MAPPED = frozenset(each.value for each in MappableField)


def stands_back(made: Plan, side: Side, shown: SideView, name: str) -> bool:
    """Whether a field is left as it is, because it was put right often enough and somebody changes
    it again and again. That is asked about, as long as there is something to put right."""
    limits, view = made.course.rules.limits, made.course.view
    if not view.flips:
        return False
    kind = f"{FIGHT}{side}:{name}"
    asked = view.standing is not None and kind in view.standing.reviews
    within = timedelta(hours=limits.flip_hours)
    counts = [
        counted.times
        for each in (Side if name in _MAPPED else (side,))
        if (counted := view.flips.get(each, {}).get(name))
        and (asked or made.now - counted.at <= within)
    ]
    count = max(counts, default=0)
    if count < limits.flips - 1:
        return False
    edit = view.edits.get(side, {}).get(name)
    if edit is None and not name.startswith(f.MEMBERS):
        # Known by the time it is to be told.
        made.wonders.add((shown.record.ref, name))
    if count < limits.flips:
        return False
    who = edit.by if edit is not None and edit.by else f"somebody in the {side} CRM"
    made.course.review(
        kind,
        f"crmbridge and {who} keep changing {name} in the {side} CRM, {count} times by now; "
        "it is left as it is",
    )
    return True


def membership(name: str) -> str:
    """How being on a list is called where fields are counted."""
    return f"{f.MEMBERS}:{name}"


def fought_over(conflict: Conflict) -> str:
    """What a refused edit was about, as fields are counted."""
    return membership(str(conflict.theirs)) if conflict.field == f.MEMBERS else conflict.field
