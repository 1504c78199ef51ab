"""Communication preferences v4: ``/communication-preferences/v4``. HubSpot contract §13."""

from __future__ import annotations

from typing import Any

from crmbridge_hubspot.simulator.engagement import opt_out, subscribe
from crmbridge_hubspot.simulator.errors import validation_error
from crmbridge_hubspot.simulator.json_fields import require_texts
from crmbridge_hubspot.simulator.rendering import batch_answer
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.subscriptions import (
    LEGAL_BASES,
    SUBSCRIPTION_TYPES,
    SubscriptionState,
    subscription_type,
)
from crmbridge_hubspot.simulator.world import HubSpotWorld


def subscription_definitions(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The portal's subscription types. HubSpot contract §13."""
    return _results(world, [kind.to_json(world.made_at) for kind in SUBSCRIPTION_TYPES])


def read_statuses(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The status of an address for every subscription type. HubSpot contract §13."""
    _require_email_channel(call.text("channel"))
    email = call.path["email"]
    statuses = world.subscriptions.statuses(email, world.clock.now())
    return _results(world, [status.to_json(email) for status in statuses])


def set_status(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Set an address's status for one subscription type. HubSpot contract §13."""
    body, email = call.object(), call.path["email"]
    require_texts(body, "subscriptionId", "statusState", "channel")
    _require_email_channel(str(body["channel"]))
    kind = subscription_type(body["subscriptionId"])
    if kind is None:
        raise validation_error(f"Subscription {body['subscriptionId']} does not exist")
    basis = body.get("legalBasis")
    if basis is not None and basis not in LEGAL_BASES:
        raise validation_error(f"{basis} is not a legal basis")
    state = str(body["statusState"])
    if state not in SubscriptionState.__members__:
        raise validation_error(f"{state} is not a subscription status")
    status = subscribe(
        world,
        email,
        subscription=kind,
        state=SubscriptionState(state),
        source=call.caller.source,
        legal_basis=basis,
        legal_basis_explanation=body.get("legalBasisExplanation"),
    )
    return _results(world, [status.to_json(email)])


def read_opt_out(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The opt-out of everything; no result if there is none. HubSpot contract §13."""
    _require_email_channel(call.text("channel"))
    email = call.path["email"]
    status = world.subscriptions.wide_status(email)
    return _results(world, [status.to_json(email)] if status else [])


def set_opt_out(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Unsubscribe an address from everything; idempotent. HubSpot contract §13."""
    _require_email_channel(call.text("channel"))
    email = call.path["email"]
    status = opt_out(world, email, source=call.caller.source)
    return _results(world, [status.to_json(email)])


def _results(world: HubSpotWorld, results: list[dict[str, Any]]) -> Answer:
    now = world.clock.now()
    return Answer(body=batch_answer(results, now, now))


def _require_email_channel(channel: str) -> None:
    if channel != "EMAIL":
        raise validation_error("channel must be EMAIL")


_BASE = "/communication-preferences/v4"
_STATUSES = f"{_BASE}/statuses/{{email}}"
_READ = ("communication_preferences.read", "communication_preferences.read_write")
_WRITE = ("communication_preferences.write", "communication_preferences.read_write")

ROUTES = (
    ApiRoute(
        method="GET", path=f"{_BASE}/definitions", handler=subscription_definitions, scopes=_READ
    ),
    ApiRoute(method="GET", path=_STATUSES, handler=read_statuses, scopes=_READ),
    ApiRoute(method="POST", path=_STATUSES, handler=set_status, scopes=_WRITE),
    ApiRoute(method="GET", path=f"{_STATUSES}/unsubscribe-all", handler=read_opt_out, scopes=_READ),
    ApiRoute(
        method="POST", path=f"{_STATUSES}/unsubscribe-all", handler=set_opt_out, scopes=_WRITE
    ),
)
