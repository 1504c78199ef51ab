"""Creates, changes and deletes records as the platform does. Salesforce contract §5, §11.

Every function is all or nothing: an error leaves no trace, effects on other records included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.access import Right
from crmbridge_salesforce.simulator.automation import check_duplicates, check_validation, run_flows
from crmbridge_salesforce.simulator.behaviours import after_save, before_save
from crmbridge_salesforce.simulator.errors import (
    ApiError,
    cross_reference,
    entity_deleted,
    json_error,
    not_writable,
    required_missing,
    unknown_column,
)
from crmbridge_salesforce.simulator.table import Row, live
from crmbridge_salesforce.simulator.values import read_value

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.actor import Actor
    from crmbridge_salesforce.simulator.schema import Field, SObject
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_MOVED: tuple[str, ...] = ("LastModifiedDate", "LastModifiedById", "SystemModstamp")


def create_record(
    world: SalesforceWorld, actor: Actor, sobject: SObject, body: dict[str, Any]
) -> str:
    """Store a new record from a JSON body; answers its id."""
    if not sobject.createable:
        raise _impossible("inserted", sobject)
    if not world.access.may(actor.user_id, sobject, Right.CREATE):
        raise _denied("inserted", sobject)
    _strike(world, sobject, None)
    values = read_body(world, actor, sobject, body, creating=True)
    missing = [
        field.name
        for field in sobject.fields()
        if field.required and values.get(field.name) is None
    ]
    if missing:
        raise required_missing(missing)
    row: Row = {field.name: field.default for field in sobject.fields()}
    stamps = {name: stamp for name, stamp in world.stamps(actor.user_id).items() if name in row}
    row.update(stamps)
    if "OwnerId" in row:
        row["OwnerId"] = actor.user_id
    row.update({name: value for name, value in values.items() if value is not None})
    with world.store.transaction():
        row["Id"] = world.ids.next_id(sobject.key_prefix)
        _save(world, actor, sobject, None, row, values)
    return str(row["Id"])


def update_record(
    world: SalesforceWorld, actor: Actor, sobject: SObject, record_id: str, body: dict[str, Any]
) -> None:
    """Change the named fields of a record; its stamps move even if no value does."""
    if not sobject.updateable:
        raise _impossible("updated", sobject)
    if not world.access.may(actor.user_id, sobject, Right.EDIT):
        raise _denied("updated", sobject)
    old = live_record(world, sobject, record_id)
    _strike(world, sobject, record_id)
    if sobject.name == "Lead" and old["IsConverted"]:
        raise ApiError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])
    values = read_body(world, actor, sobject, body, creating=False)
    emptied = [
        name
        for name, value in values.items()
        if value is None and not _known(sobject, name).nillable
    ]
    if emptied:
        raise required_missing(emptied)
    stamps = world.stamps(actor.user_id)
    moved = {name: stamps[name] for name in _MOVED if name in old}
    with world.store.transaction():
        _save(world, actor, sobject, old, {**old, **values, **moved}, values)


def delete_record(world: SalesforceWorld, actor: Actor, sobject: SObject, record_id: str) -> None:
    """Put a record and what hangs on it into the recycle bin."""
    if not sobject.deletable:
        raise _impossible("deleted", sobject)
    row = live_record(world, sobject, record_id)
    _strike(world, sobject, record_id)
    with world.store.transaction():
        _bin(world, sobject, row)


def live_record(world: SalesforceWorld, sobject: SObject, record_id: str) -> Row:
    """The record; raises 404 if there never was one of that id or it is deleted."""
    row = world.store.table(sobject.name).get(record_id)
    if row is None:
        raise cross_reference(404)
    if row.get("IsDeleted"):
        raise entity_deleted()
    return row


def read_body(
    world: SalesforceWorld, actor: Actor, sobject: SObject, body: object, *, creating: bool
) -> dict[str, Any]:
    """The values a JSON body sets, under their exact field names."""
    if not isinstance(body, dict):
        raise json_error("The HTTP entity body is required, but this request has no entity body.")
    named: dict[str, tuple[Field, object]] = {}
    locked: list[str] = []
    for key, value in body.items():
        if key == "attributes":
            continue
        field = world.access.field(actor.user_id, sobject, key)
        if field is None:
            raise unknown_column(key, sobject.name)
        writable = field.createable if creating else field.updateable
        if not writable or not world.access.can_edit(actor.user_id, sobject, field):
            locked.append(field.name)
        named[field.name] = (field, value)
    if locked:
        raise not_writable(locked)
    return {name: read_value(world.schema, field, value) for name, (field, value) in named.items()}


def _save(
    world: SalesforceWorld,
    actor: Actor,
    sobject: SObject,
    old: Row | None,
    row: Row,
    values: dict[str, Any],
) -> None:
    _check_links(world, sobject, values)
    run_flows(world, sobject.name, old, row)
    before_save(world, actor, sobject.name, old, row)
    check_validation(world, sobject.name, row)
    check_duplicates(world, actor, sobject.name, old, row)
    _check_unique(world, sobject, row)
    world.store.put(sobject.name, row)
    after_save(world, actor, sobject.name, old, row)


def _check_links(world: SalesforceWorld, sobject: SObject, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is None or _known(sobject, name).type != "reference":
            continue
        target = world.store.row(value)
        if target is None:
            raise cross_reference(400, [name])
        if target.get("IsDeleted"):
            raise ApiError(400, "ENTITY_IS_DELETED", "entity is deleted", [])
        if name == "OwnerId" and value.startswith("005") and not target["IsActive"]:
            raise ApiError(
                400,
                "INACTIVE_OWNER_OR_USER",
                f"operation performed with inactive user [{value[:15]}] as owner of "
                f"{sobject.label.lower()}",
                [],
            )


def _check_unique(world: SalesforceWorld, sobject: SObject, row: Row) -> None:
    for field in sobject.fields():
        value = row.get(field.name)
        if not field.unique or value is None:
            continue
        for other in live(world.store.table(sobject.name).with_value(field.name, value)):
            same = other[field.name] == value or not field.case_sensitive
            if same and other["Id"] != row["Id"]:
                raise ApiError(
                    400,
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {field.name} duplicates value on record with id: "
                    f"{other['Id'][:15]}",
                    [],
                )


def _bin(world: SalesforceWorld, sobject: SObject, row: Row) -> None:
    if "IsDeleted" in row:
        world.delete(sobject.name, row)
    else:
        world.store.remove(sobject.name, row["Id"])
    for child in world.schema.children_of(sobject):
        if not child.field.cascade_delete:
            continue
        hanging = world.store.children(child.sobject.name, child.field.name, row["Id"])
        for each in live(hanging):
            _bin(world, child.sobject, each)


def _strike(world: SalesforceWorld, sobject: SObject, record_id: str | None) -> None:
    for fault in world.switches.row_faults:
        matches = fault.sobject in (None, sobject.name) and fault.record_id in (None, record_id)
        if matches and fault.times > 0:
            fault.times -= 1
            raise ApiError(400, fault.code, fault.message, [])


def _impossible(done: str, sobject: SObject) -> ApiError:
    message = f"entity type cannot be {done}: {sobject.label}"
    return ApiError(400, "INVALID_TYPE_FOR_OPERATION", message)


def _denied(done: str, sobject: SObject) -> ApiError:
    message = f"entity type cannot be {done}: {sobject.label}"
    return ApiError(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, [])


def _known(sobject: SObject, name: str) -> Field:
    field = sobject.field(name)
    if field is None:
        raise LookupError(f"{sobject.name} has no field {name}")
    return field
