"""What HubSpot's own Salesforce connector leaves behind. HubSpot contract §7."""

from __future__ import annotations

from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.records import Record, Source
from crmbridge_hubspot.simulator.world import HubSpotWorld
from crmbridge_hubspot.simulator.writing import (
    check_change,
    check_new,
    check_values,
    create_record,
    update_record,
)

SYNC_TIME = "salesforcelastsynctime"
_SALESFORCE = Source(type="SALESFORCE", id="SalesforceSync")


def sync_record(world: HubSpotWorld, record: Record, fields: object) -> None:
    """The connector writes ``fields`` from Salesforce and stamps the record; 400 as for a write."""
    values = check_values(world, record.object_type, fields, record, internal=True)
    check_change(world, record, values)
    # One look at the clock: the stamp and its place in the history say the same.
    at = world.clock.now()
    values[SYNC_TIME] = iso(at)
    update_record(world, record, values, _SALESFORCE, at)


def create_synced(world: HubSpotWorld, kind: ObjectType, fields: object) -> Record:
    """The connector makes a record of ``fields`` from Salesforce; 400 and 409 as for a create."""
    values = check_values(world, kind, fields, None, internal=True)
    check_new(world, kind, values)
    values[SYNC_TIME] = iso(world.clock.now())
    return create_record(world, kind, values, _SALESFORCE)
