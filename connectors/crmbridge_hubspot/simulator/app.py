"""The simulated portal as one ASGI app."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from crmbridge.simulation import wrap
from crmbridge_hubspot.simulator import (
    routes_account,
    routes_association_labels,
    routes_associations,
    routes_batches,
    routes_event_definitions,
    routes_events,
    routes_list_folders,
    routes_list_mapping,
    routes_lists,
    routes_memberships,
    routes_oauth,
    routes_objects,
    routes_properties,
    routes_schemas,
    routes_search,
    routes_subscriptions,
    routes_subscriptions_v3,
)
from crmbridge_hubspot.simulator.routes_outside import visitor_routes
from crmbridge_hubspot.simulator.routes_portal import portal_routes
from crmbridge_hubspot.simulator.routes_trouble import trouble_routes
from crmbridge_hubspot.simulator.routing import build_api
from crmbridge_hubspot.simulator.world import HubSpotWorld

if TYPE_CHECKING:
    from starlette.types import ASGIApp

# Paths with fixed words come before those with a record id in their place.
API_ROUTES = tuple(
    chain(
        routes_search.ROUTES,
        routes_batches.ROUTES,
        routes_objects.ROUTES,
        routes_associations.ROUTES,
        routes_association_labels.ROUTES,
        routes_schemas.ROUTES,
        routes_properties.ROUTES,
        routes_memberships.ROUTES,
        routes_list_folders.ROUTES,
        routes_list_mapping.ROUTES,
        routes_lists.ROUTES,
        routes_account.ROUTES,
        routes_subscriptions.ROUTES,
        routes_subscriptions_v3.ROUTES,
        routes_oauth.ROUTES,
        routes_events.ROUTES,
        routes_event_definitions.ROUTES,
    )
)


def create_app(world: HubSpotWorld) -> ASGIApp:
    """HubSpot's API over ``world``, with the ``/__sim__/`` admin and visitor routes.

    Serve it with ``crmbridge.simulation.SimulatorServer``; without that server the drop and
    hold faults cannot work.
    """
    return wrap(
        build_api(world, API_ROUTES),
        clock=world.clock,
        faults=world.faults,
        calls=world.calls,
        token_label=lambda headers: world.access.label_of(headers.get("authorization")),
        admin=[*visitor_routes(world), *portal_routes(world), *trouble_routes(world)],
    )
