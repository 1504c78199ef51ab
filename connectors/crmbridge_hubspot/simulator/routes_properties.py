"""Property definitions and groups: ``/crm/v3/properties/{type}``. HubSpot contract §11."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from crmbridge_hubspot.simulator.definitions import PropertyGroup
from crmbridge_hubspot.simulator.errors import HubSpotError
from crmbridge_hubspot.simulator.json_fields import (
    objects_in,
    require_fields,
    whole_number,
)
from crmbridge_hubspot.simulator.property_registry import PropertyRegistry
from crmbridge_hubspot.simulator.rendering import batch_answer
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld

_CUSTOM_PROPERTY_LIMIT = 1_000


def list_properties(world: HubSpotWorld, call: ApiCall) -> Answer:
    """All definitions, unpaged. HubSpot contract §11."""
    archived = call.flag("archived")
    definitions = _registry(world, call).all(archived=archived)
    return Answer(
        body={"results": [{**one.to_json(), "archived": archived} for one in definitions]}
    )


def read_property(world: HubSpotWorld, call: ApiCall) -> Answer:
    """One definition. HubSpot contract §11."""
    return Answer(body=_registry(world, call).get(call.path["name"]).to_json())


def create_property(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A new custom property; an archived name comes back. HubSpot contract §11."""
    created = _registry(world, call).create(call.object(), world.clock.now(), _user(call))
    return Answer(body=created.to_json(), status=201)


def patch_property(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Change a custom property; given options replace all. HubSpot contract §11."""
    patched = _registry(world, call).patch(call.path["name"], call.object(), world.clock.now())
    return Answer(body=patched.to_json())


def archive_property(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Archive a custom property. HubSpot contract §11."""
    _registry(world, call).archive(call.path["name"])
    return Answer(status=204)


def batch_create_properties(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Several new properties, each for itself. HubSpot contract §11."""
    registry, now = _registry(world, call), world.clock.now()
    return _batch(
        call, now, lambda one: registry.create(one, now, _user(call)).to_json(), status=201
    )


def batch_read_properties(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Several definitions by name. HubSpot contract §11."""
    registry = _registry(world, call)
    return _batch(
        call,
        world.clock.now(),
        lambda one: registry.get(str(one.get("name"))).to_json(),
        status=200,
    )


def batch_archive_properties(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Archive several properties, 204 whatever their state. HubSpot contract §11."""
    registry = _registry(world, call)
    for one in objects_in(call.object()):
        definition = registry.find(str(one.get("name")))
        if definition is not None and not definition.hubspot_defined:
            registry.archive(definition.name)
    return Answer(status=204)


def list_groups(world: HubSpotWorld, call: ApiCall) -> Answer:
    """All property groups. HubSpot contract §11."""
    groups = _registry(world, call).groups()
    return Answer(body={"results": [group.to_json() for group in groups]})


def read_group(world: HubSpotWorld, call: ApiCall) -> Answer:
    """One property group. HubSpot contract §11."""
    return Answer(body=_registry(world, call).group(call.path["name"]).to_json())


def create_group(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A new property group. HubSpot contract §11."""
    body = call.object()
    require_fields(body, "name", "label")
    group = PropertyGroup(
        name=str(body["name"]),
        label=str(body["label"]),
        display_order=whole_number(body, "displayOrder", -1),
    )
    return Answer(body=_registry(world, call).put_group(group, new=True).to_json(), status=201)


def patch_group(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Change a property group's label or place. HubSpot contract §11."""
    registry, body = _registry(world, call), call.object()
    old = registry.group(call.path["name"])
    changed = PropertyGroup(
        name=old.name,
        label=str(body.get("label", old.label)),
        display_order=whole_number(body, "displayOrder", old.display_order),
    )
    return Answer(body=registry.put_group(changed, new=False).to_json())


def archive_group(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Remove an empty property group. HubSpot contract §11."""
    _registry(world, call).archive_group(call.path["name"])
    return Answer(status=204)


def custom_property_usage(world: HubSpotWorld, call: ApiCall) -> Answer:
    """How many custom properties the portal has and may have. HubSpot contract §11."""
    by_type = [
        {
            "objectTypeId": kind.id,
            "limit": _CUSTOM_PROPERTY_LIMIT,
            "usage": world.store(kind).properties.custom_count,
        }
        for kind in world.types.all()
    ]
    usage = sum(world.store(kind).properties.custom_count for kind in world.types.all())
    limit = _CUSTOM_PROPERTY_LIMIT * len(world.types.all())
    return Answer(
        body={
            "overallLimit": limit,
            "overallUsage": usage,
            "overallPercentage": round(100 * usage / limit, 2),
            "byObjectType": by_type,
        }
    )


def _registry(world: HubSpotWorld, call: ApiCall) -> PropertyRegistry:
    return world.store(world.types.in_path(call.path["type"])).properties


def _user(call: ApiCall) -> str:
    return str(call.caller.source.user_id or call.caller.source.id)


def _batch(
    call: ApiCall,
    now: datetime,
    perform: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    status: int,
) -> Answer:
    results, errors = [], []
    for one in objects_in(call.object()):
        try:
            results.append(perform(one))
        except HubSpotError as error:
            errors.append({**error.body, "context": {"name": [str(one.get("name"))]}})
    body = batch_answer(results, now, now, errors)
    return Answer(body=body, status=207 if errors else status)


_BASE = "/crm/v3/properties/{type}"
_READ = ("crm.schemas.{type}.read", "crm.objects.{type}.read")
_WRITE = ("crm.schemas.{type}.write",)


def _route(method: str, tail: str, handler: Callable[[HubSpotWorld, ApiCall], Answer]) -> ApiRoute:
    scopes = _READ if method == "GET" or tail.endswith("/read") else _WRITE
    return ApiRoute(method=method, path=_BASE + tail, handler=handler, scopes=scopes)


ROUTES = (
    _route("GET", "", list_properties),
    _route("POST", "", create_property),
    _route("POST", "/batch/create", batch_create_properties),
    _route("POST", "/batch/read", batch_read_properties),
    _route("POST", "/batch/archive", batch_archive_properties),
    _route("GET", "/groups", list_groups),
    _route("POST", "/groups", create_group),
    _route("GET", "/groups/{name}", read_group),
    _route("PATCH", "/groups/{name}", patch_group),
    _route("DELETE", "/groups/{name}", archive_group),
    _route("GET", "/{name}", read_property),
    _route("PATCH", "/{name}", patch_property),
    _route("DELETE", "/{name}", archive_property),
    ApiRoute(method="GET", path="/crm/v3/limits/custom-properties", handler=custom_property_usage),
)
