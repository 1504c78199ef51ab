"""Refused writes that go by themselves once their cause is gone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from company import Company, company
from drill import ADA, BO

from crmbridge.cli.journal import journal
from crmbridge.cli.pause import pause, resume
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import Side
from crmbridge.engine.replaying import drop
from crmbridge.errors import AuthError, RetryableError
from crmbridge.reports.person_story import find_person, tell

HIDDEN = [["Lead", "CRMBridge_SLA_Status__c"]]
RULE = {"object": "Lead", "field": "Fax", "message": "Fax, please"}
DAY = 24 * 60


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada and Bo are known, and nothing else has happened."""
    with company(tmp_path) as made:
        for email in (ADA, BO):
            made.contact(email)
        made.cycle()
        yield made


def refuse_by_right(people: Company) -> None:
    """A field is hidden from us, and Ada's lead is refused for it."""
    people.org.sim("hidden", {"fields": HIDDEN})
    ask(people)


def refuse_by_rule(people: Company) -> None:
    """A validation rule, which no schema shows, refuses Ada's lead."""
    people.org.sim("validation_rules", {"rules": [RULE]})
    ask(people)


def ask(people: Company) -> None:
    people.form(ADA, "Request a demo")
    for _ in range(2):
        people.cycle()
    assert (1, 0) == (parked(people), leads(people))


def parked(people: Company) -> int:
    with people.bridge.store.read() as tx:
        return len(tx.parked())


def leads(people: Company) -> int:
    return len(people.query("SELECT Id FROM Lead"))


def retaken(people: Company) -> list[JournalEntry]:
    with people.bridge.store.read() as tx:
        return [each for each in tx.journal() if each.kind is JournalKind.RETAKEN]


def edit(people: Company, *, owned: bool = True) -> None:
    """A marketer takes Ada's contact over, or gives it up: nothing of that is written anywhere."""
    if not people.portal.get("/crm/v3/owners").json()["results"]:
        who = {"email": "mia@acme.example", "firstName": "Mia", "lastName": "Mar"}
        people.visitors.sim("owners", who)
    owner = people.portal.get("/crm/v3/owners").json()["results"][0]
    values = {"hubspot_owner_id": owner["id"] if owned else ""}
    path = f"/crm/v3/objects/contacts/{ADA}?idProperty=email"
    answer = people.portal.call("PATCH", path, {"properties": values})
    assert 200 == answer.status_code, answer.text


def test_a_right_that_is_given_back_has_the_refused_lead_written_without_a_hand(
    people: Company,
) -> None:
    refuse_by_right(people)
    people.cycle(20)
    assert [] == retaken(people), "nothing is known yet that could help"
    people.org.sim("hidden", {"fields": []})
    people.cycle(20)
    assert (0, 1) == (parked(people), leads(people))
    (entry,) = retaken(people)
    assert "create" == entry.payload["operation"]
    assert str(entry.payload["why"]).startswith("salesforce offers something else")
    with people.bridge.store.read() as tx:
        told = [each.text for each in tell(tx, find_person(tx, ADA)).timeline]
    assert any(
        each.startswith("a refused create is tried again: salesforce offers") for each in told
    )


def test_an_owner_who_is_active_again_is_news(people: Company) -> None:
    refuse_by_rule(people)
    people.cycle(20)
    people.org.sim("validation_rules", {"rules": []})
    people.org.sim("users", {"Name": "Otto Owner"})
    people.cycle(20)
    people.cycle(20)
    assert (0, 1) == (parked(people), leads(people))


def test_an_edit_has_it_tried_again_within_minutes(people: Company) -> None:
    refuse_by_rule(people)
    people.org.sim("validation_rules", {"rules": []})
    people.cycle(20)
    assert (1, 0) == (parked(people), leads(people)), "no schema shows a validation rule"
    edit(people)
    people.cycle()
    assert (0, 1) == (parked(people), leads(people))
    assert ["a record of the person was edited"] == [e.payload["why"] for e in retaken(people)]


def test_what_somebody_else_edits_is_no_news(people: Company) -> None:
    refuse_by_rule(people)
    people.portal.call(
        "PATCH",
        f"/crm/v3/objects/contacts/{BO}?idProperty=email",
        {"properties": {"jobtitle": "CEO"}},
    )
    for _ in range(3):
        people.cycle(20)
    assert [] == retaken(people)


def test_a_record_that_is_edited_all_the_time_is_not_tried_all_the_time(people: Company) -> None:
    refuse_by_rule(people)
    for minute in range(40):
        edit(people, owned=minute % 2 == 0)
        people.cycle(3)
    # After 10 minutes, 20 more, 40 more; the next would come 80 later.
    assert 3 == len(retaken(people))
    assert 1 == parked(people)


def test_without_news_it_is_tried_again_after_a_day(people: Company) -> None:
    refuse_by_rule(people)
    people.org.sim("validation_rules", {"rules": []})
    for _ in range(3):
        people.cycle(20)
    assert ([], 0) == (retaken(people), leads(people))
    people.cycle(DAY)
    assert (0, 1) == (parked(people), leads(people))
    assert ["some time has passed"] == [each.payload["why"] for each in retaken(people)]


def test_what_a_person_let_rest_rests(people: Company) -> None:
    refuse_by_right(people)
    people.cycle(20)
    with people.bridge.store.transaction() as tx:
        drop(tx, tx.parked(), "Olga", people.clock.now())
    people.org.sim("hidden", {"fields": []})
    edit(people)
    for _ in range(3):
        people.cycle(20)
    assert ([], 0) == (retaken(people), leads(people))


def test_the_journal_tells_what_was_tried_again_and_what_was_dropped(
    people: Company, tmp_path: Path
) -> None:
    refuse_by_rule(people)
    people.cycle(DAY)
    with people.bridge.store.transaction() as tx:
        drop(tx, tx.parked(), "Olga", people.clock.now())
    result = CliRunner().invoke(journal, ["--store", str(tmp_path / "bridge.db")])
    assert 0 == result.exit_code, result.output
    told = [line for line in result.output.splitlines() if " retaken " in line]
    assert "why=some time has passed" in told[0]
    assert any("by=Olga" in line for line in result.output.splitlines() if " dropped " in line)


def test_while_the_crm_is_paused_its_refused_writes_stay_where_they_are(
    people: Company, tmp_path: Path
) -> None:
    refuse_by_right(people)
    people.cycle(20)
    options = ["--store", str(tmp_path / "bridge.db"), "--system", "salesforce"]
    CliRunner().invoke(pause, options)
    people.org.sim("hidden", {"fields": []})
    for _ in range(3):
        people.cycle(20)
    assert (1, []) == (parked(people), retaken(people))
    CliRunner().invoke(resume, options)
    people.cycle()
    assert (0, 1) == (parked(people), leads(people))


def test_nobody_looks_at_an_account_that_refuses_nothing(
    people: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Side] = []

    def look(side: Side) -> str:
        looked.append(side)
        return "the same"

    for side, connector in people.bridge.connectors.items():
        monkeypatch.setattr(connector, "offers", partial(look, side))
    for _ in range(3):
        people.cycle(20)
    assert [] == looked
    refuse_by_rule(people)
    people.cycle()
    people.cycle(20)
    # At first, and once a slow interval has passed.
    assert [Side.SALES, Side.SALES] == looked


@pytest.mark.parametrize("error", [AuthError("hubspot: no scope"), RetryableError("busy")])
def test_an_account_that_cannot_be_looked_at_keeps_nothing_from_being_done(
    people: Company, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse() -> str:
        raise error

    monkeypatch.setattr(people.bridge.connectors[Side.SALES], "offers", refuse)
    refuse_by_right(people)
    people.org.sim("hidden", {"fields": []})
    people.cycle(20)
    assert 1 == parked(people)
    people.cycle(DAY)
    assert (0, 1) == (parked(people), leads(people))
