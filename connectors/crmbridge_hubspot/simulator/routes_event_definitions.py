"""Kinds of events: ``/events/v3/event-definitions``. HubSpot contract §7 and §13.

The contract says that there are definitions and how many; their fields follow the reference.
"""

from __future__ import annotations

import re
from typing import Any

from crmbridge_hubspot.simulator.errors import validation_error
from crmbridge_hubspot.simulator.json_fields import objects_in, require_texts
from crmbridge_hubspot.simulator.rendering import next_page
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld

_BASE = "/events/v3/event-definitions"
_LONGEST_PAGE = 100
_TYPES = ("string", "number", "enumeration", "datetime")


def list_definitions(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A page of definitions, perhaps those that mention a text. HubSpot contract §13."""
    limit = call.number("limit", default=100, most=_LONGEST_PAGE)
    after, sought = call.text("after") or "0", call.text("searchString").lower()
    if not after.isdecimal():
        raise validation_error(f"after is not valid: {after}")
    found = [
        one
        for one in world.event_definitions.all()
        if sought in one.full_name or sought in one.label.lower()
    ]
    start, end = int(after), int(after) + limit
    body: dict[str, Any] = {"results": [one.to_json() for one in found[start:end]]}
    if end < len(found):
        body["paging"] = next_page(str(end), _BASE)
    return Answer(body={**body, "total": len(found)})


def read_definition(world: HubSpotWorld, call: ApiCall) -> Answer:
    """One definition by its short or full name. HubSpot contract §13."""
    return Answer(body=world.event_definitions.get(call.path["name"]).to_json())


def create_definition(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A new kind of event; without a name it is called after its label. HubSpot contract §13."""
    body = call.object()
    require_texts(body, "label")
    label = str(body["label"])
    properties = objects_in({"propertyDefinitions": body.get("propertyDefinitions") or []},
                            "propertyDefinitions")  # fmt: skip
    made = world.event_definitions.create(
        name=str(body.get("name") or re.sub(r"[^a-z0-9]+", "_", label.lower())),
        label=label,
        description=str(body.get("description") or ""),
        primary_object=world.types.in_path(str(body.get("primaryObject") or "CONTACT")).id,
        portal_id=world.portal_id,
        properties=tuple(map(_property, properties)),
        at=world.clock.now(),
    )
    return Answer(body=made.to_json())


def patch_definition(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Give a kind of event another label or description. HubSpot contract §13."""
    body, definition = call.object(), world.event_definitions.get(call.path["name"])
    changes = {name: str(body[name]) for name in ("label", "description") if name in body}
    changed = world.event_definitions.change(definition, world.clock.now(), **changes)
    return Answer(body=changed.to_json())


def delete_definition(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Forget a kind of event. HubSpot contract §13."""
    world.event_definitions.delete(world.event_definitions.get(call.path["name"]))
    return Answer(status=204)


def add_property(world: HubSpotWorld, call: ApiCall) -> Answer:
    """One more property of a kind of event. HubSpot contract §13."""
    definition, made = world.event_definitions.get(call.path["name"]), _property(call.object())
    if any(one["name"] == made["name"] for one in definition.properties):
        raise validation_error(f"A property named {made['name']} already exists.")
    properties = (*definition.properties, made)
    world.event_definitions.change(definition, world.clock.now(), properties=properties)
    return Answer(body=made)


def _property(raw: dict[str, Any]) -> dict[str, Any]:
    require_texts(raw, "label", "type")
    if raw["type"] not in _TYPES:
        raise validation_error(f"{raw['type']} is not a property type: {list(_TYPES)}")
    name = str(raw.get("name") or re.sub(r"[^a-z0-9]+", "_", str(raw["label"]).lower()))
    options = objects_in({"options": raw.get("options") or []}, "options")
    return {
        "name": name,
        "label": str(raw["label"]),
        "type": raw["type"],
        "description": str(raw.get("description") or ""),
        "options": options,
        "archived": False,
    }


_READ = ("behavioral_events.event_definitions.read_write",)

ROUTES = (
    ApiRoute(method="GET", path=_BASE, handler=list_definitions, scopes=_READ),
    ApiRoute(method="POST", path=_BASE, handler=create_definition, scopes=_READ),
    ApiRoute(method="GET", path=f"{_BASE}/{{name}}", handler=read_definition, scopes=_READ),
    ApiRoute(method="PATCH", path=f"{_BASE}/{{name}}", handler=patch_definition, scopes=_READ),
    ApiRoute(method="DELETE", path=f"{_BASE}/{{name}}", handler=delete_definition, scopes=_READ),
    ApiRoute(method="POST", path=f"{_BASE}/{{name}}/property", handler=add_property, scopes=_READ),
)
