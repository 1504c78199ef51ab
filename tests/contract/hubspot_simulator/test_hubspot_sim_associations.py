"""Associations v4, both ways round, and what contacts notice of them."""

from __future__ import annotations

import pytest

from crmbridge.simulation import SimulatorClient

OBJECTS = "/crm/v3/objects"


def make(portal: SimulatorClient, kind: str, **properties: str) -> str:
    answer = portal.post(f"{OBJECTS}/{kind}", {"properties": properties})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture
def contact(portal: SimulatorClient) -> str:
    make(portal, "contacts", email="first@example.com")
    return make(portal, "contacts", email="ada@example.com")


@pytest.fixture
def acme(portal: SimulatorClient) -> str:
    return make(portal, "companies", name="Acme")


def primary(portal: SimulatorClient, contact: str) -> str | None:
    read = portal.get(f"{OBJECTS}/contacts/{contact}", properties="associatedcompanyid").json()
    value: str | None = read["properties"]["associatedcompanyid"]
    return value


def test_the_first_company_becomes_primary(
    portal: SimulatorClient, contact: str, acme: str
) -> None:
    url = f"/crm/v4/objects/contacts/{contact}/associations"
    assert portal.call("PUT", f"{url}/default/companies/{acme}").status_code == 200
    assert portal.get(f"{url}/companies").json() == {
        "results": [
            {
                "toObjectId": int(acme),
                "associationTypes": [
                    {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"},
                    {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None},
                ],
            }
        ]
    }
    assert primary(portal, contact) == acme
    back = portal.get(f"/crm/v4/objects/companies/{acme}/associations/contacts").json()
    assert back["results"][0]["toObjectId"] == int(contact)
    assert [one["typeId"] for one in back["results"][0]["associationTypes"]] == [2, 280]


def test_a_second_company_is_not_primary_until_it_is_labelled_so(
    portal: SimulatorClient, contact: str, acme: str
) -> None:
    other = make(portal, "companies", name="Other")
    url = f"/crm/v4/objects/contacts/{contact}/associations"
    portal.call("PUT", f"{url}/default/companies/{acme}")
    portal.call("PUT", f"{url}/default/companies/{other}")
    assert primary(portal, contact) == acme
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    labelled = portal.call("PUT", f"{url}/companies/{other}", spec)
    assert labelled.status_code == 201
    assert labelled.json() == {
        "fromObjectTypeId": "0-1",
        "fromObjectId": int(contact),
        "toObjectTypeId": "0-2",
        "toObjectId": int(other),
        "labels": ["Primary"],
    }
    assert primary(portal, contact) == other


def test_writing_the_company_property_associates(
    portal: SimulatorClient, contact: str, acme: str
) -> None:
    url = f"{OBJECTS}/contacts/{contact}"
    portal.call("PATCH", url, {"properties": {"associatedcompanyid": acme}})
    read = portal.get(url, associations="companies").json()["associations"]
    assert [one["id"] for one in read["companies"]["results"]] == [acme, acme]
    assert read["companies"]["results"][0]["type"] == "contact_to_company"
    portal.call("PATCH", url, {"properties": {"associatedcompanyid": ""}})
    assert "companies" not in portal.get(url, associations="companies").json()["associations"]


def test_a_deleted_association_or_company_leaves_no_primary(
    portal: SimulatorClient, contact: str, acme: str
) -> None:
    url = f"/crm/v4/objects/contacts/{contact}/associations"
    portal.call("PUT", f"{url}/default/companies/{acme}")
    assert portal.call("DELETE", f"{url}/companies/{acme}").status_code == 204
    assert primary(portal, contact) == ""
    portal.call("PUT", f"{url}/default/companies/{acme}")
    portal.call("DELETE", f"{OBJECTS}/companies/{acme}")
    assert primary(portal, contact) == ""


def test_a_task_is_created_with_its_contact_and_the_contact_feels_it(
    portal: SimulatorClient, contact: str
) -> None:
    portal.sim("clock", {"advance_seconds": 60})
    body = {
        "properties": {"hs_timestamp": "2026-03-03T09:00:00Z", "hs_task_subject": "Call"},
        "associations": [
            {
                "to": {"id": contact},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}],
            }
        ],
    }
    task = portal.post(f"{OBJECTS}/tasks", body)
    assert task.status_code == 201
    tasks = portal.get(f"/crm/v4/objects/contacts/{contact}/associations/tasks").json()
    assert tasks["results"][0]["toObjectId"] == int(task.json()["id"])
    read = portal.get(f"{OBJECTS}/contacts/{contact}", properties="num_notes").json()
    assert read["properties"]["num_notes"] == "1"
    assert read["updatedAt"] == "2026-03-02T09:01:00.000Z"


@pytest.mark.parametrize(
    "associations",
    [
        [{"to": {"id": "9"}, "types": [{"associationTypeId": 204}]}],
        [{"to": {"id": "210000000001"}, "types": [{"associationTypeId": 202}]}],
        [{"to": {"id": "x"}, "types": []}],
        [{"types": [{"associationTypeId": 204}]}],
        {"to": "x"},
    ],
)
def test_impossible_associations_make_no_record(
    portal: SimulatorClient, contact: str, associations: object
) -> None:
    body = {"properties": {"hs_timestamp": "1"}, "associations": associations}
    assert portal.post(f"{OBJECTS}/tasks", body).status_code == 400
    assert portal.get(f"{OBJECTS}/tasks").json()["results"] == []


def test_batch_read_leaves_out_the_lonely_and_reports_the_unknown(
    portal: SimulatorClient, contact: str, acme: str
) -> None:
    lonely = make(portal, "contacts", email="lonely@example.com")
    batch = "/crm/v4/associations/contacts/companies/batch"
    pair = {"from": {"id": contact}, "to": {"id": acme}}
    made = portal.post(f"{batch}/associate/default", {"inputs": [pair]})
    assert made.status_code == 200
    read = portal.post(f"{batch}/read", {"inputs": [{"id": contact}, {"id": lonely}]})
    assert read.status_code == 200
    (only,) = read.json()["results"]
    assert only["from"] == {"id": contact}
    assert only["to"][0]["toObjectId"] == int(acme)
    partial = portal.post(f"{batch}/read", {"inputs": [{"id": contact}, {"id": "9"}]})
    assert (partial.status_code, partial.json()["numErrors"]) == (207, 1)


def test_batch_create_label_and_archive(portal: SimulatorClient, contact: str, acme: str) -> None:
    batch = "/crm/v4/associations/contacts/companies/batch"
    ends = {"from": {"id": contact}, "to": {"id": acme}}
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    made = portal.post(f"{batch}/create", {"inputs": [{**ends, "types": types}]})
    assert made.status_code == 201
    assert primary(portal, contact) == acme
    label = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    portal.post(f"{batch}/labels/archive", {"inputs": [{**ends, "types": label}]})
    assert primary(portal, contact) == ""
    archive = {"inputs": [{"from": {"id": contact}, "to": [{"id": acme}]}]}
    assert portal.post(f"{batch}/archive", archive).status_code == 204
    url = f"/crm/v4/objects/contacts/{contact}/associations/companies"
    assert portal.get(url).json() == {"results": []}


def test_pages_of_associations(portal: SimulatorClient, acme: str) -> None:
    ids = [make(portal, "contacts", email=f"p{n}@example.com") for n in range(3)]
    for one in ids:
        portal.call("PUT", f"/crm/v4/objects/companies/{acme}/associations/default/contacts/{one}")
    url = f"/crm/v4/objects/companies/{acme}/associations/contacts"
    first = portal.get(url, limit=2).json()
    assert first["paging"]["next"]["after"] == ids[2]
    last = portal.get(url, limit=2, after=ids[2]).json()
    assert [one["toObjectId"] for one in last["results"]] == [int(ids[2])]
    assert portal.get(url, limit=501).status_code == 400


def test_dated_paths(portal: SimulatorClient, contact: str, acme: str) -> None:
    url = f"/crm/objects/2026-09/contacts/{contact}/associations"
    assert portal.call("PUT", f"{url}/default/companies/{acme}").status_code == 200
    assert len(portal.get(f"{url}/companies").json()["results"]) == 1
    batch = "/crm/associations/2026-09/contacts/companies/batch/read"
    assert len(portal.post(batch, {"inputs": [{"id": contact}]}).json()["results"]) == 1


def test_unknown_ends_are_404(portal: SimulatorClient, contact: str) -> None:
    url = f"/crm/v4/objects/contacts/{contact}/associations/default/companies/9"
    assert portal.call("PUT", url).status_code == 404
