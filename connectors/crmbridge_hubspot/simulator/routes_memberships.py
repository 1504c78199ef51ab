"""Who is on which list: ``/crm/v3/lists/{id}/memberships``. HubSpot contract §12."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crmbridge_hubspot.simulator.errors import invalid_json, validation_error
from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.json_fields import is_text, objects_in
from crmbridge_hubspot.simulator.lists import Membership, RecordList, refuse_dynamic
from crmbridge_hubspot.simulator.membership_pages import Member, member_page
from crmbridge_hubspot.simulator.rendering import batch_answer
from crmbridge_hubspot.simulator.routes_lists import list_object_type, member_ids
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld

_LONGEST_PAGE = 250
_MOST_AT_ONCE = 100_000


def add_members(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Put records on a list; members and unknown ids are passed over. HubSpot contract §12."""
    return _change(world, call, add=_ids(call.json()), remove=[])


def remove_members(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Take records off a list; others are passed over. HubSpot contract §12."""
    return _change(world, call, add=[], remove=_ids(call.json()))


def add_and_remove_members(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Both at once. HubSpot contract §12."""
    body = call.object()
    return _change(
        world,
        call,
        add=_ids(body.get("recordIdsToAdd") or []),
        remove=_ids(body.get("recordIdsToRemove") or []),
    )


def add_members_of(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Put all members of another list on a list; 204. HubSpot contract §12."""
    found = world.lists.get(call.path["id"])
    other = world.lists.get(call.path["source_id"])
    refuse_dynamic(found)
    if other.object_type is not found.object_type:
        raise validation_error(f"List {other.id} holds records of another object type.")
    found.add(_bounded(member_ids(world, other), other), world.clock.now())
    return Answer(status=204)


def remove_all_members(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Empty a list, which stays; 204. HubSpot contract §12."""
    found = world.lists.get(call.path["id"])
    refuse_dynamic(found)
    found.remove(_bounded(found.members, found))
    return Answer(status=204)


def list_members(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A page of members by record id, with an opaque cursor. HubSpot contract §12."""
    return _page(world, call, by_join=False)


def list_members_by_join(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A page of members by the time they joined. HubSpot contract §12."""
    return _page(world, call, by_join=True)


def lists_of_record(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The lists one record is on. HubSpot contract §12."""
    results = _lists_of(world, call.path["object_type_id"], call.path["record_id"])
    return Answer(body={"results": results, "total": len(results)})


def lists_of_records(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The lists of several records. HubSpot contract §12."""
    results = [
        {
            **one,
            "recordListMemberships": _lists_of(
                world, str(one.get("objectTypeId")), str(one.get("recordId"))
            ),
        }
        for one in objects_in(call.object())
    ]
    now = world.clock.now()
    return Answer(body=batch_answer(results, now, now))


def _ids(raw: object) -> list[str]:
    if not isinstance(raw, list) or not all(map(is_text, raw)):
        raise invalid_json(
            "Invalid input JSON on line 1, column 1: an array of record ids was expected"
        )
    return list(dict.fromkeys(str(one) for one in raw))


def _change(world: HubSpotWorld, call: ApiCall, *, add: list[str], remove: list[str]) -> Answer:
    found = world.lists.get(call.path["id"])
    refuse_dynamic(found)
    store = world.store(found.object_type)
    known = {one: one.isdecimal() and store.get(int(one)) is not None for one in (*add, *remove)}
    added = found.add((int(one) for one in add if known[one]), world.clock.now())
    removed = found.remove(int(one) for one in remove if known[one])
    return Answer(
        body={
            "recordsIdsAdded": _texts(added),
            "recordIdsRemoved": _texts(removed),
            "recordIdsMissing": [one for one, is_known in known.items() if not is_known],
        }
    )


def _bounded(record_ids: Iterable[int], record_list: RecordList) -> list[int]:
    members = list(record_ids)
    if len(members) >= _MOST_AT_ONCE:
        raise validation_error(
            f"List {record_list.id} has {_MOST_AT_ONCE} members or more: too many for this call."
        )
    return members


def _texts(record_ids: Iterable[int]) -> list[str]:
    return [str(record_id) for record_id in record_ids]


def _since(found: RecordList, record_id: int, world: HubSpotWorld) -> Membership:
    membership = found.members.get(record_id)
    if membership is not None:
        return membership
    # A DYNAMIC list's members are worked out on the spot; they joined at the latest when
    # they last changed.
    record = world.store(found.object_type).get(record_id)
    at = record.updated_at if record else found.created_at
    return Membership(first_added=at, last_added=at)


def _page(world: HubSpotWorld, call: ApiCall, *, by_join: bool) -> Answer:
    found = world.lists.get(call.path["id"])
    members = [
        Member(id=record_id, since=iso(_since(found, record_id, world).last_added))
        for record_id in member_ids(world, found)
    ]
    body = member_page(
        members,
        by_join=by_join,
        limit=call.number("limit", default=100, most=_LONGEST_PAGE),
        after=call.text("after"),
        before=call.text("before"),
    )
    return Answer(body=body)


def _lists_of(world: HubSpotWorld, type_id: str, record_text: str) -> list[dict[str, Any]]:
    kind = list_object_type(world, type_id)
    record_id = int(record_text) if record_text.isdecimal() else 0
    results = []
    for one in world.lists.all():
        if one.object_type is not kind or record_id not in member_ids(world, one):
            continue
        since = _since(one, record_id, world)
        results.append(
            {
                "listId": str(one.id),
                "listVersion": one.version,
                "firstAddedTimestamp": iso(since.first_added),
                "lastAddedTimestamp": iso(since.last_added),
            }
        )
    return results


_BASE = "/crm/v3/lists"
_READ = ("crm.lists.read",)
_WRITE = ("crm.lists.write",)
_MEMBERS = f"{_BASE}/{{id}}/memberships"

ROUTES = (
    ApiRoute(
        method="POST",
        path=f"{_BASE}/records/memberships/batch/read",
        handler=lists_of_records,
        scopes=_READ,
    ),
    ApiRoute(
        method="GET",
        path=f"{_BASE}/records/{{object_type_id}}/{{record_id}}/memberships",
        handler=lists_of_record,
        scopes=_READ,
    ),
    ApiRoute(method="GET", path=_MEMBERS, handler=list_members, scopes=_READ),
    ApiRoute(method="DELETE", path=_MEMBERS, handler=remove_all_members, scopes=_WRITE),
    ApiRoute(
        method="PUT",
        path=f"{_MEMBERS}/add-from/{{source_id}}",
        handler=add_members_of,
        scopes=_WRITE,
    ),
    ApiRoute(
        method="GET", path=f"{_MEMBERS}/join-order", handler=list_members_by_join, scopes=_READ
    ),
    ApiRoute(method="PUT", path=f"{_MEMBERS}/add", handler=add_members, scopes=_WRITE),
    ApiRoute(method="PUT", path=f"{_MEMBERS}/remove", handler=remove_members, scopes=_WRITE),
    ApiRoute(
        method="PUT",
        path=f"{_MEMBERS}/add-and-remove",
        handler=add_and_remove_members,
        scopes=_WRITE,
    ),
)
