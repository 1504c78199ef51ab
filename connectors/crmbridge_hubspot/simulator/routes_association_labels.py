"""Kinds of association: ``/crm/v4/associations/…/labels``. HubSpot contract §10."""

from __future__ import annotations

from typing import Any

from crmbridge_hubspot.simulator.association_types import (
    AssociationType,
    Category,
    unknown_label,
)
from crmbridge_hubspot.simulator.errors import validation_error
from crmbridge_hubspot.simulator.json_fields import require_texts, whole_number
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld


def list_labels(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Every kind of association from one object type to another. HubSpot contract §10."""
    kinds = world.associations.types.between(*_ends(world, call))
    return Answer(body={"results": [_shown(one) for one in kinds]})


def create_label(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A label of the portal's own: answers it and the way back. HubSpot contract §10."""
    source, target = _ends(world, call)
    body = call.object()
    require_texts(body, "label", "name")
    if source.activity or target.activity:
        raise validation_error("Association labels are not supported for activities.")
    made = world.associations.types.add_label(
        source,
        target,
        name=str(body["name"]),
        label=str(body["label"]),
        inverse=str(body.get("inverseLabel") or body["label"]),
    )
    return Answer(body={"results": [_shown(one) for one in made]})


def change_label(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Give a label of the portal's own another text. HubSpot contract §10."""
    body = call.object()
    require_texts(body, "associationTypeId", "label")
    kind = _own(world, call, whole_number(body, "associationTypeId", 0))
    inverse = body.get("inverseLabel")
    world.associations.types.relabel(
        kind, str(body["label"]), None if inverse is None else str(inverse)
    )
    return Answer(status=204)


def delete_label(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Forget a label of the portal's own; the records stay associated. HubSpot contract §10."""
    text = call.path["type_id"]
    world.associations.drop_label(_own(world, call, int(text) if text.isdecimal() else 0))
    return Answer(status=204)


def _ends(world: HubSpotWorld, call: ApiCall) -> tuple[ObjectType, ObjectType]:
    return world.types.in_path(call.path["from"]), world.types.in_path(call.path["to"])


def _own(world: HubSpotWorld, call: ApiCall, type_id: int) -> AssociationType:
    for one in world.associations.types.between(*_ends(world, call)):
        if one.category is Category.USER and one.label is not None and one.id == type_id:
            return one
    raise unknown_label(type_id)


def _shown(one: AssociationType) -> dict[str, Any]:
    return {"category": one.category, "typeId": one.id, "label": one.label}


_BASE = "/crm/v4/associations/{from}/{to}/labels"
_READ = ("crm.schemas.{type}.read", "crm.objects.{type}.read")
_WRITE = ("crm.schemas.{type}.write", "crm.objects.{type}.write")

ROUTES = (
    ApiRoute(method="GET", path=_BASE, handler=list_labels, scopes=_READ),
    ApiRoute(method="POST", path=_BASE, handler=create_label, scopes=_WRITE),
    ApiRoute(method="PUT", path=_BASE, handler=change_label, scopes=_WRITE),
    ApiRoute(method="DELETE", path=f"{_BASE}/{{type_id}}", handler=delete_label, scopes=_WRITE),
)
