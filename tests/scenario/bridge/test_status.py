"""One screen about the bridge, and the exit code by how bad it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from company import Company, company
from watched import watched

from crmbridge.cli.alerts import alerts
from crmbridge.cli.status import status
from crmbridge.engine.pausing import pause, resume
from crmbridge.errors import ConfigError
from crmbridge.store.patience import NoRival


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    with company(tmp_path) as made:
        monkeypatch.setattr("crmbridge.app.make_clock", lambda settings: made.clock)
        yield made


def screen(folder: Path, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(status, ["--store", str(folder / "bridge.db"), *more])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


def line(text: str, topic: str) -> str:
    (found,) = [each for each in text.splitlines() if each[2:].startswith(topic)]
    return found


@contextmanager
def led(people: Company, folder: Path, **more: Any) -> Iterator[Any]:
    """A daemon that holds the store."""
    with people.bridge.store.lease("run", NoRival("")), watched(people, folder, **more) as made:
        made.turn()
        yield made


def test_nobody_at_work_is_broken_although_the_last_cycle_was_fine(
    people: Company, tmp_path: Path
) -> None:
    code, text = screen(tmp_path)
    assert 3 == code
    assert "✗ Daemon" in text
    assert "number 1, 0 s ago" in line(text, "Last cycle"), "`crmbridge once` is seen, too"


def test_what_works_is_fine_and_what_waits_is_shown(people: Company, tmp_path: Path) -> None:
    with led(people, tmp_path) as daemon:
        code, text = screen(tmp_path)
        assert 0 == code, text
        people.contact("ada@northwind.example")
        daemon.turns(2)
        told = json.loads(screen(tmp_path, "--json")[1])
    assert "took 0." in line(text, "Last cycle")
    assert {"LEAD": 1, "MQL": 0} == {each: told["people"][each] for each in ("LEAD", "MQL")}
    assert ("fine", 0, []) == (told["severity"], told["reviews"], told["alerts"])
    assert {"poll", "decide"} <= told["last_cycle"]["steps"].keys()
    assert "northwind" not in json.dumps(told)


def test_what_somebody_should_look_at_is_exit_code_two(people: Company, tmp_path: Path) -> None:
    with led(people, tmp_path) as daemon:
        now = people.clock.now()
        with people.bridge.store.transaction() as tx:
            pause(tx, "hubspot", "Kim", now)
        code, text = screen(tmp_path)
        assert (2, "! Paused") == (code, line(text, "Paused")[:8])
        with people.bridge.store.transaction() as tx:
            resume(tx, "hubspot", None, "Kim", now)
        rules = people.bridge.rules
        people.bridge.rules = replace(rules, in_force_from=now + timedelta(days=1))
        daemon.turn()
        code, text = screen(tmp_path)
        assert 2 == code
        assert "in shadow, nothing is written" in line(text, "Last cycle")
        people.bridge.rules = rules
        daemon.turn()
        assert 0 == screen(tmp_path)[0]


def test_an_outage_and_a_late_cycle_are_broken(people: Company, tmp_path: Path) -> None:
    with led(people, tmp_path) as daemon:
        fault = {"action": "status", "status": 503, "token": "integration", "times": 1000}
        people.org.sim("faults", fault)
        daemon.turns(3)
        code, text = screen(tmp_path)
        assert 3 == code
        assert "does not answer since" in line(text, "salesforce   ")
        assert "3 failed since: " in line(text, "Last cycle")
        listed = CliRunner().invoke(alerts, ["list", "--store", str(tmp_path / "bridge.db")])
        assert "salesforce does not answer" in listed.output
        as_json = CliRunner().invoke(
            alerts, ["list", "--store", str(tmp_path / "bridge.db"), "--json"]
        )
        assert ("outage", "salesforce") == tuple(
            json.loads(as_json.output)[each] for each in ("kind", "subject")
        )
        people.clock.advance(3600)
        assert "one is due every 60 s" in line(screen(tmp_path)[1], "Last cycle")


def test_a_test_message_needs_somebody_to_send_it_to(people: Company, tmp_path: Path) -> None:
    result = CliRunner().invoke(alerts, ["test", "--store", str(tmp_path / "bridge.db")])
    assert isinstance(result.exception, ConfigError)
    assert "no webhook" in str(result.exception)
