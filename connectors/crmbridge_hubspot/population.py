"""Who shows a stage: one search by that property, page by page. HubSpot contract §5.

Each page begins behind the last id, so that the 10,000 objects that one search gives out are no
bound; the search's index lags by seconds to minutes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref
from crmbridge.errors import RejectedRecord
from crmbridge.ports import Population
from crmbridge_hubspot import mapping
from crmbridge_hubspot.batches import CONTACTS
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.layout import PROPERTIES

_PAGE: Final = 200
_STAGE: Final = mapping.property_of(ObjectType.CONTACT, f.STAGE).name


def read_population(client: HubSpotClient, stages: Collection[str]) -> Population:
    """The contacts in these stages; a search per 200 of them, and one where there is nobody."""
    shown: dict[Ref, str] = {}
    # Text in a list must be lower-case; the comparison itself looks at no case.
    wanted = sorted(stage.lower() for stage in stages)
    after = "0"
    while True:
        try:
            body = _search(client, wanted, after)
        except RejectedRecord:
            if _is_there(client):
                raise
            return Population(hidden=frozenset({ObjectType.CONTACT}))
        found = list(body.get("results") or ())
        for item in found:
            stage = mapping.values(ObjectType.CONTACT, item["properties"]).get(f.STAGE)
            if isinstance(stage, str):
                shown[mapping.ref(ObjectType.CONTACT, str(item["id"]))] = stage
        if len(found) >= int(body.get("total") or 0):
            return Population(shown=shown)
        after = str(found[-1]["id"])


def _search(client: HubSpotClient, wanted: list[str], after: str) -> dict[str, Any]:
    filters = [
        {"propertyName": _STAGE, "operator": "IN", "values": wanted},
        {"propertyName": "hs_object_id", "operator": "GT", "value": after},
    ]
    body = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": [_STAGE],
        "limit": _PAGE,
    }
    return client.post(f"{CONTACTS}/search", body).body


def _is_there(client: HubSpotClient) -> bool:
    """Whether the portal has the property: a search for one that it lacks is refused in words
    that are not documented."""
    listed = client.get(PROPERTIES).body.get("results") or ()
    return any(item["name"] == _STAGE for item in listed)
