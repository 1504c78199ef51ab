"""Duplicate rules and flows that an org's admins may have. Salesforce contract §11, §17."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org

BODY = {"LastName": "Roe", "Company": "Acme", "Email": "JO@example.com"}
SAVE = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false"}


@pytest.mark.parametrize("allow_save", [True, False])
def test_a_duplicate_rule_refuses_and_can_be_overridden_only_if_it_lets(
    org: Org, allow_save: bool
) -> None:
    first = org.lead(Email="jo@example.com")
    rule = {"object": "Lead", "field": "Email", "allow_save": allow_save}
    org.admin("duplicate_rules", rules=[rule])
    refused = org.post("sobjects/Lead", BODY)
    assert refused.status_code == 400
    error = refused.json()[0]
    assert error["errorCode"] == "DUPLICATES_DETECTED"
    assert error["duplicateResut"]["allowSave"] is allow_save
    match = error["duplicateResut"]["matchResults"][0]["matchRecords"][0]
    assert match["record"]["Id"] == first
    forced = org.post("sobjects/Lead", BODY, headers=SAVE)
    assert forced.status_code == (201 if allow_save else 400)


def test_a_collections_row_tells_of_duplicates_without_details(org: Org) -> None:
    org.lead(Email="jo@example.com")
    org.admin("duplicate_rules", rules=[{"object": "Lead", "field": "Email"}])
    record = {"attributes": {"type": "Lead"}, **BODY}
    row = org.post("composite/sobjects", {"records": [record]}).json()[0]
    assert row == {
        "success": False,
        "errors": [
            {
                "statusCode": "DUPLICATES_DETECTED",
                "message": "Use one of these records?",
                "fields": [],
            }
        ],
    }


def test_a_record_is_no_duplicate_of_itself(org: Org) -> None:
    lead = org.lead(Email="jo@example.com")
    org.admin("duplicate_rules", rules=[{"object": "Lead", "field": "Email"}])
    org.change("Lead", lead, Email="jo@example.com", Title="x")


def test_a_flow_changes_another_field_as_the_user_who_saved(org: Org) -> None:
    lead = org.lead()
    flow = {"object": "Lead", "watched": "Status", "values": {"Rating": "Hot"}}
    org.admin("flows", flows=[flow])
    org.change("Lead", lead, Title="x")
    assert org.row("Lead", lead)["Rating"] is None
    rep = org.user("Rita Rep")
    org.acting_as(rep).change("Lead", lead, Status="Working - Contacted")
    row = org.row("Lead", lead)
    assert (row["Rating"], row["LastModifiedById"]) == ("Hot", rep)


def test_a_validation_rule_refuses_creates_and_updates_until_it_is_lifted(org: Org) -> None:
    lead = org.lead()
    rule = {"object": "Lead", "field": "Phone", "message": "Phone is needed"}
    org.admin("validation_rules", rules=[rule])
    error = {
        "message": "Phone is needed",
        "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "fields": ["Phone"],
    }
    body = {"LastName": "D", "Company": "A"}
    assert org.post("sobjects/Lead", body).json() == [error]
    assert org.patch(f"sobjects/Lead/{lead}", {"Title": "x"}).json() == [error]
    org.change("Lead", lead, Phone="1")
    org.admin("validation_rules", rules=[])
    org.lead()


def test_activity_capture_shows_whose_mailbox_is_connected_only_while_it_is_on(org: Org) -> None:
    soql = "SELECT UserId, ConnectivityStatus FROM ActivityUsrConnectionStatus"
    name = "ActivityUsrConnectionStatus"
    rep = org.user("Rita Rep")

    def listed() -> bool:
        return name in {each["name"] for each in org.get("sobjects").json()["sobjects"]}

    def status() -> int:
        return org.get("query", params={"q": soql}).status_code

    assert (400, False) == (status(), listed())
    org.admin("activity_capture", users={rep: "PENDING"})
    (row,) = org.records(soql)
    assert (rep, "PENDING") == (row["UserId"], row["ConnectivityStatus"])
    assert listed()
    assert 400 == org.post(f"sobjects/{name}", {"UserId": rep}).status_code
    org.admin("activity_capture")
    assert (400, False) == (status(), listed())


def test_what_the_integration_user_may_not_do_is_described_and_refused(org: Org) -> None:
    """Others still may."""
    lead, rep = org.lead(), org.user("Rita Rep")
    org.admin("denied", objects={"Lead": ["create", "edit"], "Task": ["create"]})
    described = org.get("sobjects/Lead/describe").json()
    assert (False, False) == (described["createable"], described["updateable"])
    assert not any(each["createable"] or each["updateable"] for each in described["fields"])
    short = org.get("sobjects/Task").json()["objectDescribe"]
    assert (False, True) == (short["createable"], short["updateable"])
    for answer, done in (
        (org.post("sobjects/Lead", BODY), "inserted"),
        (org.patch(f"sobjects/Lead/{lead}", {"Title": "x"}), "updated"),
    ):
        assert answer.status_code == 400
        (error,) = answer.json()
        assert error["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
        assert error["message"] == f"entity type cannot be {done}: Lead"
    assert 201 == org.acting_as(rep).post("sobjects/Lead", BODY).status_code
    org.admin("denied")
    assert 204 == org.patch(f"sobjects/Lead/{lead}", {"Title": "x"}).status_code
