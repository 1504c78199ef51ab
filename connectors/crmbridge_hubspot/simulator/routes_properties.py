"""Property definitions and groups: ``/crm/v3/properties/{type}``. HubSpot contract §11."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from crmbridge_hubspot.simulator.definitions import PropertyGroup
from crmbridge_hubspot.simulator.errors import HubSpotError, validation_error
from crmbridge_hubspot.simulator.json_fields import (
    objects_in,
    require_texts,
    whole_number,
)
from crmbridge_hubspot.simulator.list_filters import properties_of
from crmbridge_hubspot.simulator.property_registry import REQUIRED, PropertyRegistry
from crmbridge_hubspot.simulator.rendering import batch_answer
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld

_CUSTOM_PROPERTY_LIMIT = 1_000
_PLAIN = "non_sensitive"
_SENSITIVITIES = (_PLAIN, "sensitive", "highly_sensitive")


def list_properties(world: HubSpotWorld, call: ApiCall) -> Answer:
    """All definitions, unpaged. HubSpot contract §11."""
    wanted = call.text("dataSensitivity") or _PLAIN
    if wanted not in _SENSITIVITIES:
        raise validation_error(f"dataSensitivity must be one of {list(_SENSITIVITIES)}")
    # The portal keeps no sensitive data: those lists exist and are empty.
    definitions = _registry(world, call).all(archived=call.flag("archived"))
    shown = [one.to_json() for one in definitions] if wanted == _PLAIN else []
    return Answer(body={"results": shown})


def read_property(world: HubSpotWorld, call: ApiCall) -> Answer:
    """One definition. HubSpot contract §11."""
    registry = _registry(world, call)
    definition = registry.get(call.path["name"], archived=call.flag("archived"))
    return Answer(body=definition.to_json())


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
    registry = _registry(world, call)
    _refuse_used(world, registry, call.path["name"])
    registry.archive(call.path["name"], world.clock.now())
    return Answer(status=204)


def batch_create_properties(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Several new properties, each for itself. HubSpot contract §11."""
    registry, now = _registry(world, call), world.clock.now()
    return _batch(
        call,
        now,
        lambda one: registry.create(one, now, _user(call)).to_json(),
        status=201,
        required=REQUIRED,
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
    inputs = objects_in(call.object())
    for one in inputs:
        require_texts(one, "name")
    for one in inputs:
        definition = registry.find(str(one.get("name")))
        if definition is not None and not definition.hubspot_defined:
            registry.archive(definition.name, world.clock.now())
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
    require_texts(body, "name", "label")
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


def _refuse_used(world: HubSpotWorld, registry: PropertyRegistry, name: str) -> None:
    kind, store = registry.object_type, world.store(registry.object_type)
    lists = [one for one in world.lists.all() if one.object_type is kind]
    used = any(name in properties_of(one.filter_branch or {}) for one in lists)
    if used or name in (*store.required, *store.searchable):
        raise validation_error(
            f"Property {name} is in use and cannot be deleted.",
            sub_category="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
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
    required: tuple[str, ...] = ("name",),
) -> Answer:
    results, errors = [], []
    inputs = objects_in(call.object())
    for one in inputs:
        require_texts(one, *required)
    for one in inputs:
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
