"""The query half of Bulk API 2.0: ``/jobs/query``. Salesforce contract §8."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.bulk_ingest import abort, chosen, dialect_of, wrong_state
from crmbridge_salesforce.simulator.bulk_jobs import (
    BulkJob,
    JobKind,
    State,
    make_locator,
    read_locator,
)
from crmbridge_salesforce.simulator.bulk_work import polled
from crmbridge_salesforce.simulator.call import Call, Reply
from crmbridge_salesforce.simulator.errors import ApiError, json_error
from crmbridge_salesforce.simulator.queries import data_scope
from crmbridge_salesforce.simulator.soql import bind, find_rows, parse
from crmbridge_salesforce.simulator.soql.bound import BoundQuery, Column
from crmbridge_salesforce.simulator.times import json_value

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_KEYS = frozenset({"operation", "query", "contentType", "columnDelimiter", "lineEnding"})
_PAGE = 50_000


def create(world: SalesforceWorld, call: Call) -> Reply:
    """Start a query; what it finds is what is there now. Contract §8."""
    body = call.object_body()
    unknown = sorted(set(body) - _KEYS)
    if unknown:
        raise json_error(f'Unrecognized field "{unknown[0]}" at [line:1, column:1]')
    operation = chosen(body, "operation", ("query", "queryAll"), None)
    text = str(body.get("query") or "")
    asked = replace(call, query={"q": text})
    scope = data_scope(world, asked, include_deleted=operation == "queryAll")
    bound = bind(scope, parse(scope.text))
    columns = _columns(bound)
    now = world.now()
    job = BulkJob(
        id=world.bulk.next_id(),
        kind=JobKind.QUERY,
        operation=operation,
        sobject=bound.sobject.name,
        user_id=call.user_id,
        version=call.version,
        created_at=now,
        moved_at=now,
        dialect=dialect_of(body),
        state=State.UPLOADED,
        query=text,
        header=tuple(".".join(column.key) for column in columns),
    )
    job.rows = [
        tuple(_text(column.read(world.store, row)) for column in columns)
        for row in find_rows(bound)
    ]
    world.bulk.add(job)
    return Reply(body=job.brief())


def read(world: SalesforceWorld, call: Call, job_id: str) -> Reply:
    """The job as it is now. Contract §8."""
    job = world.bulk.get(JobKind.QUERY, job_id)
    polled(world, job)
    return Reply(body=job.full())


def change(world: SalesforceWorld, call: Call, job_id: str) -> Reply:
    """Abort a query. Contract §8."""
    job = world.bulk.get(JobKind.QUERY, job_id)
    return abort(world, job, call.object_body().get("state"))


def delete(world: SalesforceWorld, call: Call, job_id: str) -> Reply:
    """Forget a finished query and its results: 204. Contract §8."""
    job = world.bulk.get(JobKind.QUERY, job_id)
    if not job.state.final:
        raise wrong_state(job, "be deleted")
    world.bulk.drop(job)
    return Reply(status=204)


def list_jobs(world: SalesforceWorld, call: Call) -> Reply:
    """All query jobs, paged. Contract §8."""
    address = f"{call.root}/jobs/query"
    return Reply(body=world.bulk.listing(JobKind.QUERY, call.query.get("queryLocator"), address))


def results(world: SalesforceWorld, call: Call, job_id: str) -> Reply:
    """One page of a finished query as CSV; the locator is the text null at the end. §8."""
    job = world.bulk.get(JobKind.QUERY, job_id)
    if call.version != job.version:
        message = f"The job was created with API version {job.version}, not {call.version}"
        raise ApiError(409, "API_ERROR", message)
    if job.state is not State.DONE:
        raise wrong_state(job, "give results")
    start = read_locator(call.query.get("locator"))
    if start and start >= len(job.rows):
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    page = job.rows[start : start + _page_size(call)]
    end = start + len(page)
    headed = start == 0 or world.bulk.pace.repeat_header
    lines = [job.header, *page] if headed else page
    return Reply(
        body=job.dialect.write(lines),
        media_type="text/csv",
        headers={
            "Sforce-NumberOfRecords": str(len(page)),
            "Sforce-Locator": "null" if end >= len(job.rows) else make_locator(end),
        },
    )


def _columns(bound: BoundQuery) -> list[Column]:
    """The columns of a query a bulk job can run; raises API_ERROR for any other."""
    if bound.counts_only or bound.grouping or bound.offset:
        raise _unsupported("aggregates, GROUP BY and OFFSET")
    columns: list[Column] = []
    for output in bound.outputs:
        if not isinstance(output, Column):
            raise _unsupported("subqueries and TYPEOF")
        if output.field.components:
            raise _unsupported(f"the compound field {output.field.name}")
        columns.append(output)
    return columns


def _unsupported(what: str) -> ApiError:
    return ApiError(400, "API_ERROR", f"Bulk queries do not support {what}")


def _page_size(call: Call) -> int:
    given = call.query.get("maxRecords")
    if given is None:
        return _PAGE
    if not given.isdigit() or int(given) < 1:
        raise ApiError(400, "API_ERROR", f"maxRecords: {given} is no positive number")
    return int(given)


def _text(value: Any) -> str:
    """A stored value as a CSV cell; null is empty."""
    plain = json_value(value)
    if plain is None:
        return ""
    return str(plain).lower() if isinstance(plain, bool) else str(plain)
