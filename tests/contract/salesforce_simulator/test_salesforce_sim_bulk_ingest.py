"""Loading through Bulk API 2.0. Salesforce contract §8."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org

CSV = {"Content-Type": "text/csv"}


def opened(org: Org, **body: Any) -> str:
    answer = org.post("jobs/ingest", {"object": "Lead", "operation": "insert", **body})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def uploaded(org: Org, text: str, **body: Any) -> str:
    job = opened(org, **body)
    put = org.call("PUT", f"jobs/ingest/{job}/batches", data=text.encode(), headers=CSV)
    assert (put.status_code, put.content) == (201, b"")
    closed = org.patch(f"jobs/ingest/{job}", {"state": "UploadComplete"})
    assert closed.json()["state"] == "UploadComplete"
    return job


def finished(org: Org, text: str, **body: Any) -> dict[str, Any]:
    job = uploaded(org, text, **body)
    assert org.get(f"jobs/ingest/{job}").json()["state"] == "InProgress"
    return dict(org.get(f"jobs/ingest/{job}").json())


def rows(org: Org, job: str, which: str) -> list[dict[str, str]]:
    answer = org.get(f"jobs/ingest/{job}/{which}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


def test_a_job_is_opened_filled_closed_done_and_deleted(org: Org) -> None:
    made = org.post("jobs/ingest/", {"object": "lead", "operation": "insert"}).json()
    assert {
        "operation": "insert",
        "object": "Lead",
        "createdById": org.world.integration_user_id,
        "createdDate": "2026-03-02T12:00:00.000+0000",
        "state": "Open",
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": 67.0,
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
        "contentUrl": f"services/data/v67.0/jobs/ingest/{made['id']}/batches",
    }.items() <= made.items()
    done = finished(org, "LastName,Company\nDoe,Acme\nRoe,\n")
    assert done["state"] == "JobComplete"
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (2, 1)
    [good] = rows(org, done["id"], "successfulResults")
    assert good["sf__Created"] == "true"
    assert good["LastName"] == "Doe"
    assert org.row("Lead", good["sf__Id"])["Company"] == "Acme"
    [bad] = rows(org, done["id"], "FAILEDRESULTS")
    assert bad == {
        "sf__Id": "",
        "sf__Error": "REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --",
        "LastName": "Roe",
        "Company": "",
    }
    assert rows(org, done["id"], "unprocessedrecords") == []
    assert org.delete(f"jobs/ingest/{done['id']}").status_code == 204
    assert code(org.get(f"jobs/ingest/{done['id']}")) == (404, "NOT_FOUND")


def test_an_empty_cell_says_nothing_and_na_is_null(org: Org) -> None:
    lead = org.lead(Title="Boss", Website="https://acme.example")
    done = finished(org, f"Id,Title,Website\n{lead},,#N/A\n", operation="update")
    assert done["numberRecordsFailed"] == 0
    row = org.row("Lead", lead)
    assert (row["Title"], row["Website"]) == ("Boss", None)
    [good] = rows(org, done["id"], "successfulResults")
    assert (good["sf__Id"], good["sf__Created"]) == (lead, "false")


def test_a_failed_update_gives_its_id_back(org: Org) -> None:
    lead = org.lead()
    done = finished(org, f"Id,Email\n{lead},nonsense\n", operation="update")
    [bad] = rows(org, done["id"], "failedResults")
    assert bad["sf__Id"] == lead
    assert bad["sf__Error"].startswith("INVALID_EMAIL_ADDRESS:")
    assert bad["sf__Error"].endswith(":Email --")


def test_upsert_changes_what_has_the_key_and_creates_the_rest(org: Org) -> None:
    lead = org.lead(Email="a@example.com")
    text = "Email,LastName,Company\na@example.com,New,Acme\nb@example.com,Other,Acme\n"
    done = finished(org, text, operation="upsert", externalIdFieldName="Email")
    results = rows(org, done["id"], "successfulResults")
    assert [each["sf__Created"] for each in results] == ["false", "true"]
    assert results[0]["sf__Id"] == lead
    assert org.row("Lead", lead)["LastName"] == "New"


def test_delete_bins_the_rows(org: Org) -> None:
    lead = org.lead()
    finished(org, f"Id\n{lead}\n", operation="delete")
    assert org.records("SELECT Id FROM Lead") == []
    assert org.records("SELECT Id FROM Lead", "queryAll") == [{"Id": lead}]


def test_quotes_delimiters_and_line_ends_are_read_as_announced(org: Org) -> None:
    text = 'LastName;Company;Description\r\n"O""Neil";"A;B";"one\ntwo"\r\n'
    done = finished(org, text, lineEnding="CRLF", columnDelimiter="SEMICOLON")
    assert done["state"] == "JobComplete"
    [lead] = org.records("SELECT LastName, Company, Description FROM Lead")
    assert lead == {"LastName": 'O"Neil', "Company": "A;B", "Description": "one\ntwo"}


@pytest.mark.parametrize(
    ("text", "ending", "message"),
    [
        ("LastName\r\nX\r\n", "LF", "ClientInputError : LineEnding is invalid on user data"),
        ("LastName\nX\n", "CRLF", "ClientInputError : LineEnding is invalid on user data"),
        ("LastName,Nope\nX,1\n", "LF", "InvalidBatch : Field name not found : Nope"),
        ("LastName,LASTNAME\nX,1\n", "LF", "InvalidBatch : Field name duplicated : LASTNAME"),
        ("LastName,Company\nX\n", "LF", "InvalidBatch : Row 1 has 1 columns, the header has 2"),
    ],
)
def test_an_upload_that_cannot_be_read_fails_the_job(
    org: Org, text: str, ending: str, message: str
) -> None:
    done = finished(org, text, lineEnding=ending)
    assert (done["state"], done["errorMessage"]) == ("Failed", message)
    assert done["numberRecordsProcessed"] == 0
    assert org.records("SELECT Id FROM Lead") == []


def test_a_value_of_the_wrong_type_fails_its_row(org: Org) -> None:
    done = finished(org, "LastName,Company,NumberOfEmployees\nX,Acme,many\n")
    [bad] = rows(org, done["id"], "failedResults")
    assert bad["sf__Error"].startswith("INVALID_TYPE_ON_FIELD_IN_RECORD:")
    assert bad["sf__Error"].endswith(":NumberOfEmployees --")


def test_leads_are_assigned_only_if_the_job_names_the_rule(org: Org) -> None:
    rep = org.user("Rep")
    rule = org.admin("assignment", users=[rep])["rule_id"]
    text = "LastName,Company\nX,Acme\n"
    finished(org, text)
    finished(org, text, assignmentRuleId=rule)
    owners = [each["OwnerId"] for each in org.records("SELECT OwnerId FROM Lead ORDER BY Id")]
    assert owners == [org.world.integration_user_id, rep]


def test_duplicate_rules_flows_and_row_faults_reach_bulk_rows(org: Org) -> None:
    rule = {"object": "Lead", "field": "Email", "allow_save": False}
    org.admin("duplicate_rules", rules=[rule])
    org.admin(
        "flows", flows=[{"object": "Lead", "watched": "LastName", "values": {"Title": "set"}}]
    )
    text = "LastName,Company,Email\nX,A,a@example.com\nY,A,a@example.com\n"
    done = finished(org, text)
    [bad] = rows(org, done["id"], "failedResults")
    assert bad["sf__Error"].startswith("DUPLICATES_DETECTED:")
    [lead] = org.records("SELECT LastName, Title FROM Lead")
    assert lead == {"LastName": "X", "Title": "set"}


def test_an_aborted_job_writes_nothing_and_gives_its_rows_back(org: Org) -> None:
    job = uploaded(org, "LastName,Company\nX,Acme\n")
    assert org.patch(f"jobs/ingest/{job}", {"state": "Aborted"}).json()["state"] == "Aborted"
    assert org.get(f"jobs/ingest/{job}").json()["state"] == "Aborted"
    left = rows(org, job, "unprocessedRecords")
    assert left == [{"LastName": "X", "Company": "Acme"}]
    assert org.records("SELECT Id FROM Lead") == []


def test_a_job_that_fails_on_the_way_keeps_what_it_wrote(org: Org) -> None:
    org.admin("bulk", failure="InternalServerError : gone", failure_rows=1)
    done = finished(org, "LastName,Company\nX,Acme\nY,Acme\n")
    assert (done["state"], done["errorMessage"]) == ("Failed", "InternalServerError : gone")
    assert [each["LastName"] for each in rows(org, done["id"], "successfulResults")] == ["X"]
    assert [each["LastName"] for each in rows(org, done["id"], "unprocessedrecords")] == ["Y"]
    assert org.records("SELECT LastName FROM Lead") == [{"LastName": "X"}]
    assert finished(org, "LastName,Company\nZ,Acme\n")["state"] == "JobComplete"


def test_jobs_can_move_with_world_time_though_nobody_polls(org: Org) -> None:
    org.admin("bulk", seconds=60)
    job = uploaded(org, "LastName,Company\nX,Acme\n")
    for _ in range(3):
        assert org.get(f"jobs/ingest/{job}").json()["state"] == "InProgress"
    org.advance(60)
    assert org.records("SELECT LastName FROM Lead") == [{"LastName": "X"}]
    assert org.get(f"jobs/ingest/{job}").json()["state"] == "JobComplete"


def test_jobs_are_listed_and_their_batches_counted(org: Org) -> None:
    before = org.get("limits").json()["DailyBulkApiBatches"]
    done = finished(org, "LastName,Company\nX,Acme\n")
    open_job = opened(org)
    listing = org.get("jobs/ingest").json()
    assert (listing["done"], listing["nextRecordsUrl"]) == (True, None)
    assert [each["id"] for each in listing["records"]] == [done["id"], open_job]
    assert {each["jobType"] for each in listing["records"]} == {"V2Ingest"}
    after = org.get("limits").json()["DailyBulkApiBatches"]
    assert (before["Remaining"], after["Remaining"]) == (15_000, 14_999)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"object": "Nope"}, (400, "INVALIDENTITY")),
        ({"object": "LeadHistory"}, (400, "INVALIDENTITY")),
        ({"operation": "replace"}, (400, "JSON_PARSER_ERROR")),
        ({"operation": "hardDelete"}, (400, "FEATURENOTENABLED")),
        ({"operation": "upsert"}, (400, "INVALIDJOB")),
        ({"operation": "upsert", "externalIdFieldName": "Title"}, (400, "INVALIDJOB")),
        ({"contentType": "JSON"}, (400, "JSON_PARSER_ERROR")),
        ({"lineEnding": "CR"}, (400, "JSON_PARSER_ERROR")),
        ({"columnDelimiter": ","}, (400, "JSON_PARSER_ERROR")),
        ({"assignmentRuleId": "01Q000000000000"}, (400, "INVALID_ASSIGNMENT_RULE")),
        ({"speed": "high"}, (400, "JSON_PARSER_ERROR")),
    ],
)
def test_jobs_that_cannot_be_are_refused(
    org: Org, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    answer = org.post("jobs/ingest", {"object": "Lead", "operation": "insert", **body})
    assert code(answer) == refusal


def test_acts_out_of_place_are_refused(org: Org) -> None:
    wrong = (400, "INVALIDJOBSTATE")
    job = opened(org)
    address = f"jobs/ingest/{job}"
    assert code(org.patch(address, {"state": "UploadComplete"})) == wrong
    assert code(org.get(f"{address}/successfulResults")) == wrong
    assert code(org.delete(address)) == wrong
    json = org.call("PUT", f"{address}/batches", json={"LastName": "X"})
    assert code(json) == (415, "UNSUPPORTED_MEDIA_TYPE")
    done = finished(org, "LastName,Company\nX,Acme\n")["id"]
    again = org.call("PUT", f"jobs/ingest/{done}/batches", data=b"LastName\nX\n", headers=CSV)
    assert code(again) == wrong
    assert code(org.patch(f"jobs/ingest/{done}", {"state": "Aborted"})) == wrong
    assert code(org.get(f"jobs/ingest/{done}/otherResults")) == (404, "NOT_FOUND")
    assert code(org.get(f"jobs/query/{done}")) == (404, "NOT_FOUND")
