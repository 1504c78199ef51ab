"""Trouble on demand under ``/__sim__/``: failures by name, rows left out, bursts of stamps."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crmbridge.simulation import AdminRefusal, admin_body, admin_endpoint
from crmbridge_hubspot.simulator.failures import FAILURES
from crmbridge_hubspot.simulator.omissions import Omission
from crmbridge_hubspot.simulator.records import Source
from crmbridge_hubspot.simulator.routes_outside import text_of
from crmbridge_hubspot.simulator.world import HubSpotWorld


def trouble_routes(world: HubSpotWorld) -> list[Route]:
    """``failures``, ``omissions`` and ``burst``."""
    return [_failure_route(world), *_omission_routes(world), _burst_route(world)]


def _failure_route(world: HubSpotWorld) -> Route:
    @admin_endpoint
    async def arm(request: Request) -> Response:
        """``{"name", "path"?, "method"?, "token"?, "skip"?, "times"?, "retry_after"?}`` → id.

        The fault is listed, counted and disarmed at ``/__sim__/faults`` like any other.
        """
        body = await admin_body(request)
        failure = FAILURES.get(text_of(body, "name"))
        if failure is None:
            raise AdminRefusal(400, f"name must be one of {', '.join(FAILURES)}")
        if "retry_after" in body:
            headers = {**failure.headers, "Retry-After": str(_count(body, "retry_after", 0))}
            failure = replace(failure, headers=headers)
        endless = "times" in body and body["times"] is None
        rule = failure.rule(
            path=str(body.get("path") or ""),
            method=body.get("method"),
            token=body.get("token"),
            skip=_count(body, "skip", 0),
            times=None if endless else _count(body, "times", 1),
        )
        return JSONResponse({"id": world.faults.add(rule)}, 201)

    return Route("/__sim__/failures", arm, methods=["POST"])


def _omission_routes(world: HubSpotWorld) -> list[Route]:
    def shown() -> Response:
        return JSONResponse(asdict(world.omission))

    @admin_endpoint
    async def arm(request: Request) -> Response:
        """``{"rows", "times"?}``: leave so many rows out of the next batch answers."""
        body = await admin_body(request)
        world.omission = Omission(rows=_count(body, "rows", 1), times=_count(body, "times", 1))
        return shown()

    async def read(request: Request) -> Response:
        return shown()

    return [
        Route("/__sim__/omissions", arm, methods=["POST"]),
        Route("/__sim__/omissions", read, methods=["GET"]),
    ]


def _burst_route(world: HubSpotWorld) -> Route:
    @admin_endpoint
    async def burst(request: Request) -> Response:
        """``{"object"?, "count"?}``: stamp so many records (all without) with this instant."""
        body = await admin_body(request)
        kind = world.types.named(str(body.get("object") or "contacts"))
        if kind is None:
            raise AdminRefusal(400, f"no object type {body.get('object')}")
        records = list(world.store(kind))[: _count(body, "count", len(world.store(kind)))]
        at = world.clock.now()
        for record in records:
            world.store(kind).write(record, {}, at=at, source=Source(type="CALCULATED"))
        return JSONResponse({"stamped": len(records)})

    return Route("/__sim__/burst", burst, methods=["POST"])


def _count(body: dict[str, Any], name: str, default: int) -> int:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise AdminRefusal(400, f"{name} must be a whole number, not negative")
    return value
