"""Batches: partial failure, traces, order, limits."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.simulation import SimulatorClient

CONTACTS = "/crm/v3/objects/contacts"


def batch(portal: SimulatorClient, verb: str, inputs: list[Any], **more: Any) -> tuple[int, Any]:
    answer = portal.post(f"{CONTACTS}/batch/{verb}", {"inputs": inputs, **more})
    return answer.status_code, answer.json() if answer.content else None


@pytest.fixture
def ids(portal: SimulatorClient) -> list[str]:
    """Contacts c0…c4@example.com, in creation order."""
    inputs = [{"properties": {"email": f"c{n}@example.com"}} for n in range(5)]
    status, body = batch(portal, "create", inputs)
    assert status == 201
    made = {one["properties"]["email"]: one["id"] for one in body["results"]}
    return [made[f"c{n}@example.com"] for n in range(5)]


@pytest.fixture
def unique_property(portal: SimulatorClient) -> str:
    body = {
        "name": "crmbridge_uid",
        "label": "uid",
        "groupName": "contactinformation",
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": True,
    }
    assert portal.post("/crm/v3/properties/contacts", body).status_code == 201
    return "crmbridge_uid"


def test_results_never_come_in_input_order(portal: SimulatorClient, ids: list[str]) -> None:
    status, body = batch(portal, "read", [{"id": one} for one in ids], properties=["email"])
    assert status == 200
    answered = [one["id"] for one in body["results"]]
    assert sorted(answered) == sorted(ids)
    assert answered != ids
    assert body["status"] == "COMPLETE"
    assert {"startedAt", "completedAt"} <= set(body)
    assert "numErrors" not in body


def test_even_two_results_are_swapped(portal: SimulatorClient, ids: list[str]) -> None:
    _, body = batch(portal, "read", [{"id": one} for one in ids[:2]])
    forward = [one["id"] for one in body["results"]]
    _, body = batch(portal, "read", [{"id": one} for one in ids[1::-1]])
    assert {tuple(forward), tuple(one["id"] for one in body["results"])} != {tuple(ids[:2])}


def test_missing_ids_of_a_read_make_one_error_in_a_207(
    portal: SimulatorClient, ids: list[str]
) -> None:
    status, body = batch(portal, "read", [{"id": ids[0]}, {"id": "8"}, {"id": "9"}])
    assert status == 207
    assert body["numErrors"] == 1
    assert body["errors"] == [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some CONTACT objects, they may be deleted or not exist. "
            "Check that ids are valid.",
            "context": {"ids": ["8", "9"]},
        }
    ]
    assert [one["id"] for one in body["results"]] == [ids[0]]


def test_read_by_email_with_history(portal: SimulatorClient, ids: list[str]) -> None:
    status, body = batch(
        portal,
        "read",
        [{"id": "c1@example.com"}],
        idProperty="email",
        properties=["email"],
        propertiesWithHistory=["lifecyclestage"],
    )
    assert status == 200
    (found,) = body["results"]
    assert found["id"] == ids[1]
    assert found["propertiesWithHistory"]["lifecyclestage"][0]["value"] == "lead"


def test_archived_records_are_read_on_demand(portal: SimulatorClient, ids: list[str]) -> None:
    assert batch(portal, "archive", [{"id": ids[0]}, {"id": "9"}]) == (204, None)
    assert batch(portal, "read", [{"id": ids[0]}])[0] == 207
    answer = portal.post(f"{CONTACTS}/batch/read?archived=true", {"inputs": [{"id": ids[0]}]})
    assert answer.json()["results"][0]["archived"] is True


def test_a_record_comes_back_from_the_recycle_bin_by_a_person_alone(
    portal: SimulatorClient, ids: list[str]
) -> None:
    batch(portal, "archive", [{"id": ids[1]}])
    portal.sim("clock", {"advance_seconds": 60})
    portal.sim("restore", {"id": ids[1]})
    back = portal.get(f"{CONTACTS}/{ids[1]}", properties="lastmodifieddate").json()
    assert (False, back["updatedAt"]) == (back["archived"], back["properties"]["lastmodifieddate"])
    listed = [each["id"] for each in portal.get(CONTACTS, limit=100).json()["results"]]
    assert listed == sorted(ids, key=int)
    assert portal.post("/__sim__/restore", {"id": ids[1]}).status_code == 404
    again = {"properties": {"email": "c1@example.com"}}
    assert portal.post(CONTACTS, again).status_code == 409


def test_create_without_traces_is_all_or_nothing(portal: SimulatorClient, ids: list[str]) -> None:
    inputs = [
        {"properties": {"email": "new@example.com"}},
        {"properties": {"email": "c3@example.com"}},
    ]
    status, body = batch(portal, "create", inputs)
    assert (status, body["category"]) == (409, "CONFLICT")
    assert body["message"].endswith(f"Existing ID: {ids[3]}")
    assert portal.get(f"{CONTACTS}/new%40example.com", idProperty="email").status_code == 404


def test_create_with_traces_fails_input_by_input(portal: SimulatorClient, ids: list[str]) -> None:
    inputs = [
        {"properties": {"email": "new@example.com"}, "objectWriteTraceId": "t1"},
        {"properties": {"email": "c3@example.com"}, "objectWriteTraceId": "t2"},
        {"properties": {"email": "x@example.com", "nope": "1"}, "objectWriteTraceId": "t3"},
    ]
    status, body = batch(portal, "create", inputs)
    assert (status, body["numErrors"]) == (207, 2)
    assert [one["objectWriteTraceId"] for one in body["results"]] == ["t1"]
    assert {
        error["context"]["objectWriteTraceId"][0]: error["category"] for error in body["errors"]
    } == {"t2": "CONFLICT", "t3": "VALIDATION_ERROR"}


def test_the_same_new_email_twice_in_one_batch_conflicts(portal: SimulatorClient) -> None:
    inputs = [{"properties": {"email": "twin@example.com"}} for _ in range(2)]
    assert batch(portal, "create", inputs)[0] == 409


def test_update_reports_missing_ids_with_their_trace(
    portal: SimulatorClient, ids: list[str]
) -> None:
    inputs = [
        {"id": ids[0], "properties": {"jobtitle": "CTO"}, "objectWriteTraceId": "a"},
        {"id": "9", "properties": {"jobtitle": "CTO"}, "objectWriteTraceId": "b"},
    ]
    status, body = batch(portal, "update", inputs)
    assert status == 207
    assert body["errors"][0]["context"] == {"ids": ["9"], "objectWriteTraceId": ["b"]}
    (changed,) = body["results"]
    assert changed["objectWriteTraceId"] == "a"
    assert set(changed["properties"]) == {
        "createdate",
        "hs_object_id",
        "jobtitle",
        "lastmodifieddate",
    }


def test_update_with_one_bad_value_and_no_traces_changes_nothing(
    portal: SimulatorClient, ids: list[str]
) -> None:
    inputs = [
        {"id": ids[0], "properties": {"jobtitle": "CTO"}},
        {"id": ids[1], "properties": {"lifecyclestage": "nope"}},
    ]
    assert batch(portal, "update", inputs)[0] == 400
    read = portal.get(f"{CONTACTS}/{ids[0]}", properties="jobtitle").json()
    assert read["properties"]["jobtitle"] is None


def test_an_email_sent_as_id_changes_nothing_and_is_not_reported(
    portal: SimulatorClient, ids: list[str]
) -> None:
    status, body = batch(
        portal, "update", [{"id": "c0@example.com", "properties": {"jobtitle": "CTO"}}]
    )
    assert (status, body["results"]) == (200, [])


def test_update_by_email_needs_id_property(portal: SimulatorClient, ids: list[str]) -> None:
    one = {"id": "c0@example.com", "idProperty": "email", "properties": {"jobtitle": "CTO"}}
    status, body = batch(portal, "update", [one])
    assert (status, body["results"][0]["id"]) == (200, ids[0])


@pytest.mark.parametrize("verb", ["update", "upsert"])
def test_a_non_unique_id_property_is_refused(
    portal: SimulatorClient, verb: str, ids: list[str]
) -> None:
    one = {"id": "CTO", "idProperty": "jobtitle", "properties": {"firstname": "A"}}
    status, body = batch(portal, verb, [one])
    assert status == 400
    assert body["message"] == (
        "Unable to perform update/upsert by non-unique 0-1 property jobtitle"
    )


def test_companies_cannot_be_upserted_by_domain(portal: SimulatorClient) -> None:
    one = {"id": "acme.example", "idProperty": "domain", "properties": {"name": "Acme"}}
    answer = portal.post("/crm/v3/objects/companies/batch/upsert", {"inputs": [one]})
    assert answer.json()["message"].endswith("non-unique 0-2 property domain")


def test_upsert_makes_and_changes_and_says_which(
    portal: SimulatorClient, ids: list[str], unique_property: str
) -> None:
    first = {"id": "u-1", "idProperty": unique_property, "properties": {"firstname": "Uma"}}
    status, body = batch(portal, "upsert", [first])
    assert status == 200
    assert body["results"][0]["new"] is True
    assert body["results"][0]["properties"][unique_property] == "u-1"
    status, body = batch(
        portal,
        "upsert",
        [
            {**first, "properties": {"jobtitle": "CTO"}},
            {"id": "C2@example.com", "idProperty": "email", "properties": {"jobtitle": "CEO"}},
        ],
    )
    assert {one["id"]: one["new"] for one in body["results"]} == {
        body["results"][0]["id"]: False,
        body["results"][1]["id"]: False,
    }
    assert ids[2] in {one["id"] for one in body["results"]}
    by_uid = portal.get(f"{CONTACTS}/u-1", idProperty=unique_property, properties="jobtitle")
    assert by_uid.json()["properties"]["jobtitle"] == "CTO"


def test_a_unique_value_cannot_be_given_twice(
    portal: SimulatorClient, ids: list[str], unique_property: str
) -> None:
    values = {"properties": {unique_property: "u-1"}}
    assert portal.call("PATCH", f"{CONTACTS}/{ids[0]}", values).status_code == 200
    refused = portal.call("PATCH", f"{CONTACTS}/{ids[1]}", values)
    assert refused.status_code == 400
    assert refused.json()["message"].endswith(f"{ids[0]} already has that value.")
    status, _ = batch(portal, "update", [{"id": one, **values} for one in ids[2:4]])
    assert status == 400


@pytest.mark.parametrize("verb", ["read", "create", "update", "upsert", "archive"])
def test_more_than_a_hundred_inputs_are_refused(portal: SimulatorClient, verb: str) -> None:
    inputs = [{"id": str(n), "properties": {"email": f"{n}@x.example"}} for n in range(101)]
    status, body = batch(portal, verb, inputs)
    assert (status, body["category"]) == (400, "VALIDATION_ERROR")


def test_one_record_twice_in_an_update_is_refused(portal: SimulatorClient, ids: list[str]) -> None:
    inputs = [{"id": ids[0], "properties": {"lifecyclestage": stage}} for stage in ("", "lead")]
    status, body = batch(portal, "update", inputs)
    assert status == 400
    assert body["message"].startswith("Duplicate IDs found in batch input")


def test_inputs_are_required(portal: SimulatorClient) -> None:
    answer = portal.post(f"{CONTACTS}/batch/read", {"ids": ["1"]})
    assert "Some required fields were not set: [inputs]" in answer.json()["message"]
