"""A marketer at work in HubSpot, with a token of their own: sometimes right, sometimes not."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from crmbridge.simulation import SimulatorClient

_HOUR = 10
"""UTC hour of the weekly hour in the lists."""


class MarketerAtWork:
    """Once a week: takes somebody off a nurture list, puts somebody on one who does not
    belong there, and sets somebody's life-cycle stage by hand."""

    def __init__(self, portal: SimulatorClient, seed: int) -> None:
        self._portal = portal
        self._seed = seed
        self._done: set[int] = set()
        self.removed: set[tuple[str, str]] = set()

    def act(self, now: datetime) -> None:
        """Work if it is Wednesday's hour; otherwise cost nothing."""
        week = now.toordinal() // 7
        if now.weekday() != 2 or now.hour != _HOUR or week in self._done:
            return
        self._done.add(week)
        dice = random.Random(f"marketer/{self._seed}/{week}")
        lists = self._lists()
        filled = [(name, ids) for name, ids in sorted(lists.items()) if ids[1]]
        if filled:
            name, (identity, members) = dice.choice(filled)
            contact = dice.choice(members)
            self._put(f"/crm/v3/lists/{identity}/memberships/remove", [contact])
            self.removed.add((name, contact))
        strangers = self._contacts("salesqualifiedlead")
        if strangers and lists:
            identity, _ = lists[dice.choice(sorted(lists))]
            self._put(f"/crm/v3/lists/{identity}/memberships/add", [dice.choice(strangers)])
        touched = self._contacts("marketingqualifiedlead")
        if touched:
            contact = dice.choice(touched)
            body = {"properties": {"hs_lead_status": "NEW"}}
            path = f"/crm/v3/objects/contacts/{contact}"
            self._portal.call("PATCH", path, body).raise_for_status()

    def _lists(self) -> dict[str, tuple[str, list[str]]]:
        """Nurture list → its id and members."""
        answer = self._portal.post("/crm/v3/lists/search", {"query": "NL-", "count": 100})
        answer.raise_for_status()
        found: dict[str, tuple[str, list[str]]] = {}
        for item in answer.json()["lists"]:
            members = self._portal.get(f"/crm/v3/lists/{item['listId']}/memberships", limit=250)
            members.raise_for_status()
            ids = [str(row["recordId"]) for row in members.json()["results"]]
            found[item["name"]] = (str(item["listId"]), sorted(ids))
        return found

    def _contacts(self, stage: str) -> list[str]:
        """Some contacts in a life-cycle stage."""
        wanted: dict[str, Any] = {
            "propertyName": "lifecyclestage",
            "operator": "EQ",
            "value": stage,
        }
        answer = self._portal.post(
            "/crm/v3/objects/contacts/search",
            {"filterGroups": [{"filters": [wanted]}], "properties": [], "limit": 20},
        )
        answer.raise_for_status()
        return sorted(str(item["id"]) for item in answer.json()["results"])

    def _put(self, path: str, body: Any) -> None:
        self._portal.call("PUT", path, body).raise_for_status()
