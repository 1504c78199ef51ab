"""What monitors get, over real HTTP."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from crmbridge.errors import ConfigError
from crmbridge.operation.metrics import Metrics, exposition
from crmbridge.operation.server import Observed, OperationServer
from crmbridge.operation.survey import Surveyor
from crmbridge.operation.view import Role, View
from crmbridge.store import Store

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)


class Process:
    """What a daemon would be, without the cycles."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.view = View(role=Role.STARTING, interval=timedelta(minutes=1))
        self.metrics = Metrics(lambda: self.view, lambda: NOON)

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> OperationServer:
        return OperationServer((host, port), {"crmbridge": self.observed})

    @property
    def observed(self) -> Observed:
        return Observed(
            view=lambda: self.view,
            now=lambda: NOON,
            metrics=self.metrics,
            store=self.store,
        )


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    with Store.open(tmp_path / "bridge.db") as store:
        yield Process(store)


def get(server: OperationServer, path: str, **headers: str) -> tuple[int, str, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def ready(server: OperationServer) -> tuple[int, Any]:
    status, _, body = get(server, "/readyz")
    return status, json.loads(body)


def test_ready_follows_what_the_process_does(process: Process) -> None:
    with process.serve() as server:
        assert (503, ["it is starting"]) == (ready(server)[0], ready(server)[1]["reasons"])
        process.view = replace(process.view, role=Role.STANDBY)
        assert (200, {"ready": True, "role": "standby", "reasons": []}) == ready(server)
        process.view = replace(process.view, role=Role.LEADER, finished_at=NOON)
        assert (200, {"ready": True, "role": "leader", "reasons": []}) == ready(server)


def test_a_store_that_cannot_be_read_is_told(process: Process, tmp_path: Path) -> None:
    process.view = replace(process.view, role=Role.STANDBY)
    with process.serve() as server:
        process.store.close()
        (tmp_path / "bridge.db").write_bytes(b"no database at all" * 100)
        for rest in ("-wal", "-shm"):
            (tmp_path / f"bridge.db{rest}").unlink(missing_ok=True)
        status, body = ready(server)
        assert 503 == status
        (reason,) = body["reasons"]
        assert "file is not a database; restore a backup" in reason
        assert 200 == get(server, "/healthz")[0]


def test_metrics_are_prometheus_text_in_the_form_that_is_asked_for(process: Process) -> None:
    process.view = replace(
        process.view,
        role=Role.LEADER,
        finished_at=NOON - timedelta(seconds=30),
        last_steps={"poll": 0.5},
        survey=Surveyor(process.store).look(NOON),
        systems=("hubspot", "salesforce"),
    )
    with process.serve() as server:
        status, kind, text = get(server, "/metrics")
        assert (200, True) == (status, kind.startswith("text/plain"))
        found = {family.name for family in text_string_to_metric_families(text)}
        assert all(name.startswith("crmbridge_") for name in found)
        assert 'crmbridge_last_cycle_age_seconds{bridge="crmbridge"} 30.0' in text
        assert "_created" not in text
        wanted = "application/openmetrics-text; version=1.0.0"
        _, kind, text = get(server, "/metrics", Accept=wanted)
        assert kind.startswith("application/openmetrics-text")
        assert text.endswith("# EOF\n")


def test_the_guide_names_every_metric(process: Process) -> None:
    """Operators look them up there; one that is gone must not be promised."""
    process.view = replace(
        process.view,
        role=Role.LEADER,
        finished_at=NOON,
        survey=Surveyor(process.store).look(NOON),
    )
    text = exposition({"": process.metrics}, "")[0].decode()
    names = {family.name for family in text_string_to_metric_families(text)}
    counters = {
        family.name for family in text_string_to_metric_families(text) if family.type == "counter"
    }
    guide = (Path(__file__).parents[3] / "docs" / "operating.md").read_text(encoding="utf-8")
    for name in names:
        shown = name.removeprefix("crmbridge_") + ("_total" if name in counters else "")
        shown = "cycle_step_seconds_sum" if shown == "cycle_step_seconds" else shown
        assert f"`{shown}`" in guide, shown


def test_other_paths_and_methods_are_refused(process: Process) -> None:
    with process.serve() as server:
        assert 404 == get(server, "/")[0]
        assert 404 == get(server, "/metrics/../etc/passwd")[0]
        url = f"http://127.0.0.1:{server.port}/metrics"
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url, data=b"x", timeout=5)
        with caught.value as error:
            assert 405 == error.code


def test_the_port_is_free_again_afterwards_and_a_taken_one_is_refused(process: Process) -> None:
    with process.serve() as server:
        port = server.port
        with pytest.raises(ConfigError, match=r"operation\.listen: .* cannot be used"):
            process.serve(port=port)
    with process.serve(port=port) as again:
        assert 200 == get(again, "/healthz")[0]


def test_a_host_that_is_not_ours_is_refused(process: Process) -> None:
    with pytest.raises(ConfigError, match=r"operation\.listen: 192\.0\.2\.1:0 cannot be used"):
        process.serve(host="192.0.2.1")
    with pytest.raises(ConfigError, match=r"nowhere\.invalid is no address"):
        process.serve(host="nowhere.invalid")


def test_many_who_hold_their_connection_open_do_not_stop_the_end(process: Process) -> None:
    with process.serve() as server:
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
        for each in held:
            each.sendall(b"GET /healthz HTTP/1.1\r\n")
        assert 200 == get(server, "/healthz")[0]
    for each in held:
        each.close()
