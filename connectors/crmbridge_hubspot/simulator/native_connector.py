"""What HubSpot's own Salesforce connector leaves behind. HubSpot contract §7."""

from __future__ import annotations

from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.records import Record, Source
from crmbridge_hubspot.simulator.world import HubSpotWorld
from crmbridge_hubspot.simulator.writing import check_change, check_values, write_internally

SYNC_TIME = "salesforcelastsynctime"
_SALESFORCE = Source(type="SALESFORCE", id="SalesforceSync")


def sync_record(world: HubSpotWorld, record: Record, fields: object) -> None:
    """The connector writes ``fields`` from Salesforce and stamps the record; 400 as for a write."""
    values = check_values(world, record.object_type, fields, record, internal=True)
    check_change(world, record, values)
    values[SYNC_TIME] = iso(world.clock.now())
    write_internally(world, record, values, _SALESFORCE)
