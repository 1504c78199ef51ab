"""The unmodified simple-salesforce client works against ``crmbridge sandbox --tls``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from sandbox_process import running_sandbox
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceMalformedRequest


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, Any]]:
    """What a sandbox without people says of itself; it serves all of these tests."""
    with running_sandbox("--people", "0", "--tls") as told:
        yield told


@pytest.fixture
def client(told: dict[str, Any]) -> Iterator[Any]:
    """A client with a session from the OAuth endpoint, trusting the sandbox's own CA."""
    org = told["salesforce"]
    with requests.Session() as session:
        # Otherwise a REQUESTS_CA_BUNDLE of the environment silently overrides verify.
        session.trust_env = False
        session.verify = told["ca_file"]
        granted = session.post(
            f"{org['base_url']}/services/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(org["client_id"], org["client_secret"]),
            timeout=10,
        ).json()
        yield Salesforce(
            session_id=granted["access_token"],
            instance_url=granted["instance_url"],
            session=session,
        )


def test_query_all_iter_pages_through_everything(client: Any) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": f"A{n}"} for n in range(200)]
    for _ in range(11):
        made = client.restful("composite/sobjects", method="POST", json={"records": records})
        assert all(row["success"] for row in made)
    found = [row["Name"] for row in client.query_all_iter("SELECT Name FROM Account ORDER BY Id")]
    assert len(found) == 2200
    assert client.query("SELECT COUNT() FROM Account")["totalSize"] == 2200
    assert client.api_usage["api-usage"].total == 5_000_000


def test_records_are_created_changed_upserted_and_deleted(client: Any) -> None:
    made = client.Lead.create({"LastName": "Doe", "Company": "Acme", "Email": "jo@example.com"})
    assert client.Lead.update(made["id"], {"Title": "Boss"}) == 204
    assert client.Lead.get(made["id"])["Title"] == "Boss"
    assert client.Lead.upsert("Email/jo@example.com", {"Title": "Chief"}) == 200
    assert client.Lead.delete(made["id"]) == 204
    soql = "SELECT Id FROM Lead WHERE Email = 'jo@example.com'"
    deleted = client.query_all(soql, include_deleted=True)
    assert [row["Id"] for row in deleted["records"]] == [made["id"]]


def test_a_composite_series_goes_through_restful(client: Any) -> None:
    root = "/services/data/v59.0"
    series = [
        {
            "method": "POST",
            "url": f"{root}/sobjects/Account",
            "referenceId": "acc",
            "body": {"Name": "Acme"},
        },
        {
            "method": "GET",
            "url": f"{root}/query/?q=SELECT+Name+FROM+Account+WHERE+Id='@{{acc.id}}'",
            "referenceId": "q",
        },
    ]
    answer = client.restful(
        "composite", method="POST", json={"allOrNone": True, "compositeRequest": series}
    )
    made, found = answer["compositeResponse"]
    assert made["httpStatusCode"] == 201
    assert found["body"]["records"][0]["Name"] == "Acme"


def test_bulk2_loads_and_queries(client: Any) -> None:
    rows = [{"LastName": f"L{n}", "Company": "Acme, Inc."} for n in range(250)]
    [loaded] = client.bulk2.Lead.insert(
        records=[*rows, {"LastName": "Bad", "Company": "#N/A"}], wait=0
    )
    assert loaded["numberRecordsTotal"] == 251
    assert loaded["numberRecordsProcessed"] == 251
    assert loaded["numberRecordsFailed"] == 1
    failed = client.bulk2.Lead.get_failed_records(loaded["job_id"])
    assert "REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --" in failed
    pages = list(
        client.bulk2.Lead.query(
            "SELECT LastName FROM Lead WHERE Company = 'Acme, Inc.' ORDER BY Id",
            max_records=100,
            wait=0,
        )
    )
    assert [len(page.splitlines()) for page in pages] == [101, 101, 51]
    assert pages[0].splitlines()[:2] == ['"LastName"', '"L0"']


def test_describe_limits_and_replication_are_understood(client: Any) -> None:
    lead = client.Lead.create({"LastName": "Doe", "Company": "Acme"})["id"]
    assert client.describe()["maxBatchSize"] == 200
    names = {field["name"] for field in client.Lead.describe()["fields"]}
    assert {"LastName", "SystemModstamp"} <= names
    assert client.limits()["DailyApiRequests"]["Max"] == 5_000_000
    now = parsedate_to_datetime(client.session.get(client.base_url, timeout=10).headers["Date"])
    start, end = now - timedelta(hours=1), now + timedelta(minutes=2)
    assert client.Lead.updated(start, end)["ids"][-1] == lead
    metadata = {"label": "X", "type": "Date"}
    made = client.toolingexecute(
        "sobjects/CustomField/", "POST", {"FullName": "Lead.X__c", "Metadata": metadata}
    )
    assert made["success"] is True


def test_errors_reach_the_client_as_its_own_exceptions(client: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="No such column 'Nope'"):
        client.query("SELECT Nope FROM Lead")
    address = f"https://{client.sf_instance}/__sim__/expire"
    assert client.session.post(address, json={"token": client.session_id}, timeout=10).ok
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM Lead")
