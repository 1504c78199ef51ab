"""From HTTP to handlers and back: one table of routes for both of HubSpot's path families.

A handler is a plain function of the world and an ``ApiCall``. Authentication, scopes, rate
limits, the error envelope and the headers that every answer carries are done here, once.
HubSpot contract §1, §2, §8 and §9.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router

from crmbridge_hubspot.simulator.access import ANONYMOUS, Caller, require_scope
from crmbridge_hubspot.simulator.errors import (
    HubSpotError,
    invalid_json,
    validation_error,
)
from crmbridge_hubspot.simulator.records import Source

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from crmbridge_hubspot.simulator.world import HubSpotWorld

_DATED = re.compile(
    r"/(crm/[a-z-]+|crm-object-schemas|communication-preferences|account-info|oauth|events/[a-z-]+)/(2026-0[39])(?=/|$)"
)
_NUMBERED = {
    "crm/objects": "/crm/v3/objects",
    "crm/lists": "/crm/v3/lists",
    "crm/properties": "/crm/v3/properties",
    "crm/owners": "/crm/v3/owners",
    "crm/limits": "/crm/v3/limits",
    "crm/associations": "/crm/v4/associations",
    "crm-object-schemas": "/crm-object-schemas/v3",
    "communication-preferences": "/communication-preferences/v4",
    "account-info": "/account-info/v3",
    "oauth": "/oauth/v3",
    "events/event-occurrences": "/events/v3/events",
    "events/event-definitions": "/events/v3/event-definitions",
    "events/send": "/events/v3/send",
}
_RECORD_ASSOCIATIONS = re.compile(r"/crm/v3/(objects/[^/]+/[^/]+/associations/.*)")
# HubSpot serves the schemas of object types under two numbered paths.
_SCHEMAS = "/crm/v3/schemas"
# How much is too much is not documented; long property lists are to go into a batch/read.
_LONGEST_URL = 16_384
_NOBODY = Caller(label=ANONYMOUS, token="", source=Source(type="API"))
_NOT_FOUND_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>"
    "<body><h1>Page not found</h1></body></html>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One authenticated request; ``version`` is that of a dated path, "" for a numbered one."""

    caller: Caller
    path: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    raw_body: bytes
    content_type: str = ""
    version: str = ""

    def text(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        return next((value for key, value in reversed(self.query) if key == name), default)

    def flag(self, name: str) -> bool:
        """A boolean query parameter; clients write ``true``, ``True``, ``False``."""
        return self.text(name).lower() == "true"

    def many(self, name: str) -> tuple[str, ...]:
        """A list parameter, repeated or comma-separated or both."""
        values = (value for key, value in self.query if key == name)
        return tuple(part.strip() for value in values for part in value.split(",") if part.strip())

    def number(self, name: str, *, default: int, most: int) -> int:
        """A count between 1 and ``most``; 400 otherwise."""
        text = self.text(name) or str(default)
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise validation_error(f"{name} must be a number from 1 to {most}, was {text}")
        return int(text)

    def json(self) -> Any:
        """The body as JSON; 400 if it is none."""
        try:
            return json.loads(self.raw_body)
        except ValueError as error:
            line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
            raise invalid_json(
                f"Invalid input JSON on line {line}, column {column}: the body is not JSON"
            ) from None

    def object(self) -> dict[str, Any]:
        """The body as a JSON object; 400 if it is none."""
        body = self.json()
        if not isinstance(body, dict):
            raise invalid_json("Invalid input JSON on line 1, column 1: a JSON object was expected")
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A handler's answer; ``body`` None means no content."""

    body: Any = None
    status: int = 200


Handler = Callable[["HubSpotWorld", ApiCall], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRoute:
    """One operation; ``path`` is the numbered form, ``scopes`` any one of which suffices.

    ``{type}`` in a scope stands for the object type in the path; activities fall under contacts.
    A ``public`` one asks for no token; neither it nor an ``unlimited`` one counts towards a limit.
    """

    method: str
    path: str
    handler: Handler
    scopes: tuple[str, ...] = ()
    search: bool = False
    public: bool = False
    unlimited: bool = False


def canonical_path(path: str) -> str:
    """The numbered path of a dated one, without a trailing slash."""
    dated = _DATED.match(path)
    if dated:
        area = _NUMBERED.get(dated.group(1))
        if area is None:
            return path
        path = area + path[dated.end() :]
        path = _RECORD_ASSOCIATIONS.sub(r"/crm/v4/\1", path)
    if path.startswith(_SCHEMAS):
        path = f"/crm-object-schemas/v3/schemas{path.removeprefix(_SCHEMAS)}"
    return path.rstrip("/") or "/"


def build_api(world: HubSpotWorld, routes: Iterable[ApiRoute]) -> ASGIApp:
    """The API as an ASGI app; paths that no route has answer HubSpot's HTML 404 page."""
    by_path: dict[str, dict[str, ApiRoute]] = {}
    for route in routes:
        by_path.setdefault(route.path, {})[route.method] = route
    starlette_routes = [
        Route(path, _Endpoint(world, operations)) for path, operations in by_path.items()
    ]
    router = Router(routes=starlette_routes, redirect_slashes=False, default=_unknown_url)

    async def api(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        dated = _DATED.match(path)
        version = dated.group(2) if dated else ""
        await router({**scope, "path": canonical_path(path), "version": version}, receive, send)

    return api


async def _unknown_url(scope: Scope, receive: Receive, send: Send) -> None:
    await HTMLResponse(_NOT_FOUND_PAGE, 404)(scope, receive, send)


@dataclass(slots=True, kw_only=True)
class _Reply:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class _Endpoint:
    """All operations of one path, as an ASGI app, so that it sees every method."""

    def __init__(self, world: HubSpotWorld, operations: Mapping[str, ApiRoute]) -> None:
        self._world = world
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw_body = await request.body()
        reply = _Reply(headers={"X-HubSpot-Correlation-Id": self._world.next_correlation_id()})
        try:
            _refuse_long_url(request)
            _perform(self._world, self._operations, request, raw_body, reply)
        except HubSpotError as error:
            reply.status = error.status
            reply.body = {
                **error.body,
                "correlationId": reply.headers["X-HubSpot-Correlation-Id"],
            }
        await _response(reply)(scope, receive, send)


def _refuse_long_url(request: Request) -> None:
    if len(request.url.path) + len(request.url.query) > _LONGEST_URL:
        raise HubSpotError(414, "The URL is too long")


def _response(reply: _Reply) -> Response:
    if reply.body is None:
        return Response(status_code=reply.status, headers=reply.headers)
    content = json.dumps(reply.body, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(
        content, reply.status, reply.headers, media_type="application/json;charset=utf-8"
    )


def _perform(
    world: HubSpotWorld,
    operations: Mapping[str, ApiRoute],
    request: Request,
    raw_body: bytes,
    reply: _Reply,
) -> None:
    route = operations.get(request.method)
    if route is None:
        reply.headers["Allow"] = ", ".join(sorted(operations))
        raise HubSpotError(405, f"HTTP method {request.method} is not allowed here")
    if route.public:
        caller = _NOBODY
    else:
        caller = _admitted(world, route, request, reply)
    call = ApiCall(
        caller=caller,
        path=request.path_params,
        query=tuple(parse_qsl(request.url.query, keep_blank_values=True)),
        raw_body=raw_body,
        content_type=request.headers.get("content-type", ""),
        version=request.scope["version"],
    )
    answer = route.handler(world, call)
    reply.status, reply.body = answer.status, answer.body


def _admitted(world: HubSpotWorld, route: ApiRoute, request: Request, reply: _Reply) -> Caller:
    caller = world.access.authenticate(request.headers.get("authorization"), world.clock.now())
    if not route.unlimited:
        reply.headers |= world.limits.use(
            caller.label, search=route.search, public_app=caller.public_app
        )
    require_scope(caller, _accepted_scopes(world, route, request.path_params))
    return caller


def _accepted_scopes(
    world: HubSpotWorld, route: ApiRoute, path: Mapping[str, str]
) -> tuple[str, ...]:
    kind = world.types.named(path.get("type", path.get("from", "")))
    area = kind.scope_area if kind else "contacts"
    return tuple(scope.replace("{type}", area) for scope in route.scopes)
