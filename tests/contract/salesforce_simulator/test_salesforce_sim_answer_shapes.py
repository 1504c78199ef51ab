"""Answers have the keys, types and error codes that recorded answers of real orgs have.

The shapes are facts noted by hand from answers of API versions 20 to 26: keys that later
versions added are allowed for. ``RECORDED`` says where each recorded answer is compared, or why
it is not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org

Shape = dict[str, type]
PAGE: Shape = {"totalSize": int, "done": bool, "records": list}
WRITTEN: Shape = {"id": str, "errors": list, "success": bool}
WINDOW = "start=2026-03-02T11:00:00Z&end=2026-03-02T12:01:00Z"


def rows(org: Org, count: int) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": f"A{n}"} for n in range(count)]
    for start in range(0, count, 200):
        org.post("composite/sobjects", {"records": records[start : start + 200]})


def first_page(org: Org) -> Any:
    rows(org, 201)
    headers = {"Sforce-Query-Options": "batchSize=200"}
    return org.get("query?q=SELECT+Id+FROM+Account", headers=headers).json()


def last_page(org: Org) -> Any:
    return org.get(first_page(org)["nextRecordsUrl"]).json()


def grouped(org: Org) -> Any:
    rows(org, 1)
    soql = "SELECT Name, COUNT(Id) FROM Account GROUP BY Name"
    return org.get("query", params={"q": soql}).json()["records"][0]


def deleted(org: Org) -> Any:
    org.delete(f"sobjects/Lead/{org.lead()}")
    return org.get(f"sobjects/Lead/deleted/?{WINDOW}").json()


def login(org: Org, secret: str) -> Any:
    form = {
        "grant_type": "client_credentials",
        "client_id": org.world.consumer_key,
        "client_secret": secret,
    }
    return org.call("POST", "/services/oauth2/token", data=form).json()


ANSWERS: dict[str, tuple[Callable[[Org], Any], Shape]] = {
    "create": (lambda org: org.post("sobjects/Account", {"Name": "A"}).json(), WRITTEN),
    "upsert that creates": (
        lambda org: org.patch(
            "sobjects/Lead/Email/a@example.com", {"LastName": "D", "Company": "A"}
        ).json(),
        WRITTEN,
    ),
    "login": (
        lambda org: login(org, org.world.consumer_secret),
        dict.fromkeys(("id", "issued_at", "instance_url", "signature", "access_token"), str),
    ),
    "refused login": (
        lambda org: login(org, "wrong"),
        {"error": str, "error_description": str},
    ),
    "upsert that updates": (
        lambda org: org.patch(
            f"sobjects/Lead/Email/{org.row('Lead', org.lead(Email='a@example.com'))['Email']}",
            {"Title": "x"},
        ).json(),
        WRITTEN,
    ),
    "Organization": (
        lambda org: org.query("SELECT FIELDS(STANDARD) FROM Organization")["records"][0],
        {
            "attributes": dict,
            "Id": str,
            "Name": str,
            "Country": str,
            "DefaultLocaleSidKey": str,
            "FiscalYearStartMonth": int,
            "OrganizationType": str,
            "IsSandbox": bool,
            "InstanceName": str,
            "TimeZoneSidKey": str,
            "LanguageLocaleKey": str,
        },
    ),
    "empty query": (lambda org: org.get("query?q=SELECT+Id+FROM+Lead").json(), PAGE),
    "first page": (first_page, {**PAGE, "nextRecordsUrl": str}),
    "last page": (last_page, PAGE),
    "record of a page": (lambda org: last_page(org)["records"][0], {"attributes": dict, "Id": str}),
    "aggregate": (grouped, {"attributes": dict, "Name": str, "expr0": int}),
    "updated": (
        lambda org: org.get(f"sobjects/Lead/updated/?{WINDOW}").json(),
        {"ids": list, "latestDateCovered": str},
    ),
    "deleted": (
        deleted,
        {"deletedRecords": list, "earliestDateAvailable": str, "latestDateCovered": str},
    ),
    "deleted record": (
        lambda org: deleted(org)["deletedRecords"][0],
        {"id": str, "deletedDate": str},
    ),
    "record": (
        lambda org: org.row("Lead", org.lead()),
        {"attributes": dict, "Id": str, "OwnerId": str, "IsDeleted": bool, "CreatedById": str},
    ),
    "global describe": (
        lambda org: org.get("sobjects").json(),
        {"encoding": str, "maxBatchSize": int, "sobjects": list},
    ),
    "API version": (
        lambda org: org.get("/services/data/").json()[0],
        {"version": str, "url": str, "label": str},
    ),
}
ERRORS: dict[str, tuple[Callable[[Org], Any], int, str]] = {
    "query": (lambda org: org.get("query?q=SELECT+Nope+FROM+Lead"), 400, "INVALID_FIELD"),
    "write": (lambda org: org.post("sobjects/Lead", {"foo": "x"}), 400, "INVALID_FIELD"),
    "upsert by no key": (lambda org: org.patch("sobjects/Lead/Namez/x", {}), 404, "NOT_FOUND"),
    "missing record": (
        lambda org: org.get("sobjects/Lead/00Q000000000001AAA"),
        404,
        "NOT_FOUND",
    ),
    "describe": (lambda org: org.get("sobjects/Nope/describe"), 404, "NOT_FOUND"),
    "session": (
        lambda org: org.get("limits", headers={"Authorization": "Bearer gone"}),
        401,
        "INVALID_SESSION_ID",
    ),
}


_SCHEMA = "test_salesforce_sim_schema"
_HERE = "test_salesforce_sim_answer_shapes"
_CUSTOM = "not compared: about a custom object; the same shape is compared with a standard one"
_ABSENT = "not compared: the org has no such resource"
RECORDED: dict[str, str] = {
    "auth_error_response": f"{_HERE}: refused login",
    "auth_success_response": f"{_HERE}: login",
    "expired_session_response": f"{_HERE}: session",
    "reauth_success_response": f"{_HERE}: login",
    "refresh_error_response": f"{_HERE}: refused login",
    "refresh_success_response": f"{_HERE}: login",
    "services_data_success_response": f"{_HERE}: API version",
    "create_success_response": f"{_HERE}: create",
    "delete_error_response": _CUSTOM,
    "describe_sobjects_success_response": f"{_HERE}: global describe",
    "get_deleted_success_response": f"{_HERE}: deleted",
    "get_updated_success_response": f"{_HERE}: updated",
    "list_sobjects_success_response": f"{_HERE}: global describe",
    "list_view_results_success_response": _ABSENT,
    "org_query_response": f"{_HERE}: record of a page",
    "query_aggregate_success_response": f"{_HERE}: aggregate",
    "query_empty_response": f"{_HERE}: empty query",
    "query_error_response": f"{_HERE}: query",
    "query_paginated_first_page_response": f"{_HERE}: first page",
    "query_paginated_last_page_response": f"{_HERE}: last page",
    "query_success_response": f"{_HERE}: record of a page",
    "recent_success_response": _ABSENT,
    "search_error_response": _ABSENT,
    "search_success_response": _ABSENT,
    "sobject_describe_error_response": f"{_HERE}: describe",
    "sobject_describe_success_response": f"{_SCHEMA}: Account",
    "sobject_find_error_response": f"{_HERE}: missing record",
    "sobject_find_success_response": f"{_HERE}: record",
    "sobject_select_success_response": f"{_HERE}: record",
    "upsert_created_success_response": f"{_HERE}: upsert that creates",
    "upsert_error_response": f"{_HERE}: upsert by no key",
    "upsert_multiple_error_response": f"{_HERE}: several of one key",
    "upsert_updated_success_response": f"{_HERE}: upsert that updates",
    "write_error_response": f"{_HERE}: write",
    "sobjects_Account_describe": f"{_SCHEMA}: Account",
    "sobjects_Contact_describe": f"{_SCHEMA}: Contact",
    "sobjects_Custom__c_describe": _CUSTOM,
    "sobjects_Event_describe": f"{_SCHEMA}: Event",
    "sobjects_Global_describe": f"{_HERE}: global describe",
    "sobjects_Lead_describe": f"{_SCHEMA}: Lead",
    "sobjects_OpportunityContactRole_describe": f"{_SCHEMA}: OpportunityContactRole",
    "sobjects_Opportunity_describe": f"{_SCHEMA}: Opportunity",
    "sobjects_Organization": f"{_HERE}: Organization",
}
"""Recorded answer → the test module and the case in it, or why there is none."""
SEVERAL = "several of one key"


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_answer_is_compared_or_said_not_to_be(name: str) -> None:
    where, _, case = RECORDED[name].partition(": ")
    folder = Path(__file__).parent
    if where == _HERE:
        assert case in {*ANSWERS, *ERRORS, SEVERAL}
    elif where == _SCHEMA:
        assert case in json.loads((folder / "describe_shapes.json").read_text(encoding="utf-8"))
    else:
        assert RECORDED[name] in (_CUSTOM, _ABSENT)


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_have_the_recorded_keys_and_types(org: Org, name: str) -> None:
    ask, shape = ANSWERS[name]
    answer = ask(org)
    assert shape == {key: type(answer.get(key)) for key in shape}
    allowed = {"created"} if shape is WRITTEN else set()
    if shape in (PAGE, WRITTEN):
        assert set(answer) - allowed == set(shape)


@pytest.mark.parametrize("name", ERRORS)
def test_refusals_have_the_recorded_keys_and_codes(org: Org, name: str) -> None:
    ask, status, code = ERRORS[name]
    answer = ask(org)
    [error] = answer.json()
    assert (answer.status_code, error["errorCode"]) == (status, code)
    assert set(error) == {"message", "errorCode"}


def test_an_ambiguous_key_answers_300_with_the_addresses(org: Org) -> None:
    ids = [org.lead(Email="a@example.com") for _ in range(2)]
    answer = org.patch("sobjects/Lead/Email/a@example.com", {"Title": "x"})
    assert answer.status_code == 300
    assert answer.json() == [f"{org.root}/sobjects/Lead/{each}" for each in ids]
