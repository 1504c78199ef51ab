"""Puts a simulator's API behind the shared machinery: Date header, counts, faults, admin."""

from __future__ import annotations

from contextlib import suppress
from email.utils import format_datetime
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect

from crmbridge.simulation.admin import admin_routes
from crmbridge.simulation.calls import collapse_ids
from crmbridge.simulation.faults import FaultMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from crmbridge.clock import WorldClock
    from crmbridge.simulation.calls import CallCounter
    from crmbridge.simulation.faults import FaultInjector


def wrap(
    app: ASGIApp,
    *,
    clock: WorldClock,
    faults: FaultInjector,
    calls: CallCounter,
    token_label: Callable[[Headers], str],
    admin: Sequence[BaseRoute] = (),
    route_label: Callable[[str], str] = collapse_ids,
) -> ASGIApp:
    """The app as a simulator serves it.

    Requests under ``/__sim__/`` go to the shared admin routes plus ``admin`` (whose paths
    start with ``/__sim__/`` too) and are neither counted nor struck by faults; all others are
    counted under ``token_label(headers)`` and "METHOD route_label(path)", pass the faults and
    reach ``app``. Every answer carries the world clock's time as its ``Date``.
    """
    back_office = Starlette(routes=[*admin_routes(clock, faults, calls), *admin])
    api = FaultMiddleware(app, faults, token_label)

    async def simulator(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                headers.setdefault("date", format_datetime(clock.now(), usegmt=True))
            await send(message)

        if scope["path"].startswith("/__sim__/"):
            await back_office(scope, receive, send_dated)
            return
        calls.record(
            token=token_label(Headers(scope=scope)),
            route=f"{scope['method']} {route_label(scope['path'])}",
        )
        # A client that was killed while it spoke has not said anything.
        with suppress(ClientDisconnect):
            await api(scope, receive, send_dated)

    return simulator
