"""Kinds of association, HubSpot's and the portal's own labels."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient

LABELS = "/crm/v4/associations/contacts/companies/labels"
HUBSPOTS = [
    {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"},
    {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None},
]
OBJECTS = "/crm/v3/objects"


@pytest.fixture
def adviser(portal: SimulatorClient) -> dict[str, Any]:
    """A label that is called differently from the other side."""
    body = {"name": "adviser", "label": "Advises", "inverseLabel": "Advised by"}
    answer = portal.post(LABELS, body)
    assert answer.status_code == 200, answer.text
    there, back = answer.json()["results"]
    assert (there["label"], back["label"]) == ("Advises", "Advised by")
    return {"associationCategory": "USER_DEFINED", "associationTypeId": there["typeId"]}


@pytest.fixture
def ends(portal: SimulatorClient) -> tuple[str, str]:
    contact = portal.post(f"{OBJECTS}/contacts", {"properties": {"firstname": "A"}}).json()["id"]
    company = portal.post(f"{OBJECTS}/companies", {"properties": {"name": "A"}}).json()["id"]
    return contact, company


def labels(portal: SimulatorClient, ends: tuple[str, str]) -> list[str | None]:
    url = f"/crm/v4/objects/contacts/{ends[0]}/associations/companies"
    results = portal.get(url).json()["results"]
    return [kind["label"] for one in results for kind in one["associationTypes"]]


def test_definitions_are_listed_with_their_ids(
    portal: SimulatorClient, adviser: dict[str, Any]
) -> None:
    own = {"category": "USER_DEFINED", "typeId": adviser["associationTypeId"], "label": "Advises"}
    assert portal.get(LABELS).json() == {"results": [*HUBSPOTS, own]}
    dated = portal.get("/crm/associations/2026-09/companies/contacts/labels").json()["results"]
    assert [one["label"] for one in dated] == ["Primary", None, "Advised by"]
    assert portal.get("/crm/v4/associations/notes/leads/labels").json() == {"results": []}


def test_a_label_is_put_beside_the_unlabelled_association(
    portal: SimulatorClient, adviser: dict[str, Any], ends: tuple[str, str]
) -> None:
    url = f"/crm/v4/objects/contacts/{ends[0]}/associations/companies/{ends[1]}"
    put = portal.call("PUT", url, [adviser])
    assert (put.status_code, put.json()["labels"]) == (201, ["Advises"])
    assert labels(portal, ends) == ["Primary", "Advises", None]
    back = portal.get(f"/crm/v4/objects/companies/{ends[1]}/associations/contacts").json()
    kinds = back["results"][0]["associationTypes"]
    assert [kind["label"] for kind in kinds] == ["Primary", "Advised by", None]


def test_ids_of_the_two_categories_are_not_each_others(
    portal: SimulatorClient, adviser: dict[str, Any], ends: tuple[str, str]
) -> None:
    """The portal's first label has the number 1, which is HubSpot's "Primary" too."""
    assert adviser["associationTypeId"] == 1
    url = f"/crm/v4/objects/contacts/{ends[0]}/associations/companies/{ends[1]}"
    for category in ("HUBSPOT_DEFINED", "USER_DEFINED"):
        spec = [{**adviser, "associationCategory": category}]
        expected = {"HUBSPOT_DEFINED": ["Primary"], "USER_DEFINED": ["Advises"]}[category]
        assert portal.call("PUT", url, spec).json()["labels"] == expected
    wrong = [{"associationCategory": "USER_DEFINED", "associationTypeId": 279}]
    assert portal.call("PUT", url, wrong).status_code == 400
    assert portal.call("PUT", url, [{"associationTypeId": 279}]).status_code == 400
    none = [{"associationCategory": "MAGIC", "associationTypeId": 279}]
    assert portal.call("PUT", url, none).status_code == 400


def test_a_label_is_renamed_and_forgotten_but_the_records_stay_associated(
    portal: SimulatorClient, adviser: dict[str, Any], ends: tuple[str, str]
) -> None:
    batch = "/crm/v4/associations/contacts/companies/batch/create"
    pair = {"from": {"id": ends[0]}, "to": {"id": ends[1]}, "types": [adviser]}
    assert portal.post(batch, {"inputs": [pair]}).status_code == 201
    body = {"associationTypeId": adviser["associationTypeId"], "label": "Helps"}
    assert portal.call("PUT", LABELS, body).status_code == 204
    assert labels(portal, ends) == ["Primary", "Helps", None]
    gone = f"{LABELS}/{adviser['associationTypeId']}"
    assert portal.call("DELETE", gone).status_code == 204
    assert labels(portal, ends) == ["Primary", None]
    assert portal.call("DELETE", gone).status_code == 404
    assert portal.call("DELETE", f"{LABELS}/279").status_code == 404


def test_a_label_survives_a_merge_and_does_not_make_a_company_primary(
    portal: SimulatorClient, adviser: dict[str, Any], ends: tuple[str, str]
) -> None:
    other = portal.post(f"{OBJECTS}/companies", {"properties": {"name": "B"}}).json()["id"]
    url = f"/crm/v4/objects/contacts/{ends[0]}/associations"
    portal.call("PUT", f"{url}/default/companies/{ends[1]}")
    portal.call("PUT", f"{url}/companies/{other}", [adviser])
    spare = portal.post(f"{OBJECTS}/contacts", {"properties": {"firstname": "B"}}).json()["id"]
    body = {"primaryObjectId": ends[0], "objectIdToMerge": spare}
    merged = portal.post(f"{OBJECTS}/contacts/merge", body).json()["id"]
    results = portal.get(f"/crm/v4/objects/contacts/{merged}/associations/companies").json()
    shown = {
        str(one["toObjectId"]): [kind["label"] for kind in one["associationTypes"]]
        for one in results["results"]
    }
    assert shown == {ends[1]: ["Primary", None], other: ["Advises", None]}


@pytest.mark.parametrize(
    ("pair", "body"),
    [
        ("contacts/companies", {"label": "Advises"}),
        ("contacts/companies", {"name": "adviser", "label": "Other"}),
        ("contacts/notes", {"name": "x", "label": "X"}),
        ("contacts/unicorns", {"name": "x", "label": "X"}),
        ("leads/companies", {"name": "x", "label": "X"}),
    ],
)
def test_senseless_labels_are_400(
    portal: SimulatorClient, adviser: dict[str, Any], pair: str, body: dict[str, str]
) -> None:
    assert portal.post(f"/crm/v4/associations/{pair}/labels", body).status_code == 400


def test_no_more_than_ten_labels_between_two_object_types(portal: SimulatorClient) -> None:
    for n in range(10):
        assert portal.post(LABELS, {"name": f"n{n}", "label": f"L{n}"}).status_code == 200
    assert portal.post(LABELS, {"name": "more", "label": "More"}).status_code == 400
