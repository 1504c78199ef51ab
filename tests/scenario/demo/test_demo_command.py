"""The commands a person runs after the demo, on what a small demo left behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crmbridge.cli.main import _COMMANDS, cli
from crmbridge.core.model import Stage
from crmbridge.core.operations import Outcome, Receipt
from crmbridge.store import open_existing


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a demo of five days with forty people was run."""
    place = tmp_path_factory.mktemp("small")
    result = invoke("demo", "--people", "40", "--days", "5", "--seed", "7", "--out", str(place))
    assert result.exit_code == 0, result.output
    assert "Where everyone stands" in result.output
    assert "Look further: crmbridge explain" in result.output
    return place


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), catch_exceptions=False)


@pytest.fixture
def store(folder: Path) -> str:
    return str(folder / "demo.db")


def test_the_report_has_every_number_that_was_promised(folder: Path) -> None:
    report = json.loads((folder / "demo-report.json").read_text())

    assert 40 == report["persons"]
    assert {stage.value for stage in Stage} == set(report["stages"])
    assert (0, 0) == (report["idle_writes"], report["parked"])
    assert {"met", "breached", "open"} <= set(report["sla"])


def test_the_same_seed_gives_the_same_numbers(folder: Path, tmp_path: Path) -> None:
    again = invoke(
        "demo", "--people", "40", "--days", "5", "--seed", "7", "--out", str(tmp_path), "--json"
    )
    first = json.loads((folder / "demo-report.json").read_text())
    second = json.loads(again.output)

    first.pop("wall_seconds")
    second.pop("wall_seconds")
    assert first == second


def test_explain_tells_why_by_address_id_and_record(store: str) -> None:
    with open_existing(Path(store)) as opened, opened.read() as tx:
        uid = tx.examples(1)[0]
        ref = tx.links(uid)[0]
        record = tx.record(ref)
    assert record is not None
    asked = (str(record.fields["email"]), uid, ref.id, str(ref))

    told = [invoke("explain", who, "--store", store).output for who in asked]

    assert 1 == len(set(told))
    assert all(word in told[0] for word in ("since", "Score", "Timeline:", "hubspot"))
    as_json = json.loads(invoke("explain", uid, "--store", store, "--json").output)
    assert uid == as_json["person"]
    assert as_json["timeline"]


def test_the_journal_is_printed_and_proved(store: str) -> None:
    lines = invoke("journal", "--store", store, "--limit", "20").output.splitlines()
    proved = invoke("journal", "--store", store, "--verify")
    objects = invoke("journal", "--store", store, "--json", "--after", "3", "--limit", "2").output

    assert 20 == len(lines)
    assert "are as they were written" in proved.output
    assert [4, 5] == [json.loads(line)["seq"] for line in objects.splitlines()]


def test_parked_writes_are_listed_and_taken_up_again(store: str) -> None:
    with open_existing(Path(store)) as opened, opened.transaction() as tx:
        row = tx.journal(limit=400)
        key = next(k for e in row for k in e.payload.get("operations", ()))  # type: ignore[attr-defined]
        tx.settle(
            Receipt(key=str(key), outcome=Outcome.PARKED, message="no", hint="fix it"), row[0].at
        )

    listed = invoke("parked", "list", "--store", store).output
    as_json = json.loads(invoke("parked", "list", "--store", store, "--json").output)
    retried = invoke("parked", "replay", "--store", store).output

    assert "fix it" in listed
    assert "no" == as_json["reason"]
    assert retried.startswith("1 refused writes")
    assert "0 refused writes" in invoke("parked", "list", "--store", store).output


def test_the_rule_book_is_checked_and_its_cases_run() -> None:
    assert "version 2026.1" in invoke("rules", "check").output
    assert "cases pass" in invoke("rules", "test", "-v").output


def test_help_names_every_command() -> None:
    shown = invoke("--help").output

    for name in _COMMANDS:
        assert f"  {name} " in shown
        assert 0 == invoke(name, "--help").exit_code
