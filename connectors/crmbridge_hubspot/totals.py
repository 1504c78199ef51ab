"""How many contacts there are of a kind, without reading them. HubSpot contract §5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmbridge_hubspot.batches import CONTACTS
from crmbridge_hubspot.client import HubSpotClient

Filter = Mapping[str, str]
"""Property, operator and value, as a search takes them."""


def total(client: HubSpotClient, *groups: Sequence[Filter]) -> int:
    """The contacts that meet every filter of one of the ``groups``; one search, whose index lags
    by seconds to minutes."""
    body = {
        "filterGroups": [{"filters": list(filters)} for filters in groups],
        "properties": ["hs_object_id"],
        "limit": 1,
    }
    return int(client.post(f"{CONTACTS}/search", body).body.get("total") or 0)
