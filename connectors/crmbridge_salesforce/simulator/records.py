"""Single records by id and by external key. Salesforce contract §5."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.call import Call, Reply
from crmbridge_salesforce.simulator.errors import (
    ApiError,
    entity_deleted,
    malformed_id,
    record_missing,
    resource_missing,
    unknown_column,
)
from crmbridge_salesforce.simulator.ids import full_id
from crmbridge_salesforce.simulator.rows import (
    create_record,
    delete_record,
    live_record,
    update_record,
)
from crmbridge_salesforce.simulator.soql.rendering import attributes, field_json
from crmbridge_salesforce.simulator.table import Row, live
from crmbridge_salesforce.simulator.values import read_value

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.schema import Field, SObject
    from crmbridge_salesforce.simulator.world import SalesforceWorld


def sobject_named(world: SalesforceWorld, name: str) -> SObject:
    """The object of that name; raises 404 NOT_FOUND."""
    sobject = world.schema.object(name)
    if sobject is None or not sobject.queryable:
        raise resource_missing()
    return sobject


def create(world: SalesforceWorld, call: Call, name: str) -> Reply:
    """Create a record: 201 with its id and a Location. Contract §5."""
    sobject = sobject_named(world, name)
    record_id = create_record(world, call.actor, sobject, call.object_body())
    return _created(call, sobject, record_id)


def create_by_id_field(world: SalesforceWorld, call: Call, name: str, key: str) -> Reply:
    """Create through the upsert address of the Id field. Contract §5."""
    if key.lower() != "id":
        raise ApiError(
            405,
            "METHOD_NOT_ALLOWED",
            "HTTP Method 'POST' not allowed. Allowed are DELETE,GET,PATCH",
        )
    return create(world, call, name)


def read(world: SalesforceWorld, call: Call, name: str, key: str) -> Reply:
    """A record with all fields the user sees, or those in ``fields``. Contract §5."""
    sobject = sobject_named(world, name)
    row = _row_by_id(world, sobject, key)
    return Reply(body=record_body(world, call, sobject, row, call.query.get("fields")))


def update(world: SalesforceWorld, call: Call, name: str, key: str) -> Reply:
    """Change a record: 204 without a body. Contract §5."""
    sobject = sobject_named(world, name)
    row = _row_by_id(world, sobject, key)
    _check_unmodified(call, row)
    update_record(world, call.actor, sobject, row["Id"], call.object_body())
    return Reply(status=204)


def delete(world: SalesforceWorld, call: Call, name: str, key: str) -> Reply:
    """Delete a record: 204; unknown ids are an invalid cross reference. Contract §5."""
    sobject = sobject_named(world, name)
    delete_record(world, call.actor, sobject, _id_of(sobject, key))
    return Reply(status=204)


def read_by_key(world: SalesforceWorld, call: Call, name: str, field: str, value: str) -> Reply:
    """The record with that external key; 300 when there are more. Contract §5."""
    sobject = sobject_named(world, name)
    rows = rows_by_key(world, sobject, key_field(world, call.user_id, sobject, field), value)
    if len(rows) > 1:
        return _ambiguous(call, sobject, rows)
    if not rows:
        raise resource_missing()
    return Reply(body=record_body(world, call, sobject, rows[0], call.query.get("fields")))


def upsert(world: SalesforceWorld, call: Call, name: str, field: str, value: str) -> Reply:
    """Change the record with that key, or create it: 200, 201 or 300. Contract §5."""
    sobject = sobject_named(world, name)
    key = key_field(world, call.user_id, sobject, field)
    body = call.object_body()
    if any(given.lower() == key.name.lower() for given in body):
        message = f"The {key.name} field should not be specified in the sobject data."
        raise ApiError(400, "INVALID_FIELD", message)
    rows = rows_by_key(world, sobject, key, value)
    if len(rows) > 1:
        return _ambiguous(call, sobject, rows)
    if rows:
        update_record(world, call.actor, sobject, rows[0]["Id"], body)
        answer = {"id": rows[0]["Id"], "success": True, "errors": [], "created": False}
        return Reply(body=answer)
    if key.name == "Id":
        raise record_missing(value)
    record_id = create_record(world, call.actor, sobject, {**body, key.name: _typed(key, value)})
    return _created(call, sobject, record_id, created=True)


def delete_by_key(world: SalesforceWorld, call: Call, name: str, field: str, value: str) -> Reply:
    """Delete the record with that external key. Contract §5."""
    sobject = sobject_named(world, name)
    rows = rows_by_key(world, sobject, key_field(world, call.user_id, sobject, field), value)
    if len(rows) > 1:
        return _ambiguous(call, sobject, rows)
    if not rows:
        raise resource_missing()
    delete_record(world, call.actor, sobject, rows[0]["Id"])
    return Reply(status=204)


def record_body(
    world: SalesforceWorld, call: Call, sobject: SObject, row: Row, names: str | None
) -> dict[str, Any]:
    """A record as JSON with the comma-separated fields (and Id), or all the user sees."""
    if names is None:
        fields = world.access.readable(call.user_id, sobject)
    else:
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        fields = [readable_field(world, call.user_id, sobject, name) for name in wanted]
    body: dict[str, Any] = {
        "attributes": attributes(sobject.name, sobject.name, row["Id"], call.root)
    }
    body.update({field.name: field_json(field, row) for field in fields})
    body.setdefault("Id", row["Id"])
    return body


def readable_field(world: SalesforceWorld, user_id: str, sobject: SObject, name: str) -> Field:
    """The field of that name; raises INVALID_FIELD if the user does not see it."""
    field = world.access.field(user_id, sobject, name)
    if field is None:
        raise unknown_column(name, sobject.name)
    return field


def key_field(world: SalesforceWorld, user_id: str, sobject: SObject, name: str) -> Field:
    """The field of an upsert address; raises 404 unless it is an external id or idLookup."""
    field = world.access.field(user_id, sobject, name)
    if field is None or not (field.external_id or field.id_lookup):
        raise record_missing(name)
    return field


def rows_by_key(world: SalesforceWorld, sobject: SObject, key: Field, value: str) -> list[Row]:
    """The live records with that key, at most one if the field is unique."""
    table = world.store.table(sobject.name)
    if key.name == "Id":
        row = table.get(full_id(value) or "")
        return live([row] if row else [])
    typed = read_value(world.schema, key, _typed(key, value))
    found = live(table.with_value(key.name, typed)) if typed is not None else []
    return [row for row in found if not key.case_sensitive or row[key.name] == typed]


def _typed(key: Field, value: str) -> str | float:
    """The key of an address as a body would give it."""
    if key.type not in ("double", "int"):
        return value
    try:
        return float(value)
    except ValueError:
        raise record_missing(value) from None


def _row_by_id(world: SalesforceWorld, sobject: SObject, key: str) -> Row:
    record_id = _id_of(sobject, key)
    row = world.store.table(sobject.name).get(record_id)
    if row is None:
        raise record_missing(key)
    if row.get("IsDeleted"):
        raise entity_deleted()
    return live_record(world, sobject, record_id)


def _id_of(sobject: SObject, key: str) -> str:
    record_id = full_id(key)
    if record_id is None:
        raise record_missing(key)
    if record_id[:3] != sobject.key_prefix:
        error = malformed_id(f"{sobject.label} ID", key, ["Id"])
        error.status = 404
        raise error
    return record_id


def _created(call: Call, sobject: SObject, record_id: str, *, created: bool | None = None) -> Reply:
    body: dict[str, Any] = {"id": record_id, "success": True, "errors": []}
    if created is not None:
        body["created"] = created
    location = f"{call.root}/sobjects/{sobject.name}/{record_id}"
    return Reply(status=201, body=body, headers={"Location": location})


def _ambiguous(call: Call, sobject: SObject, rows: list[Row]) -> Reply:
    urls = [f"{call.root}/sobjects/{sobject.name}/{row['Id']}" for row in rows]
    return Reply(status=300, body=urls, failed=True)


def _check_unmodified(call: Call, row: Row) -> None:
    since = call.headers.get("if-unmodified-since")
    if since is None or "LastModifiedDate" not in row:
        return
    try:
        instant = parsedate_to_datetime(since)
    except ValueError:
        raise ApiError(400, "INVALID_HEADER", f"not a date: {since}") from None
    if row["LastModifiedDate"] > instant:
        message = "The record has been modified since the specified date"
        raise ApiError(412, "PRECONDITION_FAILED", message)
