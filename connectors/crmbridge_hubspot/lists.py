"""HubSpot MANUAL lists of contacts, the places of nurture tracks. HubSpot contract §12."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crmbridge_hubspot.client import HubSpotClient

NURTURE_PREFIX = "NL-"
"""Names that begin so are reserved for nurture lists; the rule book allows no others."""

_CONTACTS = "0-1"
_PAGE = 250
CHUNK = 500
"""Ids in one membership call; HubSpot names no limit, so a modest number."""


def nurture_lists(client: HubSpotClient) -> dict[str, str]:
    """Name → id of every MANUAL contact list whose name has the reserved prefix."""
    found: dict[str, str] = {}
    offset = 0
    while True:
        reply = client.post(
            "/crm/v3/lists/search",
            {
                "query": NURTURE_PREFIX,
                "processingTypes": ["MANUAL"],
                "offset": offset,
                "count": 500,
            },
        )
        for item in reply.body.get("lists") or ():
            if item["name"].startswith(NURTURE_PREFIX) and item["objectTypeId"] == _CONTACTS:
                found[item["name"]] = str(item["listId"])
        if not reply.body.get("hasMore"):
            return found
        offset = int(reply.body["offset"])


def member_ids(client: HubSpotClient, identity: str) -> tuple[list[str], datetime]:
    """The ids of all members in order, and the portal's time of the last reading."""
    found: list[str] = []
    after: str | None = None
    while True:
        reply = client.get(f"/crm/v3/lists/{identity}/memberships", limit=_PAGE, after=after)
        found += [str(item["recordId"]) for item in reply.body.get("results") or ()]
        after = ((reply.body.get("paging") or {}).get("next") or {}).get("after")
        if not after:
            return sorted(found), reply.at


def create_list(client: HubSpotClient, name: str) -> None:
    """Make a MANUAL list of contacts."""
    body = {"name": name, "objectTypeId": _CONTACTS, "processingType": "MANUAL"}
    client.post("/crm/v3/lists/", body)


def change_members(
    client: HubSpotClient, identity: str, ids: Sequence[str], *, add: bool
) -> frozenset[str]:
    """Add or remove members; repeating it changes nothing. The ids that HubSpot does not know."""
    missing: set[str] = set()
    verb = "add" if add else "remove"
    for begin in range(0, len(ids), CHUNK):
        portion = list(ids[begin : begin + CHUNK])
        reply = client.put(f"/crm/v3/lists/{identity}/memberships/{verb}", portion)
        missing |= {str(i) for i in reply.body.get("recordIdsMissing") or ()}
    return frozenset(missing)
