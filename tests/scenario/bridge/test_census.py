"""What no poll can show is found by counting: purged, erased and never shown records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from company import Company, company

from crmbridge.core.facts import FactKind
from crmbridge.core.model import ObjectType, Record, Ref, Side
from crmbridge.engine.census import Census
from crmbridge.sandbox.seeding import API

ADA = "ada@northwind.example"
DAY = 24 * 60


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path) as people:
        yield people


def add_leads(people: Company, count: int) -> list[str]:
    """Leads by a data load, read by the bridge."""
    world = people.sandbox.salesforce_world
    values = {"LastName": "Load", "Company": "Acme", "Status": "Open - Not Contacted"}
    user = world.integration_user_id
    ids = [str(world.insert("Lead", user, dict(values))["Id"]) for _ in range(count)]
    people.cycle()
    return ids


def purge(people: Company, identity: str) -> None:
    answer = people.org.call("DELETE", f"{API}/sobjects/Lead/{identity}")
    assert answer.status_code == 204
    people.org.sim("purge", {"object": "Lead", "id": identity})


def lead(people: Company, identity: str) -> Record:
    return held(people, Ref(system="salesforce", object_type=ObjectType.LEAD, id=identity))


def contact_of(people: Company, identity: str) -> Record:
    return held(people, Ref(system="hubspot", object_type=ObjectType.CONTACT, id=identity))


def held(people: Company, ref: Ref) -> Record:
    """The record as the store has it."""
    with people.bridge.store.read() as tx:
        found = tx.record(ref)
    assert found is not None
    return found


def census(people: Company) -> tuple[int, int]:
    """Records that a count of Salesforce brings to light, and the calls it takes."""
    connector = people.bridge.connectors[Side.SALES]
    before = connector.calls
    pages = list(Census(store=people.bridge.store, connector=connector).take())
    return sum(len(page.records) for page in pages), connector.calls - before


def test_a_purged_lead_is_found_within_a_day(people: Company) -> None:
    ids = add_leads(people, 450)
    people.cycle(DAY)
    purge(people, ids[321])
    people.cycle()
    assert not lead(people, ids[321]).deleted
    people.cycle(DAY)
    assert [ids[321]] == [identity for identity in ids if lead(people, identity).deleted]


def test_a_count_costs_one_call_and_a_search_four_more(people: Company) -> None:
    ids = add_leads(people, 450)
    assert (0, 1) == census(people)
    purge(people, ids[321])
    # Ten parts in two calls, the ids of the part that differs, and the lead itself.
    assert (1, 5) == census(people)


def test_a_lead_that_no_poll_showed_is_read(people: Company) -> None:
    add_leads(people, 10)
    people.cycle(DAY)
    world = people.sandbox.salesforce_world
    hidden = world.insert(
        "Lead",
        world.integration_user_id,
        {"LastName": "Late", "Company": "Acme", "Status": "Open - Not Contacted"},
    )
    people.org.sim("late", {"object": "Lead", "id": hidden["Id"], "seconds_older": 40 * DAY * 60})
    people.cycle(DAY)
    assert not lead(people, str(hidden["Id"])).deleted


def test_an_erased_contact_is_found_within_a_day(people: Company) -> None:
    contact = people.contact(ADA)
    people.cycle()
    people.cycle(DAY)
    answer = people.portal.post("/crm/v3/objects/contacts/gdpr-delete", {"objectId": contact})
    assert answer.status_code == 204
    people.cycle(DAY)
    assert contact_of(people, contact).deleted


def test_an_archived_contact_is_found_with_what_it_did_and_so_is_its_return(
    people: Company,
) -> None:
    contact = people.contact(ADA)
    people.cycle()
    people.cycle(DAY)
    people.form(ADA, "Request a demo")
    answer = people.portal.call("DELETE", f"/crm/v3/objects/contacts/{contact}")
    assert answer.status_code == 204
    people.cycle(DAY)
    gone = contact_of(people, contact)
    with people.bridge.store.read() as tx:
        did = [fact.kind for fact in tx.facts_of([gone.ref])]
    assert (True, ADA) == (gone.deleted, gone.fields["email"])
    assert [FactKind.ENGAGEMENT] == did
    people.visitors.sim("restore", {"id": contact})
    people.cycle(DAY)
    assert not contact_of(people, contact).deleted


def test_leads_that_went_out_of_sight_together_are_not_taken_for_deleted(people: Company) -> None:
    ids = add_leads(people, 200)
    people.cycle(DAY)
    for identity in ids[:60]:
        people.org.sim("purge", {"object": "Lead", "id": identity})
    with structlog.testing.capture_logs() as logs:
        people.cycle(DAY)
    assert not any(lead(people, identity).deleted for identity in ids)
    (said,) = [each for each in logs if each["event"] == "records_out_of_sight"]
    assert (said["object"], said["known"], said["visible"]) == ("lead", 200, 140)
