"""The portal's own object types: ``/crm-object-schemas/v3/schemas``. HubSpot contract §10."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from crmbridge_hubspot.simulator.association_types import AssociationType, unknown_label
from crmbridge_hubspot.simulator.catalogue import RECORD_ROWS, read_catalogue
from crmbridge_hubspot.simulator.custom_objects import CustomSchema
from crmbridge_hubspot.simulator.errors import required_fields_missing, validation_error
from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.json_fields import (
    objects_in,
    require_fields,
    require_texts,
    texts_in,
)
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.property_registry import PropertyRegistry
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld


def list_schemas(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Every own object type, or the archived ones. HubSpot contract §10."""
    schemas = world.custom.all(archived=call.flag("archived"))
    return Answer(body={"results": [_shown(world, one) for one in schemas]})


def read_schema(world: HubSpotWorld, call: ApiCall) -> Answer:
    """One own object type. HubSpot contract §10."""
    return Answer(body=_shown(world, _schema(world, call)))


def create_schema(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Define an object type, its properties and what it goes with. HubSpot contract §10."""
    body, now = call.object(), world.clock.now()
    require_texts(body, "name")
    require_fields(body, "labels", "properties")
    labels = _labels(body["labels"])
    others = [world.types.in_path(one) for one in texts_in(body, "associatedObjects")]
    kind = world.custom.new_type(str(body["name"]), world.portal_id)
    group = f"{kind.singular}_information"
    registry = PropertyRegistry(kind, read_catalogue(_table(group), {}), now)
    defaults = {"type": "string", "fieldType": "text", "groupName": group}
    for one in objects_in(body, "properties"):
        registry.create({**defaults, **one}, now, str(call.caller.source.user_id or ""))
    own = [str(one["name"]) for one in body["properties"]]
    primary = str(body.get("primaryDisplayProperty") or own[0])
    schema = CustomSchema(
        kind=kind,
        singular=labels["singular"],
        plural=labels["plural"],
        primary=primary,
        required=texts_in(body, "requiredProperties"),
        searchable=texts_in(body, "searchableProperties") or (primary,),
        secondary=texts_in(body, "secondaryDisplayProperties"),
        description=body.get("description"),
        created_at=now,
        updated_at=now,
        created_by=call.caller.source.user_id,
    )
    _check(schema, registry)
    world.add_type(schema, registry)
    activities = [one for one in world.types.all() if one.activity]
    for other in dict.fromkeys((*others, *activities)):
        world.associations.types.join(kind, other, f"{kind.singular}_to_{other.singular}")
    return Answer(body=_shown(world, schema), status=201)


def patch_schema(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Change what an own object type is called and needs. HubSpot contract §10."""
    schema, body = _schema(world, call), call.object()
    changes: dict[str, Any] = {
        field: texts_in(body, key)
        for key, field in (
            ("requiredProperties", "required"),
            ("searchableProperties", "searchable"),
            ("secondaryDisplayProperties", "secondary"),
        )
        if key in body
    }
    if "labels" in body:
        if not isinstance(body["labels"], dict):
            raise required_fields_missing("labels")
        changes |= _labels({"singular": schema.singular, "plural": schema.plural, **body["labels"]})
    if "primaryDisplayProperty" in body:
        require_texts(body, "primaryDisplayProperty")
        changes["primary"] = str(body["primaryDisplayProperty"])
    if "description" in body:
        changes["description"] = body["description"]
    changed = replace(schema, **changes, updated_at=world.clock.now())
    _check(changed, world.store(changed.kind).properties)
    world.change_type(changed)
    shown = _shown(world, changed)
    del shown["properties"], shown["associations"]
    return Answer(body={**shown, "portalId": world.portal_id})


def archive_schema(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Give an own object type up; 400 while it has records. HubSpot contract §10."""
    schema = _schema(world, call)
    if len(world.store(schema.kind)):
        raise validation_error(
            f"Object type {schema.kind.qualified_name} still has records and cannot be deleted."
        )
    world.custom.archive(schema, world.clock.now())
    world.types.remove(schema.kind)
    return Answer(status=204)


def add_association(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Let an own object type go with another one. HubSpot contract §10."""
    schema, body = _schema(world, call), call.object()
    require_texts(body, "fromObjectTypeId", "toObjectTypeId")
    source, target = (
        world.types.in_path(str(body[name])) for name in ("fromObjectTypeId", "toObjectTypeId")
    )
    if schema.kind not in (source, target):
        raise validation_error(f"The association does not start or end at {schema.kind.id}")
    name = str(body.get("name") or f"{source.singular}_to_{target.singular}")
    return Answer(body=_definition(world, _joined(world, source, target, name)), status=201)


def remove_association(world: HubSpotWorld, call: ApiCall) -> Answer:
    """End an association of an own object type, records' too. HubSpot contract §10."""
    schema = _schema(world, call)
    for one in _associations(world, schema.kind):
        if call.path["association_id"] in (str(one.id), one.name):
            world.associations.drop_label(one)
            return Answer(status=204)
    raise unknown_label(call.path["association_id"])


def _joined(
    world: HubSpotWorld, source: ObjectType, target: ObjectType, name: str
) -> AssociationType:
    types = world.associations.types
    if any(one.label is None for one in types.between(source, target)):
        raise validation_error(
            f"{source.singular} and {target.singular} can be associated already."
        )
    return types.join(source, target, name)


def _schema(world: HubSpotWorld, call: ApiCall) -> CustomSchema:
    name = call.path["object_type"]
    return world.custom.of(world.types.named(name), name)


def _associations(world: HubSpotWorld, kind: ObjectType) -> list[AssociationType]:
    types = world.associations.types
    return [one for other in world.types.all() for one in types.between(kind, other)]


def _shown(world: HubSpotWorld, schema: CustomSchema) -> dict[str, Any]:
    registry = world.store(schema.kind).properties
    return schema.to_json(registry, _associations(world, schema.kind))


def _definition(world: HubSpotWorld, one: AssociationType) -> dict[str, Any]:
    now = iso(world.clock.now())
    return {
        "id": str(one.id),
        "name": one.name,
        "fromObjectTypeId": one.source.id,
        "toObjectTypeId": one.target.id,
        "createdAt": now,
        "updatedAt": now,
    }


def _labels(raw: object) -> dict[str, str]:
    if not isinstance(raw, dict):
        raise required_fields_missing("labels")
    require_texts(raw, "singular", "plural")
    return {name: str(raw[name]) for name in ("singular", "plural")}


def _check(schema: CustomSchema, registry: PropertyRegistry) -> None:
    for name in (schema.primary, *schema.required, *schema.searchable, *schema.secondary):
        if registry.find(name) is None:
            raise validation_error(f"Property {name} is not defined on {schema.kind.singular}")


def _table(group: str) -> str:
    created = "hs_createdate datetime/date ro Create date"
    return f"[{group} | Information]\n{created}\n{RECORD_ROWS}"


_BASE = "/crm-object-schemas/v3/schemas"
_ONE = f"{_BASE}/{{object_type}}"
_READ = ("crm.schemas.custom.read",)
_WRITE = ("crm.schemas.custom.write",)

ROUTES = (
    ApiRoute(method="GET", path=_BASE, handler=list_schemas, scopes=_READ),
    ApiRoute(method="POST", path=_BASE, handler=create_schema, scopes=_WRITE),
    ApiRoute(method="GET", path=_ONE, handler=read_schema, scopes=_READ),
    ApiRoute(method="PATCH", path=_ONE, handler=patch_schema, scopes=_WRITE),
    ApiRoute(method="DELETE", path=_ONE, handler=archive_schema, scopes=_WRITE),
    ApiRoute(method="POST", path=f"{_ONE}/associations", handler=add_association, scopes=_WRITE),
    ApiRoute(
        method="DELETE",
        path=f"{_ONE}/associations/{{association_id}}",
        handler=remove_association,
        scopes=_WRITE,
    ),
)
