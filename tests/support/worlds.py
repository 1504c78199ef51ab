"""What both simulated CRMs hold of people, whatever the instants and hands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from company import Company

from crmbridge_hubspot.simulator.object_types import CONTACTS, TASKS

_STAMPS = {
    *("LastModifiedDate", "LastModifiedById", "SystemModstamp", "LastActivityDate"),
    *("lastmodifieddate", "hs_object_source_detail_1", "hs_lastmodifieddate"),
}

Shown = dict[str, dict[str, Any]]


def shown_by_both(people: Company) -> Shown:
    """Record → every value of every living lead, contact and task in Salesforce, of every living
    contact in HubSpot with the lists it is on, and of every open task there; stamps left out."""
    return {**_org(people), **_portal(people)}


def _org(people: Company) -> Shown:
    store = people.sandbox.salesforce_world.store
    return {
        row["Id"]: _lasting(row)
        for name in ("Lead", "Contact", "Task")
        for row in store.table(name).rows()
        if not row.get("IsDeleted")
    }


def _portal(people: Company) -> Shown:
    world = people.sandbox.hubspot_world
    lists = [each for each in world.lists.all() if each.name.startswith("NL-")]
    found: Shown = {}
    for record in world.store(CONTACTS):
        on = sorted(each.name for each in lists if record.id in each.members)
        found[f"contact/{record.id}"] = {**_lasting(record.values), "lists": on}
    for record in world.store(TASKS):
        found[f"task/{record.id}"] = _lasting(record.values)
    return found


def _lasting(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in values.items()
        if name not in _STAMPS
        and not name.startswith(("hs_v2_", "hs_lifecyclestage_"))
        and value not in (None, "")
    }
