"""The ids that contact lists had in the first lists API: ``/crm/v3/lists/idmapping``.

HubSpot contract §12: they are not the ids of today. Only lists of contacts have one.
"""

from __future__ import annotations

from typing import Any

from crmbridge_hubspot.simulator.errors import HubSpotError, invalid_json
from crmbridge_hubspot.simulator.json_fields import is_text
from crmbridge_hubspot.simulator.object_types import CONTACTS
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld

# Any number will do that keeps the two kinds of ids apart.
_LEGACY_FROM = 7_000


def map_one(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The list with this legacy id; 404 if there is none. HubSpot contract §12."""
    legacy = call.text("legacyListId")
    found = _mapped(world, legacy)
    if found is None:
        raise HubSpotError(
            404, f"No list has the legacy list ID {legacy}.", category="OBJECT_NOT_FOUND"
        )
    return Answer(body=found)


def map_many(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The lists with these legacy ids, and the ids that none has. HubSpot contract §12."""
    wanted = call.json()
    if not isinstance(wanted, list) or not all(map(is_text, wanted)):
        raise invalid_json("Invalid input JSON on line 1, column 1: an array of ids was expected")
    found = {str(one): _mapped(world, str(one)) for one in wanted}
    return Answer(
        body={
            "legacyListIdsToIdsMapping": [one for one in found.values() if one],
            "missingLegacyListIds": [legacy for legacy, one in found.items() if not one],
        }
    )


def _mapped(world: HubSpotWorld, legacy: str) -> dict[str, Any] | None:
    for one in world.lists.all():
        if one.object_type is CONTACTS and str(one.id + _LEGACY_FROM) == legacy:
            return {"legacyListId": legacy, "listId": str(one.id)}
    return None


_BASE = "/crm/v3/lists/idmapping"
_READ = ("crm.lists.read",)

ROUTES = (
    ApiRoute(method="GET", path=_BASE, handler=map_one, scopes=_READ),
    ApiRoute(method="POST", path=_BASE, handler=map_many, scopes=_READ),
)
