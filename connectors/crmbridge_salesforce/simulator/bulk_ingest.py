"""The ingest half of Bulk API 2.0: ``/jobs/ingest``. Salesforce contract §8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.bulk_csv import DELIMITERS, LINE_ENDINGS, BadUpload, Dialect
from crmbridge_salesforce.simulator.bulk_jobs import BulkJob, JobKind, State
from crmbridge_salesforce.simulator.bulk_work import polled
from crmbridge_salesforce.simulator.call import Call, Reply
from crmbridge_salesforce.simulator.errors import ApiError, json_error, resource_missing
from crmbridge_salesforce.simulator.ids import full_id

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.schema import SObject
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_KEYS = frozenset(
    {
        "object",
        "operation",
        "externalIdFieldName",
        "contentType",
        "lineEnding",
        "columnDelimiter",
        "assignmentRuleId",
    }
)
LARGEST_UPLOAD = 100 * 1024 * 1024
"""Bytes of one upload."""


def create(world: SalesforceWorld, call: Call) -> Reply:
    """Open a job. Contract §8."""
    body = call.object_body()
    unknown = sorted(set(body) - _KEYS)
    if unknown:
        raise json_error(f'Unrecognized field "{unknown[0]}" at [line:1, column:1]')
    operation = chosen(body, "operation", _OPERATIONS, None)
    if operation == "hardDelete":
        message = "hardDelete operation requires special user profile permission"
        raise ApiError(400, "FEATURENOTENABLED", message)
    sobject = _sobject(world, body.get("object"), operation)
    job = BulkJob(
        id=world.bulk.next_id(),
        kind=JobKind.INGEST,
        operation=operation,
        sobject=sobject.name,
        user_id=call.user_id,
        version=call.version,
        created_at=world.now(),
        moved_at=world.now(),
        dialect=dialect_of(body),
        state=State.OPEN,
        external_id_field=_key_name(world, call, sobject, operation, body),
        assignment_rule_id=_rule(world, body.get("assignmentRuleId")),
    )
    world.bulk.add(job)
    return Reply(body=job.brief())


def upload(world: SalesforceWorld, call: Call, job_id: str) -> Reply:
    """Take the one CSV of an open job: 201 without a body. Contract §8."""
    job = world.bulk.get(JobKind.INGEST, job_id)
    if job.state is not State.OPEN or job.upload is not None:
        raise wrong_state(job, "take data")
    if not isinstance(call.body, bytes):
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Content type text/csv is required")
    if len(call.body) > LARGEST_UPLOAD:
        raise ApiError(400, "LIMIT_EXCEEDED", "The uploaded data is larger than 100 MB")
    try:
        job.upload = call.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ApiError(400, "API_ERROR", "The uploaded data is not UTF-8") from None
    return Reply(status=201)


def change(world: SalesforceWorld, call: Call, job_id: str) -> Reply:
    """Close the upload, or abort. Contract §8."""
    job = world.bulk.get(JobKind.INGEST, job_id)
    wanted = call.object_body().get("state")
    if wanted == State.UPLOADED:
        if job.state is not State.OPEN or job.upload is None:
            raise wrong_state(job, "be closed")
        job.move(State.UPLOADED, world.now())
        return Reply(body=job.brief())
    return abort(world, job, wanted)


def abort(world: SalesforceWorld, job: BulkJob, wanted: object) -> Reply:
    """Stop a job that is not finished; raises where the state wanted is another."""
    if wanted != State.ABORTED:
        raise json_error(f"state: {wanted!r} is not one a client can set")
    if job.state.final:
        raise wrong_state(job, "be aborted")
    _keep_unprocessed(job)
    job.move(State.ABORTED, world.now())
    return Reply(body=job.brief())


def read(world: SalesforceWorld, call: Call, job_id: str) -> Reply:
    """The job as it is now. Contract §8."""
    job = world.bulk.get(JobKind.INGEST, job_id)
    polled(world, job)
    return Reply(body=job.full())


def delete(world: SalesforceWorld, call: Call, job_id: str) -> Reply:
    """Forget a job that is not being worked on: 204. Contract §8."""
    job = world.bulk.get(JobKind.INGEST, job_id)
    if job.state in (State.OPEN, State.RUNNING):
        raise wrong_state(job, "be deleted")
    world.bulk.drop(job)
    return Reply(status=204)


def list_jobs(world: SalesforceWorld, call: Call) -> Reply:
    """All ingest jobs, paged. Contract §8."""
    address = f"{call.root}/jobs/ingest"
    listing = world.bulk.listing(JobKind.INGEST, call.query.get("queryLocator"), address)
    return Reply(body=listing)


def results(world: SalesforceWorld, call: Call, job_id: str, which: str) -> Reply:
    """Rows written, refused, or not looked at, as CSV; the name's case is free. Contract §8."""
    job = world.bulk.get(JobKind.INGEST, job_id)
    if not job.state.final:
        raise wrong_state(job, "give results")
    match which.lower():
        case "successfulresults":
            rows = [
                (each.record_id, "true" if each.created else "false", *each.cells)
                for each in job.results
                if each.error is None
            ]
            header: tuple[str, ...] = ("sf__Id", "sf__Created", *job.header)
        case "failedresults":
            rows = [
                (each.record_id, each.error, *each.cells)
                for each in job.results
                if each.error is not None
            ]
            header = ("sf__Id", "sf__Error", *job.header)
        case "unprocessedrecords":
            rows = list(job.rows[len(job.results) :])
            header = job.header
        case _:
            raise resource_missing()
    return Reply(body=job.dialect.write([header, *rows]), media_type="text/csv")


def _keep_unprocessed(job: BulkJob) -> None:
    """An aborted job still gives back what was uploaded, where that can be read."""
    if job.upload is None:
        return
    try:
        job.header, job.rows = job.dialect.read(job.upload)
    except BadUpload:
        job.header, job.rows = (), []


def dialect_of(body: dict[str, Any]) -> Dialect:
    """The CSV dialect of a new job."""
    chosen(body, "contentType", ("CSV",), "CSV")
    return Dialect(
        delimiter=chosen(body, "columnDelimiter", tuple(DELIMITERS), "COMMA"),
        line_ending=chosen(body, "lineEnding", tuple(LINE_ENDINGS), "LF"),
    )


def chosen(body: dict[str, Any], key: str, choices: tuple[str, ...], default: str | None) -> str:
    """A value of a new job out of a fixed list; raises JSON_PARSER_ERROR."""
    value = body.get(key, default)
    if value is None and default is not None:
        value = default
    if value not in choices:
        raise json_error(f"{key}: {value!r} is none of {', '.join(choices)}")
    return str(value)


def wrong_state(job: BulkJob, wish: str) -> ApiError:
    """A wish the job's state does not allow."""
    message = f"Job {job.id} in state {job.state.value} cannot {wish}"
    return ApiError(400, "INVALIDJOBSTATE", message)


def _sobject(world: SalesforceWorld, name: object, operation: str) -> SObject:
    sobject = world.schema.object(str(name)) if name else None
    if sobject is None:
        raise ApiError(400, "INVALIDENTITY", f"Unable to find object: {name}")
    allowed = {
        "insert": sobject.createable,
        "update": sobject.updateable,
        "upsert": sobject.createable and sobject.updateable,
        "delete": sobject.deletable,
    }
    if not allowed[operation]:
        message = f"Entity '{sobject.name}' is not supported by {operation} in the Bulk API"
        raise ApiError(400, "INVALIDENTITY", message)
    return sobject


def _key_name(
    world: SalesforceWorld, call: Call, sobject: SObject, operation: str, body: dict[str, Any]
) -> str | None:
    name = body.get("externalIdFieldName")
    if operation != "upsert":
        return None
    if not name:
        raise ApiError(400, "INVALIDJOB", "externalIdFieldName is required for upsert")
    field = world.access.field(call.user_id, sobject, str(name))
    if field is None or not (field.external_id or field.id_lookup):
        message = f"Field name provided, {name} does not match an External ID for {sobject.name}"
        raise ApiError(400, "INVALIDJOB", message)
    return field.name


def _rule(world: SalesforceWorld, given: object) -> str | None:
    if not given:
        return None
    if full_id(str(given)) != world.assignment.rule_id:
        raise ApiError(400, "INVALID_ASSIGNMENT_RULE", f"Invalid assignment rule id: {given}")
    return world.assignment.rule_id
