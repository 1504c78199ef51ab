"""Finds the handler of a call. A handler takes the world, the call and its path's parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from crmbridge_salesforce.simulator import (
    bulk_ingest,
    bulk_query,
    collections,
    describe,
    limits,
    queries,
    records,
    replication,
    tooling,
)
from crmbridge_salesforce.simulator.call import Call, Reply, error_reply
from crmbridge_salesforce.simulator.errors import ApiError, resource_missing

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld

Handler = Callable[..., Reply]
Route = tuple[re.Pattern[str], dict[str, Handler]]


def route(template: str, **methods: Handler) -> Route:
    """A route; ``{name}`` stands for one path segment."""
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
    return re.compile(pattern), methods


ROUTES: tuple[Route, ...] = (
    route("", GET=describe.resources),
    route("/sobjects", GET=describe.global_describe),
    route("/sobjects/{name}", GET=describe.basic_information, POST=records.create),
    route("/sobjects/{name}/describe", GET=describe.describe),
    route("/sobjects/{name}/updated", GET=replication.updated),
    route("/sobjects/{name}/deleted", GET=replication.deleted),
    route(
        "/sobjects/{name}/{key}",
        GET=records.read,
        PATCH=records.update,
        DELETE=records.delete,
        POST=records.create_by_id_field,
    ),
    route(
        "/sobjects/{name}/{field}/{value}",
        GET=records.read_by_key,
        PATCH=records.upsert,
        DELETE=records.delete_by_key,
    ),
    route("/query", GET=queries.query),
    route("/queryAll", GET=queries.query_all),
    route("/(?:query|queryAll)/{locator}", GET=queries.query_more),
    route(
        "/composite/sobjects",
        POST=collections.create,
        PATCH=collections.update,
        DELETE=collections.delete,
    ),
    route("/composite/sobjects/{name}", GET=collections.read, POST=collections.read_many),
    route("/composite/sobjects/{name}/{field}", PATCH=collections.upsert),
    route("/limits", GET=limits.limits),
    route("/jobs/ingest", GET=bulk_ingest.list_jobs, POST=bulk_ingest.create),
    route(
        "/jobs/ingest/{job_id}",
        GET=bulk_ingest.read,
        PATCH=bulk_ingest.change,
        DELETE=bulk_ingest.delete,
    ),
    route("/jobs/ingest/{job_id}/batches", PUT=bulk_ingest.upload),
    route("/jobs/ingest/{job_id}/{which}", GET=bulk_ingest.results),
    route("/jobs/query", GET=bulk_query.list_jobs, POST=bulk_query.create),
    route(
        "/jobs/query/{job_id}",
        GET=bulk_query.read,
        PATCH=bulk_query.change,
        DELETE=bulk_query.delete,
    ),
    route("/jobs/query/{job_id}/results", GET=bulk_query.results),
    route("/tooling/query", GET=tooling.query),
    route("/tooling/sobjects/CustomField", POST=tooling.create_field),
    route(
        "/tooling/sobjects/CustomField/{field_id}",
        GET=tooling.read_field,
        PATCH=tooling.change_field,
        DELETE=tooling.delete_field,
    ),
)


def answer(world: SalesforceWorld, call: Call, routes: Sequence[Route] = ROUTES) -> Reply:
    """The reply to a call; refusals become error replies, nothing else is caught."""
    try:
        return _dispatch(world, call, routes)
    except ApiError as error:
        return error_reply(error)


def _dispatch(world: SalesforceWorld, call: Call, routes: Sequence[Route]) -> Reply:
    for pattern, methods in routes:
        match = pattern.fullmatch(call.path)
        if match is None:
            continue
        handler = methods.get(call.method)
        if handler is None:
            allowed = ",".join(sorted(methods))
            message = f"HTTP Method '{call.method}' not allowed. Allowed are {allowed}"
            raise ApiError(405, "METHOD_NOT_ALLOWED", message)
        return handler(world, call, **{k: unquote(v) for k, v in match.groupdict().items()})
    raise resource_missing()
