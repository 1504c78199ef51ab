"""Two bridges in one process: each between two CRMs of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from daemon_process import crmbridge, write_config
from monitor import free_port, get

from crmbridge.clock import WorldClock
from crmbridge.ordeal.process import environment
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.population import make_people
from crmbridge.sandbox.seeding import make_team, seed_people

pytestmark = pytest.mark.campaign

START = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
_PATIENCE = 120.0
"""Seconds of real time for anything that takes a few of them, on however busy a machine."""
NAMES = ("north", "south")


class Two:
    """Two companies, each with a settings file of its own, and the process that serves both."""

    def __init__(self, folder: Path, sandboxes: list[Sandbox]) -> None:
        self.folder = folder
        self.sandboxes = dict(zip(NAMES, sandboxes, strict=True))
        self.port = free_port()
        self.configs: dict[str, Path] = {}
        for name, sandbox in self.sandboxes.items():
            (folder / name).mkdir()
            more = {"operation": {"listen": f"127.0.0.1:{self.port}"}} if name == "north" else {}
            self.configs[name] = write_config(folder / name, sandbox, name=name, **more)
            done = crmbridge(
                "setup", "apply", "--yes", "--config", str(self.configs[name]), folder=folder
            )
            assert done.returncode == 0, done.stderr

    @property
    def options(self) -> list[str]:
        return [word for each in self.configs.values() for word in ("--config", str(each))]

    def start(self, *options: str) -> subprocess.Popen[str]:
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "crmbridge", "run", *self.options, *options],
                cwd=self.folder,
                env=environment(),
                stdout=log,
                stderr=log,
                text=True,
            )

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def until(self, happened: Callable[[], object]) -> None:
        give_up = time.monotonic() + _PATIENCE
        while not happened():
            assert time.monotonic() < give_up, self.log()
            time.sleep(0.02)

    def cycle(self, name: str) -> None:
        """Let the bridge of that name do its next cycle."""
        clock = self.sandboxes[name].clock
        self.until(lambda: clock.waiting_until is not None and clock.waiting_until > clock.now())
        assert clock.waiting_until is not None
        clock.set(clock.waiting_until)
        self.until(lambda: clock.waiting_until is not None and clock.waiting_until > clock.now())


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with ExitStack() as running:
        sandboxes = []
        for number, _ in enumerate(NAMES):
            sandbox = running.enter_context(Sandbox(WorldClock(START), rate_limits=False))
            seed_people(sandbox, make_people(6, 4 + number), make_team(sandbox))
            sandboxes.append(sandbox)
        yield Two(tmp_path, sandboxes)


def test_each_has_its_own_course_and_one_that_ends_leaves_the_other_at_work(two: Two) -> None:
    process = two.start()
    for name in NAMES:
        two.cycle(name)
    status, told = get(two.port, "/readyz")
    state = {"ready": True, "role": "leader", "reasons": []}
    assert (200, {"ready": True, "bridges": dict.fromkeys(NAMES, state)}) == (
        status,
        json.loads(told),
    )
    assert json.loads(get(two.port, "/healthz")[1])["roles"] == dict.fromkeys(NAMES, "leader")
    metrics = get(two.port, "/metrics")[1]
    for name in NAMES:
        assert f'crmbridge_leading{{bridge="{name}"}} 1.0' in metrics
        assert f'crmbridge_cycles_total{{bridge="{name}",outcome="finished"}}' in metrics
    assert 1 == metrics.count("# TYPE crmbridge_leading gauge")

    refused = {"error": "invalid_client_id", "error_description": "client identifier invalid"}
    for fault in (
        {"path": "/services/data", "status": 401, "body": [{"errorCode": "INVALID_SESSION_ID"}]},
        {"path": "oauth2/token", "status": 400, "body": refused},
    ):
        two.sandboxes["south"].salesforce_client("").sim(
            "faults", {"action": "status", "times": None, **fault}
        )
    clock = two.sandboxes["south"].clock
    assert clock.waiting_until is not None
    clock.set(clock.waiting_until)
    two.until(lambda: "bridge_ended" in two.log())

    (line,) = [line for line in two.log().splitlines() if "bridge_ended" in line]
    assert "bridge=south" in line
    assert "salesforce.client_id" in line
    status, told = get(two.port, "/readyz")
    assert 503 == status
    states = json.loads(told)["bridges"]
    assert (True, False) == (states["north"]["ready"], states["south"]["ready"])
    assert "ended" == states["south"]["role"]
    # Nobody else is kept from it any more.
    alone = crmbridge("once", "--config", str(two.configs["south"]), folder=two.folder)
    assert alone.stderr.splitlines()[-1].startswith("crmbridge: salesforce.client_id")
    two.cycle("north")
    process.send_signal(signal.SIGTERM)
    assert 1 == process.wait(_PATIENCE)
    assert two.log().splitlines()[-1].startswith("crmbridge: salesforce.client_id")
    assert "Traceback" not in two.log()


def test_a_standby_takes_over_both_and_ends_when_it_is_told(two: Two) -> None:
    first = two.start()
    for name in NAMES:
        two.cycle(name)
    north = two.configs["north"]
    text = north.read_text()
    north.write_text(text.replace(str(two.port), str(two.port + 1)))
    second, third = two.start("--standby"), None
    try:
        two.until(lambda: two.log().count("standing_by") == len(NAMES))
        first.send_signal(signal.SIGTERM)
        assert 0 == first.wait(_PATIENCE)
        two.until(lambda: two.log().count("lease_taken") == len(NAMES))
        third = two.start()
        assert 1 == third.wait(_PATIENCE)
        assert "the store is in use by crmbridge run" in two.log().splitlines()[-1]
        second.send_signal(signal.SIGTERM)
        assert 0 == second.wait(_PATIENCE)
    finally:
        for each in (first, second, third):
            if each is not None and each.poll() is None:
                each.kill()


def test_who_stands_by_ends_at_once_when_told(two: Two) -> None:
    first = two.start()
    for name in NAMES:
        two.cycle(name)
    north = two.configs["north"]
    north.write_text(north.read_text().replace(str(two.port), str(two.port + 1)))
    second = two.start("--standby")
    two.until(lambda: two.log().count("standing_by") == len(NAMES))
    second.send_signal(signal.SIGTERM)
    assert 0 == second.wait(_PATIENCE)
    first.send_signal(signal.SIGTERM)
    assert 0 == first.wait(_PATIENCE)
    assert "Traceback" not in two.log()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "north"}, "name: two bridges of one process are called 'north'"),
        ({"store": "north/bridge.db"}, "store: north and south share "),
        ({"operation": {"listen": "127.0.0.1:1"}}, "operation.listen: one process answers at one"),
        ({"log_format": "json"}, "log_format: north and south differ"),
        ({"hubspot": "north"}, "hubspot: north and south have the same account and login"),
    ],
)
def test_bridges_that_get_into_each_others_way_are_refused(
    two: Two, changed: dict[str, object], told: str
) -> None:
    if "store" in changed:
        changed = {"store": str(two.folder / "south" / ".." / "north" / "bridge.db")}
    if "hubspot" in changed:
        changed = {"hubspot": two.sandboxes["north"].sections()["hubspot"]}
    write_config(two.folder / "south", two.sandboxes["south"], **{"name": "south", **changed})
    done = crmbridge("run", *two.options, folder=two.folder)
    assert 1 == done.returncode
    assert told in done.stderr
    assert 1 == len(done.stderr.splitlines())
