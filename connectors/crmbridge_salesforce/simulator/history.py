"""Field history: one row per change of a tracked field. Salesforce contract §12."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.times import json_value

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.actor import Actor
    from crmbridge_salesforce.simulator.schema import Field
    from crmbridge_salesforce.simulator.table import Row
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_LONGEST_KEPT = 255


def record_lead(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Write LeadHistory."""
    _record(world, actor, "Lead", old, row)


def record_contact(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Write ContactHistory."""
    _record(world, actor, "Contact", old, row)


def record_opportunity(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Write OpportunityFieldHistory."""
    _record(world, actor, "Opportunity", old, row)


def record_event(world: SalesforceWorld, actor: Actor, parent: str, row: Row, event: str) -> None:
    """Write a history row that is no field's change, such as ``created``."""
    _insert(world, actor, parent, row, event, "Text", None, None)


def _record(world: SalesforceWorld, actor: Actor, parent: str, old: Row | None, row: Row) -> None:
    if old is None:
        record_event(world, actor, parent, row, "created")
        return
    sobject = world.schema.known(parent)
    for name in sorted(world.tracked[parent]):
        field = sobject.field(name)
        before, after = old.get(name), row.get(name)
        if field is None or before == after:
            continue
        if field.type == "reference":
            _record_link(world, actor, parent, row, field, before, after)
        elif field.length > _LONGEST_KEPT:
            _insert(world, actor, parent, row, name, "Text", None, None)
        else:
            kind = "DynamicEnum" if field.type == "picklist" else "Text"
            _insert(world, actor, parent, row, name, kind, before, after)


def _record_link(
    world: SalesforceWorld,
    actor: Actor,
    parent: str,
    row: Row,
    field: Field,
    before: str | None,
    after: str | None,
) -> None:
    """A changed link leaves two rows: the names, and the ids."""
    label = field.name if field.custom else field.name.removesuffix("Id")
    names = [(world.store.row(link) or {}).get("Name") for link in (before, after)]
    _insert(world, actor, parent, row, label, "Text", names[0], names[1])
    _insert(world, actor, parent, row, label, "EntityId", before, after)


def _insert(
    world: SalesforceWorld,
    actor: Actor,
    parent: str,
    row: Row,
    field: str,
    kind: str,
    before: Any,
    after: Any,
) -> None:
    history = world.schema.known(parent).history_object
    if history is None:
        raise LookupError(f"{parent} keeps no history")
    values = {
        f"{parent}Id": row["Id"],
        "Field": field,
        "DataType": kind,
        "OldValue": json_value(before),
        "NewValue": json_value(after),
    }
    world.insert(history, actor.user_id, values)
