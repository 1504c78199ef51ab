"""The day's calls: kept, foreseen, said in time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from company import START, Company, company
from structlog.testing import capture_logs

from crmbridge.cli.budget import budget
from crmbridge.core.model import Side


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Nobody, and an hour of quiet cycles."""
    with company(tmp_path) as made:
        hours(made, 1)
        yield made


def hours(people: Company, count: float) -> None:
    for _ in range(int(count * 12)):
        people.cycle(5)


def say(people: Company, folder: Path, *more: str, code: int = 0) -> str:
    """What the command says; its clock is the wall's, so the day has long turned."""
    options = ["--store", str(folder / "bridge.db"), *more]
    result = CliRunner().invoke(budget, options)
    assert code == result.exit_code, result.output
    return result.output


@pytest.fixture(autouse=True)
def virtual_time(people: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crmbridge.app.make_clock", lambda settings: people.clock)


def test_what_the_crms_told_is_kept_and_printed(people: Company, tmp_path: Path) -> None:
    found = {
        row["system"]: row for row in map(json.loads, say(people, tmp_path, "--json").splitlines())
    }
    assert {"hubspot", "salesforce"} == found.keys()
    org, portal = found["salesforce"], found["hubspot"]
    world = people.sandbox.salesforce_world
    assert (world.usage.maximum, True, None) == (org["limit"], org["rolling"], org["resets_at"])
    assert 0 <= world.usage.used(people.clock.now()) - org["used"] <= 1
    assert people.sandbox.hubspot_world.limits.daily_limit == portal["limit"]
    turns = datetime.fromisoformat(portal["resets_at"])
    assert START < turns <= people.clock.now() + timedelta(hours=24)
    # Two searches a cycle, twelve cycles an hour, and the slow streams.
    assert 24 <= portal["per_hour"] <= 100
    assert portal["runs_out_at"] is None
    assert "calls used, 10% left to others, the day turns" in say(people, tmp_path)


def test_a_day_that_will_not_last_is_said_once_a_day_and_by_the_exit_code(
    people: Company, tmp_path: Path
) -> None:
    usage = people.sandbox.salesforce_world.usage
    usage.maximum = usage.used(people.clock.now()) * 2
    with capture_logs() as logs:
        hours(people, 1)
    warnings = [each for each in logs if each["event"] == "budget_runs_out"]
    assert ["salesforce"] == [each["system"] for each in warnings]
    end = datetime.strptime(warnings[0]["at"], "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    assert people.clock.now() < end + timedelta(hours=1)
    told = say(people, tmp_path, code=2)
    assert "salesforce: " in told
    assert "UTC at this pace" in told
    assert "calls come back a day after they were made" in told
    assert 'runs_out_at": "2026-06-09' in say(people, tmp_path, "--json", code=2)


def test_before_anything_was_told_it_says_so(people: Company, tmp_path: Path) -> None:
    with people.bridge.store.transaction() as tx:
        tx._connection.exec_driver_sql("DELETE FROM allowances")
    assert "No CRM has told yet" in say(people, tmp_path)


def test_asking_what_is_known_makes_no_call(people: Company) -> None:
    for side in Side:
        connector = people.bridge.connectors[side]
        before = connector.calls
        assert connector.budget is not None
        assert before == connector.calls
