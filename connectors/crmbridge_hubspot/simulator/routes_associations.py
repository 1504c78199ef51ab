"""Associations v4: ``/crm/v4/objects/…/associations`` and its batches. HubSpot contract §10."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crmbridge_hubspot.simulator.association_types import AssociationType
from crmbridge_hubspot.simulator.errors import (
    HubSpotError,
    required_fields_missing,
    some_not_found,
    validation_error,
)
from crmbridge_hubspot.simulator.json_fields import objects_in, require_fields, require_texts
from crmbridge_hubspot.simulator.linking import (
    associate,
    dissociate,
    existing,
    parse_types,
    unlabel,
)
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.rendering import batch_answer
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld

_LONGEST_PAGE = 500
_MOST_READ = 1_000
_MOST_WRITTEN = 2_000


def read_associations(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A page of the records associated with one; ids are numbers. HubSpot contract §10."""
    source, target = _types(world, call)
    record = existing(world, source, call.path["id"])
    limit = call.number("limit", default=_LONGEST_PAGE, most=_LONGEST_PAGE)
    return Answer(body=_page(world, source, record.id, target, call.text("after"), limit))


def put_default(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Associate two records without a label; idempotent. HubSpot contract §10."""
    source, target = _types(world, call)
    record = existing(world, source, call.path["id"])
    other = existing(world, target, call.path["to_id"])
    kind = world.associations.types.default(source, target)
    associate(world, record.id, [(kind, other.id)], call.caller.source)
    now = world.clock.now()
    return Answer(body=batch_answer(_default_results(kind, record.id, other.id), now, now))


def put_labelled(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Associate two records under exactly these labels. HubSpot contract §10."""
    source, target = _types(world, call)
    record = existing(world, source, call.path["id"])
    other = existing(world, target, call.path["to_id"])
    kinds = parse_types(world, source, target, call.json())
    world.associations.remove(source, record.id, target, other.id)
    associate(world, record.id, [(kind, other.id) for kind in kinds], call.caller.source)
    return Answer(body=_created(kinds, record.id, other.id), status=201)


def delete_association(world: HubSpotWorld, call: ApiCall) -> Answer:
    """End every association between two records; idempotent. HubSpot contract §10."""
    source, target = _types(world, call)
    record = existing(world, source, call.path["id"])
    other = existing(world, target, call.path["to_id"])
    dissociate(world, source, record.id, target, other.id, call.caller.source)
    return Answer(status=204)


def batch_read(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The associations of many records; unknown ones make a 207. HubSpot contract §10."""
    source, target = _types(world, call)
    now = world.clock.now()
    results, missing = [], []
    for one in _inputs(call, _MOST_READ):
        require_texts(one, "id")
        text = str(one.get("id", ""))
        record = world.store(source).get(int(text)) if text.isdecimal() else None
        if record is None:
            missing.append(text)
            continue
        page = _page(world, source, record.id, target, str(one.get("after", "")), _LONGEST_PAGE)
        if page["results"]:
            shown = {"from": {"id": str(record.id)}, "to": page.pop("results"), **page}
            results.append(shown)
    errors = [_missing(source, missing)] if missing else None
    body = batch_answer(results, now, now, errors)
    return Answer(body=body, status=207 if missing else 200)


def batch_create(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Associate many pairs under given types. HubSpot contract §10."""
    source, target = _types(world, call)

    def perform(one: dict[str, Any], from_id: int, to_id: int) -> list[dict[str, Any]]:
        kinds = parse_types(world, source, target, one.get("types"))
        associate(world, from_id, [(kind, to_id) for kind in kinds], call.caller.source)
        return [_created(kinds, from_id, to_id)]

    return _batch(world, call, perform, status=201)


def batch_put_default(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Associate many pairs without a label. HubSpot contract §10."""
    kind = world.associations.types.default(*_types(world, call))

    def perform(one: dict[str, Any], from_id: int, to_id: int) -> list[dict[str, Any]]:
        associate(world, from_id, [(kind, to_id)], call.caller.source)
        return _default_results(kind, from_id, to_id)

    return _batch(world, call, perform, status=200)


def batch_archive(world: HubSpotWorld, call: ApiCall) -> Answer:
    """End all associations of many pairs; unknown ones are ignored. HubSpot contract §10."""
    source, target = _types(world, call)
    for one in _inputs(call, _MOST_WRITTEN):
        require_fields(one, "from", "to")
        ends = one.get("to")
        for end in ends if isinstance(ends, list) else [ends]:
            from_id, to_id = _end(one.get("from")), _end(end)
            if from_id.isdecimal() and to_id.isdecimal():
                dissociate(world, source, int(from_id), target, int(to_id), call.caller.source)
    return Answer(status=204)


def batch_archive_labels(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Take labels off many pairs. HubSpot contract §10."""
    source, target = _types(world, call)
    for one in _inputs(call, _MOST_WRITTEN):
        require_fields(one, "from", "to")
        kinds = parse_types(world, source, target, one.get("types"))
        from_id, to_id = _end(one.get("from")), _end(one.get("to"))
        if from_id.isdecimal() and to_id.isdecimal():
            unlabel(world, kinds, int(from_id), int(to_id), call.caller.source)
    return Answer(status=204)


def _types(world: HubSpotWorld, call: ApiCall) -> tuple[ObjectType, ObjectType]:
    return world.types.in_path(call.path["from"]), world.types.in_path(call.path["to"])


def _page(
    world: HubSpotWorld,
    source: ObjectType,
    record_id: int,
    target: ObjectType,
    after: str,
    limit: int,
) -> dict[str, Any]:
    if after and not after.isdecimal():
        raise validation_error(f"after is not valid: {after}")
    linked = [
        (target_id, kinds)
        for target_id, kinds in world.associations.targets(source, record_id, target).items()
        if target_id >= int(after or 0)
    ]
    body: dict[str, Any] = {
        "results": [
            {
                "toObjectId": target_id,
                "associationTypes": [
                    {"category": kind.category, "typeId": kind.id, "label": kind.label}
                    for kind in kinds
                ],
            }
            for target_id, kinds in linked[:limit]
        ]
    }
    if len(linked) > limit:
        body["paging"] = {"next": {"after": str(linked[limit][0])}}
    return body


def _created(kinds: list[AssociationType], from_id: int, to_id: int) -> dict[str, Any]:
    return {
        "fromObjectTypeId": kinds[0].source.id,
        "fromObjectId": from_id,
        "toObjectTypeId": kinds[0].target.id,
        "toObjectId": to_id,
        "labels": [kind.label for kind in kinds if kind.label],
    }


def _default_results(kind: AssociationType, from_id: int, to_id: int) -> list[dict[str, Any]]:
    there = {
        "from": {"id": str(from_id)},
        "to": {"id": str(to_id)},
        "associationSpec": {
            "associationCategory": kind.category,
            "associationTypeId": kind.id,
        },
    }
    back = {
        "from": {"id": str(to_id)},
        "to": {"id": str(from_id)},
        "associationSpec": {
            "associationCategory": kind.category,
            "associationTypeId": kind.inverse_id,
        },
    }
    return [there, back]


def _inputs(call: ApiCall, most: int) -> list[dict[str, Any]]:
    inputs = objects_in(call.object())
    if len(inputs) > most:
        raise validation_error(f"The maximum number of inputs in a batch is {most}.")
    return inputs


def _end(raw: object) -> str:
    if not isinstance(raw, dict):
        raise required_fields_missing("id")
    require_texts(raw, "id")
    return str(raw["id"])


def _missing(kind: ObjectType, ids: list[str]) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": some_not_found(kind.singular.upper()),
        "context": {"ids": ids},
    }


def _batch(
    world: HubSpotWorld,
    call: ApiCall,
    perform: Callable[[dict[str, Any], int, int], list[dict[str, Any]]],
    *,
    status: int,
) -> Answer:
    source, target = _types(world, call)
    now = world.clock.now()
    results: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    inputs = _inputs(call, _MOST_WRITTEN)
    for one in inputs:
        require_fields(one, "from", "to")
    for one in inputs:
        try:
            from_id = existing(world, source, _end(one.get("from"))).id
            to_id = existing(world, target, _end(one.get("to"))).id
            results += perform(one, from_id, to_id)
        except HubSpotError as error:
            errors.append(error.body)
    return Answer(body=batch_answer(results, now, now, errors), status=207 if errors else status)


_RECORD = "/crm/v4/objects/{from}/{id}/associations"
_BATCH = "/crm/v4/associations/{from}/{to}/batch"
_READ = ("crm.objects.{type}.read",)
_WRITE = ("crm.objects.{type}.write",)


def _route(method: str, path: str, handler: Callable[[HubSpotWorld, ApiCall], Answer]) -> ApiRoute:
    scopes = _READ if method == "GET" or path.endswith("/read") else _WRITE
    return ApiRoute(method=method, path=path, handler=handler, scopes=scopes)


ROUTES = (
    _route("PUT", f"{_RECORD}/default/{{to}}/{{to_id}}", put_default),
    _route("GET", f"{_RECORD}/{{to}}", read_associations),
    _route("PUT", f"{_RECORD}/{{to}}/{{to_id}}", put_labelled),
    _route("DELETE", f"{_RECORD}/{{to}}/{{to_id}}", delete_association),
    _route("POST", f"{_BATCH}/read", batch_read),
    _route("POST", f"{_BATCH}/create", batch_create),
    _route("POST", f"{_BATCH}/associate/default", batch_put_default),
    _route("POST", f"{_BATCH}/archive", batch_archive),
    _route("POST", f"{_BATCH}/labels/archive", batch_archive_labels),
)
