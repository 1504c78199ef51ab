"""Which operations can never be written, known before anything is sent."""

from __future__ import annotations

from collections.abc import Callable

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType
from crmbridge.core.operations import Operation, OperationKind
from crmbridge.errors import did_you_mean
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.mapping import SOBJECTS
from crmbridge_salesforce.owned import Kind
from crmbridge_salesforce.schema import OrgSchema


def problem(layout: Layout, operation: Operation) -> str | None:
    """Why the operation can never be written here, if so. Contract §12."""
    kind = operation.object_type
    if kind not in (ObjectType.LEAD, ObjectType.CONTACT):
        return f"salesforce: nothing is written on a {kind}"
    if operation.list_name is not None:
        return "salesforce: it keeps no nurture lists"
    if operation.kind is OperationKind.CREATE:
        missing = [name for name in _required(kind) if not operation.values.get(name)]
        if missing:
            return f"salesforce: a new {kind} needs {', '.join(missing)}"
    elif operation.target is None:
        return "salesforce: the operation names no record"
    strange = operation.values.keys() - layout.writable(kind)
    if strange:
        return f"salesforce: {', '.join(sorted(strange))} cannot be written there"
    return None


def _required(object_type: ObjectType) -> tuple[str, ...]:
    """What a new record cannot do without. Contract §12."""
    named = (f.UID, f.LAST_NAME)
    return (*named, f.COMPANY) if object_type is ObjectType.LEAD else named


def strange_choice(
    layout: Layout, schema: Callable[[], OrgSchema], operation: Operation
) -> str | None:
    """Why a picklist of the org would refuse the operation, if so.

    A restricted one takes nothing that it does not offer; others take any text. The schema is
    only asked for where something is to be chosen. Contract §12.
    """
    kind, sobject = operation.object_type, SOBJECTS[operation.object_type]
    for field, value in operation.values.items():
        column = layout.column_of(kind, field)
        if value is None or column is None or column.kind is not Kind.CHOICE:
            continue
        described = schema().fields(sobject).get(column.name)
        held = layout.project(kind, field, value)
        if described and described.restricted and held not in described.choices:
            guess = did_you_mean(str(held), described.choices, 0.5)
            return (
                f"salesforce: {sobject}.{column.name} does not offer the value of {field}{guess}: "
                "add it to the picklist in Salesforce, or run `crmbridge setup apply`"
            )
    return None
