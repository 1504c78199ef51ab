"""What a portal offers: values to choose from, and a fingerprint of everything we touch."""

from __future__ import annotations

import hashlib
import json

from crmbridge.core import fields as f
from crmbridge_hubspot import mapping
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.layout import PROPERTIES
from crmbridge_hubspot.lists import NurtureLists
from crmbridge_hubspot.owned import TASK_PROPERTIES


def choices(client: HubSpotClient) -> dict[str, frozenset[str]]:
    """Canonical field → the values that the portal offers for it."""
    listed = client.get(PROPERTIES).body.get("results") or ()
    options = {
        item["name"]: frozenset(str(option["value"]) for option in item.get("options") or ())
        for item in listed
    }
    return {
        row.field: options.get(row.name, frozenset())
        for row in mapping.CONTACT
        if row.field in (f.LIFECYCLE, f.LEAD_STATUS)
    }


def offers(client: HubSpotClient, known: NurtureLists) -> str:
    """The same for portals that have the same properties and lists."""
    shape = [
        sorted(
            [
                item["name"],
                item.get("type"),
                item.get("hasUniqueValue"),
                (item.get("modificationMetadata") or {}).get("readOnlyValue"),
                sorted(
                    str(option["value"])
                    for option in item.get("options") or ()
                    if not option.get("hidden")
                ),
            ]
            for item in client.get(path).body.get("results") or ()
        )
        for path in (PROPERTIES, TASK_PROPERTIES)
    ]
    lists = sorted(known.look().items())
    return hashlib.sha256(json.dumps([shape, lists]).encode()).hexdigest()
