"""Scarce calls go to what is worth most; what waits is written later, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from company import Company, company
from drill import ADA, BO
from structlog.testing import capture_logs

from crmbridge.core.reconciling import Cause
from crmbridge.engine.reconciling import Reconciler
from crmbridge.sandbox.seeding import API

LIST = "NL-BUDGET"


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada's demo request has made a lead, which shows what she did; Bo is known."""
    with company(tmp_path) as made:
        for email in (ADA, BO):
            made.contact(email)
        made.cycle()
        made.form(ADA, "Request a demo")
        for _ in range(3):
            made.cycle()
        yield made


def leave_in_salesforce(people: Company, share: float) -> None:
    """So much of what we may use of the org's requests is left; a tenth is kept for others."""
    usage, now = people.sandbox.salesforce_world.usage, people.clock.now()
    usage.spend(now, 100_000)
    used = usage.used(now)
    usage.maximum = round(used / (0.9 * (1 - share)))
    people.cycle()


def leave_in_hubspot(people: Company, share: float) -> None:
    limits = people.sandbox.hubspot_world.limits
    limits._used_today = round(limits.daily_limit * 0.9 * (1 - share))
    people.cycle()


def insight(people: Company) -> str:
    (row,) = people.query("SELECT CRMBridge_Insight__c FROM Lead WHERE Email = '" + ADA + "'")
    return str(row["CRMBridge_Insight__c"])


def visit(people: Company, page: str) -> None:
    people.visitors.sim("visitor/page", {"email": ADA, "url": page})


def members(people: Company) -> int:
    portal = people.portal
    found = portal.get(f"/crm/v3/lists/object-type-id/0-1/name/{LIST}").json()["list"]["listId"]
    return len(portal.get(f"/crm/v3/lists/{found}/memberships").json()["results"])


def stage(people: Company, email: str) -> object:
    path = f"/crm/v3/objects/contacts/{email}"
    answer = people.portal.get(path, idProperty="email", properties="crmbridge_stage").json()
    return answer["properties"]["crmbridge_stage"]


def let_go(people: Company) -> None:
    """The rep has no luck: there is no budget."""
    found = people.query("SELECT Id FROM PermissionSet WHERE Name = 'CRMBridge_Sales'")
    body = {"PermissionSetId": found[0]["Id"], "AssigneeId": people.rep}
    assert 201 == people.org.post(f"{API}/sobjects/PermissionSetAssignment", body).status_code
    lead = people.query("SELECT Id FROM Lead")[0]["Id"]
    token = people.org.sim("session", {"user_id": people.rep})["access_token"]
    values = {"Status": "Closed - Not Converted", "CRMBridge_Reason__c": "BUDGET"}
    with people.sandbox.salesforce_client(token) as rep:
        headers = {"Sforce-Auto-Assign": "FALSE"}
        answer = rep.call("PATCH", f"{API}/sobjects/Lead/{lead}", values, headers=headers)
    assert 204 == answer.status_code, answer.text


def test_insight_waits_first_while_stages_are_written_and_is_written_in_the_end(
    people: Company,
) -> None:
    before = insight(people)
    leave_in_salesforce(people, 0.2)
    visit(people, "https://acme.example/pricing")
    people.form(BO, "Request a demo")
    for _ in range(3):
        people.cycle()
    assert before == insight(people)
    assert 2 == len(people.query("SELECT Id FROM Lead")), "a hand-over does not wait"
    people.sandbox.salesforce_world.usage.maximum *= 10
    for _ in range(2):
        people.cycle()
    assert "pricing" in insight(people)
    assert before != insight(people)


def test_at_last_nurture_waits_too_and_the_stage_goes_first(people: Company) -> None:
    leave_in_hubspot(people, 0.05)
    let_go(people)
    for _ in range(2):
        people.cycle()
    assert ("RECYCLED", 0) == (stage(people, ADA), members(people))
    bridge = people.bridge
    found = Reconciler(bridge.store, bridge.connectors, bridge.rules).run(people.clock.now(), "")
    (difference,) = found.differences
    assert (LIST, Cause.PENDING) == (difference.population, difference.cause)
    assert "calls are scarce" in difference.why
    people.cycle(24 * 60)
    people.cycle()
    assert 1 == members(people), "the day has turned"


def test_it_is_said_once_and_once_when_it_is_over(people: Company) -> None:
    with capture_logs() as logs:
        leave_in_salesforce(people, 0.2)
        for number in range(5):
            visit(people, f"https://acme.example/{number}")
            people.cycle()
        people.sandbox.salesforce_world.usage.maximum *= 10
        for _ in range(3):
            people.cycle()
    told = [
        (each["event"], each["log_level"], each["system"], each["waiting"])
        for each in logs
        if each["event"].startswith("calls_")
    ]
    assert [
        ("calls_scarce", "warning", "salesforce", ["insight"]),
        ("calls_plenty_again", "info", "salesforce", []),
    ] == told


def test_cold_streams_are_read_less_often(people: Company) -> None:
    """They are due every quarter of an hour; where calls are scarce, every hour."""

    def readings() -> int:
        seen = set()
        for _ in range(24):
            people.cycle(5)
            with people.bridge.store.read() as tx:
                seen.add(tx.polled_at("hubspot", "owners"))
        return len(seen)

    assert 8 <= readings() <= 9
    leave_in_hubspot(people, 0.05)
    assert 2 <= readings() <= 3
