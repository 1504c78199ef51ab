"""Responses to campaigns are engagements; being sent something is none. Contract §12."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.contract.salesforce_connector.conftest import MONDAY_NOON, Reader

from crmbridge.core.facts import EngagementDetail, Evidence, FactKind
from crmbridge.core.model import ObjectType

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org

    from crmbridge_salesforce.adapter import SalesforceConnector


@pytest.fixture
def relations(connector: SalesforceConnector) -> Reader:
    return Reader(connector, "relations")


def campaign(org: Org) -> str:
    return org.us.create("Campaign", Name="Trade show Atlanta", Type="Conference")


def test_a_response_is_one_engagement_however_often_it_is_read(relations: Reader, org: Org) -> None:
    lead, show = org.us.lead(), campaign(org)
    member = org.us.create("CampaignMember", CampaignId=show, LeadId=lead, Status="Sent")
    relations.poll()
    assert relations.of(FactKind.ENGAGEMENT) == []
    responded_at = org.advance(3600)
    org.us.change("CampaignMember", member, Status="Responded")
    relations.poll()
    org.advance(86_400)
    org.sim("touch", object="CampaignMember", id=member)
    relations.poll()
    (fact,) = relations.of(FactKind.ENGAGEMENT)
    assert (responded_at, ObjectType.LEAD, lead) == (fact.at, fact.ref.object_type, fact.ref.id)
    assert fact.detail == EngagementDetail(
        evidence=Evidence.CAMPAIGN, name="Trade show Atlanta", target="Conference: Responded"
    )


def test_a_response_edited_later_keeps_the_day_on_which_it_was_given(
    relations: Reader, org: Org
) -> None:
    lead, show = org.us.lead(), campaign(org)
    member = org.us.create("CampaignMember", CampaignId=show, LeadId=lead, Status="Sent")
    org.advance(86_400)
    org.us.change("CampaignMember", member, Status="Responded")
    org.advance(3 * 86_400)
    org.us.change("CampaignMember", member, Status="Sent")
    org.us.change("CampaignMember", member, Status="Responded")
    relations.poll()
    (fact,) = relations.of(FactKind.ENGAGEMENT)
    assert fact.at == datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_a_response_of_a_contact_and_of_somebody_removed(relations: Reader, org: Org) -> None:
    show, contact = campaign(org), org.us.create("Contact", LastName="Doe")
    gone = org.us.create(
        "CampaignMember", CampaignId=show, LeadId=org.us.lead(), Status="Responded"
    )
    org.us.create("CampaignMember", CampaignId=show, ContactId=contact, Status="Responded")
    org.us.delete("CampaignMember", gone)
    relations.poll()
    (fact,) = relations.of(FactKind.ENGAGEMENT)
    assert (ObjectType.CONTACT, contact) == (fact.ref.object_type, fact.ref.id)
    assert fact.at == MONDAY_NOON


def test_responses_cost_no_call_of_their_own(
    relations: Reader, connector: SalesforceConnector, org: Org
) -> None:
    relations.poll()
    for number in range(3):
        lead = org.us.lead(Email=f"p{number}@acme.example")
        org.us.create("CampaignMember", CampaignId=campaign(org), LeadId=lead, Status="Responded")
    before = connector.calls
    relations.poll()
    assert connector.calls == before + 1
    assert len(relations.of(FactKind.ENGAGEMENT)) == 3


def test_campaigns_hidden_for_a_while_are_read_once_they_are_seen(
    relations: Reader, org: Org
) -> None:
    relations.poll()
    org.sim("hidden", objects=["CampaignMember"])
    relations.poll()
    org.advance(7200)
    relations.poll()
    org.sim("hidden", objects=[])
    org.us.create(
        "CampaignMember", CampaignId=campaign(org), LeadId=org.us.lead(), Status="Responded"
    )
    list(relations.connector.poll("owners", relations.connector.start("owners", MONDAY_NOON)))
    relations.poll()
    assert len(relations.of(FactKind.ENGAGEMENT)) == 1


def test_an_edition_without_campaigns_is_read_all_the_same(
    connector: SalesforceConnector, org: Org
) -> None:
    org.sim("hidden", objects=["CampaignMember"])
    reader = Reader(connector, "relations")
    account = org.us.create("Account", Name="Acme")
    reader.poll()
    assert [account] == [ref.id for ref in reader.records]
