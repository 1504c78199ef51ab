"""People whom one CRM lacks: the sales lead of an MQL, the contact of a recycled person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from crmbridge.core import fields as f
from crmbridge.core.course import Course
from crmbridge.core.handoff_rules import Assignment
from crmbridge.core.intentions import Plan, operation, reason_for
from crmbridge.core.model import ObjectType, Side, Stage, Value
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind
from crmbridge.core.showing import shared_values

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


PATIENCE = timedelta(minutes=30)
"""How long another sync may take to create a lead: twice the quarter of an hour in which HubSpot's
own one comes by."""


def hand_over(made: Plan) -> None:
    """Create the sales lead of an MQL that sales does not have, or where another sync is to do so
    ask why it did not; of nobody whom marketing has deleted or erased."""
    course, handoff = made.course, made.course.rules.handoff
    known = course.view.marketing
    if known is None or not _is_wanted(course):
        return
    if not handoff.create_leads:
        due = awaited_at(course)
        if due is not None and made.now >= due:
            course.review("not_handed_over", "an MQL for whom the other sync has created no lead")
        return
    values = {name: known.record.fields.get(name) for name in _HANDED_OVER}
    values[f.LAST_NAME] = values[f.LAST_NAME] or values[f.EMAIL] or handoff.fallback_company
    values[f.COMPANY] = values[f.COMPANY] or _company_name(course) or handoff.fallback_company
    values[f.EMPLOYEES] = course.profile.employees
    before = _owner_before(course)
    values |= {f.OWNER_ID: before} if before else _assignee(course)
    made.operations.append(
        _creation(
            made,
            Side.SALES,
            ObjectType.LEAD,
            values,
            assignment=Assignment.OWNER_MAP if before else handoff.assignment,
            rule_id=None if before else handoff.rule_id,
        )
    )


def awaited_at(course: Course) -> datetime | None:
    """By when another sync is to have created the lead of an MQL; ``None`` where none is
    awaited."""
    if course.rules.handoff.create_leads or course.mql_at is None or not _is_wanted(course):
        return None
    return course.mql_at + PATIENCE


def _is_wanted(course: Course) -> bool:
    """Whether the person is to have a lead that is not there, and was not deleted since."""
    known, gone = course.view.marketing, course.view.sales
    if course.stage is not Stage.MQL or known is None or not known.writable:
        return False
    if gone is None:
        return True
    deleted_at = gone.record.modified_at
    return not gone.writable and course.mql_at is not None and deleted_at < course.mql_at


def _company_name(course: Course) -> Value:
    account = course.view.accounts.get(Side.MARKETING)
    return account.fields.get(f.NAME) if account else None


def _owner_before(course: Course) -> str | None:
    """Whoever owned the person before and is still there: they know each other.

    A big deal may come without any new engagement, and then nobody gets back whom they
    refused.
    """
    owner = course.view.owners.get(Side.SALES, {}).get(course.sales_owner_id or "")
    if owner is None or not owner.active or course.mql_reason == "big_deal":
        return None
    return owner.ref.id


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


def create_contact(made: Plan) -> None:
    """Create the marketing contact of a recycled person whom marketing is to nurture."""
    course, known = made.course, made.course.view.sales
    if not course.rules.handoff.create_contacts or known is None or made.nurture.list_name is None:
        return
    if course.view.marketing is not None or not known.writable:
        return
    if known.record.fields.get(f.EMAIL) is None:
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
        **shared_values(made.course),
        f.UID: made.course.view.uid,
    }
    filled = [name for name, each in everything.items() if name in allowed and each is not None]
    return operation(
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
                after=surface.project(object_type, name, everything[name]),
                reason=reason_for(made, name),
            )
            for name in made.leave_out(side, filled)
        ),
        assignment=assignment,
        assignment_rule_id=rule_id,
    )
