"""The model of HubSpot's own Salesforce sync, between two simulated CRMs without a bridge."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.clock import WorldClock
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.native_sync import (
    BESIDE,
    EVERY,
    FieldMapping,
    NativeSync,
    Pacemaker,
    Passed,
    SyncRule,
)
from crmbridge.sandbox.seeding import API

ADA = "ada@northwind.example"
_CONTACTS = "/crm/v3/objects/contacts"
_TITLE_RULES = {
    rule: tuple(
        replace(each, rule=rule) if each.property == "jobtitle" else each for each in BESIDE
    )
    for rule in SyncRule
}


class World:
    """Two CRMs with the sync between them, a marketer and a rep."""

    def __init__(self, sandbox: Sandbox, mapping: Sequence[FieldMapping]) -> None:
        self.sandbox = sandbox
        self.portal = sandbox.hubspot_client(sandbox.marketer_token)
        self.org = sandbox.salesforce_client(sandbox.connection()["salesforce"]["access_token"])
        self.rep = self.org.sim("users", {"Name": "Nora Rep", "Email": "nora@crm.example"})["id"]
        self.org.sim("assignment", {"users": [self.rep]})
        self.native = NativeSync.connect(sandbox, mapping)

    def run(self) -> Passed:
        """A quarter of an hour passes."""
        self.sandbox.clock.advance(EVERY.total_seconds())
        return self.native.run()

    def contact(self, email: str = ADA, **more: str) -> str:
        properties = {"email": email, "lastname": "Abbott", "company": "Northwind", **more}
        answer = self.portal.post(_CONTACTS, {"properties": properties})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def mql(self, email: str = ADA, **more: str) -> str:
        """A contact on the inclusion list."""
        return self.contact(email, lifecyclestage="marketingqualifiedlead", **more)

    def edit(self, contact: str, **properties: str) -> None:
        path = f"{_CONTACTS}/{contact}"
        answer = self.portal.call("PATCH", path, {"properties": properties})
        assert answer.ok, answer.text

    def shown(self, contact: str, *names: str, history: str = "") -> Any:
        more = {"propertiesWithHistory": history} if history else {}
        answer = self.portal.get(f"{_CONTACTS}/{contact}", properties=",".join(names), **more)
        return answer.json()["propertiesWithHistory" if history else "properties"]

    def lead(self, **values: Any) -> str:
        body = {"LastName": "Abbott", "Company": "Northwind", "Email": ADA, **values}
        answer = self.org.post(f"{API}/sobjects/Lead", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def change(self, lead: str, **values: Any) -> None:
        path, quiet = f"{API}/sobjects/Lead/{lead}", {"Sforce-Auto-Assign": "FALSE"}
        assert self.org.call("PATCH", path, values, headers=quiet).ok

    def query(self, soql: str) -> list[dict[str, Any]]:
        answer = self.org.get(f"{API}/query", q=soql)
        assert answer.ok, answer.text
        return list(answer.json()["records"])


@contextmanager
def made(mapping: Sequence[FieldMapping] = BESIDE) -> Iterator[World]:
    clock = WorldClock(datetime(2026, 6, 9, 7, 5, tzinfo=UTC))
    with Sandbox(clock, rate_limits=False, native_connector=True) as sandbox:
        yield World(sandbox, mapping)


@pytest.fixture
def world() -> Iterator[World]:
    with made() as found:
        yield found


def test_who_is_on_the_inclusion_list_becomes_a_lead_that_the_org_assigns(world: World) -> None:
    contact = world.mql(jobtitle="CFO", country="Germany")
    world.contact("ben@northwind.example")

    assert 1 == world.run().leads
    (lead,) = world.query(
        "SELECT Id, Email, Title, Country, OwnerId, Status, CreatedBy.Name FROM Lead"
    )
    assert (ADA, "CFO", "Germany") == (lead["Email"], lead["Title"], lead["Country"])
    assert (world.rep, "Open - Not Contacted") == (lead["OwnerId"], lead["Status"])
    assert "HubSpot Integration" == lead["CreatedBy"]["Name"]
    shown = world.shown(contact, "salesforceleadid", "salesforceownerid", "salesforcelastsynctime")
    assert (lead["Id"], world.rep) == (shown["salesforceleadid"], shown["salesforceownerid"])
    (version,) = world.shown(contact, history="salesforceleadid")["salesforceleadid"]
    assert "SALESFORCE" == version["sourceType"]
    assert not world.run().wrote
    assert not world.run().wrote


def test_a_known_address_is_linked_a_contact_before_a_lead(world: World) -> None:
    account = world.org.post(f"{API}/sobjects/Account", {"Name": "Northwind"}).json()["id"]
    world.lead()
    body = {"LastName": "Abbott", "Email": ADA.upper(), "AccountId": account}
    known = world.org.post(f"{API}/sobjects/Contact", body).json()["id"]
    contact = world.mql()

    passed = world.run()
    assert (0, 1) == (passed.leads, passed.linked)
    shown = world.shown(contact, "salesforcecontactid", "salesforceaccountid", "salesforceleadid")
    assert (known, account) == (shown["salesforcecontactid"], shown["salesforceaccountid"])
    assert not shown["salesforceleadid"]


def test_new_leads_become_contacts_and_no_more_is_passed_of_them(world: World) -> None:
    world.sandbox.clock.advance(60)
    lead = world.lead(Title="CFO")
    assert 1 == world.run().contacts
    answer = world.portal.get(f"{_CONTACTS}/{ADA}", idProperty="email", properties="jobtitle")
    contact = str(answer.json()["id"])
    assert "CFO" == answer.json()["properties"]["jobtitle"]

    world.change(lead, Title="CEO")
    assert not world.run().wrote
    world.edit(contact, lifecyclestage="salesqualifiedlead")
    assert 1 == world.run().to_hubspot
    assert "CEO" == world.shown(contact, "jobtitle")["jobtitle"]


def test_leads_from_before_it_was_connected_become_no_contacts() -> None:
    clock = WorldClock(datetime(2026, 6, 9, 7, 5, tzinfo=UTC))
    with Sandbox(clock, rate_limits=False, native_connector=True) as sandbox:
        org = sandbox.salesforce_client(sandbox.connection()["salesforce"]["access_token"])
        old = {"LastName": "Old", "Company": "Old", "Email": "old@old.example"}
        identity = org.post(f"{API}/sobjects/Lead", old).json()["id"]
        native = NativeSync.connect(sandbox)
        clock.advance(900)
        path = f"{API}/sobjects/Lead/{identity}"
        assert org.call("PATCH", path, {"Title": "CFO"}).ok
        assert not native.run().wrote


@pytest.mark.parametrize(
    ("rule", "after_hubspot", "after_both", "after_deletion"),
    [
        (SyncRule.PREFER_SALESFORCE, ("VP", "VP"), ("CEO", "CEO"), ("", None)),
        (SyncRule.ALWAYS_SALESFORCE, ("VP", None), ("CEO", "CEO"), ("", None)),
        (SyncRule.TWO_WAY, ("VP", "VP"), ("CEO", "CEO"), ("", None)),
        (SyncRule.NONE, ("VP", None), ("COO", "CEO"), ("COO", None)),
    ],
)
def test_the_four_rules(
    rule: SyncRule,
    after_hubspot: tuple[str, str | None],
    after_both: tuple[str, str],
    after_deletion: tuple[str, None],
) -> None:
    with made(_TITLE_RULES[rule]) as world:
        contact = world.mql()
        world.run()
        (lead,) = world.query("SELECT Id FROM Lead")

        def held() -> tuple[str, str | None]:
            (row,) = world.query("SELECT Title FROM Lead")
            return world.shown(contact, "jobtitle")["jobtitle"] or "", row["Title"]

        world.edit(contact, jobtitle="VP")
        world.run()
        assert after_hubspot == held()
        world.edit(contact, jobtitle="COO")
        world.sandbox.clock.advance(60)
        world.change(lead["Id"], Title="CEO")
        world.run()
        assert after_both == held()
        world.change(lead["Id"], Title=None)
        world.run()
        assert after_deletion == held()
        assert not world.run().wrote


def test_conversion_is_followed_and_its_deal_copied_once(world: World) -> None:
    contact = world.mql()
    world.run()
    (lead,) = world.query("SELECT Id FROM Lead")
    ids = world.org.sim("convert", {"lead_id": lead["Id"], "user_id": world.rep})
    assert 1 == world.run().deals
    shown = world.shown(contact, "salesforcecontactid", "salesforceaccountid")
    assert ids["contact_id"] == shown["salesforcecontactid"]
    assert ids["account_id"] == shown["salesforceaccountid"]
    path = f"{API}/sobjects/Opportunity/{ids['opportunity_id']}"
    assert world.org.call("PATCH", path, {"StageName": "Closed Won"}).ok
    assert 1 == world.run().deals
    answer = world.portal.get(
        "/crm/v3/objects/deals",
        properties="hs_salesforceopportunityid,hs_is_closed_won",
        associations="contacts",
    )
    (deal,) = answer.json()["results"]
    assert ids["opportunity_id"] == deal["properties"]["hs_salesforceopportunityid"]
    assert "true" == deal["properties"]["hs_is_closed_won"]
    assert contact == str(deal["associations"]["contacts"]["results"][0]["id"])
    assert not world.run().wrote


def test_a_deleted_lead_is_noted_and_not_made_again_until_sales_has_another(
    world: World,
) -> None:
    contact = world.mql()
    world.run()
    (lead,) = world.query("SELECT Id FROM Lead")
    assert world.org.call("DELETE", f"{API}/sobjects/Lead/{lead['Id']}").ok
    world.run()
    assert "true" == world.shown(contact, "salesforcedeleted")["salesforcedeleted"]
    world.edit(contact, jobtitle="CFO")
    assert 0 == world.run().leads
    other = world.lead()
    assert 1 == world.run().linked
    shown = world.shown(contact, "salesforcedeleted", "salesforceleadid")
    assert (other, "") == (shown["salesforceleadid"], shown["salesforcedeleted"] or "")


def test_owners_of_one_address_go_both_ways(world: World) -> None:
    owner = world.sandbox.hubspot_client().sim(
        "owners", {"email": "nora@crm.example", "firstName": "Nora", "lastName": "Rep"}
    )["id"]
    other = world.org.sim("users", {"Name": "Lars Rep", "Email": "lars@crm.example"})["id"]
    theirs = world.sandbox.hubspot_client().sim(
        "owners", {"email": "lars@crm.example", "firstName": "Lars", "lastName": "Rep"}
    )["id"]
    contact = world.mql(hubspot_owner_id=str(theirs))
    world.run()
    (lead,) = world.query("SELECT Id, OwnerId FROM Lead")
    assert other == lead["OwnerId"]
    world.change(lead["Id"], OwnerId=world.rep)
    world.run()
    assert str(owner) == world.shown(contact, "hubspot_owner_id")["hubspot_owner_id"]
    world.edit(contact, hubspot_owner_id=str(theirs))
    world.run()
    assert other == world.query("SELECT OwnerId FROM Lead")[0]["OwnerId"]


def test_what_a_crm_refuses_is_counted_and_tried_with_the_next_change(world: World) -> None:
    contact = world.mql(company="")
    assert {"REQUIRED_FIELD_MISSING": 1} == dict(world.run().errors)
    assert {} == dict(world.run().errors)
    world.edit(contact, company="Northwind")
    assert 1 == world.run().leads


def test_a_crm_that_does_not_answer_is_asked_again_at_the_next_run(world: World) -> None:
    world.mql()
    fault = {"action": "status", "status": 503, "path": ".*/composite.*", "times": 1}
    world.org.sim("faults", fault)
    failed = world.run()
    assert (0, 1) == (failed.leads, sum(failed.errors.values()))
    assert "@" not in "".join(failed.errors)
    assert 1 == world.run().leads


def test_it_comes_by_at_every_quarter_of_an_hour_of_the_world_s_clock(world: World) -> None:
    clock = world.sandbox.clock
    assert clock.now() + timedelta(minutes=10) == world.native.next_at
    world.mql()
    with Pacemaker(world.native, clock):
        clock.advance(3600)
        end = time.monotonic() + 20
        while not world.native.total.leads and time.monotonic() < end:
            time.sleep(0.05)
    assert 1 == world.native.total.leads
    assert clock.now() + timedelta(minutes=10) == world.native.next_at
