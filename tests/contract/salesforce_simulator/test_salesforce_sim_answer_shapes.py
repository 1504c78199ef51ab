"""Answers have the keys, types and error codes that recorded answers of real orgs have.

The shapes are facts noted by hand from answers of API versions 20 to 26: keys that later
versions added are allowed for. Describes are compared in ``test_salesforce_sim_schema``, logins
in ``test_salesforce_sim_oauth``.

Not compared: list views, recent items and search (the org has none of these resources); answers
about custom objects (the same shapes are compared with standard ones).
"""

from __future__ import annotations

from collections.abc import Callable
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


ANSWERS: dict[str, tuple[Callable[[Org], Any], Shape]] = {
    "create": (lambda org: org.post("sobjects/Account", {"Name": "A"}).json(), WRITTEN),
    "upsert that creates": (
        lambda org: org.patch(
            "sobjects/Lead/Email/a@example.com", {"LastName": "D", "Company": "A"}
        ).json(),
        WRITTEN,
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
    "describe": (lambda org: org.get("sobjects/Nope/describe"), 404, "NOT_FOUND"),
    "session": (
        lambda org: org.get("limits", headers={"Authorization": "Bearer gone"}),
        401,
        "INVALID_SESSION_ID",
    ),
}


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
