"""What leads, contacts and users have in common: a full name made of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.actor import Actor
    from crmbridge_salesforce.simulator.table import Row
    from crmbridge_salesforce.simulator.world import SalesforceWorld


def join_name(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Derive ``Name`` from first and last name."""
    row["Name"] = " ".join(part for part in (row["FirstName"], row["LastName"]) if part)


def flag_bounce(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """A contact whose mail has come back says so in a field of its own."""
    row["IsEmailBounced"] = row["EmailBouncedDate"] is not None
