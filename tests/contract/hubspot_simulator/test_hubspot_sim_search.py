"""Search: operators, case rules, limits, paging, and an index that lags."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient

CONTACTS = "/crm/v3/objects/contacts"
PEOPLE = (
    {"email": "ada@acme.example", "firstname": "Ada", "jobtitle": "CTO", "city": "Berlin"},
    {"email": "bob@acme.example", "firstname": "Bob", "jobtitle": "Head of Sales"},
    {"email": "cid@other.example", "firstname": "cid", "hs_lead_status": "OPEN"},
)


@pytest.fixture
def people(portal: SimulatorClient) -> list[str]:
    """Three contacts made a minute apart, from 09:00."""
    ids = []
    for person in PEOPLE:
        ids.append(portal.post(CONTACTS, {"properties": person}).json()["id"])
        portal.sim("clock", {"advance_seconds": 60})
    return ids


def search(portal: SimulatorClient, *filters: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"filterGroups": [{"filters": list(filters)}] if filters else [], **more}
    answer = portal.post(f"{CONTACTS}/search", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def where(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, "value": value, **more}


def names(found: dict[str, Any]) -> list[str]:
    return [one["properties"]["email"][:3] for one in found["results"]]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (where("firstname", "EQ", "ADA"), ["ada"]),
        (where("jobtitle", "NEQ", "cto"), ["bob"]),
        (where("jobtitle", "HAS_PROPERTY"), ["ada", "bob"]),
        (where("jobtitle", "NOT_HAS_PROPERTY"), ["cid"]),
        (where("firstname", "IN", values=["ada", "bob"]), ["ada", "bob"]),
        (where("firstname", "IN", values=["Ada"]), []),
        (where("firstname", "NOT_IN", values=["ada"]), ["bob", "cid"]),
        (where("hs_lead_status", "EQ", "OPEN"), ["cid"]),
        (where("hs_lead_status", "EQ", "open"), []),
        (where("hs_lead_status", "IN", values=["OPEN", "NEW"]), ["cid"]),
        (where("email", "CONTAINS_TOKEN", "*@acme.example"), ["ada", "bob"]),
        (where("email", "CONTAINS_TOKEN", "ACME"), ["ada", "bob"]),
        (where("jobtitle", "CONTAINS_TOKEN", "sal*"), ["bob"]),
        (where("jobtitle", "NOT_CONTAINS_TOKEN", "sales"), ["ada"]),
        (where("lastmodifieddate", "GTE", "1772442060000"), ["bob", "cid"]),
        (where("lastmodifieddate", "GT", "1772442060000"), ["cid"]),
        (where("lastmodifieddate", "LT", "1772442060000"), ["ada"]),
        (where("lastmodifieddate", "LTE", "2026-03-02T09:01:00.000Z"), ["ada", "bob"]),
        (where("lastmodifieddate", "EQ", "1772442060000"), ["bob"]),
        (
            where("createdate", "BETWEEN", "1772442000000", highValue="1772442060000"),
            ["ada", "bob"],
        ),
        (where("hs_object_id", "GT", "210000000001"), ["bob", "cid"]),
        (where("hs_email_click", "GTE", "0"), []),
    ],
)
def test_operators(
    portal: SimulatorClient, people: list[str], condition: dict[str, Any], expected: list[str]
) -> None:
    found = search(portal, condition)
    assert names(found) == expected
    assert found["total"] == len(expected)


def test_filters_of_a_group_all_hold_and_groups_are_alternatives(
    portal: SimulatorClient, people: list[str]
) -> None:
    acme = where("email", "CONTAINS_TOKEN", "*@acme.example")
    assert names(search(portal, acme, where("jobtitle", "EQ", "CTO"))) == ["ada"]
    body = {
        "filterGroups": [
            {"filters": [where("jobtitle", "EQ", "CTO")]},
            {"filters": [where("hs_lead_status", "HAS_PROPERTY")]},
        ]
    }
    assert names(portal.post(f"{CONTACTS}/search", body).json()) == ["ada", "cid"]


def test_bare_filters_and_free_text_are_understood(
    portal: SimulatorClient, people: list[str]
) -> None:
    body = {"filters": [where("firstname", "EQ", "bob")]}
    assert names(portal.post(f"{CONTACTS}/search", body).json()) == ["bob"]
    assert names(search(portal, query="acme bo")) == ["bob"]
    assert names(search(portal)) == ["ada", "bob", "cid"]


def test_the_first_sort_is_the_only_one(portal: SimulatorClient, people: list[str]) -> None:
    by_date = {"propertyName": "lastmodifieddate", "direction": "DESCENDING"}
    by_name = {"propertyName": "firstname", "direction": "ASCENDING"}
    assert names(search(portal, sorts=[by_date, by_name])) == ["cid", "bob", "ada"]
    assert names(search(portal, sorts=["-firstname"])) == ["cid", "bob", "ada"]
    assert names(search(portal, sorts=["jobtitle"])) == ["ada", "bob", "cid"]


def test_properties_are_chosen_as_on_reads(portal: SimulatorClient, people: list[str]) -> None:
    found = search(portal, where("firstname", "EQ", "ada"), properties=["city", "nonsense"])
    assert set(found["results"][0]["properties"]) == {
        "city",
        "createdate",
        "hs_object_id",
        "lastmodifieddate",
    }


def test_paging_is_by_offset(portal: SimulatorClient, people: list[str]) -> None:
    first = search(portal, limit=2)
    assert (first["total"], len(first["results"])) == (3, 2)
    assert first["paging"]["next"]["after"] == "2"
    last = search(portal, limit=2, after="2")
    assert names(last) == ["cid"]
    assert "paging" not in last
    assert search(portal, after="5") == {"total": 3, "results": []}


def test_records_of_one_millisecond_come_in_no_order_of_ids(portal: SimulatorClient) -> None:
    inputs = [{"properties": {"email": f"t{n}@example.com"}} for n in range(20)]
    portal.post(f"{CONTACTS}/batch/create", {"inputs": inputs})
    sorts = [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}]
    found = [int(one["id"]) for one in search(portal, sorts=sorts, limit=50)["results"]]
    assert found != sorted(found)
    tie = where("lastmodifieddate", "EQ", "1772442000000")
    rest = search(
        portal,
        tie,
        where("hs_object_id", "GT", "210000000010"),
        sorts=[{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        limit=50,
    )
    assert [int(one["id"]) for one in rest["results"]] == sorted(found)[10:]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 0},
        {"limit": 200, "after": "9801"},
        {"after": "x"},
        {"filterGroups": [{"filters": [where("firstname", "EQ", "a")]}] * 6},
        {"filterGroups": [{"filters": [where("firstname", "EQ", "a")] * 7}]},
        {"filterGroups": [{"filters": [where("firstname", "EQ", "a")] * 5}] * 4},
        {"filterGroups": [{"filters": [where("nonsense", "EQ", "a")]}]},
        {"filterGroups": [{"filters": [where("firstname", "LIKE", "a")]}]},
        {"filterGroups": [{"filters": [where("firstname", "EQ")]}]},
        {"filterGroups": [{"filters": [where("firstname", "IN", "a")]}]},
        {"filterGroups": [{"filters": [where("createdate", "BETWEEN", "1")]}]},
        {"filterGroups": [{"filters": [where("lastmodifieddate", "GTE", "soon")]}]},
        {"filterGroups": ["firstname"]},
        {"sorts": [{"propertyName": "nonsense"}]},
        {"sorts": [7]},
        {"query": "x" * 3_000},
    ],
)
def test_senseless_and_oversized_searches_are_400(
    portal: SimulatorClient, people: list[str], body: dict[str, Any]
) -> None:
    assert portal.post(f"{CONTACTS}/search", body).status_code == 400


def test_the_last_reachable_page_ends_at_ten_thousand(portal: SimulatorClient) -> None:
    assert search(portal, limit=200, after="9800")["total"] == 0


def test_an_unreadable_search_has_no_category(portal: SimulatorClient) -> None:
    body = portal.post(f"{CONTACTS}/search", {"filterGroups": [{"filters": [{}]}]}).json()
    assert body["message"] == "There was a problem with the request."
    assert "category" not in body


def test_the_index_lags_while_reads_do_not(portal: SimulatorClient) -> None:
    portal.sim("config", {"index_lag_seconds": 5})
    made = portal.post(CONTACTS, {"properties": {"email": "ada@acme.example"}}).json()
    assert portal.get(f"{CONTACTS}/{made['id']}").status_code == 200
    assert search(portal)["total"] == 0
    portal.sim("clock", {"advance_seconds": 5})
    assert search(portal)["total"] == 1
    portal.call("PATCH", f"{CONTACTS}/{made['id']}", {"properties": {"firstname": "Ada"}})
    assert search(portal)["results"][0]["properties"]["firstname"] is None
    portal.call("DELETE", f"{CONTACTS}/{made['id']}")
    assert search(portal)["total"] == 1
    portal.sim("clock", {"advance_seconds": 5})
    assert search(portal)["total"] == 0


def test_a_shorter_lag_applies_to_what_is_already_waiting(portal: SimulatorClient) -> None:
    portal.sim("config", {"index_lag_seconds": 60})
    portal.post(CONTACTS, {"properties": {"email": "ada@acme.example"}})
    assert search(portal)["total"] == 0
    portal.sim("config", {"index_lag_seconds": 0})
    assert search(portal)["total"] == 1


def test_contacts_do_not_carry_the_other_modified_date(
    portal: SimulatorClient, people: list[str]
) -> None:
    assert search(portal, where("hs_lastmodifieddate", "HAS_PROPERTY"))["total"] == 0


def test_search_by_association(portal: SimulatorClient, people: list[str]) -> None:
    company = portal.post("/crm/v3/objects/companies", {"properties": {"name": "Acme"}}).json()
    portal.call(
        "PUT",
        f"/crm/v4/objects/contacts/{people[1]}/associations/default/companies/{company['id']}",
    )
    assert names(search(portal, where("associations.company", "EQ", company["id"]))) == ["bob"]


def test_a_search_carries_the_daily_headers_only(portal: SimulatorClient) -> None:
    headers = portal.post(f"{CONTACTS}/search", {}).headers
    assert "X-HubSpot-RateLimit-Daily-Remaining" in headers
    assert "X-HubSpot-RateLimit-Remaining" not in headers
