"""Lists themselves: ``/crm/v3/lists``. HubSpot contract §12."""

from __future__ import annotations

from typing import Any

from crmbridge_hubspot.simulator.errors import (
    HubSpotError,
    required_fields_missing,
    validation_error,
)
from crmbridge_hubspot.simulator.json_fields import require_texts, texts_in, whole_number
from crmbridge_hubspot.simulator.list_filters import compile_branch, matching_ids
from crmbridge_hubspot.simulator.list_folders import ROOT
from crmbridge_hubspot.simulator.lists import ProcessingType, RecordList
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld

_LONGEST_SEARCH_PAGE = 500


def create_list(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A new list; answers 200, not 201. HubSpot contract §12."""
    body = call.object()
    require_texts(body, "name", "objectTypeId", "processingType")
    processing = str(body["processingType"])
    if processing not in ProcessingType.__members__:
        raise validation_error(f"{processing} is not a processing type")
    kind = list_object_type(world, str(body["objectTypeId"]))
    branch = body.get("filterBranch")
    if processing == ProcessingType.MANUAL:
        branch = None
    elif not isinstance(branch, dict):
        raise required_fields_missing("filterBranch")
    else:
        compile_branch(branch, world.store(kind).properties)
    folder = world.folders.get(body.get("listFolderId") or ROOT)
    now = world.clock.now()
    created = world.lists.create(
        name=str(body["name"]),
        object_type=kind,
        processing_type=ProcessingType(processing),
        filter_branch=branch,
        created_by=str(call.caller.source.user_id or call.caller.source.id),
        at=now,
        folder_id=folder.id,
    )
    if created.processing_type is ProcessingType.SNAPSHOT:
        created.add(matching_ids(branch, world.store(kind)), now)
    return Answer(body={"list": _shown(world, call, created)})


def read_list(world: HubSpotWorld, call: ApiCall) -> Answer:
    """One list by id. HubSpot contract §12."""
    return Answer(body={"list": _shown(world, call, world.lists.get(call.path["id"]))})


def read_list_by_name(world: HubSpotWorld, call: ApiCall) -> Answer:
    """One list by its name. HubSpot contract §12."""
    kind = list_object_type(world, call.path["object_type_id"])
    found = world.lists.named(kind, call.path["name"])
    return Answer(body={"list": _shown(world, call, found)})


def read_lists(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The lists with the given ids; unknown ids are left out. HubSpot contract §12."""
    wanted = set(call.many("listIds"))
    found = [one for one in world.lists.all() if str(one.id) in wanted]
    return Answer(body={"lists": [_shown(world, call, one) for one in found]})


def search_lists(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Lists by part of their name, type or id, a page at a time. HubSpot contract §12."""
    body = call.object()
    offset, count = whole_number(body, "offset", 0), whole_number(body, "count", 20)
    if offset < 0:
        raise validation_error(f"offset must not be negative, was {offset}")
    if not 1 <= count <= _LONGEST_SEARCH_PAGE:
        raise validation_error(f"count must be from 1 to {_LONGEST_SEARCH_PAGE}, was {count}")
    query = str(body.get("query") or "").lower()
    types = set(texts_in(body, "processingTypes") or ProcessingType)
    ids = set(texts_in(body, "listIds"))
    matches = [
        one
        for one in world.lists.all()
        if query in one.name.lower()
        and one.processing_type in types
        and (not ids or str(one.id) in ids)
    ]
    page = matches[offset : offset + count]
    return Answer(
        body={
            "lists": [_search_result(world, one) for one in page],
            "hasMore": offset + count < len(matches),
            "offset": offset + len(page),
            "total": len(matches),
        }
    )


def rename_list(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Give a list another name. HubSpot contract §12."""
    found = world.lists.get(call.path["id"])
    name = call.text("listName")
    if not name:
        raise validation_error("listName is required")
    world.lists.rename(found, name, at=world.clock.now())
    return Answer(body={"updatedList": _shown(world, call, found)})


def change_filters(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Give a DYNAMIC list another filter. HubSpot contract §12."""
    found = world.lists.get(call.path["id"])
    branch = call.object().get("filterBranch")
    if not isinstance(branch, dict):
        raise required_fields_missing("filterBranch")
    if found.processing_type is not ProcessingType.DYNAMIC:
        raise validation_error(f"List {found.id} has no filters that could be changed.")
    compile_branch(branch, world.store(found.object_type).properties)
    found.filter_branch = branch
    found.version += 1
    found.updated_at = world.clock.now()
    return Answer(body={"updatedList": _shown(world, call, found)})


def delete_list(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Delete a list; it can be restored. HubSpot contract §12."""
    world.lists.get(call.path["id"]).deleted_at = world.clock.now()
    return Answer(status=204)


def restore_list(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Bring a deleted list back with its members. HubSpot contract §12."""
    world.lists.restore(call.path["id"], at=world.clock.now())
    return Answer(status=204)


def list_object_type(world: HubSpotWorld, type_id: str) -> ObjectType:
    """The object type of a list, by its id such as ``0-1``; 400 for any other text."""
    kind = world.types.named(type_id)
    if kind is None or kind.id != type_id:
        raise HubSpotError(
            400,
            f"{type_id} is not a valid object type for a list",
            category="VALIDATION_ERROR",
            sub_category="ListError.INVALID_OBJECT_TYPE_FOR_LIST",
        )
    return kind


def member_ids(world: HubSpotWorld, record_list: RecordList) -> list[int]:
    """Who is on a list right now, by id."""
    if record_list.processing_type is ProcessingType.DYNAMIC:
        return matching_ids(record_list.filter_branch, world.store(record_list.object_type))
    return sorted(record_list.members)


def _shown(world: HubSpotWorld, call: ApiCall, record_list: RecordList) -> dict[str, Any]:
    shown = record_list.to_json(len(member_ids(world, record_list)))
    if call.flag("includeFilters") and record_list.filter_branch is not None:
        shown["filterBranch"] = record_list.filter_branch
    return shown


def _search_result(world: HubSpotWorld, record_list: RecordList) -> dict[str, Any]:
    size = len(member_ids(world, record_list))
    shown = record_list.to_json(size)
    del shown["size"]
    return {**shown, "additionalProperties": {"hs_list_size": str(size)}}


_BASE = "/crm/v3/lists"
_READ = ("crm.lists.read",)
_WRITE = ("crm.lists.write",)

# The fixed words come before {id}: the first path that fits is taken.
ROUTES = (
    ApiRoute(method="POST", path=_BASE, handler=create_list, scopes=_WRITE),
    ApiRoute(method="GET", path=_BASE, handler=read_lists, scopes=_READ),
    ApiRoute(method="POST", path=f"{_BASE}/search", handler=search_lists, scopes=_READ),
    ApiRoute(
        method="GET",
        path=f"{_BASE}/object-type-id/{{object_type_id}}/name/{{name:path}}",
        handler=read_list_by_name,
        scopes=_READ,
    ),
    ApiRoute(method="GET", path=f"{_BASE}/{{id}}", handler=read_list, scopes=_READ),
    ApiRoute(method="DELETE", path=f"{_BASE}/{{id}}", handler=delete_list, scopes=_WRITE),
    ApiRoute(
        method="PUT", path=f"{_BASE}/{{id}}/update-list-name", handler=rename_list, scopes=_WRITE
    ),
    ApiRoute(
        method="PUT",
        path=f"{_BASE}/{{id}}/update-list-filters",
        handler=change_filters,
        scopes=_WRITE,
    ),
    ApiRoute(method="PUT", path=f"{_BASE}/{{id}}/restore", handler=restore_list, scopes=_WRITE),
)
