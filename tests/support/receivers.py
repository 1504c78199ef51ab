"""Who gets alerts in tests: a webhook and a mail server on this machine, over real connections."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Hook:
    """A webhook: answers ``status`` after ``delay`` seconds, with ``location`` if set."""

    url: str = ""
    status: int = 200
    delay: float = 0.0
    location: str = ""
    texts: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    asked: int = 0

    def wait(self, count: int) -> list[str]:
        """Every text, once there are so many."""
        give_up = time.monotonic() + 20
        while len(self.texts) < count:
            assert time.monotonic() < give_up, self.texts
            time.sleep(0.01)
        return self.texts


@contextmanager
def webhook(certificate: ssl.SSLContext | None = None) -> Iterator[Hook]:
    """A webhook that is listening."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.asked += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(hook.delay)
            if 200 <= hook.status < 300:
                hook.texts.append(json.loads(body)["text"])
                hook.headers.append(dict(self.headers))
            self.send_response(hook.status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *arguments: Any) -> None:
            """A client that hangs up, or trusts nobody, is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate is not None:
        scheme = "https"
        server.socket = certificate.wrap_socket(server.socket, server_side=True)
    hook.url = f"{scheme}://127.0.0.1:{server.server_port}/services/T0KEN"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """A mail server's port, and what it took in: recipients and message."""

    port: int = 0
    mails: list[tuple[list[str], Message]] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)
    refuses: str = ""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self.refuses:
            return "550 nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.secure.append(session.ssl is not None)
        self.mails.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content)))
        return "250 OK"


@contextmanager
def mail_server(
    tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
) -> Iterator[Mailbox]:
    """A mail server that offers STARTTLS with this certificate, and wants this login, if any."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        mailbox = Mailbox(port=unused.getsockname()[1])

    def check(_s: Any, _session: Any, _e: Any, mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == login, handled=False)

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=mailbox.port,
        tls_context=tls,
        require_starttls=tls is not None,
        authenticator=check if login else None,
        auth_required=login is not None,
        auth_require_tls=tls is not None,
    )
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop(no_assert=True)
