"""Many records in one call. Salesforce contract §6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org


def typed(sobject: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": sobject}, **fields}


def a_lead(**fields: Any) -> dict[str, Any]:
    return typed("Lead", **{"LastName": "Doe", "Company": "Acme", **fields})


def test_results_come_in_request_order_and_bad_rows_fail_alone(org: Org) -> None:
    records = [
        a_lead(LastName="Ant"),
        typed("Lead", LastName="Bee"),
        typed("Contact", LastName="Cat"),
        a_lead(Nope=1),
    ]
    answer = org.post("composite/sobjects", {"allOrNone": False, "records": records})
    assert answer.status_code == 200
    first, second, third, fourth = answer.json()
    assert first == {"id": first["id"], "success": True, "errors": []}
    assert second == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Company]",
                "fields": ["Company"],
            }
        ],
    }
    assert third["id"].startswith("003")
    assert fourth["errors"][0]["statusCode"] == "INVALID_FIELD"


def test_all_or_none_rolls_the_good_rows_back(org: Org) -> None:
    records = [a_lead(), typed("Lead", LastName="Bee")]
    good, bad = org.post("composite/sobjects", {"allOrNone": True, "records": records}).json()
    assert bad["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert good == {
        "success": False,
        "errors": [
            {
                "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                "message": "Record rolled back because not all records were valid and the "
                "request was using AllOrNone header",
                "fields": [],
            }
        ],
    }
    assert org.query("SELECT COUNT() FROM Lead", "queryAll")["totalSize"] == 0
    assert org.query("SELECT COUNT() FROM LeadHistory")["totalSize"] == 0


def test_rows_are_changed_by_id(org: Org) -> None:
    leads = [org.lead(), org.lead()]
    records = [typed("Lead", id=lead, Status="Working - Contacted") for lead in leads]
    missing = typed("Lead", id="00Q5g00000ZZZZZ", Status="x")
    malformed = typed("Lead", id="00Q5g00000ZZZZZAAB", Status="x")
    wrong = typed("Lead", Id="0035g00000ZZZZZ", Status="x")
    none = typed("Lead", Status="x")
    answer = org.patch(
        "composite/sobjects", {"records": [*records, missing, malformed, wrong, none]}
    ).json()
    assert [row["success"] for row in answer] == [True, True, False, False, False, False]
    codes = [row["errors"][0]["statusCode"] for row in answer[2:]]
    assert codes == [
        "INVALID_CROSS_REFERENCE_KEY",
        "MALFORMED_ID",
        "MALFORMED_ID",
        "MISSING_ARGUMENT",
    ]
    assert {org.row("Lead", lead)["Status"] for lead in leads} == {"Working - Contacted"}


def test_the_same_id_twice_in_one_call_fails(org: Org) -> None:
    lead = org.lead()
    records = [typed("Lead", id=lead, Title="a"), typed("Lead", id=lead[:15], Title="b")]
    answer = org.patch("composite/sobjects", {"records": records}).json()
    assert {row["errors"][0]["statusCode"] for row in answer} == {"DUPLICATE_VALUE"}


def test_upsert_by_external_key_says_what_it_created(org: Org) -> None:
    org.add_field("Lead.Uid__c", unique=True, externalId=True)
    old = org.lead(Uid__c="one")
    records = [
        typed("Lead", Uid__c="ONE", Title="x"),
        a_lead(Uid__c="two"),
        a_lead(),
        a_lead(Uid__c="three"),
        a_lead(Uid__c="Three"),
    ]
    answer = org.patch("composite/sobjects/Lead/Uid__c", {"records": records}).json()
    assert answer[0] == {"id": old, "success": True, "errors": [], "created": False}
    assert answer[1]["created"] is True
    codes = [row["errors"][0]["statusCode"] for row in answer[2:]]
    assert codes == ["MISSING_ARGUMENT", "DUPLICATE_VALUE", "DUPLICATE_VALUE"]
    again = org.patch("composite/sobjects/Lead/Uid__c", {"records": records[:2]}).json()
    assert [row["created"] for row in again] == [False, False]


def test_upsert_by_id_creates_where_it_is_null(org: Org) -> None:
    lead = org.lead()
    records = [a_lead(Id=None), typed("Lead", Id=lead, Title="x")]
    made, changed = org.patch("composite/sobjects/Lead/Id", {"records": records}).json()
    assert (made["created"], changed["created"]) == (True, False)


def test_rows_are_deleted_by_ids_in_the_address(org: Org) -> None:
    lead, account = org.lead(), org.create("Account", Name="Acme")
    answer = org.delete("composite/sobjects", params={"ids": f"{lead},{account},x"}).json()
    assert [row["success"] for row in answer] == [True, True, False]
    assert org.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


def test_rows_are_read_in_order_with_null_for_missing_ones(org: Org) -> None:
    lead = org.lead()
    ids = [lead, "00Q5g00000ZZZZZ"]
    by_get = org.get(
        "composite/sobjects/Lead", params={"ids": ",".join(ids), "fields": "Id,Company"}
    )
    by_post = org.post("composite/sobjects/Lead", {"ids": ids, "fields": ["Id", "Company"]})
    for answer in (by_get, by_post):
        assert answer.status_code == 200
        found, missing = answer.json()
        assert found["Company"] == "Acme"
        assert missing is None
    bad = org.post("composite/sobjects/Lead", {"ids": ["00Q5g00000ZZZZZAAB"], "fields": ["Id"]})
    assert (bad.status_code, bad.json()[0]["errorCode"]) == (400, "MALFORMED_ID")


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([], "MISSING_ARGUMENT"),
        ([a_lead()] * 201, "EXCEEDED_ID_LIMIT"),
        ([a_lead(), typed("Contact", LastName="x")] * 6, "LIMIT_EXCEEDED"),
        ([{"LastName": "x"}], "INVALID_TYPE"),
        ([typed("Nope")], "INVALID_TYPE"),
        ("x", "JSON_PARSER_ERROR"),
        ([a_lead(NumberOfEmployees="many"), a_lead()], "JSON_PARSER_ERROR"),
    ],
)
def test_malformed_calls_are_refused_as_a_whole(org: Org, records: Any, code: str) -> None:
    answer = org.post("composite/sobjects", {"records": records})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code
    assert org.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


def test_two_hundred_rows_cost_one_api_request(org: Org) -> None:
    before = org.world.usage.used(org.world.now())
    answer = org.post("composite/sobjects", {"records": [a_lead()] * 200})
    assert all(row["success"] for row in answer.json())
    assert org.world.usage.used(org.world.now()) == before + 1
