"""Serves a simulator over real HTTP on a loopback port, from a thread of this process."""

from __future__ import annotations

import socket
import ssl as tls
import threading
import time
from typing import TYPE_CHECKING, Self

import uvicorn

from crmbridge.simulation.connection import AbortableProtocol

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import ASGIApp


class SimulatorServer:
    """One listening simulator; a context manager that starts and stops it.

    ``port`` 0 picks a free one, known from construction on. ``ssl`` is a server-side context
    and turns ``base_url`` into https. ``stop`` takes about a fifth of a second, also while
    requests are held by faults (their connections are cut).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ssl: tls.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._scheme = "https" if ssl else "http"
        config = uvicorn.Config(
            app,
            host=host,
            port=self.port,
            http=AbortableProtocol,
            ws="none",
            lifespan="off",
            access_log=False,
            log_level="warning",
            log_config=None,
            date_header=False,
            server_header=False,
            ssl_context_factory=(lambda _config, _default: ssl) if ssl else None,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [self._socket]},
            name=f"simulator-{self.port}",
            daemon=True,
        )

    @property
    def base_url(self) -> str:
        """Scheme, host and port, without a trailing slash."""
        return f"{self._scheme}://{self._host}:{self.port}"

    def start(self) -> Self:
        """Serve from a daemon thread; returns once requests are answered."""
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError(f"the simulator did not start on {self.base_url}")
            time.sleep(0.001)
        return self

    def begin_to_stop(self) -> None:
        """Let ``stop`` find most of its work done: for whoever stops several."""
        self._server.should_exit = True

    def stop(self) -> None:
        """Finish running requests, cut held ones and free the port; safe to call twice."""
        self.begin_to_stop()
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for sockets that name their protocol; with it on,
    # every answer in two parts waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
