"""Two MQLs in both CRMs, hands that change what these show, and what a comparison says of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from company import Company, company

from crmbridge.core.reconciling import Cause, Difference, Reconciliation
from crmbridge.engine.reconciling import Reconciler
from crmbridge.sandbox.seeding import API

ADA, BO = "ada@northwind.example", "bo@contoso.example"
CONTACTS = "/crm/v3/objects/contacts"
DAY = 24 * 60


@contextmanager
def two_mqls(folder: Path) -> Iterator[Company]:
    """A company in which Ada and Bo are MQLs in both CRMs."""
    with company(folder) as people:
        hands_go_up(people, ADA, BO)
        yield people


def hands_go_up(people: Company, *emails: str) -> None:
    for email in emails:
        people.contact(email)
    people.cycle()
    for email in emails:
        people.form(email, "Request a demo")
    for _ in range(3):
        people.cycle()


def compare(people: Company) -> Reconciliation:
    people.clock.advance(5)
    bridge = people.bridge
    now = people.clock.now()
    shadow = bridge.rules.why_shadow(now) or ""
    return Reconciler(bridge.store, bridge.connectors, bridge.rules).run(now, shadow)


def told(found: Reconciliation) -> list[tuple[str, str, Cause]]:
    return [(each.population, each.system, each.cause) for each in found.differences]


def only(found: Reconciliation) -> Difference:
    (difference,) = found.differences
    return difference


def counts(found: Reconciliation, population: str) -> tuple[int, dict[str, int], int]:
    (tally,) = [each for each in found.tallies if each.population == population]
    return tally.belong, dict(tally.shown), tally.in_all


def contact(people: Company, email: str) -> str:
    return str(people.portal.get(f"{CONTACTS}/{email}", idProperty="email").json()["id"])


def lead(people: Company, email: str) -> str:
    return str(people.query(f"SELECT Id FROM Lead WHERE Email = '{email}'")[0]["Id"])


def patch_contact(people: Company, email: str, **properties: str) -> None:
    path = f"{CONTACTS}/{contact(people, email)}"
    answer = people.portal.call("PATCH", path, {"properties": properties})
    assert answer.status_code == 200, answer.text


def patch_lead(people: Company, email: str, **values: Any) -> str:
    identity = lead(people, email)
    answer = people.org.call(
        "PATCH",
        f"{API}/sobjects/Lead/{identity}",
        values,
        headers={"Sforce-Auto-Assign": "FALSE"},
    )
    assert answer.status_code == 204, answer.text
    return identity


def new_lead(people: Company, email: str, **values: str) -> str:
    body = {"LastName": "Abbott", "Company": "Acme", "Email": email, **values}
    answer = people.org.call(
        "POST", f"{API}/sobjects/Lead", body, headers={"Sforce-Auto-Assign": "FALSE"}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def as_rep(people: Company, email: str, **values: str) -> None:
    """The rep edits the lead, and the bridge does its work."""
    edit_as_rep(people, email, **values)
    for _ in range(2):
        people.cycle()


def edit_as_rep(people: Company, email: str, **values: str) -> None:
    """The rep edits the lead."""
    found = people.query("SELECT Id FROM PermissionSet WHERE Name = 'CRMBridge_Sales'")
    body = {"PermissionSetId": found[0]["Id"], "AssigneeId": people.rep}
    people.org.post(f"{API}/sobjects/PermissionSetAssignment", body)
    token = people.org.sim("session", {"user_id": people.rep})["access_token"]
    with people.sandbox.salesforce_client(token) as rep:
        path = f"{API}/sobjects/Lead/{lead(people, email)}"
        answer = rep.call("PATCH", path, values, headers={"Sforce-Auto-Assign": "FALSE"})
    assert answer.status_code == 204, answer.text


def recycle(people: Company, email: str) -> None:
    """The rep worked the lead and lets it go for want of a budget."""
    as_rep(people, email, Status="Working - Contacted")
    as_rep(people, email, Status="Closed - Not Converted", CRMBridge_Reason__c="BUDGET")


def list_id(people: Company, name: str) -> str:
    found = people.portal.get(f"/crm/v3/lists/object-type-id/0-1/name/{name}").json()
    return str(found["list"]["listId"])


def change_list(people: Company, name: str, verb: str, email: str) -> None:
    path = f"/crm/v3/lists/{list_id(people, name)}/memberships/{verb}"
    assert people.portal.call("PUT", path, [contact(people, email)]).status_code == 200


def late_commit(people: Company) -> None:
    """A change of Ada's lead that bears an old stamp: no poll shows it."""
    identity = patch_lead(people, ADA, CRMBridge_Stage__c="LEAD")
    people.org.sim("late", {"object": "Lead", "id": identity, "seconds_older": 40 * DAY * 60})


def slow_index(people: Company) -> None:
    """A change of Ada's contact that the search learns of when its window was long read."""
    people.visitors.sim("config", {"index_lag_seconds": 3600})
    patch_contact(people, ADA, crmbridge_stage="LEAD")
    for _ in range(4):
        people.cycle(5)
    people.visitors.sim("config", {"index_lag_seconds": 0})
