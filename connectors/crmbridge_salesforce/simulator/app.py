"""Serves a world over HTTP: sessions, versions, limits, and the JSON around every call."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from crmbridge.simulation import collapse_ids, wrap
from crmbridge_salesforce.simulator import composite, graphs, oauth
from crmbridge_salesforce.simulator.actor import actor_for
from crmbridge_salesforce.simulator.admin import admin_api
from crmbridge_salesforce.simulator.bulk_work import work
from crmbridge_salesforce.simulator.call import Call, Reply, error_reply, parse_json
from crmbridge_salesforce.simulator.dispatch import ROUTES, answer, route
from crmbridge_salesforce.simulator.errors import ApiError, resource_missing
from crmbridge_salesforce.simulator.limits import limit_info, request_limit_exceeded

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Receive, Scope, Send

    from crmbridge_salesforce.simulator.world import SalesforceWorld

_ROUTES = (
    route("/composite", POST=composite.composite),
    route("/composite/batch", POST=composite.batch),
    route("/composite/graph", POST=graphs.graph),
    *ROUTES,
)
_DATA = re.compile(r"/services/data/v([^/]+)(/.*)?")
_IDENTITY = re.compile(r"/id/([^/]+)/([^/]+)")
_LOCATOR = re.compile(r"/01g[A-Za-z0-9]{15}-\d+$")
_UPLOAD = re.compile(r"/jobs/ingest/[^/]+/batches")
_LONGEST_URI = 16_384
_WITH_BODY = frozenset({"POST", "PATCH", "PUT"})


def create_app(world: SalesforceWorld) -> ASGIApp:
    """The org as an ASGI app, with the simulator's admin API under ``/__sim__/``.

    Calls are counted under the id of the user whose token they carry: ``integration`` for the
    app's own, ``anonymous`` without a session.
    """

    async def org(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await _respond(world, request)
        await response(scope, receive, send)

    def token_label(headers: Headers) -> str:
        user_id = world.sessions.user_of(oauth.bearer(headers.get("authorization")))
        if user_id is None:
            return "anonymous"
        return "integration" if user_id == world.integration_user_id else user_id

    def route_label(path: str) -> str:
        return collapse_ids(_LOCATOR.sub("/{locator}", path.rstrip("/")))

    return wrap(
        org,
        clock=world.clock,
        faults=world.faults,
        calls=world.calls,
        token_label=token_label,
        admin=admin_api(world),
        route_label=route_label,
    )


async def _respond(world: SalesforceWorld, request: Request) -> Response:
    path = request.url.path.rstrip("/")
    if path == "/services/oauth2/token":
        return await oauth.token(world, request)
    if path == "/services/oauth2/revoke":
        return await oauth.revoke(world, request)
    if path == "/services/data":
        return _shaped(request, Reply(body=world.versions.listed()))
    try:
        _check_length(request)
        user_id = world.sessions.user_of(oauth.bearer(request.headers.get("authorization")))
        match = _IDENTITY.fullmatch(path)
        if user_id and (path == "/services/oauth2/userinfo" or match):
            return oauth.identity(world, request, user_id)
        if path == "/services/oauth2/userinfo" or match:
            return Response("Bad_OAuth_Token", 403, media_type="text/plain")
        reply = await _data_reply(world, request, user_id)
    except ApiError as error:
        reply = error_reply(error)
    return _shaped(request, reply)


async def _data_reply(world: SalesforceWorld, request: Request, user_id: str | None) -> Reply:
    """The reply to a call below ``/services/data``."""
    # The raw path keeps escaped slashes of external ids within their segment.
    raw_path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    match = _DATA.fullmatch(raw_path.rstrip("/"))
    if match is None:
        raise resource_missing()
    if user_id is None:
        message = "Session expired or invalid"
        raise ApiError(401, "INVALID_SESSION_ID", message)
    version, path = match.groups()
    world.versions.check(version)
    if not world.usage.spend(world.now()):
        raise request_limit_exceeded()
    work(world)
    headers = dict(request.headers)
    try:
        body = await _body(request, path or "")
        call = Call(
            method=request.method,
            path=path or "",
            query=dict(request.query_params),
            headers=headers,
            body=body,
            user_id=user_id,
            version=version,
            actor=actor_for(world, user_id, headers),
        )
        reply = answer(world, call, _ROUTES)
    except ApiError as error:
        reply = error_reply(error)
    usage = {"Sforce-Limit-Info": limit_info(world)}
    return replace(reply, headers={**reply.headers, **usage})


async def _body(request: Request, path: str) -> object:
    """The JSON of a body; of a bulk upload the bytes, which are CSV."""
    raw = await request.body()
    if request.method not in _WITH_BODY or not raw:
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/csv" and _UPLOAD.fullmatch(path):
        return raw
    if kind != "application/json":
        message = f"Content type {kind or 'none'} not supported"
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", message)
    return parse_json(raw)


def _check_length(request: Request) -> None:
    """Refuse what the platform's edge refuses: long addresses, long headers. Contract §4."""
    address = request.scope["raw_path"] + b"?" + request.scope["query_string"]
    headers = sum(len(name) + len(value) for name, value in request.headers.raw)
    if len(address) > _LONGEST_URI:
        raise ApiError(414, "URI_TOO_LONG", "The URI is longer than 16,384 bytes")
    if len(address) + headers > _LONGEST_URI:
        message = "URI and headers are longer than 16,384 bytes"
        raise ApiError(431, "REQUEST_HEADER_FIELDS_TOO_LARGE", message)


def _shaped(request: Request, reply: Reply) -> Response:
    """The reply as HTTP; pretty-printed if ``X-PrettyPrint`` asks for it."""
    headers = dict(reply.headers)
    if reply.status in (204, 304) or reply.body is None:
        return Response(status_code=reply.status, headers=headers)
    if reply.media_type is not None:
        return Response(reply.body, reply.status, headers, media_type=reply.media_type)
    pretty = request.headers.get("x-prettyprint") in ("1", "true")
    layout = {"indent": 2, "separators": (",", " : ")} if pretty else {"separators": (",", ":")}
    text = json.dumps(reply.body, ensure_ascii=False, **layout)
    return JSONText(text, reply.status, headers)


class JSONText(Response):
    """JSON that is already text, with the platform's content type."""

    media_type = "application/json;charset=UTF-8"
