"""Several calls in one: composite and batch. Salesforce contract §7."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from crmbridge_salesforce.simulator.actor import actor_for
from crmbridge_salesforce.simulator.call import Call, Reply, error_reply, flag
from crmbridge_salesforce.simulator.dispatch import answer
from crmbridge_salesforce.simulator.errors import ApiError, json_error, resource_missing
from crmbridge_salesforce.simulator.references import (
    MissingReference,
    resolve_references,
)

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_MOST_SUBREQUESTS = 25
_MOST_BULKY = 5
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_BULKY = re.compile(r"/(?:query|queryAll|composite/sobjects)(?:[/?]|$)")
_URL = re.compile(r"/services/data/v(\d+\.0)(/.*)?")
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
_HALTED = "The transaction was rolled back since another operation in the same transaction failed."


class _Halt(Exception):
    """Undoes a series that was to be all or nothing."""


def composite(world: SalesforceWorld, call: Call) -> Reply:
    """Up to 25 calls that may refer to each other's answers; one API request. Contract §7."""
    body = call.object_body()
    requests = _subrequests(body)
    whole = flag(body.get("allOrNone"), "allOrNone")
    flag(body.get("collateSubrequests"), "collateSubrequests")
    return Reply(body={"compositeResponse": run_series(world, call, requests, whole=whole)})


def run_series(
    world: SalesforceWorld, call: Call, requests: Sequence[dict[str, Any]], *, whole: bool
) -> list[dict[str, Any]]:
    """The answers of checked subrequests in their order.

    If ``whole``, the first failure undoes all of them and is the only one told by name.
    """
    answers: list[dict[str, Any]] = []
    try:
        with world.store.transaction():
            known: dict[str, Any] = {}
            for request in requests:
                reply = _subreply(world, call, request, known, whole)
                name = request["referenceId"]
                if not reply.failed:
                    known[name] = reply.body
                answers.append(_answer(name, reply))
                if whole and reply.failed:
                    raise _Halt
    except _Halt:
        halted = [_halted(request["referenceId"]) for request in requests]
        failed = len(answers) - 1
        halted[failed] = answers[failed]
        answers = halted
    return answers


def batch(world: SalesforceWorld, call: Call) -> Reply:
    """Up to 25 independent calls, each an API request of its own. Contract §7."""
    body = call.object_body()
    requests = body.get("batchRequests")
    if not isinstance(requests, list) or not requests:
        raise json_error("batchRequests: a list of requests is required")
    if len(requests) > _MOST_SUBREQUESTS:
        raise too_many(f"more than {_MOST_SUBREQUESTS} subrequests")
    halt = flag(body.get("haltOnError"), "haltOnError")
    results: list[dict[str, Any]] = []
    failed = False
    for request in requests:
        if failed and halt:
            refused = ApiError(412, "BATCH_PROCESSING_HALTED", "Batch processing was halted")
            results.append({"statusCode": 412, "result": refused.body()})
            continue
        if not isinstance(request, dict):
            raise json_error("batchRequests: every request must be an object")
        url = str(request.get("url", ""))
        absolute = url if url.startswith("/services/data/") else f"/services/data/{url.lstrip('/')}"
        inner = {**request, "url": absolute, "body": request.get("richInput")}
        reply = _run(world, call, inner, whole=False)
        failed = failed or reply.status >= 400
        results.append({"statusCode": reply.status, "result": reply.body})
    world.usage.spend(world.now(), len(requests) - 1)
    return Reply(body={"hasErrors": failed, "results": results})


def _subrequests(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The checked subrequests of a composite body."""
    requests = body.get("compositeRequest")
    if isinstance(requests, list) and len(requests) > _MOST_SUBREQUESTS:
        raise too_many(f"more than {_MOST_SUBREQUESTS} subrequests")
    checked = check_subrequests(requests)
    bulky = sum(bool(_BULKY.search(request["url"])) for request in checked)
    if bulky > _MOST_BULKY:
        raise too_many(f"more than {_MOST_BULKY} query or collections subrequests")
    return checked


def check_subrequests(requests: object) -> list[dict[str, Any]]:
    """The subrequests of one series, each with a reference id of its own, a method and a URL."""
    if not isinstance(requests, list) or not requests:
        raise json_error("compositeRequest: a list of subrequests is required")
    names: set[str] = set()
    for request in requests:
        if not isinstance(request, dict):
            raise json_error("compositeRequest: every subrequest must be an object")
        name, url = request.get("referenceId"), request.get("url")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise json_error(f"referenceId: {name!r} is not a valid reference id")
        if name in names:
            raise json_error(f"referenceId: {name} is used more than once")
        names.add(name)
        if not isinstance(url, str) or request.get("method") not in _METHODS:
            raise json_error(f"{name}: method and url are required")
    return requests


def too_many(what: str) -> ApiError:
    """A request with more parts than the platform takes."""
    return ApiError(400, "LIMIT_EXCEEDED", f"The request has {what}.")


def _subreply(
    world: SalesforceWorld,
    call: Call,
    request: dict[str, Any],
    known: dict[str, Any],
    whole: bool,
) -> Reply:
    try:
        filled = {
            **request,
            "url": str(resolve_references(request["url"], known)),
            "body": resolve_references(request.get("body"), known),
        }
    except MissingReference as missing:
        return error_reply(ApiError(400, "PROCESSING_HALTED", str(missing)))
    return _run(world, call, filled, whole=whole)


def _run(world: SalesforceWorld, call: Call, request: dict[str, Any], *, whole: bool) -> Reply:
    """One subrequest as a call of its own; the outer request's headers do not reach it."""
    split = urlsplit(request["url"])
    match = _URL.fullmatch(split.path.rstrip("/"))
    if match is None:
        return error_reply(resource_missing())
    version, path = match.groups()
    given = request.get("httpHeaders") or {}
    headers = {str(name).lower(): str(value) for name, value in given.items()}
    try:
        world.versions.check(version)
        inner = Call(
            method=str(request.get("method")),
            path=path or "",
            query=dict(parse_qsl(split.query, keep_blank_values=True)),
            headers=headers,
            body=request.get("body"),
            user_id=call.user_id,
            version=version,
            actor=actor_for(world, call.user_id, headers),
            whole=whole,
        )
    except ApiError as error:
        return error_reply(error)
    return answer(world, inner)


def _answer(name: str, reply: Reply) -> dict[str, Any]:
    return {
        "body": reply.body,
        "httpHeaders": dict(reply.headers),
        "httpStatusCode": reply.status,
        "referenceId": name,
    }


def _halted(name: str) -> dict[str, Any]:
    return _answer(name, error_reply(ApiError(400, "PROCESSING_HALTED", _HALTED)))
