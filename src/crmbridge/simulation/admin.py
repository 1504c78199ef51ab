"""The ``/__sim__/`` routes every simulator has: its clock, its faults, its call counts.

No authentication: a simulator listens on loopback and holds invented people only. Errors are
``{"error": "<one line>"}`` with 400 (cannot be understood), 404 (no such fault) or 409 (a
clock that would run backwards).
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crmbridge.simulation.faults import FaultAction, FaultRule

if TYPE_CHECKING:
    from starlette.requests import Request

    from crmbridge.clock import WorldClock
    from crmbridge.simulation.calls import CallCounter
    from crmbridge.simulation.faults import ArmedFault, FaultInjector

Endpoint = Callable[["Request"], Awaitable[Response]]
_RULE_FIELDS = frozenset(FaultRule.__dataclass_fields__)


class AdminRefusal(Exception):
    """An admin request that is answered with an error; ``status`` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def admin_error(status: int, message: str) -> JSONResponse:
    """The error answer of the admin API."""
    return JSONResponse({"error": message}, status)


def admin_endpoint(endpoint: Endpoint) -> Endpoint:
    """Turn a raised ``AdminRefusal`` into its error answer."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except AdminRefusal as refusal:
            return admin_error(refusal.status, str(refusal))

    return guarded


async def admin_body(request: Request) -> dict[str, Any]:
    """The request's JSON object, an empty one for an empty body; refuses anything else."""
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError as error:
        raise AdminRefusal(400, f"not JSON: {error}") from None
    if not isinstance(body, dict):
        raise AdminRefusal(400, "a JSON object is needed")
    return body


def parse_instant(text: object) -> datetime:
    """An aware instant from ISO 8601; refuses a naive one."""
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError:
        raise AdminRefusal(400, f"{text!r} is not an ISO 8601 instant") from None
    if instant.tzinfo is None:
        raise AdminRefusal(400, f"{text!r} has no UTC offset")
    return instant.astimezone(UTC)


def admin_routes(clock: WorldClock, faults: FaultInjector, calls: CallCounter) -> list[Route]:
    """Routes for ``/__sim__/`` clock, calls, faults and health."""
    return [*_clock_routes(clock), *_calls_routes(calls), *_fault_routes(faults), _health_route()]


def _health_route() -> Route:
    async def health(request: Request) -> Response:
        return JSONResponse({"ok": True})

    return Route("/__sim__/health", health, methods=["GET"])


def _clock_routes(clock: WorldClock) -> list[Route]:
    def state() -> JSONResponse:
        waiting = clock.waiting_until
        return JSONResponse(
            {
                "now": clock.now().isoformat(),
                "waiting_until": waiting.isoformat() if waiting else None,
            }
        )

    async def read(request: Request) -> Response:
        return state()

    @admin_endpoint
    async def move(request: Request) -> Response:
        body = await admin_body(request)
        try:
            match body:
                case {"now": now}:
                    clock.set(parse_instant(now))
                case {"advance_seconds": int() | float() as seconds}:
                    clock.advance(seconds)
                case {"waiting_until": None}:
                    clock.announce_waiting(None)
                case {"waiting_until": until}:
                    clock.announce_waiting(parse_instant(until))
                case _:
                    raise AdminRefusal(400, "needs now, advance_seconds or waiting_until")
        except ValueError as error:
            raise AdminRefusal(409, str(error)) from None
        return state()

    return [
        Route("/__sim__/clock", read, methods=["GET"]),
        Route("/__sim__/clock", move, methods=["POST"]),
    ]


def _calls_routes(calls: CallCounter) -> list[Route]:
    def state() -> JSONResponse:
        return JSONResponse(
            {"total": calls.total, "by_token": calls.by_token, "by_route": calls.by_route}
        )

    async def read(request: Request) -> Response:
        return state()

    async def reset(request: Request) -> Response:
        calls.reset()
        return state()

    return [
        Route("/__sim__/calls", read, methods=["GET"]),
        Route("/__sim__/calls/reset", reset, methods=["POST"]),
    ]


def _fault_routes(faults: FaultInjector) -> list[Route]:
    async def listing(request: Request) -> Response:
        return JSONResponse({"faults": [_fault_view(fault) for fault in faults.armed()]})

    @admin_endpoint
    async def add(request: Request) -> Response:
        return JSONResponse({"id": faults.add(parse_rule(await admin_body(request)))}, 201)

    @admin_endpoint
    async def release(request: Request) -> Response:
        return _change(faults.release, request)

    @admin_endpoint
    async def remove(request: Request) -> Response:
        return _change(faults.remove, request)

    async def clear(request: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    return [
        Route("/__sim__/faults", listing, methods=["GET"]),
        Route("/__sim__/faults", add, methods=["POST"]),
        Route("/__sim__/faults", clear, methods=["DELETE"]),
        Route("/__sim__/faults/{fault_id}", remove, methods=["DELETE"]),
        Route("/__sim__/faults/{fault_id}/release", release, methods=["POST"]),
    ]


def _change(change: Callable[[str], None], request: Request) -> Response:
    fault_id = request.path_params["fault_id"]
    try:
        change(fault_id)
    except KeyError:
        raise AdminRefusal(404, f"no fault {fault_id}") from None
    return Response(status_code=204)


def parse_rule(body: dict[str, Any]) -> FaultRule:
    """A fault rule from its JSON form; refuses unknown keys, actions and bad patterns."""
    unknown = sorted(set(body) - _RULE_FIELDS)
    if unknown:
        raise AdminRefusal(400, f"unknown keys: {', '.join(unknown)}")
    try:
        rule = FaultRule(**{**body, "action": FaultAction(str(body.get("action")))})
        re.compile(rule.path)
        re.compile(rule.says.encode())
    except (ValueError, TypeError, re.error) as error:
        raise AdminRefusal(400, str(error)) from None
    return rule


def _fault_view(fault: ArmedFault) -> dict[str, Any]:
    rule = fault.rule
    shown = {name: getattr(rule, name) for name in FaultRule.__dataclass_fields__}
    return {
        "id": fault.id,
        **shown,
        "headers": dict(rule.headers),
        "fired": fault.fired,
        "holding": fault.holding,
    }
