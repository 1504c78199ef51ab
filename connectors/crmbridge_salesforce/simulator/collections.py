"""Up to 200 records in one call. Salesforce contract §6."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.call import Call, Reply, flag
from crmbridge_salesforce.simulator.errors import ApiError, cross_reference, json_error
from crmbridge_salesforce.simulator.ids import full_id
from crmbridge_salesforce.simulator.records import (
    key_field,
    record_body,
    rows_by_key,
    sobject_named,
)
from crmbridge_salesforce.simulator.rows import create_record, delete_record, update_record

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.schema import SObject
    from crmbridge_salesforce.simulator.world import SalesforceWorld

Result = dict[str, Any]
_MOST_RECORDS = 200
_MOST_CHUNKS = 10
_MOST_READ = 2000
_ROLLED_BACK = {
    "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "message": "Record rolled back because not all records were valid and the request was "
    "using AllOrNone header",
    "fields": [],
}


class _RolledBack(Exception):
    """Undoes the rows written so far."""


def create(world: SalesforceWorld, call: Call) -> Reply:
    """Create records of one or more types. Contract §6."""
    records, whole = _records(world, call)

    def write(record: Result) -> Result:
        return _done(create_record(world, call.actor, _type_of(world, record), record))

    return _run(world, write, records, whole=whole)


def update(world: SalesforceWorld, call: Call) -> Reply:
    """Change records by id. Contract §6."""
    records, whole = _records(world, call)
    ids = [_given_id(record) for record in records]
    twice = {record_id for record_id, times in Counter(ids).items() if times > 1 and record_id}

    def write(record: Result) -> Result:
        sobject = _type_of(world, record)
        record_id = _own_id(sobject, _given_id(record))
        if _given_id(record) in twice:
            raise ApiError(400, "DUPLICATE_VALUE", f"duplicate id specified: {record_id}", ["Id"])
        fields = {name: value for name, value in record.items() if name.lower() != "id"}
        _update(world, call, sobject, record_id, fields)
        return _done(record_id)

    return _run(world, write, records, whole=whole)


def upsert(world: SalesforceWorld, call: Call, name: str, field: str) -> Reply:
    """Change or create records by an external key; results say ``created``. Contract §6."""
    sobject = sobject_named(world, name)
    key = key_field(world, call.user_id, sobject, field)
    records, whole = _records(world, call)
    keys = Counter(_folded(_value(record, key.name)) for record in records)

    def write(record: Result) -> Result:
        if _type_of(world, record).name != sobject.name:
            raise ApiError(400, "INVALID_TYPE", f"the record is not of type {sobject.name}", [])
        value = _value(record, key.name)
        rest = {each: given for each, given in record.items() if each.lower() != key.name.lower()}
        if key.name == "Id":
            return _upsert_by_id(world, call, sobject, value, rest)
        if value is None or value == "":
            raise ApiError(400, "MISSING_ARGUMENT", f"{key.name} not specified", [])
        if keys[_folded(value)] > 1:
            message = f"Duplicate external id specified: {value}"
            raise ApiError(400, "DUPLICATE_VALUE", message, [key.name])
        rows = rows_by_key(world, sobject, key, str(value))
        if len(rows) > 1:
            message = f"{key.name}: more than one record found for external id field: " + str(
                [row["Id"] for row in rows]
            )
            raise ApiError(400, "DUPLICATE_EXTERNAL_ID", message, [key.name])
        if rows:
            update_record(world, call.actor, sobject, rows[0]["Id"], rest)
            return {**_done(rows[0]["Id"]), "created": False}
        made = create_record(world, call.actor, sobject, {**rest, key.name: value})
        return {**_done(made), "created": True}

    return _run(world, write, records, whole=whole)


def delete(world: SalesforceWorld, call: Call) -> Reply:
    """Delete records of any type by id. Contract §6."""
    ids = [each for each in call.query.get("ids", "").split(",") if each]
    _check_size(ids)
    whole = call.whole or flag(call.query.get("allOrNone"), "allOrNone")

    def write(given: str) -> Result:
        record_id = full_id(given)
        sobject = world.schema.object_of_id(record_id) if record_id else None
        if record_id is None or sobject is None:
            raise ApiError(400, "MALFORMED_ID", f"malformed id {given}", ["Id"])
        delete_record(world, call.actor, sobject, record_id)
        return _done(record_id)

    return _run(world, write, ids, whole=whole)


def read(world: SalesforceWorld, call: Call, name: str) -> Reply:
    """Records by id, in order, null for those that are not there. Contract §6."""
    ids = [each for each in call.query.get("ids", "").split(",") if each]
    return _read(world, call, name, ids, call.query.get("fields", ""))


def read_many(world: SalesforceWorld, call: Call, name: str) -> Reply:
    """The same with ids and fields in the body, for long lists. Contract §6."""
    body = call.object_body()
    ids, fields = body.get("ids"), body.get("fields")
    if not isinstance(ids, list) or not isinstance(fields, list):
        raise json_error("ids and fields are required")
    return _read(world, call, name, [str(each) for each in ids], ",".join(map(str, fields)))


def _read(world: SalesforceWorld, call: Call, name: str, ids: list[str], fields: str) -> Reply:
    sobject = sobject_named(world, name)
    if not ids or not fields:
        raise ApiError(400, "MISSING_ARGUMENT", "The ids and fields parameters are required")
    if len(ids) > _MOST_READ:
        raise _too_many(_MOST_READ)
    table, found = world.store.table(sobject.name), []
    for given in ids:
        record_id = full_id(given)
        if record_id is None:
            raise ApiError(400, "MALFORMED_ID", f"malformed id {given}")
        row = table.get(record_id)
        gone = row is None or row.get("IsDeleted")
        found.append(None if gone or not row else record_body(world, call, sobject, row, fields))
    return Reply(body=found)


def _run(
    world: SalesforceWorld, write: Callable[[Any], Result], records: Sequence[Any], *, whole: bool
) -> Reply:
    """Write each record by itself, or all of them or none."""
    results: list[Result] = []
    try:
        with world.store.transaction():
            results.extend(_attempt(write, record) for record in records)
            if whole and not all(result["success"] for result in results):
                raise _RolledBack
    except _RolledBack:
        results = [_undone(result) if result["success"] else result for result in results]
    failed = not all(result["success"] for result in results)
    return Reply(body=results, failed=whole and failed)


def _attempt(write: Callable[[Any], Result], record: Any) -> Result:
    try:
        return write(record)
    except ApiError as error:
        # A value that cannot be parsed spoils the whole request body on the platform.
        if error.code == "JSON_PARSER_ERROR":
            raise
        return {"success": False, "errors": [error.row_error()]}


def _done(record_id: str) -> Result:
    return {"id": record_id, "success": True, "errors": []}


def _undone(result: Result) -> Result:
    return {"success": False, "errors": [dict(_ROLLED_BACK)]}


def _records(world: SalesforceWorld, call: Call) -> tuple[list[Result], bool]:
    body = call.object_body()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise json_error("records: a list of records is required")
    _check_size(records)
    types = [_type_of(world, record).name for record in records]
    chunks = 1 + sum(before != after for before, after in pairwise(types))
    if chunks > _MOST_CHUNKS:
        message = f"Records are grouped into more than {_MOST_CHUNKS} chunks of object types"
        raise ApiError(400, "LIMIT_EXCEEDED", message)
    return records, call.whole or flag(body.get("allOrNone"), "allOrNone")


def _check_size(records: Sequence[Any]) -> None:
    if len(records) > _MOST_RECORDS:
        raise _too_many(_MOST_RECORDS)
    if not records:
        raise ApiError(400, "MISSING_ARGUMENT", "at least one record is required")


def _too_many(most: int) -> ApiError:
    message = f"record limit reached. cannot submit more than {most} records in this call."
    return ApiError(400, "EXCEEDED_ID_LIMIT", message)


def _type_of(world: SalesforceWorld, record: Result) -> SObject:
    marked = record.get("attributes")
    name = marked.get("type") if isinstance(marked, dict) else None
    sobject = world.schema.object(str(name)) if name else None
    if sobject is None:
        raise ApiError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return sobject


def _value(record: Result, name: str) -> Any:
    return next((value for key, value in record.items() if key.lower() == name.lower()), None)


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _given_id(record: Result) -> str:
    given = _value(record, "id")
    return (full_id(given) or given) if isinstance(given, str) else ""


def _own_id(sobject: SObject, given: str) -> str:
    """The id, checked to be one of this object."""
    if not given:
        raise ApiError(400, "MISSING_ARGUMENT", "Id not specified in an update call", [])
    if full_id(given) is None:
        raise ApiError(400, "MALFORMED_ID", f"malformed id {given}", ["Id"])
    if not given.startswith(sobject.key_prefix):
        message = f"{sobject.label} ID: id value of incorrect type: {given}"
        raise ApiError(400, "MALFORMED_ID", message, ["Id"])
    return given


def _update(
    world: SalesforceWorld, call: Call, sobject: SObject, record_id: str, fields: Result
) -> None:
    if world.store.table(sobject.name).get(record_id) is None:
        raise cross_reference(400, [])
    update_record(world, call.actor, sobject, record_id, fields)


def _upsert_by_id(
    world: SalesforceWorld, call: Call, sobject: SObject, value: Any, fields: Result
) -> Result:
    if value is None:
        return {**_done(create_record(world, call.actor, sobject, fields)), "created": True}
    record_id = _own_id(sobject, full_id(str(value)) or str(value))
    _update(world, call, sobject, record_id, fields)
    return {**_done(record_id), "created": False}
