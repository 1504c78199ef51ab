"""Fields that people edit in both CRMs, over both simulators: nobody's edit is lost or guessed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from company import Company, company
from drill import ADA
from populations import CONTACTS, edit_as_rep, new_lead, patch_contact, patch_lead

from crmbridge.cli.fields import fields
from crmbridge.cli.review import review
from crmbridge.core.handoff_rules import FieldRule
from crmbridge.errors import ConfigError
from crmbridge.ordeal.process import write_config
from crmbridge.rulebook.locating import packaged


@contextmanager
def mapped(folder: Path, rule: FieldRule, name: str = "title") -> Iterator[Company]:
    """Ada is in both CRMs, by hand, and one field is kept equal."""
    with company(folder) as people:
        people.contact(ADA)
        new_lead(people, ADA, Title="VP Operations")
        people.cycle()
        people.bridge.rules = replace(
            people.bridge.rules,
            handoff=replace(people.bridge.rules.handoff, mapping={name: rule}),
        )
        touch(people)
        yield people


def touch(people: Company) -> None:
    """Something else about Ada changes, so that she is decided about."""
    patch_lead(people, ADA, Street="Main Street 1")
    people.form(ADA, "Newsletter")
    for _ in range(2):
        people.cycle()


def titles(people: Company) -> tuple[str | None, str | None]:
    contact = people.portal.get(f"{CONTACTS}/{ADA}", idProperty="email", properties="jobtitle")
    lead = people.query(f"SELECT Title FROM Lead WHERE Email = '{ADA}'")[0]
    return contact.json()["properties"].get("jobtitle") or None, lead["Title"]


def marketer_says(people: Company, title: str) -> None:
    patch_contact(people, ADA, jobtitle=title)


def rep_says(people: Company, title: str) -> None:
    edit_as_rep(people, ADA, Title=title)


def settle(people: Company) -> None:
    for _ in range(4):
        people.cycle()


def questions(folder: Path) -> list[dict[str, Any]]:
    result = CliRunner().invoke(review, ["list", "--json", "--store", str(folder / "bridge.db")])
    return [json.loads(line) for line in result.output.splitlines()]


def answer(folder: Path, *words: str) -> None:
    (asked,) = questions(folder)
    options = ["resolve", asked["id"], *words, "--store", str(folder / "bridge.db")]
    result = CliRunner().invoke(review, options, standalone_mode=False)
    if isinstance(result.exception, ConfigError):
        raise result.exception
    assert 0 == result.exit_code, result.output + repr(result.exception)


def test_an_edit_in_either_crm_reaches_the_other_once(tmp_path: Path) -> None:
    with mapped(tmp_path, FieldRule.NEWEST) as people:
        rep_says(people, "CEO")
        settle(people)
        assert ("CEO", "CEO") == titles(people)
        marketer_says(people, "Chair")
        settle(people)
        assert ("Chair", "Chair") == titles(people)
        quiet = [people.cycle() for _ in range(5)]
        assert 0 == sum(sum(each.writes.values()) for each in quiet)
        assert [] == questions(tmp_path)


def test_of_two_edits_the_later_counts_by_the_crms_own_histories(tmp_path: Path) -> None:
    with mapped(tmp_path, FieldRule.NEWEST) as people:
        people.org.sim("tracking", {"object": "Lead", "fields": ["Title"]})
        marketer_says(people, "Chair")
        people.clock.advance(11 * 60)
        rep_says(people, "CEO")
        people.clock.advance(60)
        marketer_edits_something_else(people)
        settle(people)
        assert ("CEO", "CEO") == titles(people)
        assert [] == questions(tmp_path)


def marketer_edits_something_else(people: Company) -> None:
    """The contact as a whole is the later of both; its title is not."""
    people.clock.advance(11 * 60)
    patch_contact(people, ADA, city="Hamburg")


def test_edits_that_the_clocks_cannot_tell_apart_are_asked_about(tmp_path: Path) -> None:
    with mapped(tmp_path, FieldRule.NEWEST) as people:
        people.org.sim("tracking", {"object": "Lead", "fields": ["Title"]})
        marketer_says(people, "Chair")
        people.clock.advance(60)
        rep_says(people, "CEO")
        settle(people)
        assert ("Chair", "CEO") == titles(people)
        (asked,) = questions(tmp_path)
        assert "field_conflict" == asked["kind"]
        answer(tmp_path, "--take", "hubspot")
        settle(people)
        assert ("Chair", "Chair") == titles(people)
        assert [] == questions(tmp_path)


def test_without_a_history_nothing_is_guessed(tmp_path: Path) -> None:
    with mapped(tmp_path, FieldRule.NEWEST) as people:
        marketer_says(people, "Chair")
        people.clock.advance(3600)
        rep_says(people, "CEO")
        settle(people)
        assert ("Chair", "CEO") == titles(people)
        assert ["field_conflict"] == [each["kind"] for each in questions(tmp_path)]
        marketer_says(people, "CEO")
        settle(people)
        assert [] == questions(tmp_path)


def test_two_edits_are_asked_about_and_the_reps_may_count(tmp_path: Path) -> None:
    with mapped(tmp_path, FieldRule.ASK) as people:
        marketer_says(people, "Chair")
        people.clock.advance(3600)
        rep_says(people, "CEO")
        settle(people)
        assert ("Chair", "CEO") == titles(people)
        with pytest.raises(ConfigError, match="only a field that is left alone"):
            answer(tmp_path, "--again")
        answer(tmp_path, "--take", "salesforce")
        settle(people)
        assert ("CEO", "CEO") == titles(people)


def test_what_is_always_salesforces_is_put_right_in_hubspot(tmp_path: Path) -> None:
    with mapped(tmp_path, FieldRule.SALES) as people:
        marketer_says(people, "Chair")
        settle(people)
        assert ("VP Operations", "VP Operations") == titles(people)
        rep_says(people, "")
        settle(people)
        assert (None, None) == titles(people)


def test_a_blank_never_replaces_a_value_where_the_rule_says_so(tmp_path: Path) -> None:
    with mapped(tmp_path, FieldRule.SALES_UNLESS_BLANK) as people:
        rep_says(people, "")
        settle(people)
        assert ("VP Operations", "VP Operations") == titles(people)
        marketer_says(people, "Chair")
        people.clock.advance(5)
        rep_says(people, "CEO")
        settle(people)
        assert ("CEO", "CEO") == titles(people)


def test_aligning_makes_equal_what_differed_before(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        people.contact(ADA)
        new_lead(people, ADA, Title="Clerk")
        people.cycle()
        config = write_config(tmp_path, people.sandbox, rules=str(book(tmp_path)))
        people.bridge.rules = replace(
            people.bridge.rules,
            handoff=replace(people.bridge.rules.handoff, mapping={"title": FieldRule.SALES}),
        )
        touch(people)
        assert ("VP Operations", "Clerk") == titles(people)
        plan = align(config, "--plan", "--json", "title")
        assert [{"before": "VP Operations", "after": "Clerk"}] == [
            json.loads(line)["changes"]["title"] for line in plan.splitlines()
        ]
        settle(people)
        assert ("VP Operations", "Clerk") == titles(people)
        assert "1 records would be written to." in align(config, "--yes", "--as", "Olga", "title")
        settle(people)
        assert ("Clerk", "Clerk") == titles(people)
        with pytest.raises(ConfigError, match="maps no 'titel' \\(did you mean 'title'\\?\\)"):
            align(config, "titel")


def align(config: Path, *words: str) -> str:
    options = ["align", *words, "--config", str(config)]
    result = CliRunner().invoke(fields, options, standalone_mode=False)
    if isinstance(result.exception, ConfigError):
        raise result.exception
    assert 0 == result.exit_code, result.output + repr(result.exception)
    return result.output


def book(folder: Path) -> Path:
    """The default rule book with a mapped title; nobody need sign it to look at a plan."""
    made = folder / "rules"
    made.mkdir()
    for path in packaged().glob("*.yaml"):
        (made / path.name).write_text(path.read_text())
    handoff = yaml.safe_load((made / "handoff.yaml").read_text())
    handoff["mapping"] = {"title": "sales"}
    (made / "handoff.yaml").write_text(yaml.safe_dump(handoff))
    return made


def test_the_owner_of_every_field_is_told(tmp_path: Path) -> None:
    options = ["list", "--json", "--rules", str(book(tmp_path))]
    result = CliRunner().invoke(fields, options)
    told = {row["field"]: row for row in map(json.loads, result.output.splitlines())}
    assert ("sales", "from the sales to the marketing CRM") == (
        told["title"]["owner"],
        told["title"]["direction"],
    )
    assert "crmbridge" == told["stage"]["owner"]
    assert "phone" not in told
    assert all(all(row.values()) for row in told.values())
