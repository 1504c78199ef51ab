"""Writes the rows of an ingest job by the same rules as REST rows. Salesforce contract §8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.actor import Actor
from crmbridge_salesforce.simulator.bulk_csv import BadUpload
from crmbridge_salesforce.simulator.bulk_jobs import BulkJob, RowResult
from crmbridge_salesforce.simulator.errors import ApiError, cross_reference
from crmbridge_salesforce.simulator.ids import full_id
from crmbridge_salesforce.simulator.records import rows_by_key
from crmbridge_salesforce.simulator.rows import create_record, delete_record, update_record
from crmbridge_salesforce.simulator.values import read_value

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.schema import Field, SObject
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_NULL = "#N/A"
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def columns_of(world: SalesforceWorld, job: BulkJob, header: Sequence[str]) -> list[Field]:
    """The fields the header names, as the job's user sees them; raises ``BadUpload``."""
    sobject = world.schema.known(job.sobject)
    fields: list[Field] = []
    for name in header:
        found = world.access.field(job.user_id, sobject, name)
        if found is None:
            raise BadUpload(f"InvalidBatch : Field name not found : {name}")
        if found in fields:
            raise BadUpload(f"InvalidBatch : Field name duplicated : {name}")
        fields.append(found)
    if job.operation in ("delete", "update") and "Id" not in {field.name for field in fields}:
        raise BadUpload("InvalidBatch : Field name not found : Id")
    if job.operation == "delete" and len(fields) > 1:
        raise BadUpload("InvalidBatch : Only the Id column is allowed for delete")
    key = job.external_id_field
    if key and key not in {field.name for field in fields}:
        raise BadUpload(f"InvalidBatch : Field name not found : {key}")
    return fields


def write_row(
    world: SalesforceWorld, job: BulkJob, fields: Sequence[Field], cells: tuple[str, ...]
) -> RowResult:
    """Write one row, or say why not; a refused row leaves no trace."""
    sobject = world.schema.known(job.sobject)
    # A job assigns leads only where it names the rule.
    assigns = job.assignment_rule_id is not None
    actor = Actor(user_id=job.user_id, auto_assign=assigns)
    pairs = zip(fields, cells, strict=True)
    given = next((text for field, text in pairs if field.name == "Id" and text != _NULL), "")
    try:
        values = _values(world, fields, cells)
        record_id, created = _write(world, job, actor, sobject, values)
    except ApiError as error:
        return RowResult(record_id=given, created=False, error=row_error(error), cells=cells)
    return RowResult(record_id=record_id, created=created, error=None, cells=cells)


def row_error(error: ApiError) -> str:
    """``CODE:message:Field --``, as ``sf__Error`` holds it."""
    return f"{error.code}:{error.message}:{', '.join(error.fields or [])} --".replace(": --", ":--")


def _write(
    world: SalesforceWorld, job: BulkJob, actor: Actor, sobject: SObject, values: dict[str, Any]
) -> tuple[str, bool]:
    if job.operation == "insert":
        return create_record(world, actor, sobject, values), True
    if job.operation == "upsert":
        return _upsert(world, job, actor, sobject, values)
    record_id = _own_id(world, sobject, values.pop("Id", None), job.operation)
    if job.operation == "delete":
        delete_record(world, actor, sobject, record_id)
    else:
        update_record(world, actor, sobject, record_id, values)
    return record_id, False


def _upsert(
    world: SalesforceWorld, job: BulkJob, actor: Actor, sobject: SObject, values: dict[str, Any]
) -> tuple[str, bool]:
    key = sobject.field(job.external_id_field or "Id")
    if key is None:
        raise LookupError(f"{sobject.name} has lost its key {job.external_id_field}")
    value = values.pop(key.name, None)
    if key.name == "Id" and value is None:
        return create_record(world, actor, sobject, values), True
    if value is None:
        raise ApiError(400, "MISSING_ARGUMENT", f"{key.name} not specified", [])
    if key.name == "Id":
        record_id = _own_id(world, sobject, value, "update")
        update_record(world, actor, sobject, record_id, values)
        return record_id, False
    rows = rows_by_key(world, sobject, key, str(value))
    if len(rows) > 1:
        found = str([row["Id"] for row in rows])
        message = f"{key.name}: more than one record found for external id field: {found}"
        raise ApiError(400, "DUPLICATE_EXTERNAL_ID", message, [key.name])
    if rows:
        update_record(world, actor, sobject, rows[0]["Id"], values)
        return str(rows[0]["Id"]), False
    return create_record(world, actor, sobject, {**values, key.name: value}), True


def _own_id(world: SalesforceWorld, sobject: SObject, given: object, operation: str) -> str:
    """The id of a row, checked to be one of this object that exists or existed."""
    if given is None:
        raise ApiError(400, "MISSING_ARGUMENT", f"Id not specified in an {operation} call", [])
    record_id = full_id(str(given))
    if record_id is None or not record_id.startswith(sobject.key_prefix):
        message = f"{sobject.label} ID: id value of incorrect type: {given}"
        raise ApiError(400, "MALFORMED_ID", message, ["Id"])
    if world.store.table(sobject.name).get(record_id) is None:
        raise cross_reference(400, [])
    return record_id


def _values(
    world: SalesforceWorld, fields: Sequence[Field], cells: Sequence[str]
) -> dict[str, Any]:
    """What a row sets: ``#N/A`` is null, an empty cell says nothing."""
    pairs = zip(fields, cells, strict=True)
    return {field.name: _cell(world, field, text) for field, text in pairs if text != ""}


def _cell(world: SalesforceWorld, field: Field, text: str) -> Any:
    if text == _NULL:
        return None
    value: Any = text
    if field.type == "id":
        return value
    try:
        if field.type == "boolean":
            value = _BOOLEANS[text.lower()]
        elif field.type == "int":
            value = int(text)
        elif field.type in ("double", "currency", "percent"):
            value = float(text)
        read_value(world.schema, field, value)
    except (KeyError, ValueError):
        raise _wrong_type(field, text) from None
    except ApiError as error:
        # A cell has no JSON to complain about: the platform names the field instead.
        if error.code == "JSON_PARSER_ERROR":
            raise _wrong_type(field, text) from None
        raise
    return value


def _wrong_type(field: Field, text: str) -> ApiError:
    message = f"{field.label}: value not of required type: {text}"
    return ApiError(400, "INVALID_TYPE_ON_FIELD_IN_RECORD", message, [field.name])
