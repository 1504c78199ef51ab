"""A real daemon under a monitor's eyes: endpoints, status, alerts, and settings read again."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner, Result
from daemon_process import Life, crmbridge, start_daemon, write_config
from monitor import free_port, get
from prometheus_client.parser import text_string_to_metric_families
from receivers import Hook, mail_server, webhook

from crmbridge.cli.alerts import alerts
from crmbridge.cli.status import status
from crmbridge.clock import WorldClock
from crmbridge.rulebook.locating import packaged
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.population import make_people
from crmbridge.sandbox.seeding import make_team, seed_people

pytestmark = pytest.mark.campaign

START = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
_PATIENCE = 120.0
"""Seconds of real time for anything that takes a few of them, on however busy a machine."""


def until(happened: Callable[[], object], told: Callable[[], object]) -> None:
    give_up = time.monotonic() + _PATIENCE
    while not happened():
        assert time.monotonic() < give_up, told()
        time.sleep(0.02)


class Place:
    """Two CRMs, a settings file, and who is told."""

    def __init__(self, sandbox: Sandbox, folder: Path, hook: Hook) -> None:
        self.sandbox, self.folder, self.hook = sandbox, folder, hook
        self.port = free_port()
        self.rules = folder / "rules"
        shutil.copytree(packaged(), self.rules)
        self.config = write_config(
            folder,
            sandbox,
            rules=str(self.rules),
            operation={"listen": f"127.0.0.1:{self.port}"},
            alerts={"webhooks": {"ops": {"url": hook.url}}},
        )

    def set(self, **changes: Any) -> None:
        data = {**yaml.safe_load(self.config.read_text()), **changes}
        self.config.write_text(yaml.safe_dump(data))

    def log(self, name: str = "daemon.log") -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return crmbridge(*command, "--config", str(self.config), folder=self.folder)

    def ask(self, command: click.Command, *words: str) -> Result:
        """A command that only looks needs no process of its own."""
        return CliRunner().invoke(command, [*words, "--config", str(self.config)])

    def logged(self, text: str, times: int = 1) -> None:
        until(lambda: self.log().count(text) >= times, self.log)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Two CRMs that are set up; time goes on in them from test to test."""
    with Sandbox(WorldClock(START), rate_limits=False) as running:
        seed_people(running, make_people(12, 4), make_team(running))
        folder = tmp_path_factory.mktemp("setup")
        config = write_config(folder, running)
        done = crmbridge("setup", "apply", "--yes", "--config", str(config), folder=folder)
        assert done.returncode == 0, done.stderr
        yield running


@pytest.fixture
def place(sandbox: Sandbox, tmp_path: Path) -> Iterator[Place]:
    """A new store beside them."""
    sandbox.clock.announce_waiting(None)
    with webhook() as hook:
        yield Place(sandbox, tmp_path, hook)


def test_monitors_are_answered_while_a_cycle_runs_and_learn_of_nobody(place: Place) -> None:
    life = Life(place.sandbox, place.config)
    wakes = life.wait_until_asleep()

    assert (200, {"status": "ok", "role": "leader"}) == plain(get(place.port, "/healthz"))
    ready = {"ready": True, "role": "leader", "reasons": []}
    assert (200, ready) == plain(get(place.port, "/readyz"))
    samples = scrape(place.port)
    assert 12.0 == sum(value for name, _, value in samples if name == "crmbridge_people")
    assert 1.0 == find(samples, "crmbridge_cycles_total", outcome="finished")
    assert 1.0 == find(samples, "crmbridge_leading")
    assert 0.0 == find(samples, "crmbridge_last_cycle_age_seconds")
    labels = {value for _, given, _ in samples for value in given.values()}
    assert labels <= {*re.findall(r"[\w.:-]+", " ".join(labels))}, "single words alone"
    for person in make_people(12, 4):
        assert not labels & {person.email, person.first_name, person.last_name}

    fine = place.ask(status)
    assert 0 == fine.exit_code, fine.stdout
    assert f"process {life.daemon.pid}" in fine.stdout
    told = json.loads(place.ask(status, "--json").stdout)
    assert ("fine", 12) == (told["severity"], sum(told["people"].values()))
    assert {"hubspot", "salesforce"} == told["crms"].keys()

    # HubSpot lets the next cycle wait, for half an hour of the world's time.
    client = place.sandbox.hubspot_client()
    client.sim("faults", {"path": "contacts/search", "action": "hold_before", "times": 1})
    place.sandbox.clock.set(wakes)
    until(
        lambda: any(each["holding"] for each in client.sim("faults", method="GET")["faults"]),
        place.log,
    )
    place.sandbox.clock.advance(1800)
    began = time.monotonic()
    code, body = plain(get(place.port, "/readyz"))
    scrape(place.port)
    assert 200 == get(place.port, "/healthz")[0]
    assert time.monotonic() - began < 2
    assert 503 == code
    assert ["the last cycle finished 35 minutes ago"] == body["reasons"]
    late = place.ask(status)
    assert 3 == late.exit_code
    assert "✗ Last cycle" in late.stdout
    client.sim("faults", method="DELETE")
    life.wait_until_asleep()
    assert 200 == get(place.port, "/readyz")[0]

    life.end()
    assert 0 == get(place.port, "/healthz")[0]
    ended = place.ask(status)
    assert 3 == ended.exit_code
    assert "✗ Daemon" in ended.stdout
    assert [] == place.hook.texts


def plain(answer: tuple[int, str]) -> tuple[int, Any]:
    return answer[0], json.loads(answer[1])


Sample = tuple[str, dict[str, str], float]


def scrape(port: int) -> list[Sample]:
    code, text = get(port, "/metrics")
    assert 200 == code
    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]


def find(samples: list[Sample], name: str, **labels: str) -> float:
    wanted = {"bridge": "crmbridge", **labels}
    (value,) = [value for each, given, value in samples if (each, given) == (name, wanted)]
    return value


def test_sighup_reads_the_rule_book_again_and_a_broken_one_keeps_the_old(place: Place) -> None:
    life = Life(place.sandbox, place.config)
    life.wait_until_asleep()
    standard = place.rules / "standard.yaml"
    good = standard.read_text()

    standard.write_text(good.replace("version:", "versoin:"))
    life.daemon.send_signal(signal.SIGHUP)
    (broken,) = place.hook.wait(1)
    assert "crmbridge: Changed settings are not used" in broken
    assert "standard.yaml:" in broken
    life.daemon.send_signal(signal.SIGHUP)
    cycle(place, life)
    assert 1 == len(place.hook.texts), "it is told once"

    # Without both signatures it is not in force, and does not take over from one that is.
    changed = re.sub(r"version: .*", 'version: "2026.9"', good, count=1)
    standard.write_text(changed)
    life.daemon.send_signal(signal.SIGHUP)
    place.logged("was changed after marketing signed it")
    assert "rule_book=2026.9" not in place.log()
    for department in ("marketing", "sales"):
        signed = crmbridge(
            *("rules", "sign", "--as", department, "--name", "Kim Doe"),
            *("--rules", str(place.rules)),
            folder=place.folder,
        )
        assert signed.returncode == 0, signed.stderr
    # Nobody says a word: a changed file is seen before the next cycle.
    cycle(place, life)
    place.logged("rule_book=2026.9")
    over = place.hook.wait(2)[1]
    assert "crmbridge: over: Changed settings are not used" in over
    cycle(place, life)
    life.end()
    assert "Traceback" not in place.log()
    assert 2 == len(place.hook.texts)


def cycle(place: Place, life: Life) -> None:
    place.sandbox.clock.set(life.wait_until_asleep())
    life.wait_until_asleep()


def test_sighup_reads_settings_and_secrets_again_and_wrong_ones_change_nothing(
    place: Place,
) -> None:
    life = Life(place.sandbox, place.config)
    life.wait_until_asleep()
    sections = place.sandbox.sections()

    place.set(hubspot={**sections["hubspot"], "token": "pat-na1-wrong-secret-token"})
    life.daemon.send_signal(signal.SIGHUP)
    (refused,) = place.hook.wait(1)
    assert "check hubspot.token" in refused
    cycle(place, life)
    assert 200 == get(place.port, "/readyz")[0], "the old token is used"

    marketer = place.sandbox.marketer_token
    place.set(hubspot={**sections["hubspot"], "token": marketer}, interval=900, lease=60)
    before = calls(place, "marketer")
    cycle(place, life)
    place.hook.wait(1)
    place.logged("settings_reloaded")
    place.logged("lease has changed: restart to use it")
    wakes = life.wait_until_asleep()
    assert 900 == (wakes - place.sandbox.clock.now()).total_seconds()
    assert calls(place, "marketer") > before, "the new token is used"
    assert 1.0 == find(scrape(place.port), "crmbridge_reloads_total", outcome="used")

    place.set(lease=30)
    life.daemon.send_signal(signal.SIGHUP)
    place.hook.wait(2)
    life.end()
    assert "pat-na1-wrong-secret-token" not in place.log() + "".join(place.hook.texts)
    assert "Traceback" not in place.log()


def calls(place: Place, token: str) -> int:
    told = place.sandbox.hubspot_client().sim("calls", method="GET")
    return int(told.get("by_token", {}).get(token, 0))


def test_a_refused_login_is_mailed_once_and_so_is_its_end(place: Place) -> None:
    with mail_server() as box:
        mail = {"host": "127.0.0.1", "port": box.port, "security": "none"}
        mail |= {"sender": "bridge@corp.example", "to": ["ops@corp.example"]}
        place.set(alerts={"email": mail})
        assert 0 == place.ask(alerts, "test").exit_code
        assert 0 == place.run("once").returncode
        right = yaml.safe_load(place.config.read_text())["salesforce"]
        place.set(salesforce={**right, "client_secret": "not-the-secret"})
        for _ in range(2):
            place.sandbox.clock.advance(300)
            assert 1 == start_daemon(place.config).wait(_PATIENCE)
        listed = place.ask(alerts, "list")
        place.set(salesforce=right)
        life = Life(place.sandbox, place.config)
        life.wait_until_asleep()
        life.end()
    subjects = [str(message["Subject"]) for _, message in box.mails]
    refused = "crmbridge: A login is refused"
    assert ["crmbridge: A test", refused, refused.replace(":", ": over:", 1)] == subjects
    assert "salesforce.client_" in listed.stdout
    assert "not-the-secret" not in listed.stdout + place.log()
    assert "No alert is open." in place.ask(alerts, "list").stdout


def test_a_rule_book_that_is_broken_at_the_start_is_told_once_and_so_is_its_end(
    place: Place,
) -> None:
    book = place.rules / "scoring.yaml"
    right = book.read_text()
    book.write_text(right + "colour: green\n")
    for _ in range(2):
        assert 1 == start_daemon(place.config).wait(_PATIENCE)
    told = list(place.hook.wait(1))
    book.write_text(right)
    life = Life(place.sandbox, place.config)
    life.wait_until_asleep()
    life.end()
    begun, over = place.hook.wait(2)
    assert [begun] == told
    assert "the daemon has ended" in begun
    assert "scoring.yaml" in begun
    assert "over" in over
    assert "Traceback" not in place.log()


def test_sighup_does_not_end_one_that_stands_by(place: Place) -> None:
    life = Life(place.sandbox, place.config)
    life.wait_until_asleep()
    place.set(operation={"listen": f"127.0.0.1:{free_port()}"})
    port = int(yaml.safe_load(place.config.read_text())["operation"]["listen"].split(":")[1])
    second = start_daemon(place.config, "--standby", log="second.log")
    until(lambda: "standing_by" in place.log("second.log"), lambda: place.log("second.log"))
    second.send_signal(signal.SIGHUP)
    until(lambda: "reload_not_needed" in place.log("second.log"), lambda: place.log("second.log"))
    assert second.poll() is None
    assert (200, "standby") == (get(port, "/readyz")[0], plain(get(port, "/readyz"))[1]["role"])
    assert 0.0 == find(scrape(port), "crmbridge_leading")
    assert f"standing by: run on {socket.gethostname()}, process {second.pid}" in (
        place.ask(status).stdout
    )
    second.send_signal(signal.SIGTERM)
    second.wait(_PATIENCE)
    life.end()


def test_a_port_that_is_taken_is_one_clear_line(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place.set(operation={"listen": f"127.0.0.1:{taken.getsockname()[1]}"})
        result = place.run("run")
    assert 1 == result.returncode
    (line,) = result.stderr.splitlines()
    assert line.startswith("crmbridge: operation.listen: 127.0.0.1:")
    assert "Address already in use" in line
