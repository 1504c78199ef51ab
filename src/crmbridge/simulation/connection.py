"""Lets an ASGI app cut the connection it is served on and notice that the server stops.

ASGI has no word for "close without an answer", which is exactly what a crash test needs.
``AbortableProtocol`` is uvicorn's own HTTP protocol plus one scope extension.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope
    from uvicorn._types import ASGI3Application
    from uvicorn.config import Config
    from uvicorn.server import ServerState

_EXTENSION = "crmbridge.connection"
# How long an answer given while the server stops may take to leave the socket.
_LAST_ANSWER_SECONDS = 0.2


class Connection:
    """The TCP connection behind one request."""

    def __init__(self, transport: asyncio.Transport, stopping: asyncio.Event) -> None:
        self._transport = transport
        self.stopping = stopping

    async def drop(self, receive: Receive) -> None:
        """Close at once, sending nothing more; returns when the server knows it is gone."""
        self._transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def connection_of(scope: Scope) -> Connection:
    """The connection of a request; raises ``RuntimeError`` outside ``SimulatorServer``."""
    extensions: dict[str, Connection] = scope.get("extensions", {})
    if _EXTENSION not in extensions:
        raise RuntimeError("drops and holds need the simulator to run in a SimulatorServer")
    return extensions[_EXTENSION]


class AbortableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol that hands its ``Connection`` to the app."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._stopping = asyncio.Event()
        self._served = self.app
        self.app = cast("ASGI3Application", self._serve)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        connection = Connection(self.transport, self._stopping)
        scope.setdefault("extensions", {})[_EXTENSION] = connection
        await self._served(scope, receive, send)

    def shutdown(self) -> None:
        """Stop this connection; a request that is being answered still gets its answer."""
        self._stopping.set()
        super().shutdown()
        if self.cycle is None or self.cycle.response_complete:
            # Closing politely waits up to 30 s for the peer's TLS close_notify.
            self.transport.abort()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._stopping.is_set():
            self.loop.call_later(_LAST_ANSWER_SECONDS, self.transport.abort)
