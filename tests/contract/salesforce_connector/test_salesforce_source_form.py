"""The files in deploy/salesforce are what ``setup apply`` makes, in the form admins deploy."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from crmbridge import rulebook
from crmbridge.app import field_names
from crmbridge.rulebook.locating import packaged
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.plugin import plugin

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org

SHIPPED = Path(__file__).parents[3] / "deploy" / "salesforce"
_XML = "{http://soap.sforce.com/2006/04/metadata}"
FIELDS = field_names("salesforce", rulebook.load(packaged()))


def read(element: ET.Element) -> Any:
    """An element as metadata is written in JSON: repeated elements are a list."""
    if len(element) == 0:
        text = element.text or ""
        return {"true": True, "false": False}.get(text, int(text) if text.isdecimal() else text)
    values: dict[str, list[Any]] = defaultdict(list)
    for child in element:
        values[child.tag.removeprefix(_XML)].append(read(child))
    lists = {"fieldPermissions", "filters", "columns", "fields"}
    if element.tag == f"{_XML}valueSetDefinition":
        lists.add("value")
    return {name: each if name in lists else each[0] for name, each in values.items()}


def shipped(pattern: str) -> dict[str, Any]:
    return {
        path.name.partition(".")[0]
        if "/fields/" not in str(path)
        else f"{path.parents[1].name}.{path.name.partition('.')[0]}": read(
            ET.fromstring(path.read_text())
        )
        for path in SHIPPED.glob(f"force-app/main/default/{pattern}")
    }


def test_the_shipped_files_are_those_of_this_release() -> None:
    """Where this fails: ``crmbridge setup files --rules rules --out deploy``."""
    written = {
        str(path.relative_to(SHIPPED)): path.read_text()
        for path in SHIPPED.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    assert dict(plugin.setup_files(FIELDS)) == written


def test_both_forms_make_the_same_fields_and_grants(org: Org) -> None:
    """The org is set up through the API, and read back beside the files."""
    connector = SalesforceConnector(org.settings(), FIELDS)
    connector.provision({})
    connector.close()
    world = org.world
    made = {
        f"{row['TableEnumOrId']}.{row['DeveloperName']}__c": world.field_metadata[row["Id"]]
        for row in world.tooling_store.table("CustomField").rows()
    }
    files = shipped("objects/*/fields/*.xml")
    for name, definition in files.items():
        assert definition.pop("fullName") == name.partition(".")[2]
    plain = json.loads(json.dumps(made).replace('"false"', "false"))
    assert plain == files

    sets = shipped("permissionsets/*.xml")
    for row in world.store.table("PermissionSet").rows():
        found = sets.pop(row["Name"])
        assert (row["Label"], row["Description"]) == (found["label"], found["description"])
        grants = {
            each["Field"]: each["PermissionsEdit"]
            for each in world.store.children("FieldPermissions", "ParentId", row["Id"])
        }
        assert grants == {each["field"]: each["editable"] for each in found["fieldPermissions"]}
    assert {} == sets


def test_views_and_layout_look_at_fields_that_are_there() -> None:
    """Our own among their columns and filters are among the fields of leads."""
    fields = {name for name in shipped("objects/*/fields/*.xml") if name.startswith("Lead.")}
    views = shipped("objects/Lead/listViews/*.xml")
    (compact,) = shipped("objects/Lead/compactLayouts/*.xml").values()
    named = list(compact["fields"])
    for view in views.values():
        named += [*view["columns"], *(each["field"] for each in view["filters"])]
    ours = {f"Lead.{name}" for name in named if name.startswith("CRMBridge_")}
    assert {"MQLs due today", "Breached", "Feedback missing"} == {
        view["label"] for view in views.values()
    }
    assert ours
    assert ours <= fields
    assert len(compact["fields"]) <= 10


def test_filters_ask_for_values_that_the_picklists_have() -> None:
    fields = shipped("objects/Lead/fields/*.xml")
    for view in shipped("objects/Lead/listViews/*.xml").values():
        for each in view["filters"]:
            definition = fields[f"Lead.{each['field']}"]
            if definition["type"] == "Picklist" and "value" in each:
                offered = definition["valueSet"]["valueSetDefinition"]["value"]
                assert each["value"] in {value["fullName"] for value in offered}
