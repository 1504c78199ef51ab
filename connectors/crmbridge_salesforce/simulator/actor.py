"""Who a write is done as and what its request headers ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.ids import full_id

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A user at work. ``auto_assign``: whether lead assignment runs. Contract §5."""

    user_id: str
    auto_assign: bool = False


def actor_for(world: SalesforceWorld, user_id: str, headers: Mapping[str, str]) -> Actor:
    """The user with what ``Sforce-Auto-Assign`` says: TRUE if it is absent. Contract §5."""
    wish = headers.get("sforce-auto-assign", "TRUE").strip()
    if wish.upper() in ("TRUE", "FALSE"):
        return Actor(user_id=user_id, auto_assign=wish.upper() == "TRUE")
    if full_id(wish) != world.assignment.rule_id:
        raise ApiError(400, "INVALID_ASSIGNMENT_RULE", f"Invalid assignment rule id: {wish}")
    return Actor(user_id=user_id, auto_assign=True)
