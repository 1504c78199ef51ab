"""Owners, the account and its API usage. HubSpot contract §11."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge_hubspot.simulator.errors import validation_error
from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.rendering import next_page
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld

_LONGEST_OWNER_PAGE = 500


def list_owners(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A page of owners, perhaps by e-mail. HubSpot contract §11."""
    limit = call.number("limit", default=100, most=_LONGEST_OWNER_PAGE)
    after = call.text("after") or "0"
    if not after.isdecimal():
        raise validation_error(f"after is not valid: {after}")
    owners = world.owners.all(archived=call.flag("archived"), email=call.text("email").lower())
    following = [owner for owner in owners if owner.id >= int(after)]
    body: dict[str, Any] = {"results": [owner.to_json() for owner in following[:limit]]}
    if len(following) > limit:
        body["paging"] = next_page(str(following[limit].id), "/crm/v3/owners/")
    return Answer(body=body)


def read_owner(world: HubSpotWorld, call: ApiCall) -> Answer:
    """One owner by ``id`` or ``userId``. HubSpot contract §11."""
    by = call.text("idProperty", "id")
    if by not in ("id", "userId"):
        raise validation_error(f"idProperty must be id or userId, was {by}")
    owner = world.owners.get(call.path["id"], by=by, archived=call.flag("archived"))
    return Answer(body=owner.to_json())


def account_details(world: HubSpotWorld, call: ApiCall) -> Answer:
    """What kind of account this is. HubSpot contract §11."""
    offset = world.clock.now().astimezone(ZoneInfo(world.time_zone)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return Answer(
        body={
            "portalId": world.portal_id,
            "accountType": "STANDARD",
            "timeZone": world.time_zone,
            "companyCurrency": "USD",
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}",
            "utcOffsetMilliseconds": minutes * 60_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }
    )


def daily_usage(world: HubSpotWorld, call: ApiCall) -> Answer:
    """How much of the day's calls all private apps have used. HubSpot contract §11."""
    return Answer(
        body={
            "results": [
                {
                    "name": "private-apps-api-calls-daily",
                    "usageLimit": world.limits.daily_limit,
                    "currentUsage": world.limits.used_today,
                    "collectedAt": iso(world.clock.now()),
                    "fetchStatus": "SUCCESS",
                    "resetsAt": iso(world.limits.resets_at),
                }
            ]
        }
    )


_OWNERS = ("crm.objects.owners.read",)

ROUTES = (
    ApiRoute(method="GET", path="/crm/v3/owners", handler=list_owners, scopes=_OWNERS),
    ApiRoute(method="GET", path="/crm/v3/owners/{id}", handler=read_owner, scopes=_OWNERS),
    ApiRoute(method="GET", path="/account-info/v3/details", handler=account_details),
    ApiRoute(
        method="GET",
        path="/account-info/v3/api-usage/daily/private-apps",
        handler=daily_usage,
    ),
)
