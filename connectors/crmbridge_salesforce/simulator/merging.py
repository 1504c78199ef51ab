"""Merges records: the master wins, losers go to the recycle bin. Contract §12."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.rows import live_record
from crmbridge_salesforce.simulator.table import live

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_MOST_LOSERS = 2


def merge_records(
    world: SalesforceWorld, name: str, master_id: str, loser_ids: Sequence[str], user_id: str
) -> None:
    """Delete the losers with ``MasterRecordId`` set and hand their children to the master.

    At most two losers at a time; none of the records may be a converted lead.
    """
    sobject = world.schema.known(name)
    if not sobject.mergeable or not 1 <= len(loser_ids) <= _MOST_LOSERS:
        message = f"a merge takes one or two losers of Lead, Contact or Account, not {name}"
        raise ApiError(400, "INVALID_TYPE_FOR_OPERATION", message)
    master = live_record(world, sobject, master_id)
    losers = [live_record(world, sobject, loser_id) for loser_id in loser_ids]
    if any(row.get("IsConverted") for row in (master, *losers)) or master_id in loser_ids:
        raise ApiError(400, "INVALID_OPERATION", "these records cannot be merged")
    with world.store.transaction():
        for loser in losers:
            _move_children(world, name, loser["Id"], master_id)
            world.delete(name, {**loser, "MasterRecordId": master_id})
        now = world.now()
        world.touch(name, master, {"LastModifiedDate": now, "LastModifiedById": user_id})


def _move_children(world: SalesforceWorld, name: str, loser_id: str, master_id: str) -> None:
    for child in world.schema.children_of(world.schema.known(name)):
        if child.field.name.startswith("Converted") or child.field.name == "MasterRecordId":
            continue
        table = child.sobject.name
        for row in live(world.store.children(table, child.field.name, loser_id)):
            moved = {**row, child.field.name: master_id}
            if "SystemModstamp" in row:
                moved["SystemModstamp"] = world.now()
            world.store.put(table, moved)
