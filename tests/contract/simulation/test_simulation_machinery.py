"""The machinery both simulators share, over real HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import trustme
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crmbridge.clock import WorldClock
from crmbridge.simulation import CallCounter, FaultInjector, SimulatorServer, wrap

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Counting:
    """A tiny API whose POST changes state, so that lost answers can be told from lost work."""

    base_url: str = ""
    processed: list[str] = field(default_factory=list)
    clock: WorldClock = field(default_factory=lambda: WorldClock(START))
    faults: FaultInjector = field(default_factory=FaultInjector)
    calls: CallCounter = field(default_factory=CallCounter)

    def app(self) -> Any:
        async def work(request: Request) -> Response:
            await request.body()
            self.processed.append(request.path_params["name"])
            return JSONResponse({"done": len(self.processed)})

        return wrap(
            Starlette(routes=[Route("/work/{name}", work, methods=["GET", "POST"])]),
            clock=self.clock,
            faults=self.faults,
            calls=self.calls,
            token_label=lambda headers: headers.get("x-who", "nobody"),
        )

    def sim(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, f"{self.base_url}/__sim__/{path}", json=body, timeout=10)

    def arm(self, **rule: Any) -> str:
        answer = self.sim("POST", "faults", rule)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def post(self, name: str, who: str = "me") -> requests.Response:
        url = f"{self.base_url}/work/{name}"
        return requests.post(url, headers={"x-who": who}, timeout=10)

    def until_holding(self, fault_id: str) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for fault in self.sim("GET", "faults").json()["faults"]:
                if fault["id"] == fault_id and fault["holding"]:
                    return
        raise AssertionError("nothing was held")


@pytest.fixture(scope="module")
def served() -> Iterator[Counting]:
    counting = Counting()
    with SimulatorServer(counting.app()) as server:
        counting.base_url = server.base_url
        yield counting


@pytest.fixture
def api(served: Counting) -> Iterator[Counting]:
    served.processed.clear()
    served.calls.reset()
    yield served
    served.faults.clear()


def test_clock_moves_forward_only_and_dates_every_answer(api: Counting) -> None:
    before = datetime.fromisoformat(api.sim("GET", "clock").json()["now"])
    moved = api.sim("POST", "clock", {"advance_seconds": 90}).json()
    assert (datetime.fromisoformat(moved["now"]) - before).total_seconds() == 90
    assert api.sim("POST", "clock", {"now": before.isoformat()}).status_code == 409
    assert api.sim("POST", "clock", {"advance_seconds": -1}).status_code == 409
    assert api.sim("POST", "clock", {"now": "yesterday"}).status_code == 400
    answer = api.post("x")
    expected = datetime.fromisoformat(moved["now"]).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert answer.headers["Date"] == expected
    assert "server" not in answer.headers


def test_a_waiting_daemon_can_be_seen(api: Counting) -> None:
    until = "2026-03-09T09:00:00+00:00"
    announced = api.sim("POST", "clock", {"waiting_until": until}).json()
    assert announced["waiting_until"] == until
    cleared = api.sim("POST", "clock", {"waiting_until": None}).json()
    assert cleared["waiting_until"] is None


def test_calls_are_counted_by_token_and_route_template_without_admin_calls(api: Counting) -> None:
    api.post("17", who="a")
    api.post("18", who="a")
    api.post("x@y.example", who="b")
    assert api.sim("GET", "calls").json() == {
        "total": 3,
        "by_token": {"a": 2, "b": 1},
        "by_route": {"POST /work/{id}": 3},
    }
    assert api.sim("POST", "calls/reset").json()["total"] == 0


def test_status_fault_answers_as_told_skips_first_and_expires(api: Counting) -> None:
    api.arm(
        action="status",
        path="^/work/",
        method="POST",
        token="me",
        skip=1,
        times=1,
        status=429,
        body={"category": "RATE_LIMITS"},
        headers={"Retry-After": "3"},
    )
    assert api.post("other", who="you").status_code == 200
    assert api.post("first").status_code == 200
    struck = api.post("second")
    assert (struck.status_code, struck.json()) == (429, {"category": "RATE_LIMITS"})
    assert struck.headers["Retry-After"] == "3"
    assert api.post("third").status_code == 200
    assert api.processed == ["other", "first", "third"]


def test_html_body_of_a_fault_is_sent_as_html(api: Counting) -> None:
    api.arm(action="status", status=502, body="<html>bad gateway</html>")
    assert api.post("x").headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("action", "processed"), [("drop_before", []), ("drop_after", ["x"])])
def test_dropped_connection_gives_no_answer(
    api: Counting, action: str, processed: list[str]
) -> None:
    api.arm(action=action)
    with pytest.raises(requests.ConnectionError):
        api.post("x")
    assert api.processed == processed
    assert api.post("y").status_code == 200


def test_a_rule_can_ask_what_the_body_says(api: Counting) -> None:
    """What is read for that reaches the simulator all the same."""
    api.arm(action="status", status=500, says='"name": "A.a"', times=2)
    url = f"{api.base_url}/work/x"
    answers = [
        requests.post(url, json={"name": name}, timeout=10).status_code
        for name in ("Ada", "Ben", "Ava", "Ada")
    ]
    assert [500, 200, 500, 200] == answers
    assert 2 == len(api.processed)


@pytest.mark.parametrize("listening", [False, True])
def test_a_client_that_dies_while_it_speaks_has_said_nothing(
    api: Counting, caplog: pytest.LogCaptureFixture, *, listening: bool
) -> None:
    if listening:
        api.arm(action="status", says="never said")
    host, port = api.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as dying:
        dying.sendall(b"POST /work/x HTTP/1.1\r\nHost: me\r\nContent-Length: 100\r\n\r\n{")
        deadline = time.monotonic() + 10
        while not api.calls.total:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert api.post("y").status_code == 200
    assert ["y"] == api.processed
    assert [] == caplog.records


@pytest.mark.parametrize(("action", "processed"), [("hold_before", []), ("hold_after", ["x"])])
def test_held_request_waits_without_blocking_others_until_released(
    api: Counting, action: str, processed: list[str]
) -> None:
    fault = api.arm(action=action, path="/work/x")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(api.post, "x")
        api.until_holding(fault)
        assert api.processed == processed
        assert api.post("y").status_code == 200
        assert api.sim("POST", f"faults/{fault}/release").status_code == 204
        assert held.result().status_code == 200
    assert sorted(api.processed) == ["x", "y"]


def test_removing_all_faults_releases_holds(api: Counting) -> None:
    fault = api.arm(action="hold_before", path="/work/x")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(api.post, "x")
        api.until_holding(fault)
        assert api.sim("DELETE", "faults").status_code == 204
        assert held.result().status_code == 200
    assert api.sim("GET", "faults").json() == {"faults": []}
    assert api.sim("DELETE", f"faults/{fault}").status_code == 404


@pytest.mark.parametrize(
    "rule",
    [
        {"action": "explode"},
        {"action": "status", "path": "("},
        {"action": "status", "says": "("},
        {"action": "drop", "x": 1},
    ],
)
def test_senseless_fault_rules_are_refused(api: Counting, rule: dict[str, Any]) -> None:
    assert api.sim("POST", "faults", rule).status_code == 400


def test_stopping_cuts_held_requests_and_is_prompt() -> None:
    counting = Counting()
    with SimulatorServer(counting.app()) as server, ThreadPoolExecutor(1) as pool:
        counting.base_url = server.base_url
        fault = counting.arm(action="hold_before")
        held = pool.submit(counting.post, "x")
        counting.until_holding(fault)
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 2
        with pytest.raises(requests.ConnectionError):
            held.result()
    assert counting.processed == []
    assert f"simulator-{server.port}" not in {thread.name for thread in threading.enumerate()}


def test_serves_https_with_a_given_context(tmp_path: Any) -> None:
    import ssl

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with SimulatorServer(Counting().app(), ssl=context) as server:
        answer = requests.get(f"{server.base_url}/__sim__/health", verify=str(bundle), timeout=10)
    assert server.base_url.startswith("https://")
    assert answer.json() == {"ok": True}
