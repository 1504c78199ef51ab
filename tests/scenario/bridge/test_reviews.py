"""Who is who is proven, or asked: nothing is guessed, nothing written before the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from company import Company, company
from drill import ADA, BO
from populations import lead, new_lead, patch_lead

from crmbridge.cli.review import review
from crmbridge.core.journal import JournalKind
from crmbridge.errors import ConfigError


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada is a contact in HubSpot, Bo a lead in Salesforce; nobody takes them for one."""
    with company(tmp_path) as made:
        made.contact(ADA)
        new_lead(made, BO, FirstName="Bo")
        for _ in range(2):
            made.cycle()
        yield made


def say(folder: Path, *words: str) -> str:
    command, *more = words
    options = [command, "--store", str(folder / "bridge.db"), *more]
    result = CliRunner().invoke(review, options, standalone_mode=False)
    if isinstance(result.exception, ConfigError | click.UsageError):
        raise result.exception
    assert 0 == result.exit_code, result.output + repr(result.exception)
    return result.output


def asked(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in say(folder, "list", "--json").splitlines()]


def kinds(folder: Path) -> list[str]:
    return [each["kind"] for each in asked(folder)]


def persons(people: Company) -> int:
    with people.bridge.store.read() as tx:
        return len(tx.uids())


def bo_gets_adas_address(people: Company) -> None:
    patch_lead(people, BO, Email=ADA)
    people.cycle()


def stage_of(people: Company, identity: str) -> str | None:
    soql = f"SELECT CRMBridge_Stage__c FROM Lead WHERE Id = '{identity}'"
    stage = people.query(soql)[0]["CRMBridge_Stage__c"]
    return str(stage) if stage else None


def third_record(people: Company) -> str:
    """A lead with an address that is both Ada's and Bo's."""
    bo_gets_adas_address(people)
    identity = new_lead(people, ADA, FirstName="Who")
    people.cycle()
    return identity


def test_two_people_who_come_to_share_an_address_are_asked_about_and_kept_apart(
    people: Company, tmp_path: Path
) -> None:
    bo_gets_adas_address(people)
    (question,) = asked(tmp_path)
    assert "identity_shared" == question["kind"]
    assert 2 == persons(people)
    told = say(tmp_path, "show", question["id"])
    assert told.count(ADA) == 3
    assert "Are they one?" in told
    patch_lead(people, ADA, Email=BO)
    people.cycle()
    assert [] == asked(tmp_path)


def test_an_answer_is_not_asked_for_twice(people: Company, tmp_path: Path) -> None:
    bo_gets_adas_address(people)
    (question,) = asked(tmp_path)
    say(tmp_path, "resolve", question["id"], "--seen", "--as", "Olga")
    patch_lead(people, ADA, Company="Bo & Sons")
    for _ in range(3):
        people.cycle()
    assert [] == asked(tmp_path)
    assert 2 == persons(people)
    with people.bridge.store.read() as tx:
        (told,) = [each for each in tx.journal() if each.kind is JournalKind.RESOLVED]
    assert ("Olga", "seen") == (told.payload["by"], told.payload["answer"])


def test_people_who_are_one_are_united_with_what_they_did(people: Company, tmp_path: Path) -> None:
    identity = lead(people, BO)
    bo_gets_adas_address(people)
    (question,) = asked(tmp_path)
    say(tmp_path, "resolve", question["id"], "--unite", "--as", "Olga")
    people.form(ADA, "Request a demo")
    for _ in range(2):
        people.cycle()
    assert 1 == persons(people)
    assert "MQL" == stage_of(people, identity)
    assert 1 == len(people.query("SELECT Id FROM Lead"))
    assert [] == asked(tmp_path)


def test_a_record_that_two_claim_is_nobodys_until_somebody_says_so(
    people: Company, tmp_path: Path
) -> None:
    identity = third_record(people)
    assert "identity_ambiguous" in kinds(tmp_path)
    for _ in range(3):
        people.cycle()
    assert stage_of(people, identity) is None
    (question,) = [each for each in asked(tmp_path) if each["kind"] == "identity_ambiguous"]
    assert f"salesforce:lead:{identity}" == question["record"]
    assert "Whose is it?" in say(tmp_path, "show", question["id"])
    bo = say(tmp_path, "show", question["id"]).split("person ")[1].split(",")[0]
    say(tmp_path, "resolve", question["id"], "--person", bo)
    people.cycle()
    assert [] == [each for each in asked(tmp_path) if each["record"] == question["record"]]
    with people.bridge.store.read() as tx:
        assert identity in {ref.id for ref in tx.links(bo)}
    patch_lead(people, ADA, Company="Anything")
    people.cycle()
    assert [] == [each for each in asked(tmp_path) if each["record"] == question["record"]]


def test_a_record_that_two_claim_may_be_somebody_elses(people: Company, tmp_path: Path) -> None:
    identity = third_record(people)
    (question,) = [each for each in asked(tmp_path) if each["kind"] == "identity_ambiguous"]
    say(tmp_path, "resolve", question["id"], "--new")
    for _ in range(2):
        people.cycle()
    assert 3 == persons(people)
    assert "LEAD" == stage_of(people, identity)
    assert ["identity_shared"] == kinds(tmp_path)


def test_a_record_that_two_claim_may_prove_them_one(people: Company, tmp_path: Path) -> None:
    third_record(people)
    (question,) = [each for each in asked(tmp_path) if each["kind"] == "identity_ambiguous"]
    say(tmp_path, "resolve", question["id"], "--unite")
    for _ in range(2):
        people.cycle()
    assert 1 == persons(people)
    assert [] == asked(tmp_path)


@pytest.mark.parametrize("how", ["deleted", "corrected", "the other corrected"])
def test_a_question_closes_when_its_cause_is_gone(
    people: Company, tmp_path: Path, how: str
) -> None:
    identity = third_record(people)
    path = f"/services/data/v67.0/sobjects/Lead/{identity}"
    if how == "deleted":
        people.org.call("DELETE", path)
    elif how == "corrected":
        people.org.call("PATCH", path, {"Email": "who@who.example"})
    else:
        bo = people.query("SELECT Id FROM Lead WHERE FirstName = 'Bo'")[0]["Id"]
        people.org.call("PATCH", f"/services/data/v67.0/sobjects/Lead/{bo}", {"Email": BO})
    for _ in range(3):
        people.cycle()
    assert "identity_ambiguous" not in kinds(tmp_path)
    if how == "the other corrected":
        assert [] == asked(tmp_path)
        assert 2 == persons(people)


def test_a_question_that_the_lead_standard_asks_can_be_put_aside(
    people: Company, tmp_path: Path
) -> None:
    people.contact("cy@gmail.example", jobtitle="Clerk", industry="Mining")
    people.cycle()
    people.form("cy@gmail.example", "Request a demo")
    people.cycle()
    (question,) = asked(tmp_path)
    assert "hand_raiser_low_fit" == question["kind"]
    assert "What helps" in say(tmp_path, "show", question["id"])
    for answer in ("--unite", "--new"):
        with pytest.raises(ConfigError, match="only a"):
            say(tmp_path, "resolve", question["id"], answer)
    say(tmp_path, "resolve", question["id"], "--seen")
    for _ in range(3):
        people.cycle(600)
    assert "Nothing waits for a person's look." in say(tmp_path, "list")


def test_what_is_no_answer_is_refused(people: Company, tmp_path: Path) -> None:
    third_record(people)
    (question,) = [each for each in asked(tmp_path) if each["kind"] == "identity_ambiguous"]
    with pytest.raises(ConfigError, match="no review 12345678 is open"):
        say(tmp_path, "show", "12345678")
    with pytest.raises(ConfigError, match="say whose record it is"):
        say(tmp_path, "resolve", question["id"], "--seen")
    with pytest.raises(ConfigError, match="nobody here is known as nobody"):
        say(tmp_path, "resolve", question["id"], "--person", "nobody")
    for options in ((), ("--new", "--unite")):
        with pytest.raises(click.UsageError, match="say one of"):
            say(tmp_path, "resolve", question["id"], *options)
