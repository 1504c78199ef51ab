"""Who is on which list: ``/crm/v3/lists/{id}/memberships``. HubSpot contract §12."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from crmbridge_hubspot.simulator.errors import invalid_json, validation_error
from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.json_fields import objects_in
from crmbridge_hubspot.simulator.lists import RecordList, refuse_dynamic
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
    found = world.lists.get(call.path["id"])
    members = [
        (record_id, _since(found, record_id, world)) for record_id in member_ids(world, found)
    ]
    return _page(call, members)


def list_members_by_join(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A page of members by the time they joined. HubSpot contract §12."""
    found = world.lists.get(call.path["id"])
    members = [
        (record_id, _since(found, record_id, world)) for record_id in member_ids(world, found)
    ]
    return _page(call, sorted(members, key=lambda member: (member[1], member[0])))


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
    if not isinstance(raw, list):
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


def _since(found: RecordList, record_id: int, world: HubSpotWorld) -> str:
    membership = found.members.get(record_id)
    if membership is not None:
        return iso(membership.last_added)
    # A DYNAMIC list's members are worked out on the spot; they joined at the latest when
    # they last changed.
    record = world.store(found.object_type).get(record_id)
    return iso(record.updated_at if record else found.created_at)


def _page(call: ApiCall, members: list[tuple[int, str]]) -> Answer:
    limit = call.number("limit", default=100, most=_LONGEST_PAGE)
    start = 0
    after = call.text("after")
    if after:
        last = _decode(after)
        places = [place for place, member in enumerate(members) if member[0] == last]
        # The member the cursor points at may have left meanwhile: go on at the next id.
        start = (
            places[0] + 1
            if places
            else next((p for p, member in enumerate(members) if member[0] > last), len(members))
        )
    page = members[start : start + limit]
    body: dict[str, Any] = {
        "results": [
            {"recordId": str(record_id), "membershipTimestamp": since} for record_id, since in page
        ],
        "total": len(members),
    }
    if start + limit < len(members):
        body["paging"] = {"next": {"after": _encode(page[-1][0])}}
    return Answer(body=body)


def _encode(record_id: int) -> str:
    return base64.urlsafe_b64encode(f"member:{record_id}".encode()).decode()


def _decode(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("member:"))
    except (binascii.Error, ValueError):
        raise validation_error("after is not a cursor of this resource") from None


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
                "firstAddedTimestamp": since,
                "lastAddedTimestamp": since,
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
