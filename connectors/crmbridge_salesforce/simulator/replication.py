"""Which records changed or went in a span of time. Salesforce contract §9."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crmbridge_salesforce.simulator.call import Call, Reply
from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.records import sobject_named
from crmbridge_salesforce.simulator.times import format_datetime, parse_datetime

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_UPDATED_REACH = timedelta(days=30)
_DELETED_REACH = timedelta(days=15)


def updated(world: SalesforceWorld, call: Call, name: str) -> Reply:
    """Ids of live records whose stamp lies in the span. Contract §9."""
    sobject = sobject_named(world, name)
    start, end = _span(world, call, _UPDATED_REACH)
    rows = world.store.table(sobject.name).between(start, end)
    ids = [row["Id"] for row in rows if row[sobject.stamp_field] < end and not row.get("IsDeleted")]
    return Reply(body={"ids": ids, "latestDateCovered": format_datetime(_covered(world, end))})


def deleted(world: SalesforceWorld, call: Call, name: str) -> Reply:
    """Ids of records deleted in the span, and when. Contract §9."""
    sobject = sobject_named(world, name)
    start, end = _span(world, call, _DELETED_REACH)
    table = world.store.table(sobject.name)
    gone = [
        {"id": record_id, "deletedDate": format_datetime(at)}
        for record_id, at in world.deletions.items()
        if start <= at < end and (row := table.get(record_id)) and row["IsDeleted"]
    ]
    body = {
        "deletedRecords": gone,
        "earliestDateAvailable": format_datetime(world.now() - _DELETED_REACH),
        "latestDateCovered": format_datetime(_covered(world, end)),
    }
    return Reply(body=body)


def _covered(world: SalesforceWorld, end: datetime) -> datetime:
    pinned = world.switches.latest_date_covered
    latest = min(end, world.now())
    return min(latest, pinned) if pinned else latest


def _span(world: SalesforceWorld, call: Call, reach: timedelta) -> tuple[datetime, datetime]:
    """Start and end, cut to the minute."""
    found = []
    for name in ("start", "end"):
        # An unescaped + of an offset arrives as a space.
        text = call.query.get(name, "").replace(" ", "+")
        instant = parse_datetime(text)
        if instant is None:
            raise _refused(f"{name} date is not valid: {text}")
        found.append(instant.replace(second=0))
    start, end = found
    if start >= end:
        raise _refused("startDate has to be before endDate")
    if start < world.now() - reach:
        raise _refused(f"startDate before org replication enabled date or {reach.days} days")
    return start, end


def _refused(message: str) -> ApiError:
    return ApiError(400, "INVALID_REPLICATION_DATE", message)
