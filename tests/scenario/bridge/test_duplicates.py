"""Two records of one person in one CRM: one score, one promise, and the other says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from company import Company, company
from drill import ADA
from populations import compare, new_lead

SHOWN = ("Stage", "Stage_Reason", "Score", "SLA_Due", "SLA_Status", "Grade", "Rulebook_Version")
COLUMNS = ", ".join(f"CRMBridge_{name}__c" for name in SHOWN)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada is MQL; her lead was made by crmbridge."""
    with company(tmp_path) as made:
        made.contact(ADA)
        made.cycle()
        made.form(ADA, "Request a demo")
        for _ in range(2):
            made.cycle()
        yield made


def leads(people: Company) -> dict[str, dict[str, Any]]:
    rows = people.query(f"SELECT Id, {COLUMNS} FROM Lead ORDER BY Id")
    return {row["Id"]: row for row in rows}


def test_a_second_lead_gets_no_promise_and_names_the_first(people: Company) -> None:
    (first,) = leads(people)
    second = new_lead(people, ADA)
    for _ in range(3):
        people.cycle()
    shown = leads(people)
    assert "MQL" == shown[first]["CRMBridge_Stage__c"]
    assert shown[first]["CRMBridge_SLA_Due__c"]
    told = f"duplicate of lead {first}: no score and no promise here"
    assert told == shown[second]["CRMBridge_Stage_Reason__c"]
    assert [told] == [
        value for name, value in shown[second].items() if name.startswith("CRM") and value
    ]
    quiet = [people.cycle() for _ in range(5)]
    assert 0 == sum(sum(each.writes.values()) for each in quiet)


def test_what_an_older_lead_takes_over_the_younger_shows_no_more(people: Company) -> None:
    """A contact of hers comes up in Salesforce, and counts from then on."""
    (first,) = leads(people)
    answer = people.org.post(
        "/services/data/v67.0/sobjects/Contact", {"LastName": "Abbott", "Email": ADA}
    )
    assert answer.status_code == 201, answer.text
    for _ in range(3):
        people.cycle()
    contact = answer.json()["id"]
    (shown,) = people.query(f"SELECT {COLUMNS} FROM Contact WHERE Id = '{contact}'")
    assert "MQL" == shown["CRMBridge_Stage__c"]
    lead = leads(people)[first]
    assert (None, None) == (lead["CRMBridge_Stage__c"], lead["CRMBridge_SLA_Due__c"])
    assert f"duplicate of contact {contact}" in lead["CRMBridge_Stage_Reason__c"]
    assert () == tuple(compare(people).differences)


def test_a_lead_that_becomes_the_contact_of_somebody_else_makes_one_person_of_both(
    people: Company,
) -> None:
    """Whoever converts it says that they are one, as who merges two records does."""
    (lead,) = leads(people)
    answer = people.org.post(
        "/services/data/v67.0/sobjects/Contact",
        {"LastName": "Abbott", "Email": "ada.abbott@private.example"},
    )
    contact = answer.json()["id"]
    people.cycle()
    assert 2 == len(people_known(people))
    people.org.sim("convert", {"lead_id": lead, "user_id": people.rep, "contact_id": contact})
    for _ in range(3):
        people.cycle()
    assert 1 == len(people_known(people))
    shown = people.query(f"SELECT CRMBridge_Stage__c FROM Contact WHERE Id = '{contact}'")
    assert ["OPPORTUNITY"] == [row["CRMBridge_Stage__c"] for row in shown]
    quiet = [people.cycle() for _ in range(5)]
    assert 0 == sum(sum(each.writes.values()) for each in quiet)
    assert all(each.is_idle for each in quiet)


def people_known(people: Company) -> list[str]:
    with people.bridge.store.read() as tx:
        return tx.linked_uids()
