"""What ``setup`` finds and creates. Salesforce contract §14."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmbridge.core.model import Stage
from crmbridge.errors import RetryableError
from crmbridge.ports import FieldNames, SetupState
from crmbridge_salesforce.layout import Layout, conversion_mapping
from crmbridge_salesforce.owned import OWNED, REASONS

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org

    from crmbridge_salesforce.adapter import SalesforceConnector


def test_everything_is_missing_in_a_fresh_org_and_inspecting_changes_nothing(
    bare: SalesforceConnector,
) -> None:
    items = bare.inspect({})
    waiting = [item for item in items if item.state is not SetupState.BY_HAND]
    assert {SetupState.MISSING} == {item.state for item in waiting}
    assert {item.name for item in items} >= {
        "Lead.CRMBridge_Score__c",
        "Contact.CRMBridge_Status__c",
        "Opportunity.CRMBridge_Loss_Reason__c",
        "Activity.CRMBridge_Key__c",
        "CRMBridge_Sales",
    }
    assert bare.inspect({}) == items


def test_provisioning_creates_what_was_missing_and_nothing_twice(
    bare: SalesforceConnector,
) -> None:
    missing = [item.name for item in bare.inspect({}) if item.state is SetupState.MISSING]
    assert missing == [step.item.name for step in bare.provision({})]
    states = {item.state for item in bare.inspect({})}
    assert {SetupState.THERE, SetupState.BY_HAND} == states
    assert bare.provision({}) == []


def test_provisioning_goes_on_where_it_was_cut_off(bare: SalesforceConnector, org: Org) -> None:
    org.fault("status", path="tooling/sobjects/CustomField", skip=7, times=1, status=503)
    with pytest.raises(RetryableError):
        bare.provision({})
    bare.provision({})
    assert all(item.present for item in bare.inspect({}))


def test_a_field_of_another_type_is_a_problem_and_is_left_alone(
    bare: SalesforceConnector, org: Org
) -> None:
    metadata = {"label": "Score", "type": "Text", "length": 20}
    body = {"FullName": "Lead.CRMBridge_Score__c", "Metadata": metadata}
    made = org.us.http.post("/services/data/v67.0/tooling/sobjects/CustomField", body)
    assert made.status_code == 201
    bare.provision({})
    (score,) = [item for item in bare.inspect({}) if item.name == "Lead.CRMBridge_Score__c"]
    assert (True, "is of type string, must be double") == (score.present, score.problem)


def test_sales_may_say_why_but_not_change_what_crmbridge_says(
    connector: SalesforceConnector, org: Org
) -> None:
    rep = org.rep()
    lead = rep.lead(CRMBridge_Reason__c="BUDGET")
    assert rep.row("Lead", lead)["CRMBridge_Stage__c"] is None
    path = f"/services/data/v67.0/sobjects/Lead/{lead}"
    refused = rep.http.call("PATCH", path, {"CRMBridge_Stage__c": "MQL"})
    assert refused.status_code == 400


def test_picklists_hold_every_stage_and_every_reason_with_a_label() -> None:
    by_name = {each.name: each for each in OWNED}
    assert set(Stage) == {value for value, _ in by_name["CRMBridge_Stage__c"].choices}
    assert all(label and label != value for value, label in REASONS)
    assert {len(each.name.removesuffix("__c")) <= 40 for each in OWNED} == {True}


def test_with_the_mapping_a_converted_lead_hands_its_fields_to_the_contact(
    connector: SalesforceConnector, org: Org
) -> None:
    org.sim("lead_mapping", fields=conversion_mapping(Layout(FieldNames())))
    lead = org.us.lead(CRMBridge_UID__c="p1", CRMBridge_Stage__c="MQL", CRMBridge_Score__c=64)
    contact = org.sim("convert", lead_id=lead, user_id=org.us.id)["contact_id"]
    row = org.us.row("Contact", contact)
    held = [row[name] for name in ("CRMBridge_UID__c", "CRMBridge_Stage__c", "CRMBridge_Score__c")]
    assert ["p1", "MQL", 64] == held
