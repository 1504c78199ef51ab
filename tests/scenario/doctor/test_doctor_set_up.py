"""Fields, lists and their mapping, each broken once and found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crmbridge.findings import Finding, Severity
from crmbridge.marking import mark

if TYPE_CHECKING:
    from tests.scenario.doctor.conftest import Surgery

TOOLING = "/services/data/v67.0/tooling"
CONTACTS = "/crm/v3/properties/contacts"


def field(surgery: Surgery, name: str) -> tuple[str, dict[str, Any]]:
    """Where a field of leads is, and its definition."""
    soql = (
        f"SELECT Id FROM CustomField WHERE DeveloperName = 'CRMBridge_{name}' "
        "AND TableEnumOrId = 'Lead'"
    )
    (row,) = surgery.people.org.get(f"{TOOLING}/query", q=soql).json()["records"]
    path = f"{TOOLING}/sobjects/CustomField/{row['Id']}"
    return path, dict(surgery.people.org.get(path).json()["Metadata"])


def redefine(surgery: Surgery, name: str, **values: Any) -> None:
    path, known = field(surgery, name)
    answer = surgery.people.org.call("PATCH", path, {"Metadata": {**known, **values}})
    assert answer.status_code == 204, answer.text


def assert_set_up(found: Finding, about: str, *says: str) -> None:
    assert ("set-up", about, Severity.ERROR) == (found.check, found.about, found.severity)
    for each in says:
        assert each in found.says


def test_a_field_that_is_missing(surgery: Surgery) -> None:
    with surgery.healed():
        surgery.people.org.call("DELETE", field(surgery, "Score")[0])
        surgery.people.portal.call("DELETE", f"{CONTACTS}/crmbridge_score")
        found = [each for each in surgery.bad() if "is missing" in each.says]
    assert_set_up(found[0], "hubspot", "contact.crmbridge_score")
    assert_set_up(found[1], "salesforce", "Lead.CRMBridge_Score__c")
    assert {"run `crmbridge setup apply`"} == {each.remedy for each in found}


def test_a_field_of_another_type(surgery: Surgery) -> None:
    path, known = field(surgery, "Score")
    with surgery.healed():
        surgery.people.org.call("DELETE", path)
        metadata = {"label": "Score", "type": "Text", "length": 20}
        body = {"FullName": "Lead.CRMBridge_Score__c", "Metadata": metadata}
        made = surgery.people.org.post(f"{TOOLING}/sobjects/CustomField", body).json()["id"]
        parent = surgery.people.query(
            "SELECT Id FROM PermissionSet WHERE Name = 'CRMBridge_Integration'"
        )[0]["Id"]
        grant = {
            "ParentId": parent,
            "SobjectType": "Lead",
            "Field": "Lead.CRMBridge_Score__c",
            "PermissionsRead": True,
            "PermissionsEdit": True,
        }
        surgery.people.org.post("/services/data/v67.0/sobjects/FieldPermissions", grant)
        found = [each for each in surgery.bad() if "Lead.CRMBridge_Score__c" in each.says]
        surgery.people.org.call("DELETE", f"{TOOLING}/sobjects/CustomField/{made}")
    assert_set_up(found[0], "salesforce", "is of type string, must be double")
    assert "rename or delete it" in found[0].remedy
    assert known["type"] == field(surgery, "Score")[1]["type"]


def test_a_property_of_another_type(surgery: Surgery) -> None:
    with surgery.healed():
        surgery.people.portal.call("DELETE", f"{CONTACTS}/crmbridge_score")
        body = {"name": "crmbridge_score", "label": "Score", "groupName": "crmbridge"}
        more = {"type": "string", "fieldType": "text", "description": mark("Score")}
        assert surgery.people.portal.post(CONTACTS, {**body, **more}).status_code == 201
        found = surgery.only()
        surgery.people.portal.call("DELETE", f"{CONTACTS}/crmbridge_score")
    assert_set_up(found, "hubspot", "is of type string, not number")
    assert "Settings > Properties" in found.remedy


def test_a_key_that_is_not_unique(surgery: Surgery) -> None:
    with surgery.healed():
        redefine(surgery, "UID", unique=False, externalId=False)
        found = surgery.only()
    assert_set_up(found, "salesforce", "Lead.CRMBridge_UID__c: unique external id is no")


def test_a_field_that_is_hidden(surgery: Surgery) -> None:
    surgery.people.org.sim("hidden", {"fields": [["Lead", "CRMBridge_Score__c"]]})
    try:
        found = surgery.only()
    finally:
        surgery.people.org.sim("hidden", {})
    assert_set_up(found, "salesforce", "Lead.CRMBridge_Score__c is hidden")
    assert "permission set" in found.remedy


def test_a_property_that_is_hidden(surgery: Surgery) -> None:
    with surgery.healed():
        surgery.people.portal.call("PATCH", f"{CONTACTS}/crmbridge_score", {"hidden": True})
        found = surgery.only()
    assert Severity.WARNING is found.severity
    assert "contact.crmbridge_score: shown is no" in found.says


def test_a_picklist_without_a_value(surgery: Surgery) -> None:
    _, known = field(surgery, "Reason")
    values = known["valueSet"]["valueSetDefinition"]["value"][1:]
    definition = {"sorted": False, "value": values}
    with surgery.healed():
        redefine(surgery, "Reason", valueSet={"restricted": True, "valueSetDefinition": definition})
        found = surgery.only()
    assert_set_up(found, "salesforce", "Lead.CRMBridge_Reason__c: values is", "NO_RESPONSE")


def list_path(surgery: Surgery, name: str) -> str:
    path = f"/crm/v3/lists/object-type-id/0-1/name/{name}"
    return f"/crm/v3/lists/{surgery.people.portal.get(path).json()['list']['listId']}"


def test_a_list_that_is_missing_or_decides_by_itself(surgery: Surgery) -> None:
    portal = surgery.people.portal
    filters = {"filterBranchType": "AND", "filterBranches": [], "filters": []}
    branch = {"filterBranchType": "OR", "filterBranches": [filters], "filters": []}
    dynamic = {"name": "NL-BUDGET", "objectTypeId": "0-1", "processingType": "DYNAMIC"}
    with surgery.healed():
        portal.call("DELETE", list_path(surgery, "NL-BUDGET"))
        missing = surgery.only()
        assert portal.post("/crm/v3/lists/", {**dynamic, "filterBranch": branch}).ok
        unfit = surgery.only()
        portal.call("DELETE", list_path(surgery, "NL-BUDGET"))
    assert_set_up(missing, "hubspot", "list NL-BUDGET is missing")
    assert_set_up(unfit, "hubspot", "list NL-BUDGET is DYNAMIC, not MANUAL")
    assert "another name" in unfit.remedy
    surgery.people.cycle(16)


def test_a_list_that_was_renamed_is_told_and_is_no_fault(surgery: Surgery) -> None:
    path = list_path(surgery, "NL-TIMING")
    portal = surgery.people.portal
    portal.call("PUT", f"{path}/update-list-name?listName=Later")
    try:
        found = surgery.look()
    finally:
        portal.call("PUT", f"{path}/update-list-name?listName=NL-TIMING")
    (said,) = [each for each in found if "NL-TIMING" in each.says]
    assert Severity.UNSEEN is said.severity
    assert "is called 'Later' in HubSpot" in said.says


@pytest.mark.parametrize(("status", "well"), [("Waiting for budget", False), ("Re-opened", True)])
def test_a_status_that_the_rule_book_does_not_know(
    status: str, well: bool, surgery: Surgery
) -> None:
    org = surgery.people.org
    rows = org.get(
        "/services/data/v67.0/query",
        q="SELECT MasterLabel, IsDefault, IsConverted FROM LeadStatus ORDER BY SortOrder",
    ).json()["records"]
    known = [{name: row[name] for name in row if name != "attributes"} for row in rows]
    org.sim("statuses", {"table": "LeadStatus", "rows": [*known, {"MasterLabel": status}]})
    try:
        found = surgery.bad()
    finally:
        org.sim("statuses", {"table": "LeadStatus", "rows": known})
    assert well is (not found)
    for each in found:
        assert ("status values", Severity.WARNING) == (each.check, each.severity)
        assert status in each.says
        assert "stages.yaml" in each.remedy
