"""Assignment when a lead is saved. Salesforce contract §5, §12."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.actor import Actor
    from crmbridge_salesforce.simulator.table import Row
    from crmbridge_salesforce.simulator.world import SalesforceWorld


def before_lead(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Let the active assignment rule choose the owner unless the request forbade it.

    The rule wins over an OwnerId in the request, on updates too: this is why a client that
    only wants to change a field must send ``Sforce-Auto-Assign: FALSE``.
    """
    if actor.auto_assign and world.assignment.active:
        row["OwnerId"] = world.assignment.owner_of(row)
    if old is not None and old["OwnerId"] != row["OwnerId"]:
        row["IsUnreadByOwner"] = True
