"""Single records: create, read, change, delete, upsert. Salesforce contract §5, §11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org

RESTRICTED = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
ABSENT = "00Q5g00000ZZZZZEAU"


def refusal(answer: Any) -> tuple[int, str, list[str] | None]:
    error = answer.json()[0]
    return answer.status_code, error["errorCode"], error.get("fields")


def test_a_created_record_has_its_location_and_platform_fields(org: Org) -> None:
    answer = org.post("sobjects/Lead/", {"LastName": "Doe", "FirstName": "Jo", "Company": "Acme"})
    assert answer.status_code == 201
    record_id = answer.json()["id"]
    assert answer.json() == {"id": record_id, "success": True, "errors": []}
    assert answer.headers["Location"] == f"{org.root}/sobjects/Lead/{record_id}"
    row = org.row("Lead", record_id)
    assert next(iter(row)) == "attributes"
    assert row["attributes"] == {
        "type": "Lead",
        "url": f"{org.root}/sobjects/Lead/{record_id}",
    }
    assert row["Name"] == "Jo Doe"
    assert row["Status"] == "Open - Not Contacted"
    assert row["IsConverted"] is False
    assert row["HasOptedOutOfEmail"] is False
    assert row["SystemModstamp"] == "2026-03-02T12:00:00.000+0000"
    assert row["OwnerId"] == org.world.integration_user_id


def test_values_are_kept_as_the_platform_keeps_them(org: Org) -> None:
    fields = {"company": "acme, any case of the field name"}
    lead = org.lead(
        FirstName="  Jo ",
        Title="",
        AnnualRevenue=1234.5,
        NumberOfEmployees=12,
        Street="1 Main St",
        City="Springfield",
        Email="Jo.Doe@Example.com",
        **fields,
    )
    row = org.row("Lead", lead)
    assert row["FirstName"] == "Jo"
    assert row["Title"] is None
    assert row["AnnualRevenue"] == 1235.0
    assert row["NumberOfEmployees"] == 12
    assert row["Address"]["city"] == "Springfield"
    assert row["Email"] == "Jo.Doe@Example.com"
    assert row["Company"] == "acme, any case of the field name"


def test_fields_can_be_chosen_and_ids_may_have_15_characters(org: Org) -> None:
    lead = org.lead()
    answer = org.get(f"sobjects/Lead/{lead[:15]}", params={"fields": "company,Status"})
    body = answer.json()
    assert list(body) == ["attributes", "Company", "Status", "Id"]
    assert body["Id"] == lead
    unknown = org.get(f"sobjects/Lead/{lead}", params={"fields": "Nope"})
    assert refusal(unknown)[:2] == (400, "INVALID_FIELD")


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"LastName": None}, "REQUIRED_FIELD_MISSING", ["LastName"]),
        ({"Nope": 1}, "INVALID_FIELD", None),
        ({"LastViewedDate": None}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["LastViewedDate"]),
        ({"Title": "x" * 129}, "STRING_TOO_LONG", ["Title"]),
        ({"Email": "not an address"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
        ({"OwnerId": "0015g00000Um000AAB"}, "MALFORMED_ID", ["OwnerId"]),
        ({"OwnerId": "0055g00000Um000AAC"}, "MALFORMED_ID", ["OwnerId"]),
        ({"OwnerId": "0055g00000ZZZZZEAU"}, "MALFORMED_ID", ["OwnerId"]),
        ({"OwnerId": "0055g00000ZZZZZ"}, "INVALID_CROSS_REFERENCE_KEY", ["OwnerId"]),
        ({"NumberOfEmployees": "many"}, "JSON_PARSER_ERROR", None),
        ({"NumberOfEmployees": 1.5}, "JSON_PARSER_ERROR", None),
        ({"AnnualRevenue": 10**18}, "NUMBER_OUTSIDE_VALID_RANGE", ["AnnualRevenue"]),
        ({"DoNotCall": "perhaps"}, "JSON_PARSER_ERROR", None),
        ({"Title": 5}, "JSON_PARSER_ERROR", None),
        ({"GeocodeAccuracy": "Here"}, RESTRICTED, ["GeocodeAccuracy"]),
    ],
)  # fmt: skip
def test_bad_values_are_refused_by_code_and_field(
    org: Org, fields: dict[str, Any], code: str, named: list[str] | None
) -> None:
    answer = org.post("sobjects/Lead", {"LastName": "Doe", "Company": "Acme", **fields})
    assert refusal(answer) == (400, code, named)
    assert org.query("SELECT COUNT() FROM Lead")["totalSize"] == 0


def test_all_missing_fields_are_named_at_once(org: Org) -> None:
    error = org.post("sobjects/Lead", {"FirstName": "Jo"}).json()[0]
    assert error["message"] == "Required fields are missing: [LastName, Company]"


def test_too_long_text_names_the_label_not_the_field(org: Org) -> None:
    answer = org.post("sobjects/Lead", {"LastName": "x" * 81, "Company": "A"})
    message = answer.json()[0]["message"]
    assert message == f"Last Name: data value too large: {'x' * 81} (max length=80)"


def test_lead_status_takes_values_outside_its_list(org: Org) -> None:
    lead = org.lead(Status="Recycled")
    assert org.row("Lead", lead)["Status"] == "Recycled"


def test_a_change_is_204_and_moves_the_stamps_even_without_effect(org: Org) -> None:
    lead = org.lead()
    org.advance(60)
    rep = org.user("Rita Rep")
    answer = org.acting_as(rep).patch(f"sobjects/Lead/{lead}", {"Company": "Acme"})
    assert (answer.status_code, answer.text) == (204, "")
    row = org.row("Lead", lead)
    assert row["SystemModstamp"] == row["LastModifiedDate"] == "2026-03-02T12:01:00.000+0000"
    assert row["LastModifiedById"] == rep
    assert row["CreatedDate"] == "2026-03-02T12:00:00.000+0000"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Id": ABSENT}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Name": "Jo"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"IsConverted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Company": ""}, "REQUIRED_FIELD_MISSING"),
        ({"Nope": 1}, "INVALID_FIELD"),
    ],
)
def test_changes_that_cannot_be_made_are_refused(
    org: Org, fields: dict[str, Any], code: str
) -> None:
    lead = org.lead()
    assert refusal(org.patch(f"sobjects/Lead/{lead}", fields))[:2] == (400, code)


@pytest.mark.parametrize(
    ("method", "key", "status", "code"),
    [
        ("GET", "23foo", 404, "NOT_FOUND"),
        ("GET", "00Q5g00000ZZZZZ", 404, "NOT_FOUND"),
        ("PATCH", "00Q5g00000ZZZZZ", 404, "NOT_FOUND"),
        ("DELETE", "00Q5g00000ZZZZZ", 404, "INVALID_CROSS_REFERENCE_KEY"),
        ("GET", "0035g00000ZZZZZ", 404, "MALFORMED_ID"),
    ],
)
def test_ids_that_name_no_lead_are_404(
    org: Org, method: str, key: str, status: int, code: str
) -> None:
    answer = org.call(method, f"sobjects/Lead/{key}", json={"Title": "x"})
    assert refusal(answer)[:2] == (status, code)


def test_a_deleted_record_answers_as_deleted_and_stays_in_query_all(org: Org) -> None:
    lead = org.lead()
    org.advance(10)
    assert org.delete(f"sobjects/Lead/{lead}").status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        answer = org.call(method, f"sobjects/Lead/{lead}", json={"Title": "x"})
        assert refusal(answer) == (404, "ENTITY_IS_DELETED", [])
    assert org.records("SELECT Id FROM Lead") == []
    gone = org.records("SELECT Id, IsDeleted, SystemModstamp FROM Lead", "queryAll")
    assert gone == [
        {"Id": lead, "IsDeleted": True, "SystemModstamp": "2026-03-02T12:00:10.000+0000"}
    ]
    org.admin("undelete", object="Lead", id=lead)
    assert org.row("Lead", lead)["IsDeleted"] is False
    org.admin("purge", object="Lead", id=lead)
    assert org.records("SELECT Id FROM Lead", "queryAll") == []


def test_deleting_an_account_takes_contacts_and_opportunities_along(org: Org) -> None:
    account = org.create("Account", Name="Acme")
    contact = org.create("Contact", LastName="Doe", AccountId=account)
    deal = org.create(
        "Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-06-30", AccountId=account
    )
    org.delete(f"sobjects/Account/{account}")
    assert org.get(f"sobjects/Contact/{contact}").status_code == 404
    assert org.get(f"sobjects/Opportunity/{deal}").status_code == 404


def test_a_link_to_a_deleted_record_is_refused(org: Org) -> None:
    account = org.create("Account", Name="Acme")
    org.delete(f"sobjects/Account/{account}")
    answer = org.post("sobjects/Contact", {"LastName": "Doe", "AccountId": account})
    assert refusal(answer)[:2] == (400, "ENTITY_IS_DELETED")


def test_if_unmodified_since_guards_a_change(org: Org) -> None:
    lead = org.lead()
    org.advance(60)
    org.change("Lead", lead, Title="Boss")
    early = {"If-Unmodified-Since": "Mon, 02 Mar 2026 12:00:30 GMT"}
    assert org.patch(f"sobjects/Lead/{lead}", {"Title": "x"}, headers=early).status_code == 412
    late = {"If-Unmodified-Since": "Mon, 02 Mar 2026 12:01:00 GMT"}
    assert org.patch(f"sobjects/Lead/{lead}", {"Title": "x"}, headers=late).status_code == 204


def test_upsert_creates_then_changes_by_external_id(org: Org) -> None:
    org.add_field("Lead.Uid__c", unique=True, externalId=True)
    path = "sobjects/Lead/Uid__c/a%2Fb%20c"
    made = org.patch(path, {"LastName": "Doe", "Company": "Acme"})
    assert made.status_code == 201
    lead = made.json()["id"]
    assert made.json() == {"id": lead, "success": True, "errors": [], "created": True}
    changed = org.patch(path, {"Title": "Boss"})
    assert (changed.status_code, changed.json()["created"]) == (200, False)
    assert org.get(path).json()["Uid__c"] == "a/b c"
    assert org.row("Lead", lead)["Title"] == "Boss"
    assert refusal(org.patch(path, {"Uid__c": "x"}))[:2] == (400, "INVALID_FIELD")
    assert org.delete(path).status_code == 204


def test_upsert_by_email_is_possible_and_ambiguity_is_300(org: Org) -> None:
    first = org.lead(Email="jo@example.com")
    assert org.patch("sobjects/Lead/Email/JO@example.com", {"Title": "x"}).status_code == 200
    second = org.lead(Email="jo@example.com")
    answer = org.patch("sobjects/Lead/Email/jo@example.com", {"Title": "y"})
    assert answer.status_code == 300
    assert answer.json() == [f"{org.root}/sobjects/Lead/{each}" for each in (first, second)]
    assert org.row("Lead", first)["Title"] == "x"


def test_fields_that_are_no_key_cannot_address_an_upsert(org: Org) -> None:
    answer = org.patch("sobjects/Lead/Company/Acme", {"LastName": "Doe"})
    assert answer.status_code == 404
    assert answer.json()[0]["message"] == (
        "Provided external ID field does not exist or is not accessible: Company"
    )


def test_upsert_by_id_changes_and_its_collection_creates(org: Org) -> None:
    lead = org.lead()
    assert org.patch(f"sobjects/Lead/Id/{lead}", {"Title": "x"}).status_code == 200
    assert org.patch("sobjects/Lead/Id/00Q5g00000ZZZZZ", {"Title": "x"}).status_code == 404
    made = org.post("sobjects/Lead/Id", {"LastName": "Doe", "Company": "Acme"})
    assert made.status_code == 201


def test_a_unique_field_refuses_a_second_holder_and_names_the_first(org: Org) -> None:
    org.add_field("Lead.Uid__c", unique=True, externalId=True)
    first = org.lead(Uid__c="abc")
    answer = org.post("sobjects/Lead", {"LastName": "D", "Company": "A", "Uid__c": "ABC"})
    assert refusal(answer)[:2] == (400, "DUPLICATE_VALUE")
    assert answer.json()[0]["message"] == (
        f"duplicate value found: Uid__c duplicates value on record with id: {first[:15]}"
    )


def test_history_and_other_platform_rows_cannot_be_written(org: Org) -> None:
    for name in ("LeadHistory", "OpportunityHistory", "Organization", "LeadStatus"):
        answer = org.post(f"sobjects/{name}", {})
        assert refusal(answer)[:2] == (400, "INVALID_TYPE_FOR_OPERATION")


def test_a_row_fault_strikes_once_then_the_write_succeeds(org: Org) -> None:
    lead = org.lead()
    org.admin(
        "row_faults",
        id=lead,
        code="UNABLE_TO_LOCK_ROW",
        message="unable to obtain exclusive access to this record",
    )
    assert refusal(org.patch(f"sobjects/Lead/{lead}", {"Title": "x"}))[1] == "UNABLE_TO_LOCK_ROW"
    org.change("Lead", lead, Title="x")
