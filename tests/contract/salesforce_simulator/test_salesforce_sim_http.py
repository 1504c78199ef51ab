"""The HTTP around every call. Salesforce contract §1, §10, §11."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org


def test_answers_carry_world_time_usage_and_content_type(org: Org) -> None:
    answer = org.get("limits/")
    assert answer.headers["Date"] == "Mon, 02 Mar 2026 12:00:00 GMT"
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert answer.json()["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_999}


def test_pretty_print_puts_a_space_before_the_colon(org: Org) -> None:
    assert '"Max" : 100000' in org.get("limits", headers={"X-PrettyPrint": "1"}).text
    assert '"Max":100000' in org.get("limits").text


@pytest.mark.parametrize("path", ["sobjects", "sobjects/", "limits/", "sobjects/Lead/describe/"])
def test_trailing_slashes_make_no_difference(org: Org, path: str) -> None:
    assert org.get(path).status_code == 200


@pytest.mark.parametrize("version", range(59, 68))
def test_supported_versions_answer_with_their_own_urls(org: Org, version: int) -> None:
    root = f"/services/data/v{version}.0"
    assert org.get(f"{root}/").json()["query"] == f"{root}/query"


@pytest.mark.parametrize(
    ("version", "status"), [("21.0", 410), ("30.0", 410), ("58.0", 404), ("99.0", 404), ("x", 404)]
)
def test_other_versions_are_gone_or_unknown(org: Org, version: str, status: int) -> None:
    assert org.get(f"/services/data/v{version}/limits").status_code == status


def test_an_org_comes_to_new_versions_and_retires_old_ones(org: Org) -> None:
    org.admin("versions", oldest=62, newest=70)
    listed = requests.get(f"{org.base_url}/services/data/", timeout=5).json()
    assert ("62.0", "70.0") == (listed[0]["version"], listed[-1]["version"])
    assert "Summer '27" == listed[-1]["label"]
    statuses = {
        number: org.get(f"/services/data/v{number}.0/limits").status_code
        for number in (61, 62, 70, 71)
    }
    assert {61: 410, 62: 200, 70: 200, 71: 404} == statuses


@pytest.mark.parametrize(
    "path",
    ["nonsense", "sobjects/Nonsense", "sobjects/Nonsense/describe", "search?q=FIND", "jobs/other"],
)
def test_unknown_resources_are_404(org: Org, path: str) -> None:
    answer = org.get(path)
    assert answer.status_code == 404
    assert answer.json() == [
        {"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "limits"), ("POST", "query"), ("PUT", "sobjects/Lead"), ("GET", "composite")],
)
def test_wrong_methods_are_405(org: Org, method: str, path: str) -> None:
    answer = org.call(method, path)
    assert answer.status_code == 405
    assert answer.json()[0]["errorCode"] == "METHOD_NOT_ALLOWED"


def test_bodies_that_are_not_json_are_refused(org: Org) -> None:
    broken = org.call(
        "POST", "sobjects/Lead", data='{"LastName" x', headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 400
    assert broken.json()[0]["errorCode"] == "JSON_PARSER_ERROR"
    assert "at [line:1, column:13]" in broken.json()[0]["message"]
    text = org.call("POST", "sobjects/Lead", data="<x/>", headers={"Content-Type": "text/xml"})
    assert text.status_code == 415
    assert text.json()[0]["errorCode"] == "UNSUPPORTED_MEDIA_TYPE"
    assert org.call("POST", "sobjects/Lead").json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_too_long_addresses_are_refused_at_the_edge(org: Org) -> None:
    assert org.get("query", params={"q": "x" * 17_000}).status_code == 414
    padded = {"X-Padding": "y" * 9_000}
    assert org.get("query", params={"q": "x" * 9_000}, headers=padded).status_code == 431


def test_the_daily_allowance_is_refused_with_403_until_it_rolls_off(org: Org) -> None:
    org.world.usage.maximum = 2
    assert [org.get("limits").status_code for _ in range(3)] == [200, 200, 403]
    refused = org.get("limits")
    assert refused.json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert refused.json()[0]["message"] == "TotalRequests Limit exceeded."
    assert "Retry-After" not in refused.headers
    org.advance(timedelta(hours=24).total_seconds())
    assert org.get("limits").status_code == 200


def test_calls_are_counted_by_user_and_route(org: Org) -> None:
    rep = org.user("Rita Rep")
    org.post("/__sim__/calls/reset")
    lead = org.lead()
    org.row("Lead", lead)
    org.acting_as(rep).row("Lead", lead)
    calls = org.get("/__sim__/calls").json()
    assert calls["total"] == 3
    assert calls["by_token"] == {"integration": 2, rep: 1}
    assert calls["by_route"]["GET /services/data/v67.0/sobjects/Lead/{id}"] == 2


def test_faults_strike_api_calls_only(org: Org) -> None:
    org.post(
        "/__sim__/faults",
        {"path": "/sobjects/Lead", "action": "status", "status": 503, "body": "<html>down</html>"},
    )
    assert org.post("sobjects/Lead", {"LastName": "D", "Company": "A"}).status_code == 503
    assert org.query("SELECT COUNT() FROM Lead")["totalSize"] == 0
    org.lead()
