"""``POST /crm/v3/objects/{type}/search``. HubSpot contract §5."""

from __future__ import annotations

from typing import Any

from crmbridge_hubspot.simulator.rendering import envelope, next_page, show_values
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.search_request import parse_search, refuse_long_body
from crmbridge_hubspot.simulator.searching import find_page
from crmbridge_hubspot.simulator.world import HubSpotWorld


def search_records(world: HubSpotWorld, call: ApiCall) -> Answer:
    """One page of matches as the index knows them, never archived ones. HubSpot contract §5."""
    kind = world.types.in_path(call.path["type"])
    registry = world.store(kind).properties
    refuse_long_body(call.raw_body)
    search = parse_search(call.object(), registry)
    total, page = find_page(world, kind, search)
    end = search.after + search.limit
    body: dict[str, Any] = {
        "total": total,
        "results": [
            envelope(
                record.id,
                show_values(registry, record.values, search.properties),
                record.created_at,
                record.updated_at,
                archived=False,
            )
            for record in page
        ],
    }
    if end < total:
        # At the very end of the window the next page is offered all the same: asking for it
        # is the caller's mistake.
        body["paging"] = next_page(str(end), f"/crm/v3/objects/{kind.plural}/search")
    return Answer(body=body)


ROUTES = (
    ApiRoute(
        method="POST",
        path="/crm/v3/objects/{type}/search",
        handler=search_records,
        scopes=("crm.objects.{type}.read",),
        search=True,
    ),
)
