"""How the org's schema is kept up to date, and what that costs. Contract §5, §12, §14."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from tests.contract.salesforce_connector.conftest import Reader

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org

HOUR = 3600


def title(reader: Reader, identity: str) -> object:
    ref = Ref(system="salesforce", object_type=ObjectType.LEAD, id=identity)
    return reader.records[ref].fields.get(f.TITLE)


def edited(reader: Reader, org: Org, identity: str, name: str) -> object:
    """What is read of a lead's title after an edit."""
    org.advance(60)
    org.us.change("Lead", identity, FirstName=name)
    reader.poll()
    return title(reader, identity)


@pytest.fixture
def slow(reader: Reader) -> Reader:
    """The stream that looks at the schema."""
    made = Reader(reader.connector, "owners")
    made.poll()
    return made


def test_a_field_that_is_shown_again_is_read_after_the_next_look(
    reader: Reader, slow: Reader, org: Org
) -> None:
    lead = org.us.lead(Title="CFO")
    org.advance(1)
    org.sim("hidden", fields=[["Lead", "Title"]])
    org.advance(1)
    slow.poll()
    assert edited(reader, org, lead, "A") is None
    org.sim("hidden", fields=[])
    assert edited(reader, org, lead, "B") is None
    slow.poll()
    assert edited(reader, org, lead, "C") == "CFO"


def test_an_unchanged_schema_is_not_sent_again(
    reader: Reader, slow: Reader, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    send = HTTPAdapter.send

    def measured(self: HTTPAdapter, *arguments: Any, **more: Any) -> requests.Response:
        answer = send(self, *arguments, **more)
        sizes.append(len(answer.content))
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", measured)
    org.advance(25 * HOUR)
    reader.poll()
    slow.poll()
    whole = sum(sizes)
    sizes.clear()
    org.advance(HOUR)
    slow.poll()
    assert sum(sizes) * 20 < whole


def test_a_right_that_was_granted_is_noticed_within_a_day(
    reader: Reader, slow: Reader, org: Org
) -> None:
    # Granting moves no date of the schema: the vendor does not say whether it would.
    body = {"FullName": "Lead.Nickname__c", "Metadata": {"label": "N", "type": "Text", "length": 9}}
    org.us.http.post("/services/data/v67.0/tooling/sobjects/CustomField", body)
    org.advance(60)
    slow.poll()
    granted = org.us.query("SELECT Id FROM PermissionSet WHERE Name = 'CRMBridge_Integration'")
    org.us.create(
        "FieldPermissions",
        ParentId=granted[0]["Id"],
        SobjectType="Lead",
        Field="Lead.Nickname__c",
        PermissionsRead=True,
        PermissionsEdit=True,
    )
    fetcher = reader.connector._fetcher
    org.advance(25 * HOUR)
    reader.poll()
    slow.poll()
    assert fetcher.schema().has("Lead", "Nickname__c")


def test_what_the_org_offers_includes_the_right_to_change_a_field(reader: Reader) -> None:
    """A field that may be seen and not changed refuses a write as a hidden one does."""
    schema = reader.connector._fetcher.schema()
    lead = schema.objects["Lead"]
    locked = replace(lead.fields["Title"], updates=False)
    changed = replace(lead, fields={**lead.fields, "Title": locked}, modified="later")
    same = replace(lead, modified="later")
    assert (
        schema.fingerprint == replace(schema, objects={**schema.objects, "Lead": same}).fingerprint
    )
    assert (
        schema.fingerprint
        != replace(schema, objects={**schema.objects, "Lead": changed}).fingerprint
    )
