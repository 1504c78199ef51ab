"""Somebody's automation changes what crmbridge writes, again and again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from company import Company, company
from drill import ADA
from populations import CONTACTS, patch_contact

from crmbridge.cli.review import review
from crmbridge.core.journal import JournalKind


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada is known."""
    with company(tmp_path) as made:
        made.contact(ADA)
        for _ in range(2):
            made.cycle()
        yield made


def stage(people: Company) -> str:
    answer = people.portal.get(
        f"{CONTACTS}/{ADA}", idProperty="email", properties="crmbridge_stage"
    )
    return str(answer.json()["properties"]["crmbridge_stage"])


def fight(people: Company, rounds: int, hours: float = 0.1) -> int:
    """A workflow sets another stage, and the bridge comes by; how often that was put right."""
    put_right = 0
    for _ in range(rounds):
        patch_contact(people, ADA, crmbridge_stage="CUSTOMER")
        people.cycle(hours * 60)
        people.cycle()
        put_right += stage(people) != "CUSTOMER"
    return put_right


def questions(folder: Path) -> list[dict[str, Any]]:
    result = CliRunner().invoke(review, ["list", "--json", "--store", str(folder / "bridge.db")])
    return [json.loads(line) for line in result.output.splitlines()]


def test_after_four_rounds_the_field_is_left_alone_and_both_are_named(
    people: Company, tmp_path: Path
) -> None:
    assert 4 == fight(people, 7)
    assert "CUSTOMER" == stage(people)
    (asked,) = questions(tmp_path)
    assert "field_fight" == asked["kind"]
    assert asked["why"].startswith("crmbridge and CRM_UI")
    quiet = [people.cycle() for _ in range(5)]
    assert 0 == sum(sum(each.writes.values()) for each in quiet)
    with people.bridge.store.read() as tx:
        told = [each for each in tx.journal() if each.kind is JournalKind.REVIEW]
    assert 1 == len(told)


def test_everything_else_about_the_person_goes_on(people: Company, tmp_path: Path) -> None:
    fight(people, 5)
    people.form(ADA, "Request a demo")
    for _ in range(3):
        people.cycle()
    assert "CUSTOMER" == stage(people)
    (lead,) = people.query("SELECT CRMBridge_Stage__c FROM Lead")
    assert "MQL" == lead["CRMBridge_Stage__c"]
    assert ["field_fight"] == [each["kind"] for each in questions(tmp_path)]


def test_a_yes_puts_it_right_again(people: Company, tmp_path: Path) -> None:
    fight(people, 5)
    (asked,) = questions(tmp_path)
    options = ["resolve", asked["id"], "--again", "--store", str(tmp_path / "bridge.db")]
    assert 0 == CliRunner().invoke(review, options).exit_code
    for _ in range(2):
        people.cycle()
    assert "LEAD" == stage(people)
    assert [] == questions(tmp_path)
    assert 1 == fight(people, 1)


def test_it_closes_by_itself_when_the_other_gives_in(people: Company, tmp_path: Path) -> None:
    fight(people, 5)
    patch_contact(people, ADA, crmbridge_stage="LEAD")
    for _ in range(2):
        people.cycle()
    assert [] == questions(tmp_path)
    people.cycle(25 * 60)
    assert 1 == fight(people, 1)


def test_an_edit_now_and_then_is_no_fight(people: Company, tmp_path: Path) -> None:
    assert 6 == fight(people, 6, hours=25)
    assert [] == questions(tmp_path)
