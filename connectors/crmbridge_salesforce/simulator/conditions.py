"""What a scenario makes of the org itself, under ``/__sim__/``: the releases it has come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from crmbridge.simulation.admin import AdminRefusal
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


CONDITIONS: Final[Mapping[str, Callable[[SalesforceWorld, _Body], _Body]]] = {
    "versions": set_versions,
}
"""Name of the route → what it does."""
