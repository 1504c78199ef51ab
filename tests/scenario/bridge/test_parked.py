"""Refused writes, as an operator deals with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from company import Company, company
from drill import ADA, BO

from crmbridge.cli.parked import parked
from crmbridge.core.journal import JournalKind
from crmbridge.errors import ConfigError
from crmbridge.reports.person_story import tell

HIDDEN = [["Lead", "CRMBridge_SLA_Status__c"]]


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Two MQLs whose leads Salesforce refuses, because a field is hidden from us."""
    with company(tmp_path) as made:
        for email in (ADA, BO):
            made.contact(email)
        made.cycle()
        made.org.sim("hidden", {"fields": HIDDEN})
        for email in (ADA, BO):
            made.form(email, "Request a demo")
        made.cycle(20)
        yield made


def say(folder: Path, *words: str, code: int = 0, answer: str = "") -> str:
    options = ["--store", str(folder / "bridge.db")]
    result = CliRunner().invoke(parked, [words[0], *options, *words[1:]], input=answer)
    assert code == result.exit_code, result.output
    return result.output


def keys(folder: Path) -> list[str]:
    return [json.loads(line)["key"] for line in say(folder, "list", "--json").splitlines()]


def tell_story(people: Company, uid: str) -> list[str]:
    with people.bridge.store.read() as tx:
        return [event.text for event in tell(tx, uid).timeline]


def leads(people: Company) -> int:
    return len(people.query("SELECT Id FROM Lead"))


def test_refused_writes_are_told_by_cause_and_one_by_one(people: Company, tmp_path: Path) -> None:
    told = say(tmp_path, "list")
    first, second = keys(tmp_path)
    assert "2 × salesforce: a field is missing or hidden [INVALID_FIELD]" in told
    assert first in told
    assert second in told
    assert "2 refused writes." in told
    assert "0 refused writes." in say(tmp_path, "list", "--cause", "no such words")
    shown = say(tmp_path, "show", first)
    assert "create new lead" in shown
    assert "stage: None -> MQL" in shown
    assert "Refused 2026-06-09" in shown
    assert "Tried again by itself 2026-06-10" in shown


def test_replaying_writes_what_is_wanted_now(people: Company, tmp_path: Path) -> None:
    people.org.sim("hidden", {"fields": []})
    people.cycle(20)
    assert 0 == leads(people)
    first = keys(tmp_path)[0]
    assert "1 refused writes are decided anew" in say(tmp_path, "replay", first, "--as", "Olga")
    with people.bridge.store.read() as tx:
        (entry,) = [each for each in tx.journal() if each.kind is JournalKind.REPLAYED]
    assert ("Olga", "create") == (entry.payload["by"], entry.payload["operation"])
    assert "Olga had a refused create decided anew" in str(tell_story(people, entry.uid))
    people.cycle()
    assert (1, 1) == (leads(people), len(keys(tmp_path)))
    say(tmp_path, "replay", "--cause", "MISSING or hidden")
    people.cycle()
    assert (2, []) == (leads(people), keys(tmp_path))


def test_what_was_dropped_rests_until_something_else_is_wanted(
    people: Company, tmp_path: Path
) -> None:
    first, _ = keys(tmp_path)
    assert "Nothing was dropped." in say(tmp_path, "drop", first, code=1, answer="n\n")
    assert "1 refused writes were dropped." in say(tmp_path, "drop", first, "--yes", "--as", "Olga")
    assert first not in keys(tmp_path)
    people.org.sim("hidden", {"fields": []})
    say(tmp_path, "replay")
    for _ in range(3):
        people.cycle(20)
    assert 1 == leads(people)
    with people.bridge.store.read() as tx:
        (entry,) = [each for each in tx.journal() if each.kind is JournalKind.DROPPED]
    assert ("Olga", "create") == (entry.payload["by"], entry.payload["operation"])


def test_a_key_that_is_not_parked_and_a_drop_of_everything_are_refused(
    people: Company, tmp_path: Path
) -> None:
    options = ["--store", str(tmp_path / "bridge.db")]
    result = CliRunner().invoke(parked, ["show", *options, "nonsense"])
    assert isinstance(result.exception, ConfigError)
    assert "no write nonsense is parked" in str(result.exception)
    assert "say which" in say(tmp_path, "drop", "--yes", code=2)
