"""Nothing is written while an operator says so, and nothing stale afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from company import Company, company
from drill import ADA, BO

from crmbridge.cli.pause import pause, resume
from crmbridge.core.journal import JournalKind
from crmbridge.errors import ConfigError


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada is known, and nothing else has happened."""
    with company(tmp_path) as made:
        made.contact(ADA)
        made.cycle()
        yield made


def stop(folder: Path, *more: str) -> str:
    return _say(pause, folder, *more)


def go_on(folder: Path, *more: str) -> str:
    return _say(resume, folder, *more)


def _say(command: object, folder: Path, *more: str) -> str:
    options = ["--store", str(folder / "bridge.db"), "--as", "Olga", *more]
    result = CliRunner().invoke(command, options)  # type: ignore[arg-type] # a click command
    if isinstance(result.exception, ConfigError):
        raise result.exception
    assert 0 == result.exit_code, result.output
    return result.output


def shown(people: Company, email: str = ADA) -> str | None:
    answer = people.portal.get(
        f"/crm/v3/objects/contacts/{email}", idProperty="email", properties="crmbridge_stage"
    )
    return str(answer.json()["properties"]["crmbridge_stage"])


def leads(people: Company) -> int:
    return len(people.query("SELECT Id FROM Lead"))


def test_while_everything_is_paused_the_bridge_reads_and_decides_and_writes_nothing(
    people: Company, tmp_path: Path
) -> None:
    assert "into either CRM any more" in stop(tmp_path)
    assert "as before" in stop(tmp_path)
    people.form(ADA, "Request a demo")
    reports = [people.cycle() for _ in range(3)]
    assert ("all",) == reports[-1].paused
    assert 0 == sum(sum(each.writes.values()) for each in reports)
    assert ({"MQL": 1}, "LEAD", 0) == (people.stages(), shown(people), leads(people))
    assert "1 people are decided about anew" in go_on(tmp_path)
    for _ in range(2):
        report = people.cycle()
    assert () == report.paused
    assert ("MQL", 1) == (shown(people), leads(people))
    assert "Nothing of that was paused." in go_on(tmp_path)
    with people.bridge.store.read() as tx:
        told = [
            (each.kind, each.payload["by"], each.payload["scope"])
            for each in tx.journal()
            if each.kind in (JournalKind.PAUSED, JournalKind.RESUMED)
        ]
    assert [(JournalKind.PAUSED, "Olga", "all"), (JournalKind.RESUMED, "Olga", "all")] == told


def test_one_crm_is_paused_and_the_other_is_not(people: Company, tmp_path: Path) -> None:
    stop(tmp_path, "--system", "salesforce")
    people.form(ADA, "Request a demo")
    for _ in range(2):
        people.cycle()
    assert ("MQL", 0) == (shown(people), leads(people))
    assert "Still paused: salesforce." in go_on(tmp_path)
    go_on(tmp_path, "--system", "salesforce")
    people.cycle()
    assert 1 == leads(people)


def test_what_became_untrue_in_the_meantime_is_never_written(
    people: Company, tmp_path: Path
) -> None:
    """Bo asks for a demo and objects to marketing, all while nothing is written."""
    contact = people.contact(BO, jobtitle="Student")
    people.cycle()
    stop(tmp_path)
    people.form(BO, "Request a demo")
    people.cycle()
    people.portal.call("DELETE", f"/crm/v3/objects/contacts/{contact}")
    people.cycle(20)
    go_on(tmp_path)
    for _ in range(2):
        people.cycle(26 * 60)
    assert 0 == leads(people)


def test_a_system_that_nobody_knows_is_refused(people: Company, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no 'pipedrive', only hubspot, salesforce"):
        stop(tmp_path, "--system", "pipedrive")
