"""Going live on a company that has worked for years: nothing of its past is an event."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from company import Company, company

from crmbridge.core.limits import Effect
from crmbridge.core.scope import Mode

PEOPLE = int(os.environ.get("ADOPTED", "300"))
"""`make soak` takes 20,000."""
LIFECYCLES = ("lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
STATUSES = ("Open - Not Contacted", "Working - Contacted", "Qualified", "Recycled")


def address(number: int) -> str:
    return f"p{number}@freight-{number}.example"


def years_of_work(people: Company) -> None:
    """Contacts in every life-cycle stage who did things, every other one with a lead that a rep
    has worked on, every tenth with a contact and a deal in the sales CRM; some on lists."""
    contacts: list[str] = []
    for start in range(0, PEOPLE, 100):
        rows = [
            {
                "properties": {
                    "email": address(number),
                    "lastname": f"Abbott {number}",
                    "jobtitle": "VP Operations",
                    "industry": "Logistics",
                    "country": "Germany",
                    "lifecyclestage": LIFECYCLES[number % len(LIFECYCLES)],
                }
            }
            for number in range(start, min(start + 100, PEOPLE))
        ]
        answer = people.portal.post("/crm/v3/objects/contacts/batch/create", {"inputs": rows})
        assert answer.status_code == 201, answer.text
        ids = {each["properties"]["email"]: each["id"] for each in answer.json()["results"]}
        contacts += [ids[address(n)] for n in range(start, min(start + 100, PEOPLE))]
    for number in range(0, PEOPLE, 3):
        people.form(address(number), "Request a demo")
    org, rep = people.sandbox.salesforce_world, people.rep
    for number in range(0, PEOPLE, 2):
        values = {"LastName": f"Abbott {number}", "Email": address(number), "OwnerId": rep}
        if number % 10:
            more = {"Company": f"Freight {number}", "Status": STATUSES[number % len(STATUSES)]}
            org.insert("Lead", rep, {**values, **more})
            continue
        person = org.insert("Contact", rep, values)
        name = {"Name": f"Deal {number}", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
        deal = org.insert("Opportunity", rep, {**name, "OwnerId": rep})
        role = {"OpportunityId": deal["Id"], "ContactId": person["Id"]}
        org.insert("OpportunityContactRole", rep, role)
    lists = people.portal.post("/crm/v3/lists/search", {"query": "NL-", "count": 100, "offset": 0})
    for place, each in enumerate(lists.json()["lists"]):
        members = f"/crm/v3/lists/{each['listId']}/memberships/add"
        people.portal.call("PUT", members, contacts[place::29])


def memberships(people: Company) -> dict[str, int]:
    found = people.portal.post("/crm/v3/lists/search", {"query": "NL-", "count": 100, "offset": 0})
    return {
        each["name"]: len(
            people.portal.get(f"/crm/v3/lists/{each['listId']}/memberships", limit=250).json()[
                "results"
            ]
        )
        for each in found.json()["lists"]
    }


@pytest.mark.campaign
def test_nothing_of_the_past_is_an_event_and_the_first_new_fact_is(tmp_path: Path) -> None:
    with company(tmp_path, settings={"mode": "shadow"}) as people:
        rules = people.bridge.rules
        much = Effect(people=10**6, mqls=0, list_removals=0)
        limits = replace(rules.limits, cycle=much, day=much, share=1.0)
        people.bridge.rules = replace(rules, limits=limits)
        years_of_work(people)
        before, leads = memberships(people), len(people.query("SELECT Id FROM Lead"))
        people.cycle(60)
        people.bridge.mode = Mode.LIVE
        moves = sum(people.cycle().moves for _ in range(3))
        quiet = people.cycle()

        assert (0, 0) == (moves, sum(quiet.writes.values()))
        assert 0 == quiet.held, "an MQL or a removal from a list would have been held"
        assert [] == people.task_ids()
        assert leads == len(people.query("SELECT Id FROM Lead"))
        assert before == memberships(people)
        stages = people.stages()
        assert PEOPLE == sum(stages.values())
        assert {"LEAD", "MQL", "OPPORTUNITY", "CUSTOMER"} <= stages.keys()

        # A contact in the life-cycle stage of a lead, whom the sales CRM does not have.
        news = address(5 if PEOPLE > 5 else 0)
        people.bridge.rules = rules
        people.form(news, "Request a demo")
        acted = people.cycle()

        assert 1 == acted.persons
        assert 1 == acted.moves
