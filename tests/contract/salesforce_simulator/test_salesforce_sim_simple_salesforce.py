"""The unmodified simple-salesforce client, over TLS, works against the simulator."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import trustme
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceMalformedRequest

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorServer
from crmbridge_salesforce.simulator import SalesforceWorld, create_app


@pytest.fixture
def world() -> SalesforceWorld:
    return SalesforceWorld(WorldClock(datetime(2026, 3, 2, 12, tzinfo=UTC)))


@pytest.fixture
def client(world: SalesforceWorld) -> Iterator[Any]:
    """A client with a session from the OAuth endpoint, trusting the test's own CA."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    with (
        authority.cert_pem.tempfile() as bundle,
        SimulatorServer(create_app(world), ssl=context) as server,
        requests.Session() as session,
    ):
        # Otherwise a REQUESTS_CA_BUNDLE of the environment silently overrides verify.
        session.trust_env = False
        session.verify = bundle
        granted = session.post(
            f"{server.base_url}/services/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(world.consumer_key, world.consumer_secret),
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
    assert client.api_usage["api-usage"].total == 100_000


def test_records_are_created_changed_upserted_and_deleted(client: Any) -> None:
    made = client.Lead.create({"LastName": "Doe", "Company": "Acme", "Email": "jo@example.com"})
    assert client.Lead.update(made["id"], {"Title": "Boss"}) == 204
    assert client.Lead.get(made["id"])["Title"] == "Boss"
    assert client.Lead.upsert("Email/jo@example.com", {"Title": "Chief"}) == 200
    assert client.Lead.delete(made["id"]) == 204
    deleted = client.query_all("SELECT Id FROM Lead", include_deleted=True)
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
        client.bulk2.Lead.query("SELECT LastName FROM Lead ORDER BY Id", max_records=100, wait=0)
    )
    assert [len(page.splitlines()) for page in pages] == [101, 101, 51]
    assert pages[0].splitlines()[:2] == ['"LastName"', '"L0"']


def test_describe_limits_and_replication_are_understood(client: Any) -> None:
    lead = client.Lead.create({"LastName": "Doe", "Company": "Acme"})["id"]
    assert client.describe()["maxBatchSize"] == 200
    names = {field["name"] for field in client.Lead.describe()["fields"]}
    assert {"LastName", "SystemModstamp"} <= names
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    start, end = datetime(2026, 3, 2, 11, tzinfo=UTC), datetime(2026, 3, 2, 12, 1, tzinfo=UTC)
    assert client.Lead.updated(start, end)["ids"] == [lead]
    metadata = {"label": "X", "type": "Date"}
    made = client.toolingexecute(
        "sobjects/CustomField/", "POST", {"FullName": "Lead.X__c", "Metadata": metadata}
    )
    assert made["success"] is True


def test_errors_reach_the_client_as_its_own_exceptions(client: Any, world: SalesforceWorld) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="No such column 'Nope'"):
        client.query("SELECT Nope FROM Lead")
    world.sessions.expire()
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM Lead")
