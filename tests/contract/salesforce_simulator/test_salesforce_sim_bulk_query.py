"""Querying through Bulk API 2.0. Salesforce contract §8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org


def started(org: Org, soql: str, operation: str = "query", **body: Any) -> dict[str, Any]:
    answer = org.post("jobs/query", {"operation": operation, "query": soql, **body})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def finished(org: Org, soql: str, operation: str = "query", **body: Any) -> str:
    job = started(org, soql, operation, **body)
    assert job["state"] == "UploadComplete"
    address = f"jobs/query/{job['id']}"
    states = [org.get(address).json()["state"] for _ in range(2)]
    assert states == ["InProgress", "JobComplete"]
    return address


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


def test_results_come_page_by_page_in_the_order_and_columns_asked(org: Org) -> None:
    for name in ("A", "B", "C"):
        org.lead(LastName=name)
    address = finished(org, "SELECT LastName, Owner.Name, IsConverted, Title FROM Lead ORDER BY Id")
    job = org.get(address).json()
    assert (job["jobType"], job["numberRecordsProcessed"]) == ("V2Query", 3)
    first = org.get(f"{address}/results", params={"maxRecords": 2})
    assert first.headers["Sforce-NumberOfRecords"] == "2"
    assert first.text.splitlines() == [
        '"LastName","Owner.Name","IsConverted","Title"',
        '"A","crmbridge Integration","false",""',
        '"B","crmbridge Integration","false",""',
    ]
    following = {"maxRecords": 2, "locator": first.headers["Sforce-Locator"]}
    second = org.get(f"{address}/results", params=following)
    assert second.headers["Sforce-NumberOfRecords"] == "1"
    assert second.headers["Sforce-Locator"] == "null"
    assert len(second.text.splitlines()) == 2
    org.admin("bulk", repeat_header=False)
    bare = org.get(f"{address}/results", params=following)
    assert bare.text.splitlines() == ['"C","crmbridge Integration","false",""']


def test_query_all_sees_deleted_rows_and_query_does_not(org: Org) -> None:
    lead = org.lead()
    org.delete(f"sobjects/Lead/{lead}")
    live = org.get(finished(org, "SELECT Id FROM Lead") + "/results")
    every = org.get(finished(org, "SELECT Id FROM Lead", "queryAll") + "/results")
    assert live.text.splitlines() == ['"Id"']
    assert every.text.splitlines() == ['"Id"', f'"{lead}"']


@pytest.mark.parametrize(
    ("soql", "refusal"),
    [
        ("SELECT COUNT() FROM Lead", "API_ERROR"),
        ("SELECT Status, COUNT(Id) FROM Lead GROUP BY Status", "API_ERROR"),
        ("SELECT Id FROM Lead LIMIT 5 OFFSET 5", "API_ERROR"),
        ("SELECT Address FROM Lead", "API_ERROR"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR"),
        ("SELECT Nope FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT", "MALFORMED_QUERY"),
        ("", "MALFORMED_QUERY"),
    ],
)
def test_queries_a_job_cannot_run_are_refused(org: Org, soql: str, refusal: str) -> None:
    answer = org.post("jobs/query", {"operation": "query", "query": soql})
    assert code(answer) == (400, refusal)


def test_acts_out_of_place_are_refused(org: Org) -> None:
    org.lead()
    job = started(org, "SELECT Id FROM Lead")["id"]
    assert code(org.get(f"jobs/query/{job}/results")) == (400, "INVALIDJOBSTATE")
    assert code(org.delete(f"jobs/query/{job}")) == (400, "INVALIDJOBSTATE")
    assert org.patch(f"jobs/query/{job}", {"state": "Aborted"}).json()["state"] == "Aborted"
    address = finished(org, "SELECT Id FROM Lead")
    other = org.get(f"/services/data/v66.0/{address}/results")
    assert other.status_code == 409
    for locator in ("?", "OTk"):
        answer = org.get(f"{address}/results", params={"locator": locator})
        assert code(answer) == (400, "INVALID_QUERY_LOCATOR")
    assert code(org.get(f"{address}/results?maxRecords=0")) == (400, "API_ERROR")
    assert org.delete(address).status_code == 204
    assert code(org.get(address)) == (404, "NOT_FOUND")


def test_query_jobs_are_listed_and_counted(org: Org) -> None:
    job = started(org, "SELECT Id FROM Lead")["id"]
    assert [each["id"] for each in org.get("jobs/query").json()["records"]] == [job]
    assert org.get("jobs/ingest").json()["records"] == []
    assert org.get("limits").json()["DailyBulkV2QueryJobs"]["Remaining"] == 9_999
