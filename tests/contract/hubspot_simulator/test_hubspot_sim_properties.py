"""Property definitions and groups."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.simulator import HubSpotWorld

CONTACT_PROPERTIES = "/crm/v3/properties/contacts"


def definition(name: str = "fit_score", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": "Fit score",
        "groupName": "contactinformation",
        "type": "number",
        "fieldType": "number",
        **more,
    }


def test_the_default_catalogue_has_what_lead_management_needs(portal: SimulatorClient) -> None:
    listed = portal.get(CONTACT_PROPERTIES).json()["results"]
    names = {one["name"] for one in listed}
    assert names >= {
        "email",
        "lifecyclestage",
        "hs_lead_status",
        "hubspot_owner_id",
        "hs_email_optout",
        "hs_marketable_status",
        "jobtitle",
        "numemployees",
        "hs_analytics_source",
        "hs_latest_source",
        "hs_object_source",
        "hs_merged_object_ids",
        "recent_conversion_event_name",
        "hs_lifecyclestage_lead_date",
        "hs_v2_date_entered_marketingqualifiedlead",
    }
    assert not any(name.startswith("salesforce") for name in names)
    stage = portal.get(f"{CONTACT_PROPERTIES}/lifecyclestage").json()
    assert [one["value"] for one in stage["options"]][:3] == [
        "subscriber",
        "lead",
        "marketingqualifiedlead",
    ]
    assert stage["modificationMetadata"]["readOnlyDefinition"] is True


@pytest.mark.parametrize("kind", ["companies", "deals", "tasks", "notes"])
def test_every_object_type_has_definitions(portal: SimulatorClient, kind: str) -> None:
    names = {one["name"] for one in portal.get(f"/crm/v3/properties/{kind}").json()["results"]}
    assert {"hs_object_id", "hs_lastmodifieddate", "hubspot_owner_id"} <= names


def test_the_native_connector_brings_its_properties() -> None:
    world = HubSpotWorld(WorldClock(), native_connector=True)
    from crmbridge_hubspot.simulator.object_types import COMPANIES, CONTACTS, DEALS

    assert world.store(CONTACTS).properties.find("salesforceleadid") is not None
    assert world.store(COMPANIES).properties.find("salesforceaccountid") is not None
    assert world.store(DEALS).properties.find("hs_salesforceopportunityid") is not None


def test_create_read_patch_archive(portal: SimulatorClient) -> None:
    created = portal.post(CONTACT_PROPERTIES, definition())
    assert created.status_code == 201
    assert created.json()["modificationMetadata"]["archivable"] is True
    assert created.json()["createdAt"] == "2026-03-02T09:00:00.000Z"
    url = f"{CONTACT_PROPERTIES}/fit_score"
    portal.sim("clock", {"advance_seconds": 60})
    patched = portal.call("PATCH", url, {"label": "Fit", "name": "ignored"}).json()
    assert (patched["label"], patched["name"]) == ("Fit", "fit_score")
    assert patched["updatedAt"] == "2026-03-02T09:01:00.000Z"
    assert portal.call("DELETE", url).status_code == 204
    assert portal.get(url).status_code == 404
    archived = portal.get(CONTACT_PROPERTIES, archived="true").json()["results"]
    assert [(one["name"], one["archived"]) for one in archived] == [("fit_score", True)]
    assert portal.get(url, archived="true").json() == archived[0]
    assert archived[0]["archivedAt"] == "2026-03-02T09:01:00.000Z"
    assert portal.post(CONTACT_PROPERTIES, definition()).status_code == 201
    assert portal.get(CONTACT_PROPERTIES, archived="true").json()["results"] == []


def test_a_property_in_use_is_not_deleted(portal: SimulatorClient) -> None:
    portal.post(CONTACT_PROPERTIES, definition())
    one = {"filterType": "PROPERTY", "property": "fit_score", "operation": {"operator": "IS_KNOWN"}}
    branch = {"filterBranchType": "OR", "filterBranches": [
        {"filterBranchType": "AND", "filters": [one]}]}  # fmt: skip
    wish = {"name": "Fit", "objectTypeId": "0-1", "processingType": "DYNAMIC"}
    made = portal.post("/crm/v3/lists", {**wish, "filterBranch": branch}).json()["list"]["listId"]
    refused = portal.call("DELETE", f"{CONTACT_PROPERTIES}/fit_score")
    assert refused.status_code == 400
    in_use = "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"
    assert refused.json()["subCategory"] == in_use
    portal.call("DELETE", f"/crm/v3/lists/{made}")
    assert portal.call("DELETE", f"{CONTACT_PROPERTIES}/fit_score").status_code == 204


def test_there_are_no_sensitive_properties(portal: SimulatorClient) -> None:
    assert portal.get(CONTACT_PROPERTIES, dataSensitivity="sensitive").json() == {"results": []}
    plain = portal.get(CONTACT_PROPERTIES, dataSensitivity="non_sensitive").json()
    assert plain == portal.get(CONTACT_PROPERTIES).json()
    assert portal.get(CONTACT_PROPERTIES, dataSensitivity="secret").status_code == 400


def test_a_taken_name_is_409(portal: SimulatorClient) -> None:
    answer = portal.post(CONTACT_PROPERTIES, definition("jobtitle"))
    assert answer.status_code == 409
    assert answer.json()["category"] == "OBJECT_ALREADY_EXISTS"
    assert answer.json()["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"


def test_an_unknown_name_is_404(portal: SimulatorClient) -> None:
    answer = portal.get(f"{CONTACT_PROPERTIES}/nothing")
    assert (answer.status_code, answer.json()["category"]) == (404, "OBJECT_NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        definition("Fit Score"),
        definition("hs_mine"),
        definition(type="money"),
        definition(fieldType="slider"),
        definition(groupName="nowhere"),
        definition(type="enumeration", fieldType="select"),
        definition(type="enumeration", fieldType="select", options=[{"label": "A"}]),
        definition(
            type="enumeration",
            fieldType="select",
            options=[{"label": "A", "value": "a"}, {"label": "B", "value": "a"}],
        ),
        definition(type="bool", fieldType="booleancheckbox", hasUniqueValue=True),
        definition(displayOrder="first"),
    ],
)
def test_impossible_definitions_are_400(portal: SimulatorClient, body: dict[str, Any]) -> None:
    assert portal.post(CONTACT_PROPERTIES, body).status_code == 400


def test_no_more_than_ten_unique_properties(portal: SimulatorClient) -> None:
    for n in range(10):
        body = definition(f"u{n}", type="string", fieldType="text", hasUniqueValue=True)
        assert portal.post(CONTACT_PROPERTIES, body).status_code == 201
    body = definition("u10", type="string", fieldType="text", hasUniqueValue=True)
    assert portal.post(CONTACT_PROPERTIES, body).status_code == 400


def test_given_options_replace_all_and_none_given_keeps_them(portal: SimulatorClient) -> None:
    url = f"{CONTACT_PROPERTIES}/hs_lead_status"
    options = [{"label": "New", "value": "NEW"}, {"label": "Recycled", "value": "RECYCLED"}]
    patched = portal.call("PATCH", url, {"options": options}).json()
    assert [one["value"] for one in patched["options"]] == ["NEW", "RECYCLED"]
    own = definition("tier", type="enumeration", fieldType="select", options=options)
    portal.post(CONTACT_PROPERTIES, own)
    kept = portal.call("PATCH", f"{CONTACT_PROPERTIES}/tier", {"label": "T"}).json()
    assert len(kept["options"]) == 2


@pytest.mark.parametrize("name", ["lifecyclestage", "email", "hs_email_click"])
def test_hubspots_own_definitions_cannot_be_changed(portal: SimulatorClient, name: str) -> None:
    url = f"{CONTACT_PROPERTIES}/{name}"
    assert portal.call("PATCH", url, {"label": "Mine"}).status_code == 400
    assert portal.call("DELETE", url).status_code == 400


def test_batch_create_reports_each_failure(portal: SimulatorClient) -> None:
    url = f"{CONTACT_PROPERTIES}/batch/create"
    done = portal.post(url, {"inputs": [definition("a_one"), definition("a_two")]})
    assert (done.status_code, len(done.json()["results"])) == (201, 2)
    partial = portal.post(url, {"inputs": [definition("a_one"), definition("a_three")]})
    assert (partial.status_code, partial.json()["numErrors"]) == (207, 1)
    read = portal.post(f"{CONTACT_PROPERTIES}/batch/read", {"inputs": [{"name": "a_one"}]})
    assert read.json()["results"][0]["name"] == "a_one"
    archive = {"inputs": [{"name": "a_one"}, {"name": "nothing"}, {"name": "email"}]}
    answer = portal.post(f"{CONTACT_PROPERTIES}/batch/archive", archive)
    assert answer.status_code == 204
    assert portal.get(f"{CONTACT_PROPERTIES}/a_one").status_code == 404
    assert portal.get(f"{CONTACT_PROPERTIES}/email").status_code == 200


def test_groups_are_created_changed_and_removed_when_empty(portal: SimulatorClient) -> None:
    url = f"{CONTACT_PROPERTIES}/groups"
    body = {"name": "crmbridge", "label": "crmbridge"}
    assert portal.post(url, body).status_code == 201
    assert portal.post(url, body).status_code == 409
    assert portal.post(url, {"name": "x"}).status_code == 400
    renamed = portal.call("PATCH", f"{url}/crmbridge", {"label": "Lead standard"}).json()
    assert renamed["label"] == "Lead standard"
    assert portal.get(f"{url}/crmbridge").json() == renamed
    portal.post(CONTACT_PROPERTIES, definition(groupName="crmbridge"))
    assert portal.call("DELETE", f"{url}/crmbridge").status_code == 400
    portal.call("DELETE", f"{CONTACT_PROPERTIES}/fit_score")
    assert portal.call("DELETE", f"{url}/crmbridge").status_code == 204
    assert "crmbridge" not in {one["name"] for one in portal.get(url).json()["results"]}


def test_custom_property_usage(portal: SimulatorClient) -> None:
    portal.post(CONTACT_PROPERTIES, definition())
    usage = portal.get("/crm/v3/limits/custom-properties").json()
    assert usage["overallUsage"] == 1
    contacts = next(one for one in usage["byObjectType"] if one["objectTypeId"] == "0-1")
    assert contacts["usage"] == 1
