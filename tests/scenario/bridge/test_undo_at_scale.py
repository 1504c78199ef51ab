"""A Friday night's accident: a whole cycle of thousands of writes is taken back, and what people
did with it meanwhile stays, each piece named.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from company import Company, company
from populations import edit_as_rep, patch_contact
from worlds import shown_by_both

from crmbridge.cli.undo import undo
from crmbridge.core.limits import Effect
from crmbridge.ordeal.process import write_config

PEOPLE = int(os.environ.get("UNDONE", "400"))
"""Each is written to once in HubSpot and once in Salesforce; `make soak` takes 2,500."""


def address(number: int) -> str:
    return f"p{number}@freight-{number}.example"


def arrive(people: Company) -> dict[str, str]:
    """Contacts, none of them on Salesforce's side; address → id."""
    ids: dict[str, str] = {}
    for start in range(0, PEOPLE, 100):
        rows = [
            {
                "properties": {
                    "email": address(number),
                    "firstname": f"P{number}",
                    "lastname": "Abbott",
                    "jobtitle": "VP Operations",
                    "industry": "Logistics",
                    "country": "Germany",
                }
            }
            for number in range(start, start + 100)
        ]
        answer = people.portal.post("/crm/v3/objects/contacts/batch/create", {"inputs": rows})
        assert answer.status_code == 201, answer.text
        ids |= {each["properties"]["email"]: each["id"] for each in answer.json()["results"]}
    return ids


def undone(folder: Path, number: int, *more: str) -> str:
    options = ["--config", str(folder / "crmbridge.yaml"), str(number), *more]
    result = CliRunner().invoke(undo, options)
    assert 0 == result.exit_code, result.output
    return result.output


@pytest.mark.campaign
def test_a_whole_cycle_is_taken_back_but_for_what_people_did_since(
    tmp_path: Path,
) -> None:
    with company(tmp_path) as people:
        write_config(tmp_path, people.sandbox)
        much = Effect(people=10**6, mqls=10**6, list_removals=10**6)
        rules = people.bridge.rules
        people.bridge.rules = replace(
            rules, limits=replace(rules.limits, cycle=much, day=much, share=1.0)
        )
        ids = arrive(people)
        people.cycle()
        for number in range(PEOPLE):
            people.form(address(number), "Request a demo")
        before = shown_by_both(people)
        bad = people.cycle()
        assert 2 * PEOPLE == sum(bad.writes.values())
        worked, retitled, regraded, deleted = (
            [address(number) for number in range(start, start + 5)] for start in (0, 100, 200, 300)
        )
        for email in worked:
            edit_as_rep(people, email, Rating="Hot")
        for email in retitled:
            patch_contact(people, email, jobtitle="CEO")
        for email in regraded:
            patch_contact(people, email, crmbridge_grade="Z9")
        for email in deleted:
            people.portal.call("DELETE", f"/crm/v3/objects/contacts/{ids[email]}")
        leads = {
            row["Id"]: row
            for row in people.sandbox.salesforce_world.store.table("Lead").rows()
            if row["Email"] in worked
        }
        plan = json.loads(undone(tmp_path, bad.number, "--plan", "--json"))
        named = {(each["record"].split(":", 1)[1], each["what"]) for each in plan["kept"]}
        said = undone(tmp_path, bad.number, "--yes").split("since and stay as they are:")[1]
        after = shown_by_both(people)
    expected: dict[str, dict[str, Any]] = {**before}
    for email in retitled:
        expected[f"contact/{ids[email]}"] |= {"jobtitle": "CEO"}
    for email in regraded:
        expected[f"contact/{ids[email]}"] |= {"crmbridge_grade": "Z9"}
    for email in deleted:
        del expected[f"contact/{ids[email]}"]
    assert leads.keys() == after.keys() - expected.keys()
    assert expected == {key: value for key, value in after.items() if key not in leads}
    assert {f"contact:{ids[email]}" for email in deleted} == {
        where for where, what in named if "stage_reason" in what
    }
    assert {(f"contact:{ids[email]}", "grade") for email in regraded} <= named
    assert len(named) == len(deleted) + len(regraded)
    assert leads.keys() == {line.split(":")[-1] for line in said.splitlines() if ":lead:" in line}
