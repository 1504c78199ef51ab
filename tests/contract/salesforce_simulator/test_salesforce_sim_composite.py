"""Several calls in one. Salesforce contract §7."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org

ROOT = "/services/data/v67.0"


def sub(name: str, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
    request: dict[str, Any] = {"referenceId": name, "method": method, "url": f"{ROOT}/{path}"}
    if body is not None:
        request["body"] = body
    if headers:
        request["httpHeaders"] = {key.replace("_", "-"): value for key, value in headers.items()}
    return request


def composite(org: Org, *requests: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    answer = org.post("composite", {"compositeRequest": list(requests), **options})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["compositeResponse"])


def test_later_calls_use_the_answers_of_earlier_ones(org: Org) -> None:
    answers = composite(
        org,
        sub("acc", "POST", "sobjects/Account", {"Name": "Acme"}),
        sub("con", "POST", "sobjects/Contact", {"LastName": "Doe", "AccountId": "@{acc.id}"}),
        sub("got", "GET", "sobjects/Contact/@{con.id}?fields=AccountId"),
        sub("all", "GET", "query?q=SELECT+Id+FROM+Account"),
        sub("upd", "PATCH", "sobjects/Account/@{all.records[0].Id}", {"Site": "x-@{acc.id}"}),
    )
    assert [each["httpStatusCode"] for each in answers] == [201, 201, 200, 200, 204]
    assert [each["referenceId"] for each in answers] == ["acc", "con", "got", "all", "upd"]
    account = answers[0]["body"]["id"]
    assert answers[0]["httpHeaders"] == {"Location": f"{ROOT}/sobjects/Account/{account}"}
    assert answers[2]["body"]["AccountId"] == account
    assert answers[4]["body"] is None
    assert org.row("Account", account)["Site"] == f"x-{account}"


def test_a_failure_leaves_the_other_calls_standing_by_default(org: Org) -> None:
    answers = composite(
        org,
        sub("bad", "POST", "sobjects/Account", {}),
        sub("hangs", "POST", "sobjects/Contact", {"LastName": "D", "AccountId": "@{bad.id}"}),
        sub("good", "POST", "sobjects/Account", {"Name": "Acme"}),
    )
    assert [each["httpStatusCode"] for each in answers] == [400, 400, 201]
    assert answers[0]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    halted = answers[1]["body"][0]
    assert halted["errorCode"] == "PROCESSING_HALTED"
    assert "No value for bad.id found in bad" in halted["message"]


def test_all_or_none_undoes_what_came_before_the_failure(org: Org) -> None:
    answers = composite(
        org,
        sub("good", "POST", "sobjects/Account", {"Name": "Acme"}),
        sub("bad", "POST", "sobjects/Lead", {}),
        sub("late", "POST", "sobjects/Account", {"Name": "Beta"}),
        allOrNone=True,
    )
    assert [each["httpStatusCode"] for each in answers] == [400, 400, 400]
    codes = [each["body"][0]["errorCode"] for each in answers]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
    assert org.query("SELECT COUNT() FROM Account")["totalSize"] == 0


def test_outer_all_or_none_overrides_that_of_a_collection(org: Org) -> None:
    rows = [{"attributes": {"type": "Account"}, "Name": "A"}, {"attributes": {"type": "Account"}}]
    inner = {"allOrNone": False, "records": rows}
    first = composite(org, sub("c", "POST", "composite/sobjects", inner), allOrNone=True)
    assert [row["success"] for row in first[0]["body"]] == [False, False]
    assert org.query("SELECT COUNT() FROM Account")["totalSize"] == 0
    second = composite(org, sub("c", "POST", "composite/sobjects", inner), allOrNone=False)
    assert [row["success"] for row in second[0]["body"]] == [True, False]


def test_the_whole_series_costs_one_api_request(org: Org) -> None:
    org.post("/__sim__/calls/reset")
    queries = [sub(f"q{n}", "GET", "query?q=SELECT+Id+FROM+Lead") for n in range(5)]
    answer = org.post("composite", {"compositeRequest": queries})
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    assert org.get("/__sim__/calls").json()["total"] == 1


def test_headers_of_a_subrequest_are_its_own(org: Org) -> None:
    rep = org.user("Rita Rep")
    org.admin("assignment", users=[rep])
    body = {"LastName": "Doe", "Company": "Acme"}
    answers = org.post(
        "composite",
        {
            "compositeRequest": [
                sub("plain", "POST", "sobjects/Lead", body),
                sub("kept", "POST", "sobjects/Lead", body, Sforce_Auto_Assign="FALSE"),
            ]
        },
        headers={"Sforce-Auto-Assign": "FALSE"},
    ).json()["compositeResponse"]
    owners = [org.row("Lead", each["body"]["id"])["OwnerId"] for each in answers]
    assert owners == [rep, org.world.integration_user_id]


@pytest.mark.parametrize(
    ("requests", "code"),
    [
        ([], "JSON_PARSER_ERROR"),
        ([sub(f"r{n}", "GET", "limits") for n in range(26)], "LIMIT_EXCEEDED"),
        ([sub(f"r{n}", "GET", "query?q=x") for n in range(6)], "LIMIT_EXCEEDED"),
        ([sub(f"r{n}", "POST", "composite/sobjects", {}) for n in range(6)], "LIMIT_EXCEEDED"),
        ([sub("twice", "GET", "limits"), sub("twice", "GET", "limits")], "JSON_PARSER_ERROR"),
        ([{"method": "GET", "url": f"{ROOT}/limits"}], "JSON_PARSER_ERROR"),
        ([{"method": "GET", "referenceId": "a.b", "url": f"{ROOT}/limits"}], "JSON_PARSER_ERROR"),
        ([{"method": "GET", "referenceId": "a"}], "JSON_PARSER_ERROR"),
    ],
)
def test_malformed_series_are_refused_as_a_whole(org: Org, requests: Any, code: str) -> None:
    answer = org.post("composite", {"compositeRequest": requests})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code


def test_subrequests_that_lead_nowhere_fail_alone(org: Org) -> None:
    outside = {"referenceId": "out", "method": "GET", "url": "https://example.com/"}
    answers = composite(
        org,
        outside,
        sub("no", "GET", "nonsense"),
        sub("self", "POST", "composite", {}),
        {"referenceId": "old", "method": "GET", "url": "/services/data/v25.0/limits"},
        sub("ok", "GET", "limits"),
    )
    assert [each["httpStatusCode"] for each in answers] == [404, 404, 404, 410, 200]


def test_queries_longer_than_an_address_fit_into_a_series(org: Org) -> None:
    lead = org.lead()
    ids = ",".join([f"'{lead}'"] * 1000)
    answers = composite(org, sub("q", "GET", f"query?q=SELECT Id FROM Lead WHERE Id IN ({ids})"))
    assert answers[0]["body"]["totalSize"] == 1


def test_a_batch_counts_every_call_and_can_halt(org: Org) -> None:
    requests = [
        {"method": "GET", "url": "v67.0/limits"},
        {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {}},
        {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": "A"}},
    ]
    body = org.post("composite/batch", {"batchRequests": requests})
    assert body.headers["Sforce-Limit-Info"] == "api-usage=3/100000"
    assert body.json()["hasErrors"] is True
    assert [each["statusCode"] for each in body.json()["results"]] == [200, 400, 201]
    halted = org.post("composite/batch", {"batchRequests": requests, "haltOnError": True}).json()
    assert [each["statusCode"] for each in halted["results"]] == [200, 400, 412]
    assert org.query("SELECT COUNT() FROM Account")["totalSize"] == 1
