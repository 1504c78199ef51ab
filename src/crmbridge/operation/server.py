"""Answers to monitors, over HTTP, from a thread beside the cycles."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crmbridge.errors import ConfigError, CrmBridgeError
from crmbridge.operation.metrics import Metrics, exposition
from crmbridge.operation.view import View, why_not_ready
from crmbridge.store import Store

_GRACE = 2
"""Seconds that a request may take to end when the daemon ends."""
_AT_ONCE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What is asked of one bridge: its ``view`` as of now, its clock, its numbers, its store."""

    view: Callable[[], View]
    now: Callable[[], datetime]
    metrics: Metrics
    store: Store

    def state(self) -> dict[str, object]:
        """Whether it does its work now, in which role, and why not."""
        view = self.view()
        reasons = why_not_ready(view, self.now()) + self._why_no_store()
        return {"ready": not reasons, "role": view.role.value, "reasons": reasons}

    def _why_no_store(self) -> list[str]:
        try:
            with self.store.read() as tx:
                tx.pulse()
        except CrmBridgeError as error:
            return [error.message]
        return []


class OperationServer:
    """``/healthz``, ``/readyz`` and ``/metrics`` of the ``bridges`` of this process, by name; a
    context manager that starts and stops it. Of several bridges each is told by its name, and ready
    is who has none that is not.

    Raises ``ConfigError`` where the address cannot be had. Port 0 takes any free one.
    """

    def __init__(self, address: tuple[str, int], bridges: Mapping[str, Observed]) -> None:
        self._bridges = bridges
        self._socket = _listen(*address)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            self._app(),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            limit_concurrency=_AT_ONCE,
            timeout_graceful_shutdown=_GRACE,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [self._socket]},
            name="operation",
            daemon=True,
        )

    def _app(self) -> Starlette:
        # Plain functions: each request has a thread of its own while it asks the store.
        return Starlette(
            routes=[
                Route("/healthz", self._healthz),
                Route("/readyz", self._readyz),
                Route("/metrics", self._measured),
            ]
        )

    def _healthz(self, request: Request) -> Response:
        roles = {name: each.view().role.value for name, each in self._bridges.items()}
        if len(roles) == 1:
            return JSONResponse({"status": "ok", "role": next(iter(roles.values()))})
        return JSONResponse({"status": "ok", "roles": roles})

    def _readyz(self, request: Request) -> Response:
        states = {name: each.state() for name, each in self._bridges.items()}
        ready = all(state["ready"] for state in states.values())
        body = {"ready": ready, "bridges": states}
        if len(states) == 1:
            body = next(iter(states.values()))
        return JSONResponse(body, status_code=200 if ready else 503)

    def _measured(self, request: Request) -> Response:
        metrics = {name: each.metrics for name, each in self._bridges.items()}
        body, content_type = exposition(metrics, request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type})

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.005)
        if not self._server.started:
            self._socket.close()
            raise ConfigError("operation.listen: nothing can be served there")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(_GRACE + 1)
        self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise ConfigError(f"operation.listen: {host} is no address of this machine") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"operation.listen: {host}:{port} cannot be used: {error.strerror}; a standby on the "
            "same machine needs a port of its own"
        ) from error
    return listener
