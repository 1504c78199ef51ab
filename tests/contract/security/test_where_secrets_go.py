"""Secrets reach the address in the settings, over a connection that is proven, and nothing else."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest

from crmbridge.clock import WorldClock
from crmbridge.errors import ConfigError, CrmBridgeError, RetryableError
from crmbridge.plugins import discover
from crmbridge.ports import Connector, FieldNames
from crmbridge.sandbox import Sandbox

START = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
SYSTEMS = ("hubspot", "salesforce")
OAUTH = {"client_id": "an-app", "client_secret": "hush-hush", "refresh_token": "refresh-me"}


class Trap:
    """A server of somebody else: it answers everything with what a CRM might say."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        trap = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                trap.asked.append(f"{self.command} {self.path} {self.headers}")
                body = b'{"access_token": "stolen", "id": "/id/00D/005", "portalId": 1}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/anywhere"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    with Trap() as running:
        yield running


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(WorldClock(START), rate_limits=False) as running:
        yield running


@pytest.fixture(scope="module")
def guarded() -> Iterator[Sandbox]:
    """Both CRMs over TLS, with a certificate that nobody has reason to trust."""
    with Sandbox(WorldClock(START), rate_limits=False, tls=True) as running:
        yield running


def connector(sandbox: Sandbox, system: str, *, login: bool = False) -> Connector:
    """A connector to the sandbox; with ``login`` one that has to ask for a token first."""
    section = sandbox.sections()[system]
    if login and system == "hubspot":
        section = {"base_url": section["base_url"], "flow": "oauth", **OAUTH}
    plugin = discover()[system]
    return plugin.connect(plugin.settings(**section), FieldNames())


def secrets(sandbox: Sandbox, system: str) -> list[str]:
    section = {**sandbox.sections()[system], **OAUTH}
    return [str(value) for name, value in section.items() if re.search("token|secret", name)]


def calls(sandbox: Sandbox) -> int:
    worlds = (sandbox.hubspot_world, sandbox.salesforce_world)
    return sum(sum(world.calls.by_route.values()) for world in worlds)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("login", [False, True], ids=["call", "login"])
def test_no_redirect_is_followed(
    login: bool, system: str, status: int, sandbox: Sandbox, trap: Trap
) -> None:
    client = sandbox.hubspot_client() if system == "hubspot" else sandbox.salesforce_client()
    path = "oauth" if login else "account-info|services/data"
    asking = connector(sandbox, system, login=login)
    rule = {"path": path, "status": status, "headers": {"Location": trap.url}, "times": None}
    client.sim("faults", {"action": "status", **rule})
    try:
        with pytest.raises(CrmBridgeError) as caught:
            asking.ping()
    finally:
        client.sim("faults", method="DELETE")
        asking.close()

    assert [] == trap.asked
    # What was sent elsewhere by mistake passes; no record is to blame for it.
    assert isinstance(caught.value, ConfigError if login else RetryableError)
    assert "\n" not in str(caught.value)
    assert [] == [each for each in secrets(sandbox, system) if each in str(caught.value)]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_certificate_that_nobody_vouches_for_is_told_nothing(
    system: str, guarded: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    asking = connector(guarded, system)
    try:
        with pytest.raises(CrmBridgeError) as caught:
            asking.ping()
    finally:
        asking.close()

    assert 0 == calls(guarded)
    assert f"{system}." in str(caught.value)


@pytest.mark.parametrize("system", SYSTEMS)
def test_plain_http_leads_to_this_machine_only(system: str, sandbox: Sandbox) -> None:
    plugin = discover()[system]
    section = {**sandbox.sections()[system], "base_url": "http://crm.example.com"}

    with pytest.raises(ValueError, match="in the clear") as caught:
        plugin.settings(**section)

    assert [] == [each for each in secrets(sandbox, system) if each in str(caught.value)]
