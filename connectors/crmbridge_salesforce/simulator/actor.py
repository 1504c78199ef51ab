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
    """A user at work. Salesforce contract §5.

    ``auto_assign``: whether lead assignment runs; ``allow_save``: whether duplicate rules that
    can be overridden are.
    """

    user_id: str
    auto_assign: bool = False
    allow_save: bool = False


def actor_for(world: SalesforceWorld, user_id: str, headers: Mapping[str, str]) -> Actor:
    """The user with what the headers say. Assignment runs unless it is forbidden. Contract §5."""
    duplicates = headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower()
    allow_save = "allowsave=true" in duplicates.split(";")
    wish = headers.get("sforce-auto-assign", "TRUE").strip()
    if wish.upper() in ("TRUE", "FALSE"):
        auto_assign = wish.upper() == "TRUE"
        return Actor(user_id=user_id, auto_assign=auto_assign, allow_save=allow_save)
    if full_id(wish) != world.assignment.rule_id:
        raise ApiError(400, "INVALID_ASSIGNMENT_RULE", f"Invalid assignment rule id: {wish}")
    return Actor(user_id=user_id, auto_assign=True, allow_save=allow_save)
