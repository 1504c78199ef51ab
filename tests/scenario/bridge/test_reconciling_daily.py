"""The daily comparison of both CRMs, its cost, and the command for it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner
from company import Company, company
from daemon_process import write_config
from populations import (
    ADA,
    CONTACTS,
    DAY,
    compare,
    counts,
    late_commit,
    lead,
    patch_contact,
    told,
    two_mqls,
)

from crmbridge.cli.reconcile import reconcile
from crmbridge.core.journal import JournalKind
from crmbridge.core.limits import Effect
from crmbridge.core.reconciling import Cause


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada and Bo are MQLs in both CRMs."""
    with two_mqls(tmp_path) as people:
        yield people


def test_once_a_day_the_daemon_compares_tells_the_journal_and_mends(people: Company) -> None:
    def entries() -> list[dict[str, Any]]:
        with people.bridge.store.read() as tx:
            return [
                dict(each.payload) for each in tx.journal() if each.kind is JournalKind.RECONCILED
            ]

    assert [] == entries()
    late_commit(people)
    people.cycle(20)
    with structlog.testing.capture_logs() as logs:
        people.cycle(DAY)
        people.cycle()
        people.cycle()
    (entry,) = entries()
    assert {"drift": 1} == entry["populations"]["MQL"]["differences"]
    assert {"hubspot": 2, "salesforce": 1} == entry["populations"]["MQL"]["shown"]
    (said,) = [each for each in logs if each["event"] == "reconciled"]
    assert ({"drift": 1}, 1) == (said["causes"], said["read_again"])
    with people.bridge.store.read() as tx:
        kept = tx.last_reconciliation()
    assert kept is not None
    assert 1 == kept.count(Cause.DRIFT)
    assert kept.needs_somebody
    assert ["MQL", "MQL"] == [
        row["CRMBridge_Stage__c"] for row in people.query("SELECT CRMBridge_Stage__c FROM Lead")
    ]


def test_a_crm_that_does_not_answer_puts_the_comparison_off(people: Company) -> None:
    fault = {"path": "memberships", "status": 503, "times": 4, "action": "status"}
    people.cycle(DAY - 60)
    people.visitors.sim("faults", {"token": "crmbridge", **fault})
    with structlog.testing.capture_logs() as logs:
        people.cycle(61)
        people.cycle()
    assert ["reconciling_put_off", "reconciled"] == [
        each["event"] for each in logs if each["event"].startswith("reconcil")
    ]


def test_a_crm_that_refuses_a_comparison_does_not_stop_the_daemon(people: Company) -> None:
    people.cycle(DAY - 60)
    fault = {"path": "contacts/search", "status": 400, "times": 1, "action": "status"}
    people.visitors.sim("faults", {"token": "crmbridge", **fault})
    with structlog.testing.capture_logs() as logs:
        people.cycle(61)
        people.cycle()
        people.cycle(DAY)
    assert ["reconciling_refused", "reconciled"] == [
        each["event"] for each in logs if each["event"].startswith("reconcil")
    ]


@contextmanager
def many(folder: Path, mqls: int, others: int) -> Iterator[Company]:
    """So many MQLs, and others beside them."""
    with company(folder) as people:
        rules = people.bridge.rules
        much = Effect(people=10_000, mqls=10_000, list_removals=10_000)
        people.bridge.rules = replace(
            rules, limits=replace(rules.limits, cycle=much, day=much, share=1.0)
        )
        emails = [f"p{n}@firm{n}.example" for n in range(mqls + others)]
        for start in range(0, len(emails), 100):
            inputs = [
                {
                    "properties": {
                        "email": email,
                        "lastname": "Doe",
                        "jobtitle": "VP Operations",
                        "industry": "Logistics",
                        "country": "Germany",
                    }
                }
                for email in emails[start : start + 100]
            ]
            answer = people.portal.post(f"{CONTACTS}/batch/create", {"inputs": inputs})
            assert answer.status_code == 201, answer.text
        people.cycle()
        for email in emails[:mqls]:
            people.form(email, "Request a demo")
        for _ in range(3):
            people.cycle()
        yield people


@pytest.mark.parametrize(("mqls", "others"), [(20, 0), (20, 230)])
def test_the_cost_follows_the_population_and_not_the_base(
    tmp_path: Path, mqls: int, others: int
) -> None:
    with many(tmp_path, mqls, others) as people:
        before = {each.name: each.calls for each in people.bridge.connectors.values()}
        found = compare(people)
        made = {
            each.name: each.calls - before[each.name] for each in people.bridge.connectors.values()
        }
        lists = len({track.list_name for track in people.bridge.rules.recycling.tracks.values()})
    assert (mqls, {"hubspot": mqls, "salesforce": mqls}, mqls) == counts(found, "MQL")
    assert [] == told(found)
    # HubSpot: the lists by name and the members of each; Salesforce: the schema.
    expected = {
        "hubspot": math.ceil(mqls / 200) + 1 + lists,
        "salesforce": math.ceil(mqls / 2000) + 1,
    }
    assert expected == made


def test_the_command_prints_a_table_and_each_difference_and_says_by_its_code_who_must_act(
    people: Company, tmp_path: Path
) -> None:
    config = str(write_config(tmp_path, people.sandbox))
    environment = {"COLUMNS": "120"}

    def run(*more: str) -> tuple[int, str]:
        result = CliRunner().invoke(reconcile, ["--config", config, *more], env=environment)
        return result.exit_code, result.stdout

    code, quiet = run()
    assert 0 == code
    assert "Both CRMs show the people whom the lead standard says." in quiet
    patch_contact(people, ADA, crmbridge_stage="LEAD")
    people.clock.advance(5)
    code, passing = run()
    assert 0 == code
    assert "1 edited by hand" in passing
    people.cycle()
    late_commit(people)
    people.cycle(20)
    code, text = run()
    assert 2 == code
    identity = lead(people, ADA)
    assert f"(salesforce:lead:{identity}) is not shown" in text
    assert "northwind" not in text
    code, data = run("--json")
    assert 2 == code
    answer = json.loads(data)
    assert ["drift"] == [each["cause"] for each in answer["differences"]]
    (mql,) = [each for each in answer["populations"] if each["population"] == "MQL"]
    assert (2, {"hubspot": 2, "salesforce": 1}, 1) == (
        mql["lead_standard"],
        mql["shown"],
        mql["in_all"],
    )
    code, short = run("--limit", "0")
    assert "... and 1 more (--limit)" in short


def test_the_command_needs_a_store_that_is_there(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        config = write_config(tmp_path, people.sandbox, store=str(tmp_path / "other.db"))
        result = CliRunner().invoke(reconcile, ["--config", str(config)])
    assert 1 == result.exit_code
    assert "run `crmbridge once` first" in str(result.exception)
