"""Campaign membership: one row per person and campaign. Salesforce contract §12."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge_salesforce.simulator.errors import ApiError, required_missing
from crmbridge_salesforce.simulator.table import live

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.actor import Actor
    from crmbridge_salesforce.simulator.table import Row
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_RESPONDED = "Responded"


def before_member(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Check that it names one person not yet in the campaign; note the first response."""
    person = row["ContactId"] or row["LeadId"]
    if person is None:
        raise required_missing(["LeadId"])
    row["LeadOrContactId"] = person
    for other in live(world.store.children("CampaignMember", "LeadOrContactId", person)):
        if other["CampaignId"] == row["CampaignId"] and other["Id"] != row["Id"]:
            message = f"Already a campaign member: {other['Id'][:15]}"
            raise ApiError(400, "DUPLICATE_VALUE", message, [])
    row["HasResponded"] = row["Status"] == _RESPONDED
    if row["HasResponded"] and row["FirstRespondedDate"] is None:
        row["FirstRespondedDate"] = world.now().date()
