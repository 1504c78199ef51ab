"""What a scenario makes of the org itself, under ``/__sim__/``: the releases it has come to,
features that are on, and what the integration user may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from crmbridge.simulation.admin import AdminRefusal
from crmbridge_salesforce.simulator.access import Right
from crmbridge_salesforce.simulator.catalogue_capture import CONNECTIONS, STATUSES
from crmbridge_salesforce.simulator.versions import Versions

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_Body = dict[str, Any]


def set_versions(world: SalesforceWorld, body: _Body) -> _Body:
    """``{"oldest"?, "newest"?}``: which API versions the org offers; what is left out is as at
    first."""
    unknown = sorted(set(body) - set(Versions.__dataclass_fields__))
    if unknown:
        raise AdminRefusal(400, f"unknown keys: {', '.join(unknown)}")
    offered = Versions(**{name: int(number) for name, number in body.items()})
    if offered.oldest > offered.newest:
        raise AdminRefusal(400, "oldest is above newest")
    world.versions = offered
    return {"oldest": offered.oldest, "newest": offered.newest}


def set_activity_capture(world: SalesforceWorld, body: _Body) -> _Body:
    """``{"users": {user id: connection status}}``: Einstein Activity Capture is on and these take
    part; without ``users`` it is off."""
    users = {str(user): str(status) for user, status in (body.get("users") or {}).items()}
    strange = sorted(set(users.values()) - set(STATUSES))
    if strange:
        raise AdminRefusal(400, f"unknown status: {', '.join(strange)}")
    for row in list(world.store.table(CONNECTIONS).rows()):
        world.store.remove(CONNECTIONS, row["Id"])
    on = "users" in body
    world.schema.dormant = frozenset(() if on else (CONNECTIONS,))
    for user_id, status in users.items():
        user = world.user(user_id)
        values = {"UserId": user["Id"], "UserName": user["Name"], "EmailAddress": user["Email"]}
        more = {"ConnectivityStatus": status, "IsTermsOfServiceAccepted": True}
        world.insert(CONNECTIONS, world.integration_user_id, {**values, **more})
    world.schema_changed_at = world.now()
    return {"on": on, "users": len(users)}


def set_denied(world: SalesforceWorld, body: _Body) -> _Body:
    """``{"objects": {object: ["create", "edit"]}}``: what the integration user may not do from now
    on; what is left out is allowed again. To take reading away too, see ``hidden``."""
    try:
        world.access.denied = frozenset(
            (world.integration_user_id, world.schema.known(str(name)).name, Right(right))
            for name, rights in (body.get("objects") or {}).items()
            for right in rights
        )
    except ValueError as strange:
        raise AdminRefusal(400, str(strange)) from None
    world.schema_changed_at = world.now()
    return {"denied": len(world.access.denied)}


CONDITIONS: Final[Mapping[str, Callable[[SalesforceWorld, _Body], _Body]]] = {
    "activity_capture": set_activity_capture,
    "denied": set_denied,
    "versions": set_versions,
}
"""Name of the route → what it does."""
