"""Private persons: read as contacts without a company, written through their account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.salesforce_connector.conftest import Reader, outcomes, update

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref
from crmbridge.core.operations import Outcome
from crmbridge.findings import Finding, Severity, Wanted
from crmbridge.ports import Span

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org

    from crmbridge_salesforce.adapter import SalesforceConnector

ADA = "ada@home.example"


@pytest.fixture
def private(connector: SalesforceConnector, org: Org) -> dict[str, Any]:
    """The ids of a private person's account and contact."""
    org.sim("person_account")
    return org.sim("person_account", LastName="Lovelace", FirstName="Ada", Email=ADA)


def contact_ref(private: dict[str, Any]) -> Ref:
    return Ref(system="salesforce", object_type=ObjectType.CONTACT, id=str(private["contact_id"]))


def test_a_private_person_is_a_contact_without_a_company(
    reader: Reader, private: dict[str, Any]
) -> None:
    relations = Reader(reader.connector, "relations")
    reader.poll()
    relations.poll()
    person = reader.records[contact_ref(private)]
    assert (ADA, None) == (person.fields[f.EMAIL], person.fields[f.ACCOUNT_ID])
    assert not any(
        ref.object_type is ObjectType.ACCOUNT for ref in (*reader.records, *relations.records)
    )


def test_the_org_of_private_persons_still_shows_companies(
    reader: Reader, org: Org, private: dict[str, Any]
) -> None:
    acme = org.us.create("Account", Name="Acme")
    org.us.create("Contact", LastName="Doe", AccountId=acme)
    reader.poll()
    companies = [ref.id for ref in reader.records if ref.object_type is ObjectType.ACCOUNT]
    assert [acme] == companies
    assert [1] == reader.connector.count([Span(object_type=ObjectType.ACCOUNT)])
    assert [acme] == list(reader.connector.ids(Span(object_type=ObjectType.ACCOUNT)))


def of_rights(connector: SalesforceConnector) -> list[Finding]:
    return [
        each
        for each in connector.examine(Wanted())
        if (each.check, each.severity) == ("permissions", Severity.ERROR)
    ]


def test_writing_private_persons_needs_the_right_to_edit_accounts(
    connector: SalesforceConnector, org: Org
) -> None:
    """Which an org without them does not need."""
    org.sim("denied", objects={"Account": ["edit"]})
    assert [] == of_rights(connector)
    org.sim("person_account")
    (found,) = of_rights(connector)
    assert "may not edit Account, needed to show stage, score and promise on" in found.says
    assert "give the integration user Edit on Account" in found.remedy
    org.sim("denied")
    assert [] == of_rights(connector)


def test_a_private_person_is_written_through_the_account(
    reader: Reader, org: Org, private: dict[str, Any]
) -> None:
    plain = org.us.create("Contact", LastName="Doe")
    operations = [
        update(identity, {f.STAGE: "MQL", f.SCORE: 64, f.OPTED_OUT: True})
        for identity in (plain, str(private["contact_id"]), org.us.lead())
    ]
    receipts = reader.connector.apply(operations)
    assert [Outcome.DONE] * 3 == outcomes(receipts)
    assert contact_ref(private) == receipts[1].ref
    for identity in (plain, private["contact_id"]):
        row = org.us.row("Contact", str(identity))
        held = (row["CRMBridge_Stage__c"], row["CRMBridge_Score__c"], row["HasOptedOutOfEmail"])
        assert ("MQL", 64, True) == held
    reader.poll()
    read = reader.records[contact_ref(private)].fields
    assert receipts[1].held == {name: read[name] for name in receipts[1].held}


def test_looking_for_private_persons_costs_one_call_a_batch(
    connector: SalesforceConnector, org: Org, private: dict[str, Any]
) -> None:
    contacts = [org.us.create("Contact", LastName="Doe") for _ in range(3)]
    connector.choices()
    before = connector.calls
    connector.apply([update(each, {f.SCORE: 1}) for each in contacts])
    assert before + 2 == connector.calls


def test_the_deal_of_a_private_person_is_theirs(
    reader: Reader, org: Org, private: dict[str, Any]
) -> None:
    org.us.create(
        "Opportunity",
        Name="A yacht",
        AccountId=private["account_id"],
        StageName="Prospecting",
        CloseDate="2026-06-01",
    )
    reader.poll()
    (deal,) = [each for ref, each in reader.records.items() if ref.object_type is ObjectType.DEAL]
    assert (str(private["contact_id"]),) == deal.fields[f.CONTACT_IDS]
