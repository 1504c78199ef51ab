"""What one decision wants written, gathered, and how a single intended write is named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from crmbridge.core import fields as f
from crmbridge.core.course import Course
from crmbridge.core.decision import Conflict, Nurture
from crmbridge.core.handoff_rules import Assignment
from crmbridge.core.merging import Merge
from crmbridge.core.model import ObjectType, Ref, Side, Value
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind
from crmbridge.core.scoring import Score
from crmbridge.core.withholding import Withheld

SCORE_FIELDS = (f.SCORE, f.GRADE, f.SCORE_REASON)


@dataclass(slots=True, kw_only=True)
class Plan:
    """What one decision wants written; ``conflicts`` are the edits that it will not accept,
    ``merges`` what becomes of the fields that people edit in both CRMs, ``withheld`` the fields
    that it leaves out because they are paused. ``wonders`` are fields of records of which it would
    help to know who edited them when."""

    course: Course
    now: datetime
    score: Score | None
    nurture: Nurture
    values: Mapping[str, Value]
    operations: list[Operation] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    wonders: set[tuple[Ref, str]] = field(default_factory=set)
    withheld: list[Withheld] = field(default_factory=list)

    def leave_out(self, side: Side, names: Iterable[str]) -> list[str]:
        """The names that are not paused there, in order; those that are, are noted."""
        paused = self.course.view.paused.get(side, {})
        going = []
        for name in names:
            if name in paused:
                self.withheld.append(Withheld(side=side, field=name, by=paused[name]))
            else:
                going.append(name)
        return going


def reason_for(made: Plan, name: str) -> str:
    """Why a field gets its value, in one plain sentence."""
    for each in made.merges:
        if each.field == name:
            return each.why
    if name in SCORE_FIELDS:
        return made.score.sentence if made.score else "blank: no score is kept for this person"
    if name in (f.SLA_DUE, f.SLA_STATUS, f.SLA_REASON, f.FIRST_TOUCH_AT):
        return str(made.values[f.SLA_REASON] or "no promise is running")
    if name in (f.TRACK, f.RECYCLE_REASON, f.NURTURE_REASON, f.COOLDOWN_UNTIL):
        return str(made.values[f.NURTURE_REASON] or "not recycled")
    if name == f.INSIGHT:
        return "what the person and others at the company did online"
    return str(made.values[f.STAGE_REASON])


def operation(
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
    """One intended write; its key names the intention and the instant of the decision."""
    uid = made.course.view.uid
    return Operation(
        key=key_of(uid, made.now, kind, side, str(target or object_type), list_name, changes),
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


def key_of(
    uid: str,
    now: datetime,
    kind: OperationKind,
    side: Side,
    where: str,
    list_name: str | None,
    changes: tuple[FieldChange, ...],
) -> str:
    """The key of an intended write: the person, the instant, and what is to be ``where``."""
    intention: list[object] = [uid, kind, side, where, list_name]
    intention += [[change.field, _plain(change.after)] for change in changes]
    digest = hashlib.sha256(json.dumps(intention).encode()).hexdigest()[:16]
    return f"{uid}/{now:%Y%m%dT%H%M%S.%f}/{kind}/{side}/{digest}"


def _plain(value: Value) -> object:
    return value.isoformat() if isinstance(value, datetime | date) else value
