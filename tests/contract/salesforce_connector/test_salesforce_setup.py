"""What ``setup`` finds and creates. Salesforce contract §14."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crmbridge.core.model import Stage
from crmbridge.errors import RetryableError
from crmbridge.marking import VERSION, mark, marked_version
from crmbridge.ports import FieldNames, SetupItem, SetupState
from crmbridge_salesforce.layout import Layout, conversion_mapping
from crmbridge_salesforce.owned import OWNED, REASONS

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org

    from crmbridge_salesforce.adapter import SalesforceConnector


TOOLING = "/services/data/v67.0/tooling"


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


def item(connector: SalesforceConnector, name: str) -> SetupItem:
    (found,) = [each for each in connector.inspect({}) if each.name == name]
    return found


def metadata(org: Org, name: str) -> tuple[str, dict[str, Any]]:
    """Path and definition of a field."""
    entity, _, field = name.partition(".")
    soql = (
        "SELECT Id FROM CustomField WHERE DeveloperName = "
        f"'{field.removesuffix('__c')}' AND TableEnumOrId = '{entity}'"
    )
    (row,) = org.us.http.get(f"{TOOLING}/query", q=soql).json()["records"]
    path = f"{TOOLING}/sobjects/CustomField/{row['Id']}"
    return path, dict(org.us.http.get(path).json()["Metadata"])


def redefine(org: Org, name: str, **values: Any) -> None:
    path, known = metadata(org, name)
    answer = org.us.http.call("PATCH", path, {"Metadata": {**known, **values}})
    assert answer.status_code == 204, answer.text


def test_a_release_with_other_texts_and_more_values_is_shown_and_made(
    connector: SalesforceConnector, org: Org
) -> None:
    """What the admin has added stays: a value of a picklist that is left out would be gone."""
    _, known = metadata(org, "Lead.CRMBridge_Pause__c")
    first = known["valueSet"]["valueSetDefinition"]["value"][0]
    theirs = {"fullName": "On holiday", "label": "On holiday", "default": False}
    definition = {"sorted": False, "value": [first, theirs]}
    redefine(
        org,
        "Lead.CRMBridge_Pause__c",
        inlineHelpText="Old",
        trackHistory=False,
        valueSet={"restricted": False, "valueSetDefinition": definition},
    )
    found = item(connector, "Lead.CRMBridge_Pause__c")
    assert ("help", "values", "history") == found.changes
    assert "Customer asked to wait, On holiday" == (found.before or {})["values"]
    assert ["Lead.CRMBridge_Pause__c"] == [step.item.name for step in connector.provision({})]
    assert SetupState.THERE is item(connector, "Lead.CRMBridge_Pause__c").state
    _, made = metadata(org, "Lead.CRMBridge_Pause__c")
    values = [each["fullName"] for each in made["valueSet"]["valueSetDefinition"]["value"]]
    wanted = ["Customer asked to wait", "On holiday", "Legal hold", "Duplicate check"]
    assert wanted == values
    assert "CRMBridge_Pause__c" in org.world.tracked["Lead"]


def test_a_key_that_lost_its_uniqueness_gets_it_back(
    connector: SalesforceConnector, org: Org
) -> None:
    redefine(org, "Lead.CRMBridge_UID__c", unique=False, externalId=False)
    assert ("unique external id",) == item(connector, "Lead.CRMBridge_UID__c").changes
    connector.provision({})
    assert SetupState.THERE is item(connector, "Lead.CRMBridge_UID__c").state


def test_a_key_with_values_twice_is_told_and_the_rest_goes_on(
    connector: SalesforceConnector, org: Org
) -> None:
    redefine(org, "Lead.CRMBridge_UID__c", unique=False, externalId=False)
    redefine(org, "Lead.CRMBridge_Score__c", inlineHelpText="Old")
    for _ in range(2):
        org.us.lead(CRMBridge_UID__c="p1")
    steps = {step.item.name: step.failure for step in connector.provision({})}
    assert "duplicate values" in steps["Lead.CRMBridge_UID__c"]
    assert "" == steps["Lead.CRMBridge_Score__c"]


@pytest.mark.parametrize(
    ("description", "problem"),
    [
        ("Their own score.", "is not marked as crmbridge's own"),
        (mark("Lead score.", VERSION + 1), "was set up by a newer crmbridge"),
    ],
)
def test_a_field_that_is_not_ours_is_told_and_never_changed(
    description: str, problem: str, connector: SalesforceConnector, org: Org
) -> None:
    redefine(org, "Lead.CRMBridge_Score__c", description=description, label="Theirs")
    before = metadata(org, "Lead.CRMBridge_Score__c")
    found = item(connector, "Lead.CRMBridge_Score__c")
    assert SetupState.BLOCKED is found.state
    assert found.problem.startswith(problem)
    assert "Object Manager" in found.remedy
    assert [] == connector.provision({})
    assert before == metadata(org, "Lead.CRMBridge_Score__c")
    ours = marked_version(description) is not None
    assert ours is ("Lead.CRMBridge_Score__c" in {each.name for each in connector.removable()})


def test_a_grant_that_was_taken_away_is_given_back(
    connector: SalesforceConnector, org: Org
) -> None:
    soql = "SELECT Id FROM FieldPermissions WHERE Field = 'Lead.CRMBridge_Reason__c'"
    for row in org.us.query(soql):
        org.us.change("FieldPermissions", row["Id"], PermissionsEdit=False)
    found = item(connector, "CRMBridge_Integration")
    assert ("fields",) == found.changes
    sets = [step.item.name for step in connector.provision({})]
    assert ["CRMBridge_Integration", "CRMBridge_Sales"] == sets
    assert SetupState.THERE is item(connector, "CRMBridge_Integration").state


def test_a_field_that_stays_hidden_is_told(connector: SalesforceConnector, org: Org) -> None:
    org.sim("hidden", fields=[["Lead", "CRMBridge_Score__c"]])
    found = item(connector, "Lead.CRMBridge_Score__c")
    assert SetupState.BLOCKED is found.state
    assert found.problem.startswith("is hidden from the integration user")


def test_removing_takes_everything_of_ours_and_nothing_else(
    connector: SalesforceConnector, org: Org
) -> None:
    org.rep()
    body = {"FullName": "Lead.CRMBridge_Mine__c", "Metadata": {"label": "M", "type": "Date"}}
    assert org.us.http.post(f"{TOOLING}/sobjects/CustomField", body).status_code == 201
    names = [each.name for each in connector.removable()]
    assert "Lead.CRMBridge_Mine__c" not in names
    steps = connector.remove(names)
    assert names == [step.item.name for step in steps if not step.failure]
    assert [] == connector.removable()
    assert org.world.schema.known("Lead").field("CRMBridge_Mine__c")
    assert not org.world.schema.known("Task").field("CRMBridge_Key__c")
    assert [] == org.us.query("SELECT Id FROM PermissionSetAssignment")


def test_histories_that_only_an_admin_can_switch_on_are_named_with_the_clicks(
    connector: SalesforceConnector, org: Org
) -> None:
    org.sim("tracking", object="Lead", fields=["OwnerId"])
    found = item(connector, "Lead.Status")
    assert SetupState.BY_HAND is found.state
    assert "Set History Tracking: tick Status" in found.remedy
    assert "Lead.OwnerId" not in {each.name for each in connector.inspect({})}
