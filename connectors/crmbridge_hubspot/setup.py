"""What crmbridge needs in a portal, and creating it: a property group, properties, lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from crmbridge.core import fields as f
from crmbridge.ports import SetupItem
from crmbridge_hubspot import mapping
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.layout import PROPERTIES
from crmbridge_hubspot.lists import MANUAL, NurtureLists, create_list
from crmbridge_hubspot.tasks import KEY_PROPERTY

_GROUP = "crmbridge"
_TASK_PROPERTIES = "/crm/v3/properties/tasks"
_TASK_KEY = f"task.{KEY_PROPERTY}"
_FIELD_TYPES = {
    mapping.Kind.TEXT: "text",
    mapping.Kind.NUMBER: "number",
    mapping.Kind.INSTANT: "date",
}


def inspect(
    client: HubSpotClient, known: NurtureLists, lists: Mapping[str, str]
) -> list[SetupItem]:
    """Every needed property and list, and whether it is there and fit for use."""
    reply = client.get(PROPERTIES)
    present = {item["name"]: item for item in reply.body.get("results") or ()}
    items = [_property_item(row, present.get(row.name)) for row in mapping.OWNED]
    items.append(_task_key_item(client))
    known.look()
    return items + [_list_item(known, name) for name in sorted(lists)]


def _list_item(known: NurtureLists, name: str) -> SetupItem:
    label, unfit = known.label(name), known.unfit(name)
    if label is not None:
        note = f"is called {label!r} in HubSpot" if label != name else ""
        return SetupItem(kind="list", name=name, present=True, note=note)
    problem = f"is {unfit}, not {MANUAL}: give it another name and run setup again"
    return SetupItem(kind="list", name=name, present=bool(unfit), problem=problem if unfit else "")


def _property_item(row: mapping.Property, found: dict[str, Any] | None) -> SetupItem:
    problem = ""
    if found is not None and found.get("type") != row.kind.value:
        problem = f"is of type {found.get('type')}, not {row.kind.value}"
    elif found is not None and row.name == mapping.UID_PROPERTY and not found.get("hasUniqueValue"):
        problem = "does not have unique values; delete it and run setup again"
    return SetupItem(
        kind="property", name=f"contact.{row.name}", present=found is not None, problem=problem
    )


def choices(client: HubSpotClient) -> dict[str, frozenset[str]]:
    """Canonical field → the values that the portal offers for it."""
    listed = client.get(PROPERTIES).body.get("results") or ()
    options = {
        item["name"]: frozenset(str(option["value"]) for option in item.get("options") or ())
        for item in listed
    }
    return {
        row.field: options.get(row.name, frozenset())
        for row in mapping.CONTACT
        if row.field in (f.LIFECYCLE, f.LEAD_STATUS)
    }


def offers(client: HubSpotClient, known: NurtureLists) -> str:
    """The same for portals that have the same properties and lists."""
    shape = [
        sorted(
            [
                item["name"],
                item.get("type"),
                item.get("hasUniqueValue"),
                (item.get("modificationMetadata") or {}).get("readOnlyValue"),
                sorted(
                    str(option["value"])
                    for option in item.get("options") or ()
                    if not option.get("hidden")
                ),
            ]
            for item in client.get(path).body.get("results") or ()
        )
        for path in (PROPERTIES, _TASK_PROPERTIES)
    ]
    lists = sorted(known.look().items())
    return hashlib.sha256(json.dumps([shape, lists]).encode()).hexdigest()


def provision(
    client: HubSpotClient, known: NurtureLists, lists: Mapping[str, str]
) -> list[SetupItem]:
    """Create what is missing; what was created."""
    missing = [item for item in inspect(client, known, lists) if not item.present]
    wanted = {item.name for item in missing}
    rows = [row for row in mapping.OWNED if f"contact.{row.name}" in wanted]
    if rows:
        _make_group(client, PROPERTIES)
        client.post(f"{PROPERTIES}/batch/create", {"inputs": [_definition(row) for row in rows]})
    if _TASK_KEY in wanted:
        _make_group(client, _TASK_PROPERTIES)
        client.post(f"{_TASK_PROPERTIES}/batch/create", {"inputs": [_KEY_DEFINITION]})
    for name in sorted(lists):
        if name in wanted:
            create_list(client, name)
    return [SetupItem(kind=item.kind, name=item.name, present=True) for item in missing]


def _task_key_item(client: HubSpotClient) -> SetupItem:
    """The property by which a task is never made twice."""
    reply = client.get(_TASK_PROPERTIES)
    found = {item["name"]: item for item in reply.body.get("results") or ()}.get(KEY_PROPERTY)
    problem = ""
    if found is not None and not found.get("hasUniqueValue"):
        problem = "does not have unique values; delete it and run setup again"
    return SetupItem(kind="property", name=_TASK_KEY, present=found is not None, problem=problem)


def _make_group(client: HubSpotClient, properties: str) -> None:
    reply = client.get(f"{properties}/groups")
    if _GROUP not in {item["name"] for item in reply.body.get("results") or ()}:
        client.post(f"{properties}/groups", {"name": _GROUP, "label": "crmbridge"})


_KEY_DEFINITION = {
    "groupName": _GROUP,
    "name": KEY_PROPERTY,
    "label": "crmbridge key",
    "description": "Marks crmbridge's own task, so that it is made once.",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}


def _definition(row: mapping.Property) -> dict[str, Any]:
    return {
        "groupName": _GROUP,
        "name": row.name,
        "label": row.label,
        "description": row.about,
        "type": row.kind.value,
        "fieldType": _FIELD_TYPES[row.kind],
        "hasUniqueValue": row.name == mapping.UID_PROPERTY,
    }
