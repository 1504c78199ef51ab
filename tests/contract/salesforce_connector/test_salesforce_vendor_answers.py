"""Answers a real org gives and the simulator does not: told word by word. Contract §4, §7, §11."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from pydantic import SecretStr
from tests.contract.salesforce_connector.conftest import BEGINNING

from crmbridge.core.facts import FactKind
from crmbridge.core.operations import Outcome
from crmbridge.errors import AuthError, RejectedRecord, RetryableError
from crmbridge.ports import FieldNames, Page
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.errors import ROW_OUTCOMES, TABLE, as_error, read_refusal
from crmbridge_salesforce.settings import SalesforceSettings

_ORG = "https://acme.my.salesforce.com"
_ROOT = f"{_ORG}/services/data/v67.0"
_AUDIT = {
    "IsDeleted": False,
    "CreatedDate": "2026-03-01T12:00:00.000+0000",
    "CreatedById": "0055g00000Um001AAB",
    "LastModifiedDate": "2026-03-02T11:00:00.000+0000",
    "LastModifiedById": "0055g00000Um001AAB",
    "SystemModstamp": "2026-03-02T11:00:00.000+0000",
}
_LEAD = {"Id": "00Q5g00000Um000EAB", "MasterRecordId": None, "LastName": "Doe", **_AUDIT}
_OBJECTS = ("Lead", "Contact", "Account", "Opportunity", "Task", "Event")


def answer_of(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {"totalSize": len(records), "done": True, "records": records}


def describe(name: str) -> dict[str, Any]:
    names = [*_AUDIT, "Id", "LastName", "Status", "HasOptedOutOfEmail", "MasterRecordId"]
    fields = [{"name": each, "type": "string", "length": 80} for each in names]
    return {
        "name": name,
        "fields": fields,
        "childRelationships": [{"relationshipName": "Histories"}, {"relationshipName": None}],
    }


def play(told: Callable[[str], tuple[int, Any]]) -> None:
    """Let ``responses`` be an org; ``told`` answers the hot queries by object name."""

    def composite(request: Any) -> tuple[int, dict[str, str], str]:
        series = json.loads(request.body)["compositeRequest"]
        answers = []
        for each in series:
            split = urlsplit(each["url"])
            if split.path.endswith("/describe"):
                status, body = 200, describe(split.path.split("/")[-2])
            else:
                soql = parse_qs(split.query)["q"][0]
                name = soql.rpartition(" FROM ")[2].split(" ")[0]
                status, body = told(name) if name in _OBJECTS else (200, answer_of([]))
            answers.append(
                {
                    "body": body,
                    "httpHeaders": {},
                    "httpStatusCode": status,
                    "referenceId": each["referenceId"],
                }
            )
        date = {"Date": "Mon, 02 Mar 2026 12:00:00 GMT"}
        return 200, date, json.dumps({"compositeResponse": answers})

    grant = {
        "access_token": "00Dtoken",
        "instance_url": _ORG,
        "id": f"{_ORG}/id/00D5g000004c9KYEAY/0055g00000Um000AAB",
    }
    responses.post(f"{_ORG}/services/oauth2/token", json=grant)
    responses.add_callback(responses.POST, f"{_ROOT}/composite", callback=composite)


@pytest.fixture
def remote() -> Iterator[SalesforceConnector]:
    """A connector to an org that ``responses`` plays."""
    settings = SalesforceSettings(base_url=_ORG, client_id="key", client_secret=SecretStr("hush"))
    connector = SalesforceConnector(settings, FieldNames())
    yield connector
    connector.close()


def poll(connector: SalesforceConnector) -> Iterator[Page]:
    return connector.poll("changes", connector.start("changes", BEGINNING))


@responses.activate
def test_a_query_that_times_out_does_not_lose_what_the_others_brought(
    remote: SalesforceConnector,
) -> None:
    def told(name: str) -> tuple[int, Any]:
        if name == "Task":
            return 400, [{"errorCode": "QUERY_TIMEOUT", "message": "running for too long"}]
        return 200, answer_of([_LEAD] if name == "Lead" else [])

    play(told)
    pages = poll(remote)
    page = next(pages)
    assert [record.ref.id for record in page.records] == [_LEAD["Id"]]
    assert page.checkpoint is not None
    assert page.checkpoint.watermark == BEGINNING
    with pytest.raises(RetryableError, match="QUERY_TIMEOUT"):
        next(pages)


@responses.activate
def test_a_history_longer_than_its_page_is_read_to_the_end(remote: SalesforceConnector) -> None:
    def change(number: int) -> dict[str, Any]:
        return {
            "Id": f"0175g00000Um{number:03}EAB",
            "Field": "Status",
            "OldValue": f"S{number}",
            "NewValue": f"S{number + 1}",
            "CreatedById": "0055g00000Um001AAB",
            "CreatedDate": f"2026-03-02T10:00:0{number}.000+0000",
        }

    histories = {
        "totalSize": 3,
        "done": False,
        "nextRecordsUrl": "/services/data/v67.0/query/01gD0000002HU6KIAW-1",
        "records": [change(0)],
    }
    rest = {"totalSize": 3, "done": True, "records": [change(1), change(2)]}
    lead = {**_LEAD, "Status": "S3", "Histories": histories}
    play(lambda name: (200, answer_of([lead] if name == "Lead" else [])))
    responses.get(re.compile(".*/query/01gD0000002HU6KIAW-1"), json=rest)
    (page,) = poll(remote)
    steps = [fact for fact in page.facts if fact.kind is FactKind.STATUS]
    assert len(steps) == 4


@responses.activate
def test_checkboxes_in_history_may_be_words(remote: SalesforceConnector) -> None:
    row = {
        "Id": "0175g00000Um000EAB",
        "Field": "HasOptedOutOfEmail",
        "OldValue": "false",
        "NewValue": "true",
        "CreatedById": "0055g00000Um001AAB",
        "CreatedDate": "2026-03-02T10:00:00.000+0000",
    }
    lead = {**_LEAD, "HasOptedOutOfEmail": True, "Histories": answer_of([row])}
    play(lambda name: (200, answer_of([lead] if name == "Lead" else [])))
    (page,) = poll(remote)
    (fact,) = [fact for fact in page.facts if fact.kind is FactKind.OPT_OUT]
    assert fact.at.isoformat() == "2026-03-02T10:00:00+00:00"


@responses.activate
def test_a_converted_lead_that_was_edited_later_was_not_converted_later(
    remote: SalesforceConnector,
) -> None:
    row = {
        "Id": "0175g00000Um000EAB",
        "Field": "leadConverted",
        "OldValue": None,
        "NewValue": None,
        "CreatedById": "0055g00000Um007AAB",
        "CreatedDate": "2026-03-01T15:00:00.000+0000",
    }
    lead = {**_LEAD, "IsConverted": True, "Histories": answer_of([row])}
    play(lambda name: (200, answer_of([lead] if name == "Lead" else [])))
    (page,) = poll(remote)
    (fact,) = [fact for fact in page.facts if fact.kind is FactKind.CONVERSION]
    assert fact.at.isoformat() == "2026-03-01T15:00:00+00:00"
    assert page.records[0].fields["converted_at"] == fact.at


def test_no_refusal_passes_on_what_the_vendor_quotes() -> None:
    for rule in TABLE:
        body = [{"errorCode": rule.code, "message": f"{rule.text} jo@acme.example", "fields": []}]
        error = as_error(read_refusal(400, body), "write")
        assert "jo@acme.example" not in f"{error} {error.detail}"
        assert rule.code in str(error)


def test_every_consequence_has_an_outcome_and_every_parked_row_a_reason() -> None:
    assert {rule.then for rule in TABLE} <= ROW_OUTCOMES.keys()
    assert all(rule.says for rule in TABLE)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (503, "<html>maintenance</html>", RetryableError),
        (420, "Salesforce Edge no routing info", RetryableError),
        (406, None, RetryableError),
        (502, {}, RetryableError),
        (400, [], RejectedRecord),
        (400, [{"errorCode": "NEVER_SEEN", "message": "x"}], RejectedRecord),
        (401, [{"errorCode": "INVALID_SESSION_ID", "message": "x"}], AuthError),
    ],
)
def test_bodies_of_any_shape_have_a_meaning(
    status: int, body: object, kind: type[Exception]
) -> None:
    assert isinstance(as_error(read_refusal(status, body), "call"), kind)


def test_a_missing_link_is_the_records_fault_a_missing_target_is_not() -> None:
    code = "INVALID_CROSS_REFERENCE_KEY"
    link = read_refusal(None, {"statusCode": code, "message": "x", "fields": ["OwnerId"]})
    target = read_refusal(None, {"statusCode": code, "message": "x", "fields": []})
    assert (Outcome.PARKED, Outcome.GONE) == (
        ROW_OUTCOMES[link.rule.then],
        ROW_OUTCOMES[target.rule.then],
    )
