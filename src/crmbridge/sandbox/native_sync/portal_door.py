"""The native sync at HubSpot's door: what changed there, who is on the inclusion list, and writes
whose source is SALESFORCE, as the connector's are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmbridge.sandbox.native_sync.refusal import checked
from crmbridge.simulation import SimulatorClient

TOKEN_LABEL = "native-salesforce-sync"  # noqa: S105 # a label, not a token
LEAD_ID, CONTACT_ID = "salesforceleadid", "salesforcecontactid"
ACCOUNT_ID, OWNER_ID, DELETED = "salesforceaccountid", "salesforceownerid", "salesforcedeleted"
DEAL_ID, DEAL_STAGE = "hs_salesforceopportunityid", "salesforceopportunitystage"
_TRACES = (LEAD_ID, CONTACT_ID, ACCOUNT_ID, OWNER_ID, DELETED, DEAL_STAGE)
_ALWAYS = ("email", "hubspot_owner_id", "lastmodifieddate", *_TRACES)
_OBJECTS = "/crm/v3/objects"
_PAGE, _BATCH, _MOST = 200, 100, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalContact:
    """A contact; ``values`` are "" where they are blank."""

    id: str
    values: dict[str, str]

    @property
    def modified_at(self) -> datetime:
        """When it was last changed."""
        return datetime.fromisoformat(self.values["lastmodifieddate"])

    @property
    def sales_id(self) -> str:
        """The Salesforce record that it is synced with: the contact, else the lead, else ""."""
        return self.values[CONTACT_ID] or self.values[LEAD_ID]


class PortalDoor:
    """The portal as the connector sees it; reads contacts with ``properties``."""

    def __init__(self, portal: SimulatorClient, properties: Iterable[str]) -> None:
        self._portal = portal
        self._names = sorted({*properties, *_ALWAYS})

    def find_or_make_list(self, name: str, property_name: str, values: Sequence[str]) -> str:
        """The id of the active list of everyone whose property has one of the values."""
        found = self._portal.get(f"/crm/v3/lists/object-type-id/0-1/name/{name}")
        if found.status_code == 200:
            return str(found.json()["list"]["listId"])
        condition = {
            "filterType": "PROPERTY",
            "property": property_name,
            "operation": {
                "operationType": "ENUMERATION",
                "operator": "IS_ANY_OF",
                "values": list(values),
            },
        }
        every = {"filterBranchType": "AND", "filterBranches": [], "filters": [condition]}
        made = self._portal.post(
            "/crm/v3/lists/",
            {
                "name": name,
                "objectTypeId": "0-1",
                "processingType": "DYNAMIC",
                "filterBranch": {
                    "filterBranchType": "OR",
                    "filterBranches": [every],
                    "filters": [],
                },
            },
        )
        return str(checked(made)["list"]["listId"])

    def members(self, list_id: str) -> set[str]:
        """Who is on a list now."""
        found: set[str] = set()
        after: str | None = None
        while True:
            path = f"/crm/v3/lists/{list_id}/memberships"
            page = checked(self._portal.get(path, limit=250, after=after))
            found |= {str(row["recordId"]) for row in page["results"]}
            after = page.get("paging", {}).get("next", {}).get("after")
            if after is None:
                return found

    def changed(self, since: datetime) -> set[str]:
        """The contacts that were changed since, by anybody."""
        return {each["id"] for each in self._search("lastmodifieddate", "GTE", since)}

    def linked(self) -> dict[str, str]:
        """Salesforce id → contact, of all that were linked before."""
        found: dict[str, str] = {}
        for name in (LEAD_ID, CONTACT_ID):
            for each in self._search(name, "HAS_PROPERTY", None):
                found[each["properties"][name]] = each["id"]
        return found

    def read(self, ids: Iterable[str], id_property: str | None = None) -> list[PortalContact]:
        """These contacts, by id or by another unique property; missing ones are left out."""
        found: list[PortalContact] = []
        ordered = sorted(ids)
        for start in range(0, len(ordered), _BATCH):
            body: dict[str, Any] = {
                "inputs": [{"id": each} for each in ordered[start : start + _BATCH]],
                "properties": self._names,
            }
            if id_property:
                body["idProperty"] = id_property
            answer = checked(self._portal.post(f"{_OBJECTS}/contacts/batch/read", body))
            found += [self._contact(each) for each in answer["results"]]
        return found

    def owners(self) -> dict[str, str]:
        """HubSpot owner → address, in lower case."""
        answer = checked(self._portal.get("/crm/v3/owners/", limit=500))
        return {str(each["id"]): str(each["email"] or "").lower() for each in answer["results"]}

    def offer(self, property_name: str, values: Sequence[str]) -> None:
        """Have a choice offer these values too, as an administrator who maps it does; nothing
        where it is no choice."""
        path = f"/crm/v3/properties/contacts/{property_name}"
        known = checked(self._portal.get(path))
        if known["type"] != "enumeration":
            return
        options = list(known["options"])
        offered = {each["value"] for each in options}
        missing = [value for value in values if value not in offered]
        if missing:
            options += [{"label": value, "value": value} for value in missing]
            checked(self._portal.call("PATCH", path, {"options": options}))

    def write(self, record_id: str, properties: dict[str, str], kind: str = "contacts") -> None:
        """Change a record and stamp it; raises ``Refusal``."""
        self._sync({"object": kind, "id": record_id, "properties": properties})

    def create(self, properties: dict[str, str], kind: str = "contacts") -> str:
        """Make a record; raises ``Refusal``."""
        body = {"object": kind, "create": True, "properties": properties}
        return str(self._sync(body)["id"])

    def associate(self, deal_id: str, contact_id: str) -> None:
        """Put a contact to a deal."""
        path = f"/crm/v4/objects/deals/{deal_id}/associations/default/contacts/{contact_id}"
        checked(self._portal.call("PUT", path))

    def deals(self) -> dict[str, str]:
        """Opportunity → deal, of all that were copied before."""
        found = self._search(DEAL_ID, "HAS_PROPERTY", None, kind="deals")
        return {each["properties"][DEAL_ID]: each["id"] for each in found}

    def _sync(self, body: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = checked(self._portal.post("/__sim__/native-sync", body))
        return made

    def _contact(self, item: dict[str, Any]) -> PortalContact:
        told = item["properties"]
        values = {name: str(told.get(name) or "") for name in self._names}
        return PortalContact(id=str(item["id"]), values=values)

    def _search(
        self, name: str, operator: str, since: datetime | None, kind: str = "contacts"
    ) -> Iterator[dict[str, Any]]:
        """Everything found, however much: beyond 10,000 results on from the last id."""
        wanted: dict[str, Any] = {"propertyName": name, "operator": operator}
        if since is not None:
            wanted["value"] = str(int(since.timestamp() * 1000))
        last = ""
        while True:
            beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": last}
            filters = [wanted, beyond] if last else [wanted]
            after = 0
            while after < _MOST:
                body = {
                    "filterGroups": [{"filters": filters}],
                    "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                    "properties": [name],
                    "limit": _PAGE,
                    "after": str(after),
                }
                results = checked(self._portal.post(f"{_OBJECTS}/{kind}/search", body))["results"]
                yield from results
                if len(results) < _PAGE:
                    return
                last, after = str(results[-1]["id"]), after + _PAGE
