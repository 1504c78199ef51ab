"""Planted secrets, addresses, names and telephone numbers: no log, error or URL shows one.

The bridge runs as its users run it, in the most talkative mode, while both CRMs refuse with
answers that quote everything they know.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from daemon_process import Life, crmbridge, write_config
from starlette.types import ASGIApp, Receive, Scope, Send

from crmbridge.clock import WorldClock
from crmbridge.sandbox import Sandbox, servers

pytestmark = pytest.mark.campaign

START = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
PEOPLE = {
    "quilla.vantongeren@zebra-logistics.example": ("Quilla", "Vantongeren", "+49 171 5550142"),
    "xanthe.obuasi@yonder-freight.example": ("Xanthe", "Obuasi", "+49 171 5550177"),
}
QUOTE = "quilla.vantongeren@zebra-logistics.example (Quilla Vantongeren, +49 171 5550142)"
_REFUSALS: tuple[dict[str, Any], ...] = (
    {"status": 400, "body": [{"errorCode": f"BAD {QUOTE}", "message": QUOTE, "fields": [QUOTE]}]},
    {"status": 400, "body": {"category": f"BAD {QUOTE}", "message": QUOTE, "errors": [QUOTE]}},
    {"status": 404, "body": f"<html><body>nobody is called {QUOTE}</body></html>"},
    {"status": 409, "body": {"status": "error", "category": "CONFLICT", "message": QUOTE}},
    {"status": 503, "body": QUOTE},
)


_WRITES = "batch/(update|create|upsert)|composite/sobjects"
_EVERYTHING = "services/data|/crm/"


@dataclass
class Overheard:
    """Request lines as whoever stands between would log them."""

    lines: list[str] = field(default_factory=list)

    def around(self, app: ASGIApp) -> ASGIApp:
        async def listening(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and "__sim__" not in scope["path"]:
                query = scope["query_string"].decode()
                self.lines.append(f"{scope['method']} {scope['path']}?{query}")
            await app(scope, receive, send)

        return listening


@pytest.fixture
def overheard(monkeypatch: pytest.MonkeyPatch) -> Overheard:
    listener = Overheard()
    for name in ("hubspot_app", "salesforce_app"):
        make = getattr(servers, name)
        monkeypatch.setattr(servers, name, lambda world, make=make: listener.around(make(world)))
    return listener


@pytest.fixture
def sandbox(overheard: Overheard) -> Iterator[Sandbox]:
    with Sandbox(WorldClock(START), rate_limits=False) as running:
        portal = running.hubspot_client(running.marketer_token)
        for email, (first, last, phone) in PEOPLE.items():
            properties = {
                "email": email,
                "firstname": first,
                "lastname": last,
                "phone": phone,
                "jobtitle": "VP Operations",
                "industry": "Logistics",
                "country": "Germany",
            }
            answer = portal.post("/crm/v3/objects/contacts", {"properties": properties})
            assert 201 == answer.status_code
        overheard.lines.clear()
        yield running


def secrets(sandbox: Sandbox) -> list[str]:
    """Every credential in the settings, and the session that the login brought."""
    given = [
        str(value)
        for section in sandbox.sections().values()
        for name, value in section.items()
        if re.search("token|secret", name)
    ]
    sessions = sandbox.connection()["salesforce"]["access_token"]
    assert len(given) >= 2
    return [*given, str(sessions)]


def personal() -> list[str]:
    """Everything that tells who somebody is, in the shapes in which it may appear."""
    words = [word for names in PEOPLE.values() for word in names]
    return [*PEOPLE, *words, *(address.partition("@")[0] for address in PEOPLE)]


def shown(text: str, hidden: list[str]) -> list[str]:
    """Which of the hidden words stand in ``text``, in any case or percent-encoded."""
    plain = f"{text}\n{unquote(text)}".lower()
    return [word for word in hidden if word.lower() in plain]


def test_no_log_line_and_no_error_shows_a_secret_or_a_person(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    clock = sandbox.clock
    assert isinstance(clock, WorldClock)
    config = write_config(tmp_path, sandbox, log_level="debug", log_format="json")
    said = [crmbridge("setup", "apply", "--yes", "--config", str(config), folder=tmp_path)]
    clients = (sandbox.hubspot_client(), sandbox.salesforce_client())
    visitors = sandbox.hubspot_client()
    acts: dict[datetime, Any] = {}

    def refuse(rule: dict[str, Any], path: str) -> None:
        forget()
        for client in clients:
            client.sim("faults", {"action": "status", "path": path, **rule})

    def forget() -> None:
        for client in clients:
            client.sim("faults", method="DELETE")

    def meet(rule: dict[str, Any]) -> None:
        """Something to be written, and the refusal of it."""
        for email in PEOPLE:
            visitors.sim("visitor/form", {"email": email, "form": "Request a demo"})
        everything = rule["status"] == 503
        refuse({**rule, "times": 2}, _EVERYTHING if everything else _WRITES)

    for number, rule in enumerate(_REFUSALS):
        at = START + timedelta(minutes=6 + 11 * number)
        acts[at] = lambda rule=rule: meet(rule)
        acts[at + timedelta(minutes=6)] = forget
    life = Life(sandbox, config)
    life.live(START + timedelta(minutes=65), acts)
    log = (tmp_path / "daemon.log").read_text()
    # What passes by itself is tried again for a while, which takes real time.
    for rule, words in zip(_REFUSALS[1:4], (("once",), ("setup", "show"), ("plan",)), strict=True):
        refuse({**rule, "times": None}, _EVERYTHING)
        said.append(crmbridge(*words, "--config", str(config), folder=tmp_path))
    forget()

    # It met refusals of every kind, and yet worked.
    assert "warning" in log
    assert len(said) - 1 == sum(each.returncode != 0 for each in said)
    kept = sqlite3.connect(f"file:{tmp_path / 'bridge.db'}?mode=ro", uri=True)
    assert 2 == kept.execute("SELECT COUNT(DISTINCT uid) FROM links").fetchone()[0]
    kept.close()
    hidden = secrets(sandbox) + personal()
    assert [] == shown(log, hidden)
    for each in said:
        assert [] == shown(each.stderr, hidden), each.args
        assert [] == shown(each.stdout, secrets(sandbox)), each.args
        assert "Traceback" not in each.stderr


def test_no_address_of_a_request_shows_a_secret_or_a_person(
    sandbox: Sandbox, overheard: Overheard, tmp_path: Path
) -> None:
    config = str(write_config(tmp_path, sandbox))
    visitors = sandbox.hubspot_client()
    crmbridge("setup", "apply", "--yes", "--config", config, folder=tmp_path)
    report: dict[str, Any] = {}
    for _ in range(2):
        for email in PEOPLE:
            visitors.sim("visitor/form", {"email": email, "form": "Request a demo"})
        sandbox.clock.set(sandbox.clock.now() + timedelta(minutes=20))
        done = crmbridge("once", "--json", "--config", config, folder=tmp_path)
        report = json.loads(done.stdout)

    assert report["cycle"] == 2
    assert len(overheard.lines) > 30
    assert any("salesforce" not in line and "/crm/" in line for line in overheard.lines)
    assert any("/services/data" in line for line in overheard.lines)
    assert [] == shown("\n".join(overheard.lines), secrets(sandbox) + personal())
