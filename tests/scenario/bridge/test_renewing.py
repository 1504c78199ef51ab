"""Settings and rule book that change while the daemon runs, in virtual time."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from daemon_process import write_config
from structlog.testing import capture_logs

from crmbridge.app import open_bridge, open_store
from crmbridge.clock import WorldClock
from crmbridge.core.alerting import AlertKind
from crmbridge.core.model import Side
from crmbridge.engine.cycle import Bridge
from crmbridge.engine.daemon import Daemon
from crmbridge.operation.watch import Watch
from crmbridge.renewing import Renewer
from crmbridge.rulebook.locating import packaged
from crmbridge.rulebook.signing import DEPARTMENTS, sign
from crmbridge.sandbox import Sandbox
from crmbridge.settings import load_settings

START = datetime(2026, 6, 9, 7, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(WorldClock(START), rate_limits=False) as running:
        yield running


class Place:
    """A daemon whose settings and rule book lie in files."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.rules = folder / "rules"
        shutil.copytree(packaged(), self.rules)
        self.config = write_config(folder, sandbox, rules=str(self.rules))
        self.daemon: Daemon

    def set(self, **changes: Any) -> None:
        data = {**yaml.safe_load(self.config.read_text()), **changes}
        self.config.write_text(yaml.safe_dump(data))

    @contextmanager
    def running(self) -> Iterator[None]:
        settings = load_settings(self.config)
        clock = self.sandbox.clock
        with (
            open_store(settings) as store,
            open_bridge(settings, store=store) as bridge,
        ):
            self.watch = Watch(store, clock, settings)
            with self.watch.leading(bridge, settings):
                renewer = Renewer(
                    lambda: load_settings(self.config), self.config, settings, store, self.watch
                )
                minute = timedelta(minutes=1)
                self.daemon = Daemon(bridge, clock, minute, watcher=self.watch, renewal=renewer)
                with closing(renewer):
                    yield

    def turn(self, minutes: float = 1) -> None:
        self.sandbox.clock.advance(minutes * 60)
        self.daemon._look_for_news(self.sandbox.clock.now())
        self.daemon._run_once(None)

    @property
    def bridge(self) -> Bridge:
        return self.daemon._course.bridge

    def told(self) -> list[str]:
        """What of the changed settings is not used, as the open alert says it."""
        found = [each.trouble for each in self.watch.view.alerts]
        return [each.text for each in found if each.kind is AlertKind.SETTINGS]

    def new_version(self, folder: Path, version: str, day: date | None = None) -> None:
        """Another version of the rule book, signed."""
        path = folder / "standard.yaml"
        lines = [
            f'version: "{version}"'
            if line.startswith("version:")
            else f"in_force_from: {day}"
            if day and line.startswith("in_force_from:")
            else line
            for line in path.read_text().splitlines()
        ]
        path.write_text("\n".join(lines) + "\n")
        for department in DEPARTMENTS:
            sign(folder, department, "Kim Doe", date(2026, 6, 1))


@pytest.fixture
def place(sandbox: Sandbox, tmp_path: Path) -> Iterator[Place]:
    made = Place(sandbox, tmp_path)
    with made.running():
        made.turn()
        yield made


def test_where_nothing_changed_the_bridge_stays_the_same(place: Place) -> None:
    before = place.bridge
    for _ in range(3):
        place.turn()
    assert before is place.bridge
    place.daemon.renew()
    place.turn()
    assert before is not place.bridge, "somebody asked"
    assert [] == place.told()


def test_a_version_whose_day_has_not_come_takes_over_on_that_day(place: Place) -> None:
    old = place.bridge.rules.version
    day = (place.sandbox.clock.now() + timedelta(days=2)).date()
    place.new_version(place.rules, "2026.7", day)
    place.turn()
    for _ in range(3):
        place.turn(minutes=12 * 60)
        assert old == place.bridge.rules.version
        (text,) = place.told()
        assert text.startswith(f"rule book: version 2026.7 is in force from {day}; version {old}")
    place.turn(minutes=24 * 60)
    assert "2026.7" == place.bridge.rules.version
    assert [] == place.told()


def test_new_settings_are_used_although_the_rule_book_cannot_be(place: Place) -> None:
    old = place.bridge.rules
    (place.rules / "scoring.yaml").write_text("fit: [\n")
    place.set(slow_interval=7200)
    place.turn()
    assert (old, timedelta(hours=2)) == (place.bridge.rules, place.bridge.slow_interval)
    (text,) = place.told()
    assert "scoring.yaml:" in text


def test_a_broken_candidate_keeps_the_one_that_is_followed(place: Place) -> None:
    following = place.folder / "next"
    shutil.copytree(packaged(), following)
    place.set(shadow_rules=str(following))
    place.turn()
    candidate = place.bridge.candidate
    assert candidate is not None
    (following / "sla.yaml").unlink()
    place.turn()
    assert candidate is place.bridge.candidate
    (text,) = place.told()
    assert text.startswith("shadow_rules: ")
    assert "sla.yaml" in text
    shutil.rmtree(following)
    place.set(shadow_rules=None)
    place.turn()
    assert [] == place.told()
    assert place.bridge.candidate is None


def test_what_cannot_be_proved_now_is_tried_again_before_the_next_cycle(place: Place) -> None:
    before = place.bridge
    place.sandbox.salesforce_client().sim(
        "faults", {"action": "status", "status": 503, "token": "integration", "times": 1}
    )
    place.set(slow_interval=1800)
    with capture_logs() as logs:
        place.turn()
        assert before is place.bridge
        place.turn()
    assert timedelta(minutes=30) == place.bridge.slow_interval
    assert 1 == sum(each["event"] == "reload_put_off" for each in logs)
    assert [] == place.told()


def test_a_wrong_address_is_mended_without_a_restart(sandbox: Sandbox, tmp_path: Path) -> None:
    place = Place(sandbox, tmp_path)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}"
    right = yaml.safe_load(place.config.read_text())["salesforce"]
    place.set(salesforce={**right, "base_url": nowhere})
    with place.running():
        for _ in range(8):
            place.turn()
        assert place.bridge.connectors[Side.SALES].breaker.outage is not None
        assert place.watch.view.finished_at is None
        place.set(salesforce=right)
        place.turn()
        assert place.watch.view.finished_at is not None
        assert 0 == place.watch.view.failures
        assert () == place.watch.view.alerts


def test_another_account_is_refused_and_nothing_of_it_is_used(place: Place) -> None:
    before = place.bridge
    place.sandbox.hubspot_world.portal_id, known = 999, place.sandbox.hubspot_world.portal_id
    place.set(slow_interval=1800)
    place.turn()
    place.sandbox.hubspot_world.portal_id = known
    assert before is place.bridge
    (text,) = place.told()
    assert "not 999" in text
