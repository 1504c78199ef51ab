"""HubSpot MANUAL lists of contacts, the places of nurture tracks. HubSpot contract §12."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crmbridge_hubspot.client import HubSpotClient

NURTURE_PREFIX = "NL-"
"""Names that begin so are reserved for nurture lists; the rule book allows no others."""

_CONTACTS = "0-1"
MANUAL = "MANUAL"
_PAGE = 250
CHUNK = 500
"""Ids in one membership call; HubSpot names no limit, so a modest number."""


class NurtureLists:
    """Which list of the portal is which of the rule book's, by name.

    A list stays itself under another name: once its id is known the name in HubSpot is no more
    than a label, until the list is deleted or its filter decides. Then a list of the old name
    takes the place.
    """

    def __init__(self, client: HubSpotClient) -> None:
        self._client = client
        self._ids: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._others: dict[str, str] = {}

    def recognise(self, known: Mapping[str, str]) -> None:
        """Name → id as they were found at some time before."""
        self._ids = dict(known)

    def look(self) -> dict[str, str]:
        """Name → id of every MANUAL contact list that is known or whose name has the reserved
        prefix, asked of the portal; one call, or two where one bears another name now."""
        shown = self._search({"query": NURTURE_PREFIX})
        lost = sorted(set(self._ids.values()) - {str(item["listId"]) for item in shown})
        if lost:
            shown += self._search({"listIds": lost})
        kinds = {str(item["name"]): str(item["processingType"]) for item in shown}
        labels = {
            str(item["listId"]): str(item["name"])
            for item in shown
            if item["processingType"] == MANUAL
        }
        bound = {name: identity for name, identity in self._ids.items() if identity in labels}
        for identity, label in sorted(labels.items()):
            if label.startswith(NURTURE_PREFIX) and identity not in bound.values():
                bound.setdefault(label, identity)
        self._ids, self._labels = bound, labels
        self._others = {name: kind for name, kind in kinds.items() if kind != MANUAL}
        return dict(bound)

    def id_of(self, name: str) -> str | None:
        """The list's id as last seen; asks the portal where the name is new."""
        if name not in self._ids:
            self.look()
        return self._ids.get(name)

    def label(self, name: str) -> str | None:
        """What the list was called in HubSpot when last looked at; ``None`` if it is not there."""
        return self._labels.get(self._ids.get(name, ""))

    def unfit(self, name: str) -> str:
        """How a list of this name decides about its members by itself, such as ``DYNAMIC``,
        when last looked at; empty where there is none."""
        return self._others.get(name, "")

    def _search(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The lists of contacts among those ``wanted``."""
        found: list[dict[str, Any]] = []
        offset = 0
        while True:
            body = {**wanted, "offset": offset, "count": 500}
            reply = self._client.post("/crm/v3/lists/search", body)
            shown = reply.body.get("lists") or ()
            found += [item for item in shown if item["objectTypeId"] == _CONTACTS]
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
    body = {"name": name, "objectTypeId": _CONTACTS, "processingType": MANUAL}
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
