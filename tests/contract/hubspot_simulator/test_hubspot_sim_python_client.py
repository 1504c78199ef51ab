"""The vendor's Python client, unmodified and typed, against the simulator."""

from __future__ import annotations

from typing import Any

import hubspot
import pytest
import urllib3
from hubspot.communication_preferences import PublicUpdateSubscriptionStatusRequest
from hubspot.crm.associations.v4.schema import PublicAssociationDefinitionCreateRequest
from hubspot.crm.contacts import (
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchReadInputSimplePublicObjectId,
    PublicObjectSearchRequest,
    SimplePublicObjectBatchInputForCreate,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import ApiException, NotFoundException
from hubspot.crm.lists import ListCreateRequest, ListFolderCreateRequest, ListMoveRequest
from hubspot.crm.objects import SimplePublicObjectInputForCreate as ObjectInput
from hubspot.crm.properties import PropertyCreate
from hubspot.crm.schemas import ObjectSchemaEgg, ObjectTypeDefinitionLabels

from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.simulator import HubSpotWorld


@pytest.fixture
def client(base_url: str, world: HubSpotWorld) -> Any:
    retry = urllib3.Retry(total=0, redirect=False, raise_on_status=False)
    return hubspot.Client.create(
        access_token=world.token("crmbridge"), host=base_url, base_url=base_url, retry=retry
    )


@pytest.fixture
def crm(client: Any) -> Any:
    return client.crm


def create(crm: Any, email: str) -> str:
    body = SimplePublicObjectInputForCreate(properties={"email": email}, associations=[])
    made = crm.contacts.basic_api.create(body)
    return str(made.id)


def test_contacts_are_created_read_changed_and_archived(crm: Any) -> None:
    contact_id = create(crm, "ada@example.com")
    api = crm.contacts.basic_api
    api.update(contact_id, SimplePublicObjectInput(properties={"jobtitle": "CTO"}))
    read = api.get_by_id(
        contact_id,
        properties=["email", "jobtitle"],
        properties_with_history=["jobtitle"],
        archived=False,
    )
    assert read.properties["jobtitle"] == "CTO"
    assert read.properties_with_history["jobtitle"][0].source_type == "API"
    assert read.created_at.isoformat() == "2026-03-02T09:00:00+00:00"
    by_email = api.get_by_id("ada@example.com", id_property="email")
    assert by_email.id == contact_id
    api.archive(contact_id)
    with pytest.raises(NotFoundException):
        api.get_by_id(contact_id)


def test_a_conflict_is_an_api_exception_with_its_body(crm: Any) -> None:
    contact_id = create(crm, "ada@example.com")
    with pytest.raises(ApiException) as caught:
        create(crm, "ada@example.com")
    assert caught.value.status == 409
    assert f"Existing ID: {contact_id}" in caught.value.body


def test_pages_and_get_all(crm: Any) -> None:
    ids = [create(crm, f"p{n}@example.com") for n in range(3)]
    page = crm.contacts.basic_api.get_page(limit=2)
    assert page.paging.next.after == ids[2]
    assert [one.id for one in crm.contacts.get_all()] == ids


def test_search_pages(crm: Any) -> None:
    for n in range(5):
        create(crm, f"p{n}@example.com")
    found, after = [], None
    while True:
        page = crm.contacts.search_api.do_search(
            PublicObjectSearchRequest(
                filter_groups=[
                    {
                        "filters": [
                            {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "0"}
                        ]
                    }
                ],
                sorts=[{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}],
                properties=["email"],
                limit=2,
                after=after,
            )
        )
        found += [one.properties["email"] for one in page.results]
        if page.paging is None:
            break
        after = page.paging.next.after
    assert sorted(found) == [f"p{n}@example.com" for n in range(5)]


def test_batches_with_and_without_errors(crm: Any) -> None:
    contact_id = create(crm, "ada@example.com")
    api = crm.contacts.batch_api
    clean = api.read(
        BatchReadInputSimplePublicObjectId(
            inputs=[{"id": contact_id}], properties=["email"], properties_with_history=[]
        )
    )
    assert not hasattr(clean, "num_errors")
    partial = api.update(
        BatchInputSimplePublicObjectBatchInput(
            inputs=[
                {"id": contact_id, "properties": {"city": "Bonn"}},
                {"id": "9", "properties": {"city": "Bonn"}},
            ]
        )
    )
    assert partial.num_errors == 1
    assert partial.errors[0].category == "OBJECT_NOT_FOUND"
    assert partial.errors[0].context == {"ids": ["9"]}
    created = api.create(
        BatchInputSimplePublicObjectBatchInputForCreate(
            inputs=[
                SimplePublicObjectBatchInputForCreate(
                    properties={"email": email},
                    associations=[],
                    object_write_trace_id=email,
                )
                for email in ("ada@example.com", "bob@example.com")
            ]
        )
    )
    assert [one.object_write_trace_id for one in created.results] == ["bob@example.com"]
    assert created.errors[0].context["objectWriteTraceId"] == ["ada@example.com"]


def test_upsert_by_email(crm: Any) -> None:
    contact_id = create(crm, "ada@example.com")
    answer = crm.contacts.batch_api.upsert(
        BatchInputSimplePublicObjectBatchInputUpsert(
            inputs=[
                {"id": email, "idProperty": "email", "properties": {"city": "Bonn"}}
                for email in ("ada@example.com", "new@example.com")
            ]
        )
    )
    new = {one.id: one.new for one in answer.results}
    assert new.pop(contact_id) is False
    assert list(new.values()) == [True]


def test_lists_and_memberships(crm: Any) -> None:
    contact_id = create(crm, "ada@example.com")
    made = crm.lists.lists_api.create(
        ListCreateRequest(name="Nurture", object_type_id="0-1", processing_type="MANUAL")
    ).list
    change = crm.lists.memberships_api.add(made.list_id, [contact_id, "9"])
    assert (change.records_ids_added, change.record_ids_missing) == ([contact_id], ["9"])
    members = crm.lists.memberships_api.get_page(made.list_id)
    assert [one.record_id for one in members.results] == [contact_id]
    named = crm.lists.lists_api.get_by_name(list_name="Nurture", object_type_id="0-1")
    assert named.list.list_id == made.list_id
    of_record = crm.lists.memberships_api.get_lists("0-1", contact_id)
    assert of_record.results[0].list_id == made.list_id


def test_a_list_takes_anothers_members_and_is_emptied(crm: Any) -> None:
    contact_id = create(crm, "ada@example.com")
    lists, members = crm.lists.lists_api, crm.lists.memberships_api
    source, target = (
        lists.create(
            ListCreateRequest(name=name, object_type_id="0-1", processing_type="MANUAL")
        ).list.list_id
        for name in ("From", "To")
    )
    members.add(source, [contact_id])
    members.add_all_from_list(target, source)
    assert [contact_id] == [one.record_id for one in members.get_page(target).results]
    members.remove_all(target)
    assert [] == members.get_page(target).results
    assert [contact_id] == [one.record_id for one in members.get_page(source).results]


def test_properties_owners_and_associations(crm: Any, portal: SimulatorClient) -> None:
    made = crm.properties.core_api.create(
        "contacts",
        PropertyCreate(
            name="fit_score",
            label="Fit",
            group_name="contactinformation",
            type="number",
            field_type="number",
        ),
    )
    assert made.created_at.isoformat() == "2026-03-02T09:00:00+00:00"
    listed = crm.properties.core_api.get_all("contacts")
    assert "fit_score" in {one.name for one in listed.results}
    owner = portal.sim("owners", {"email": "rep@example.com"})
    assert [one.id for one in crm.owners.owners_api.get_page().results] == [owner["id"]]
    contact_id = create(crm, "ada@example.com")
    company = portal.post("/crm/v3/objects/companies", {"properties": {"name": "A"}}).json()
    api = crm.associations.v4.basic_api
    api.create_default("contacts", contact_id, "companies", company["id"])
    linked = api.get_page("contacts", contact_id, "companies")
    assert str(linked.results[0].to_object_id) == company["id"]


def test_custom_objects_and_their_labels(crm: Any) -> None:
    schema = crm.schemas.core_api.create(
        ObjectSchemaEgg(
            name="car",
            labels=ObjectTypeDefinitionLabels(singular="Car", plural="Cars"),
            properties=[{"name": "plate", "label": "Plate", "type": "string", "fieldType": "text"}],
            required_properties=["plate"],
            associated_objects=["CONTACT"],
        )
    )
    kind = schema.object_type_id
    assert [one.name for one in crm.schemas.core_api.get_all().results] == ["car"]
    label = PublicAssociationDefinitionCreateRequest(
        name="driver", label="Driven by", inverse_label="Drives"
    )
    labels = crm.associations.v4.schema.definitions_api
    driver = labels.create(kind, "contacts", label).results[0]
    assert driver.category == "USER_DEFINED"
    contact_id = create(crm, "ada@example.com")
    spec = {"associationCategory": driver.category, "associationTypeId": driver.type_id}
    made = crm.objects.basic_api.create(
        kind,
        ObjectInput(
            properties={"plate": "B-A 1"},
            associations=[{"to": {"id": contact_id}, "types": [spec]}],
        ),
    )
    assert [one.id for one in crm.objects.basic_api.get_page(kind).results] == [made.id]
    linked = crm.associations.v4.basic_api.get_page("contacts", contact_id, kind).results
    assert [one.label for one in linked[0].association_types] == ["Drives", None]
    shown = {one.label for one in labels.get_all("contacts", kind).results}
    assert shown == {"Drives", None}


def test_folders_of_lists(crm: Any) -> None:
    wish = ListCreateRequest(name="A", object_type_id="0-1", processing_type="MANUAL")
    made = crm.lists.lists_api.create(wish).list
    api = crm.lists.folders_api
    folder = api.create(ListFolderCreateRequest(name="Nurture")).folder
    api.move_list(ListMoveRequest(list_id=made.list_id, new_folder_id=str(folder.id)))
    assert api.get_all(folder_id=str(folder.id)).folder.child_lists == [int(made.list_id)]


def test_who_may_be_mailed(client: Any) -> None:
    preferences = client.communication_preferences
    kinds = preferences.definition_api.get_page().subscription_definitions
    wish = PublicUpdateSubscriptionStatusRequest(
        email_address="ada@example.com",
        subscription_id=kinds[0].id,
        legal_basis="CONSENT_WITH_NOTICE",
        legal_basis_explanation="asked for it",
    )
    assert preferences.status_api.subscribe(wish).status == "SUBSCRIBED"
    statuses = preferences.status_api.get_email_status("ada@example.com").subscription_statuses
    assert [one.status for one in statuses] == ["SUBSCRIBED", "NOT_SUBSCRIBED", "NOT_SUBSCRIBED"]
    assert preferences.status_api.unsubscribe(wish).status == "NOT_SUBSCRIBED"
