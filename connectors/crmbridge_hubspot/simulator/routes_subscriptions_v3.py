"""Communication preferences v3, which the vendor's clients speak. HubSpot contract §13 and §14.

It knows one subscription type at a time and only "subscribed" or not; who opted out cannot be
subscribed again here.
"""

from __future__ import annotations

from typing import Any

from crmbridge_hubspot.simulator.engagement import subscribe
from crmbridge_hubspot.simulator.errors import validation_error
from crmbridge_hubspot.simulator.json_fields import require_texts
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.subscriptions import (
    LEGAL_BASES,
    SUBSCRIPTION_TYPES,
    SubscriptionState,
    SubscriptionStatus,
    SubscriptionType,
    subscription_type,
)
from crmbridge_hubspot.simulator.world import HubSpotWorld


def subscription_definitions(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The portal's subscription types. HubSpot contract §13."""
    shown = [kind.to_json(world.made_at) for kind in SUBSCRIPTION_TYPES]
    return Answer(body={"subscriptionDefinitions": shown})


def read_statuses(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Whether an address is subscribed to each type. HubSpot contract §13."""
    email = call.path["email"]
    statuses = world.subscriptions.statuses(email, world.clock.now())
    return Answer(
        body={
            "recipient": email,
            "subscriptionStatuses": [_shown(world, email, one) for one in statuses],
        }
    )


def subscribe_address(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Subscribe an address that has not opted out. HubSpot contract §13."""
    email, kind = _asked(call)
    if _state(world, email, kind) is SubscriptionState.UNSUBSCRIBED:
        raise validation_error(
            f"{email} has unsubscribed from {kind.name} and cannot be subscribed again."
        )
    return _set(world, call, email, kind, SubscriptionState.SUBSCRIBED)


def unsubscribe_address(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Unsubscribe an address from one type. HubSpot contract §13."""
    email, kind = _asked(call)
    return _set(world, call, email, kind, SubscriptionState.UNSUBSCRIBED)


def _asked(call: ApiCall) -> tuple[str, SubscriptionType]:
    body = call.object()
    require_texts(body, "emailAddress", "subscriptionId")
    kind = subscription_type(body["subscriptionId"])
    if kind is None:
        raise validation_error(f"Subscription {body['subscriptionId']} does not exist")
    basis = body.get("legalBasis")
    if basis is not None and basis not in LEGAL_BASES:
        raise validation_error(f"{basis} is not a legal basis")
    return str(body["emailAddress"]), kind


def _state(world: HubSpotWorld, email: str, kind: SubscriptionType) -> SubscriptionState:
    statuses = world.subscriptions.statuses(email, world.clock.now())
    return next(one.state for one in statuses if one.subscription == kind)


def _set(
    world: HubSpotWorld,
    call: ApiCall,
    email: str,
    kind: SubscriptionType,
    state: SubscriptionState,
) -> Answer:
    body = call.object()
    status = subscribe(
        world,
        email,
        subscription=kind,
        state=state,
        source=call.caller.source,
        legal_basis=body.get("legalBasis"),
        legal_basis_explanation=body.get("legalBasisExplanation"),
    )
    return Answer(body=_shown(world, email, status))


def _shown(world: HubSpotWorld, email: str, status: SubscriptionStatus) -> dict[str, Any]:
    kind = status.subscription or SUBSCRIPTION_TYPES[0]
    wide = world.subscriptions.opted_out(email)
    subscribed = status.state is SubscriptionState.SUBSCRIBED
    shown: dict[str, Any] = {
        "id": str(kind.id),
        "name": kind.name,
        "description": kind.description,
        "status": "SUBSCRIBED" if subscribed else "NOT_SUBSCRIBED",
        "sourceOfStatus": "PORTAL_WIDE_STATUS" if wide else "SUBSCRIPTION_STATUS",
    }
    if status.legal_basis:
        shown["legalBasis"] = status.legal_basis
    if status.legal_basis_explanation:
        shown["legalBasisExplanation"] = status.legal_basis_explanation
    return shown


_BASE = "/communication-preferences/v3"
_READ = ("communication_preferences.read", "communication_preferences.read_write")
_WRITE = ("communication_preferences.write", "communication_preferences.read_write")

ROUTES = (
    ApiRoute(
        method="GET", path=f"{_BASE}/definitions", handler=subscription_definitions, scopes=_READ
    ),
    ApiRoute(
        method="GET", path=f"{_BASE}/status/email/{{email}}", handler=read_statuses, scopes=_READ
    ),
    ApiRoute(method="POST", path=f"{_BASE}/subscribe", handler=subscribe_address, scopes=_WRITE),
    ApiRoute(
        method="POST", path=f"{_BASE}/unsubscribe", handler=unsubscribe_address, scopes=_WRITE
    ),
)
