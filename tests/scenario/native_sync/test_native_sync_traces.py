"""What HubSpot's own sync leaves on a contact proves who is who; what it does not do is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from beside_story import Beside, beside
from populations import patch_contact

from crmbridge.core.model import ObjectType
from crmbridge.sandbox.native_sync import BESIDE
from crmbridge.sandbox.seeding import API


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A company with HubSpot's own sync; each test has people of its own."""
    folder: Path = tmp_path_factory.mktemp("traces")
    with beside(folder, BESIDE) as made:
        yield made


def records_of(world: Beside, email: str) -> list[ObjectType]:
    """The kinds of record of the one person with this address."""
    with world.people.bridge.store.read() as tx:
        found = [
            [ref.object_type for ref in tx.links(uid)]
            for uid in tx.uids()
            if any(
                (record := tx.record(ref)) is not None and record.fields.get("email") == email
                for ref in tx.links(uid)
            )
        ]
    assert 1 == len(found), found
    return sorted(found[0])


def test_the_lead_id_on_the_contact_proves_a_lead_with_another_address(world: Beside) -> None:
    world.people.contact("dora@northwind.example", company="Northwind")
    patch_contact(world.people, "dora@northwind.example", lifecyclestage="marketingqualifiedlead")
    assert world.native is not None
    world.people.clock.advance(900)
    assert 1 == world.native.run().leads
    world.change("dora@northwind.example", Email="dora@private.example")
    world.people.cycle()

    both = [ObjectType.CONTACT, ObjectType.LEAD]
    assert both == records_of(world, "dora@northwind.example")
    world.pass_time()
    assert both == records_of(world, "dora@private.example")


def test_a_rep_s_new_lead_becomes_a_contact_and_one_person(world: Beside) -> None:
    people = world.people
    lead = {"LastName": "Evers", "Company": "Evers AG", "Email": "emil@evers.example"}
    people.org.post(f"{API}/sobjects/Lead", lead).raise_for_status()
    world.pass_time()

    assert [ObjectType.CONTACT, ObjectType.LEAD] == records_of(world, "emil@evers.example")
    answer = people.portal.get(
        "/crm/v3/objects/contacts/emil@evers.example",
        idProperty="email",
        properties="hs_object_source,salesforceleadid",
    ).json()["properties"]
    assert "SALESFORCE" == answer["hs_object_source"]
    assert answer["salesforceleadid"].startswith("00Q")


def test_an_mql_whom_it_cannot_hand_over_is_asked_about_until_it_does(world: Beside) -> None:
    world.people.contact("finn@northwind.example", company="")
    world.people.form("finn@northwind.example", "Request a demo")
    world.pass_time(2)
    assert world.native is not None
    assert 0 < world.native.total.errors["REQUIRED_FIELD_MISSING"]
    assert [] == questions(world)
    world.pass_time(2)
    assert ["not_handed_over"] == questions(world)

    patch_contact(world.people, "finn@northwind.example", company="Northwind")
    world.pass_time(2)
    assert [] == questions(world)
    assert [ObjectType.CONTACT, ObjectType.LEAD] == records_of(world, "finn@northwind.example")


def questions(world: Beside) -> list[str]:
    with world.people.bridge.store.read() as tx:
        return [each.kind for each in tx.open_reviews()]
