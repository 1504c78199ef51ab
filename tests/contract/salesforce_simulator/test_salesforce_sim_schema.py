"""Describe, custom fields and who sees them. Salesforce contract §5, §12, §14."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.salesforce_simulator.describe_shapes import COMPARED, FILE, RECORDED

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org

FIELD = "tooling/sobjects/CustomField"


def described(org: Org, sobject: str) -> dict[str, dict[str, Any]]:
    fields = org.get(f"sobjects/{sobject}/describe").json()["fields"]
    return {field["name"]: field for field in fields}


def make(org: Org, full_name: str, **metadata: Any) -> Any:
    body = {"FullName": full_name, "Metadata": {"label": "Label", **metadata}}
    return org.post(FIELD, body)


def test_describe_tells_types_lengths_and_choices(org: Org) -> None:
    lead = described(org, "Lead")
    assert lead["LastName"]["length"] == 80
    assert lead["LastName"]["nillable"] is False
    assert lead["Email"]["type"] == "email"
    assert lead["Email"]["idLookup"] is True
    assert lead["Status"]["restrictedPicklist"] is False
    assert lead["Status"]["picklistValues"][0]["value"] == "Open - Not Contacted"
    assert lead["Status"]["picklistValues"][0]["defaultValue"] is True
    assert lead["OwnerId"]["referenceTo"] == ["Group", "User"]
    assert lead["OwnerId"]["polymorphicForeignKey"] is True
    assert lead["Description"]["filterable"] is False
    assert lead["ConvertedDate"]["type"] == "date"
    assert lead["SystemModstamp"]["groupable"] is False
    assert lead["HasOptedOutOfEmail"]["updateable"] is True


def test_describe_answers_304_until_the_schema_changes(org: Org) -> None:
    first = org.get("sobjects/Lead/describe")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    again = org.get("sobjects/Lead/describe", headers=since)
    assert (again.status_code, again.text) == (304, "")
    org.advance(60)
    org.add_field("Lead.New__c")
    assert org.get("sobjects/Lead/describe", headers=since).status_code == 200


def test_the_global_describe_lists_objects_with_their_urls(org: Org) -> None:
    body = org.get("sobjects").json()
    assert (body["encoding"], body["maxBatchSize"]) == ("UTF-8", 200)
    lead = next(each for each in body["sobjects"] if each["name"] == "Lead")
    assert lead["keyPrefix"] == "00Q"
    assert lead["urls"]["describe"] == f"{org.root}/sobjects/Lead/describe"
    assert org.get("sobjects/Lead").json()["objectDescribe"] == lead


def test_child_relationships_have_the_names_subqueries_use(org: Org) -> None:
    children = org.get("sobjects/Lead/describe").json()["childRelationships"]
    named = {(each["childSObject"], each["relationshipName"]) for each in children}
    assert {("LeadHistory", "Histories"), ("Task", "Tasks"), ("Event", "Events")} <= named


# Recurring series are outside the slice, so that the field is read-only here.
DIFFERENT_ON_PURPOSE = {("IsRecurrence", "createable")}


@pytest.mark.parametrize("sobject", RECORDED)
def test_fields_are_described_as_recorded_from_a_real_org(org: Org, sobject: str) -> None:
    """Compares what ``describe_shapes`` lists, of every field the org has and a recording had.

    Not compared: the values of keys outside ``COMPARED`` (picklists, help texts and defaults are
    each org's own, the rest the org does not act on) and fields the simulated org has not.
    """
    recorded = json.loads(FILE.read_text())[sobject]
    ours = described(org, sobject)
    differences = [
        (name, key, theirs, ours[name][key])
        for name, values in recorded["fields"].items()
        for key, theirs in zip(COMPARED, values, strict=True)
        if theirs != ours[name][key] and (name, key) not in DIFFERENT_ON_PURPOSE
    ]
    assert not differences, differences
    assert set(recorded["keys"]) == set(next(iter(ours.values())))


def test_a_new_field_is_invisible_until_a_permission_set_grants_it(org: Org) -> None:
    made = make(org, "Lead.Score__c", type="Number", precision=5, scale=2)
    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "success": True,
        "errors": [],
        "warnings": [],
        "infos": [],
    }
    body = {"LastName": "D", "Company": "A", "Score__c": 1.5}
    assert org.post("sobjects/Lead", body).json()[0]["errorCode"] == "INVALID_FIELD"
    assert "Score__c" not in described(org, "Lead")
    org.grant("Lead", "Score__c", org.world.integration_user_id)
    lead = org.create("Lead", **body)
    assert org.row("Lead", lead)["Score__c"] == 1.5
    assert described(org, "Lead")["Score__c"]["custom"] is True
    rep = org.acting_as(org.user("Rita Rep"))
    assert "Score__c" not in rep.row("Lead", lead)


def test_read_access_alone_does_not_let_write(org: Org) -> None:
    org.add_field("Lead.Note__c", visible=False)
    org.grant("Lead", "Note__c", org.world.integration_user_id, edit=False)
    body = {"LastName": "D", "Company": "A", "Note__c": "x"}
    error = org.post("sobjects/Lead", body).json()[0]
    assert error["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert error["fields"] == ["Note__c"]


def test_fields_of_activity_appear_on_tasks_and_events_but_are_granted_on_each(org: Org) -> None:
    org.add_field("Activity.Key__c", visible=False, unique=True, externalId=True)
    org.grant("Task", "Key__c", org.world.integration_user_id)
    assert "Key__c" in described(org, "Task")
    assert "Key__c" not in described(org, "Event")
    made = org.patch("sobjects/Task/Key__c/k1", {"Subject": "Call"})
    assert made.status_code == 201
    assert org.patch("sobjects/Task/Key__c/k1", {"Subject": "Mail"}).json()["created"] is False
    assert make(org, "Task.Other__c", type="Date").status_code == 400


@pytest.mark.parametrize(
    ("full_name", "metadata", "code"),
    [
        ("Lead.X__c", {"type": "Text"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Text", "length": 256}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Checkbox"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Number", "scale": 2}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "LongTextArea", "length": 1000}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Picklist"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Magic"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Date", "label": ""}, "REQUIRED_FIELD_MISSING"),
        ("Lead.X", {"type": "Date"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.1X__c", {"type": "Date"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.A__B__c", {"type": "Date"}, "FIELD_INTEGRITY_EXCEPTION"),
        (f"Lead.{'x' * 41}__c", {"type": "Date"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Nope.X__c", {"type": "Date"}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_incomplete_field_metadata_is_refused(
    org: Org, full_name: str, metadata: dict[str, Any], code: str
) -> None:
    answer = make(org, full_name, **metadata)
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code


def test_a_second_field_of_the_same_name_is_refused(org: Org) -> None:
    org.add_field("Lead.X__c")
    answer = make(org, "Lead.x__c", type="Date")
    assert answer.json()[0]["errorCode"] == "DUPLICATE_DEVELOPER_NAME"


def test_custom_fields_can_be_listed_read_and_deleted(org: Org) -> None:
    field = org.add_field("Lead.X__c", length=20)
    lead = org.lead(X__c="v")
    listed = org.query("SELECT Id, DeveloperName, TableEnumOrId FROM CustomField", "tooling/query")
    assert listed["size"] == 1
    record = listed["records"][0]
    assert (record["DeveloperName"], record["TableEnumOrId"]) == ("X", "Lead")
    assert org.get(f"{FIELD}/{field}").json()["Metadata"]["length"] == 20
    assert org.delete(f"{FIELD}/{field}").status_code == 204
    assert "X__c" not in org.row("Lead", lead)
    assert org.get(f"{FIELD}/{field}").status_code == 404


def test_picklists_numbers_and_checkboxes_keep_their_promises(org: Org) -> None:
    values = [{"fullName": "T1", "label": "T1"}, {"fullName": "T2", "label": "T2"}]
    value_set = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": values}}
    org.add_field("Lead.Tier__c", "Picklist", valueSet=value_set)
    org.add_field("Lead.Tags__c", "MultiselectPicklist", valueSet=value_set, visibleLines=3)
    org.add_field("Lead.Fit__c", "Number", precision=4, scale=1)
    lead = org.lead()
    org.add_field("Lead.Hot__c", "Checkbox", defaultValue=True)
    assert org.row("Lead", lead)["Hot__c"] is True
    org.change("Lead", lead, Tier__c="T2", Tags__c="T2;T1", Fit__c=12.34)
    row = org.row("Lead", lead)
    assert (row["Tier__c"], row["Tags__c"], row["Fit__c"]) == ("T2", "T1;T2", 12.3)
    found = org.records("SELECT Id FROM Lead WHERE Tags__c INCLUDES ('T1;T2') AND Hot__c = true")
    assert found == [{"Id": lead}]
    for field, value in (("Tier__c", "T3"), ("Tags__c", "T1;T3")):
        error = org.patch(f"sobjects/Lead/{lead}", {field: value}).json()[0]
        assert error["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
        assert error["fields"] == [field]


def test_lookups_are_followed_by_their_relationship_name(org: Org) -> None:
    org.add_field(
        "Lead.Partner__c", "Lookup", referenceTo="Account", relationshipName="PartnerLeads"
    )
    account = org.create("Account", Name="Partner Inc")
    lead = org.lead(Partner__c=account)
    row = org.records("SELECT Partner__r.Name FROM Lead")[0]
    assert row["Partner__r"]["Name"] == "Partner Inc"
    children = org.records("SELECT (SELECT Id FROM PartnerLeads__r) FROM Account")[0]
    assert children["PartnerLeads__r"]["records"][0]["Id"] == lead


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Field": "Lead.Nope__c"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Field": "Lead.LastName"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"SobjectType": "Contact"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"PermissionsRead": False}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_grants_that_make_no_sense_are_refused(org: Org, change: dict[str, Any], code: str) -> None:
    org.add_field("Lead.X__c", visible=False)
    parent = org.create("PermissionSet", Name="crmbridge", Label="crmbridge")
    body = {
        "ParentId": parent,
        "SobjectType": "Lead",
        "Field": "Lead.X__c",
        "PermissionsRead": True,
        "PermissionsEdit": True,
    }
    answer = org.post("sobjects/FieldPermissions", {**body, **change})
    assert answer.json()[0]["errorCode"] == code
    assert org.post("sobjects/FieldPermissions", body).status_code == 201
    assert org.post("sobjects/FieldPermissions", body).json()[0]["errorCode"] == "DUPLICATE_VALUE"


def test_the_org_and_its_status_tables_can_be_queried(org: Org) -> None:
    row = org.records("SELECT Id, Name, TimeZoneSidKey, IsSandbox FROM Organization")[0]
    assert row["Id"] == org.world.org_id
    converted = org.records("SELECT MasterLabel FROM LeadStatus WHERE IsConverted = true")
    assert converted == [{"MasterLabel": "Closed - Converted"}]
    won = org.records("SELECT ApiName, DefaultProbability FROM OpportunityStage WHERE IsWon = true")
    assert won == [{"ApiName": "Closed Won", "DefaultProbability": 100.0}]
    assert org.records("SELECT ApiName FROM TaskStatus WHERE IsClosed = true") == [
        {"ApiName": "Completed"}
    ]


def test_status_values_can_be_replaced(org: Org) -> None:
    rows = [
        {"MasterLabel": "New", "IsDefault": True},
        {"MasterLabel": "Done", "IsConverted": True},
    ]
    org.admin("statuses", table="LeadStatus", rows=rows)
    assert org.row("Lead", org.lead())["Status"] == "New"
    found = org.records("SELECT ApiName, IsConverted FROM LeadStatus ORDER BY SortOrder")
    assert found == [
        {"ApiName": "New", "IsConverted": False},
        {"ApiName": "Done", "IsConverted": True},
    ]


def field_path(org: Org, name: str) -> str:
    """Where the only custom field of that developer name is."""
    soql = f"SELECT Id FROM CustomField WHERE DeveloperName = '{name}'"
    (row,) = org.records(soql, "tooling/query")
    return f"tooling/sobjects/CustomField/{row['Id']}"


def test_a_field_gets_other_texts_and_its_rows_show_them(org: Org) -> None:
    org.add_field("Lead.X__c", "Text", length=20)
    path = field_path(org, "X")
    texts = {"description": "Ours.", "inlineHelpText": "Look.", "trackHistory": True}
    metadata = {"label": "New", "type": "Text", "length": 40, **texts}
    assert org.patch(path, {"Metadata": metadata}).status_code == 204
    row = org.get(path).json()
    assert (row["Description"], row["InlineHelpText"]) == ("Ours.", "Look.")
    field = described(org, "Lead")["X__c"]
    assert (field["label"], field["length"], field["inlineHelpText"]) == ("New", 40, "Look.")
    soql = (
        "SELECT QualifiedApiName FROM FieldDefinition "
        "WHERE EntityDefinitionId = 'Lead' AND IsFieldHistoryTracked = true"
    )
    records = org.records(soql, "tooling/query")
    assert {each["QualifiedApiName"] for each in records} == {"Status", "OwnerId", "X__c"}


def test_picklist_values_that_are_left_out_are_gone(org: Org) -> None:
    def choices(*names: str) -> dict[str, Any]:
        values = [{"fullName": name, "label": name, "default": False} for name in names]
        return {"valueSetDefinition": {"sorted": False, "value": values}}

    org.add_field("Lead.X__c", "Picklist", valueSet=choices("a", "b"))
    metadata = {"label": "X", "type": "Picklist", "valueSet": choices("b", "c")}
    org.patch(field_path(org, "X"), {"Metadata": metadata})
    shown = described(org, "Lead")["X__c"]["picklistValues"]
    assert [each["value"] for each in shown] == ["b", "c"]


@pytest.mark.parametrize(
    ("metadata", "about"),
    [
        ({"label": "X", "type": "Date"}, "type"),
        ({"label": "X", "type": "Text", "length": 20, "unique": True}, "duplicate values"),
    ],
)
def test_what_cannot_become_of_a_field_is_refused(
    org: Org, metadata: dict[str, Any], about: str
) -> None:
    org.add_field("Lead.X__c", "Text", length=20)
    for _ in range(2):
        org.lead(X__c="same")
    answer = org.patch(field_path(org, "X"), {"Metadata": metadata})
    assert answer.status_code == 400
    assert about in answer.json()[0]["message"]
