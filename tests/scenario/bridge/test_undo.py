"""A cycle is taken back whole: what both CRMs held, and what had been decided; nothing of anybody
else's is touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from company import Company, company
from drill import ADA, BO
from populations import as_rep, edit_as_rep, patch_contact
from worlds import shown_by_both

from crmbridge.cli.pause import resume
from crmbridge.cli.undo import undo
from crmbridge.core.journal import JournalKind
from crmbridge.engine.applying import Applier
from crmbridge.errors import ConfigError
from crmbridge.ordeal.process import write_config


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada and Bo are known, and nothing else has happened."""
    with company(tmp_path) as made:
        made.contact(ADA)
        made.contact(BO)
        write_config(tmp_path, made.sandbox)
        for _ in range(2):
            made.cycle()
        yield made


def take_back(folder: Path, *what: str) -> str:
    return _say(undo, folder, *what, "--yes", "--as", "Olga")


def planned(folder: Path, *what: str) -> dict[str, Any]:
    return dict(json.loads(_say(undo, folder, *what, "--plan", "--json")))


def go_on(folder: Path) -> str:
    return _say(resume, folder, "--as", "Olga")


def _say(command: object, folder: Path, *more: str) -> str:
    options = ["--config", str(folder / "crmbridge.yaml"), *more]
    result = CliRunner().invoke(command, options)  # type: ignore[arg-type] # a click command
    if isinstance(result.exception, ConfigError):
        raise result.exception
    assert 0 == result.exit_code, result.output + repr(result.exception)
    return result.output


def test_a_cycle_is_taken_back_and_both_crms_hold_what_they_held(
    people: Company, tmp_path: Path
) -> None:
    people.form(ADA, "Request a demo")
    before = shown_by_both(people)
    bad = people.cycle()
    assert 1 == len(people.query("SELECT Id FROM Lead"))
    said = take_back(tmp_path, str(bad.number))
    assert f"take cycle {bad.number} back" in said
    assert before == shown_by_both(people)
    assert {"LEAD": 2} == people.stages()


def test_nothing_is_decided_until_the_cause_is_mended_and_then_anew(
    people: Company, tmp_path: Path
) -> None:
    people.form(ADA, "Request a demo")
    bad = people.cycle()
    take_back(tmp_path, str(bad.number))
    people.form(BO, "Request a demo")
    before = shown_by_both(people)
    reports = [people.cycle(30) for _ in range(3)]
    assert ("undo",) == reports[-1].paused
    assert 0 == sum(sum(each.writes.values()) for each in reports)
    assert before == shown_by_both(people)
    assert {"LEAD": 2} == people.stages()
    assert "Going on: 2 people are decided about anew" in go_on(tmp_path)
    people.cycle()
    people.cycle()
    assert {"MQL": 2} == people.stages()
    assert ["Ada", "Bo"] == sorted(
        row["FirstName"] for row in people.query("SELECT FirstName FROM Lead")
    )


def test_what_people_edited_since_stays_and_is_named(people: Company, tmp_path: Path) -> None:
    contact = people.contact("cy@cy-freight.example")
    people.cycle()
    for email in (ADA, "cy@cy-freight.example"):
        people.form(email, "Request a demo")
    bad = people.cycle()
    edit_as_rep(people, ADA, Rating="Hot")
    patch_contact(people, "cy@cy-freight.example", crmbridge_grade="Z9")
    people.clock.advance(60)
    kept = planned(tmp_path, str(bad.number))["kept"]
    assert [("grade", "edited since")] == [(each["what"], each["why"]) for each in kept]
    take_back(tmp_path, str(bad.number))
    assert ["Ada"] == [row["FirstName"] for row in people.query("SELECT FirstName FROM Lead")]
    properties = people.portal.get(
        f"/crm/v3/objects/contacts/{contact}", properties="crmbridge_grade,crmbridge_stage"
    ).json()["properties"]
    assert ("Z9", "LEAD") == (properties["crmbridge_grade"], properties["crmbridge_stage"])


def test_an_undo_that_is_cut_off_is_finished_by_the_next(
    people: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.form(ADA, "Request a demo")
    before = shown_by_both(people)
    bad = people.cycle()
    with monkeypatch.context() as patched:
        patched.setattr(Applier, "apply", _cut)
        result = CliRunner().invoke(
            undo, ["--config", str(tmp_path / "crmbridge.yaml"), str(bad.number), "--yes"]
        )
    assert isinstance(result.exception, KeyboardInterrupt | SystemExit)
    assert before != shown_by_both(people)
    people.cycle()
    assert before == shown_by_both(people)


def _cut(*_: object) -> None:
    raise KeyboardInterrupt


def test_one_persons_story_is_taken_back_since_a_cycle(people: Company, tmp_path: Path) -> None:
    people.form(ADA, "Request a demo")
    before = shown_by_both(people)
    first = people.cycle()
    people.cycle(60 * 9)
    people.cycle(60 * 9)
    take_back(tmp_path, ADA, "--since", str(first.number))
    assert before == shown_by_both(people)
    with people.bridge.store.read() as tx:
        told = [each for each in tx.journal() if each.kind is JournalKind.UNDONE]
    assert [("Olga", True)] == [(each.payload["by"], each.payload["decided_anew"]) for each in told]


def test_a_recycled_person_leaves_the_list_and_is_where_they_were(
    people: Company, tmp_path: Path
) -> None:
    people.form(ADA, "Request a demo")
    people.cycle()
    as_rep(people, ADA, Status="Working - Contacted")
    edit_as_rep(people, ADA, Status="Closed - Not Converted", CRMBridge_Reason__c="BUDGET")
    before = shown_by_both(people)
    bad = people.cycle()
    assert 1 == people.stages()["RECYCLED"]
    assert before != shown_by_both(people)
    take_back(tmp_path, str(bad.number))
    assert before == shown_by_both(people)
    assert 1 == people.stages()["ACTIVATION"]


def test_undoing_twice_is_undoing_once(people: Company, tmp_path: Path) -> None:
    people.form(ADA, "Request a demo")
    bad = people.cycle()
    take_back(tmp_path, str(bad.number))
    before = shown_by_both(people)
    assert [] == planned(tmp_path, str(bad.number))["writes"]
    take_back(tmp_path, str(bad.number))
    assert before == shown_by_both(people)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ((), "say what: a cycle, a person, or --since; the last that wrote: "),
        (("999",), "there was no cycle 999"),
        (("3", "--since", "2"), "not both"),
        (("--since", "yesterday"), "'yesterday' is no cycle and no instant"),
        (("--since", "999"), "--since: there was no cycle 999"),
        (("nobody@nowhere.example",), "nobody here has this e-mail address"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    people: Company, tmp_path: Path, what: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        take_back(tmp_path, *what)
