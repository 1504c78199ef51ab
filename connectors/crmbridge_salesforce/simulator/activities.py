"""Tasks and events, and how their completion shows on the person. Salesforce contract §12."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from crmbridge_salesforce.simulator.errors import ApiError, converted_lead, required_missing

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.actor import Actor
    from crmbridge_salesforce.simulator.table import Row
    from crmbridge_salesforce.simulator.world import SalesforceWorld


def before_activity(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Check who and what it is about; derive the account."""
    who, what = world.store.row(row["WhoId"]), world.store.row(row["WhatId"])
    if who and row["WhoId"].startswith("00Q"):
        if who["IsConverted"]:
            raise converted_lead()
        if what:
            message = "Related To ID: a lead cannot be combined with a related record"
            raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["WhatId"])
    row["AccountId"] = None
    if what:
        row["AccountId"] = what["Id"] if what["Id"].startswith("001") else what.get("AccountId")
    if who and not row["AccountId"]:
        row["AccountId"] = who.get("AccountId")


def before_task(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Derive closed from the status, and the instant of completion from the change."""
    closed = any(
        status["ApiName"] == row["Status"] and status["IsClosed"]
        for status in world.store.table("TaskStatus").rows()
    )
    was_closed = bool(old and old["IsClosed"])
    row["IsClosed"] = closed
    row["IsHighPriority"] = row["Priority"] == "High"
    if closed and not was_closed:
        row["CompletedDateTime"] = world.now()
    elif not closed:
        row["CompletedDateTime"] = None


def before_event(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Complete start, end, duration and day of a meeting from those that were given."""
    if row["IsAllDayEvent"]:
        day = row["ActivityDate"] or (row["StartDateTime"] and row["StartDateTime"].date())
        if day is None:
            raise required_missing(["ActivityDate"])
        row.update(ActivityDate=day, EndDate=day)
        return
    before = old or {}
    start = row["StartDateTime"]
    if start is None or start == before.get("StartDateTime"):
        start = row["ActivityDateTime"] or start
    if start is None:
        raise required_missing(["ActivityDateTime", "DurationInMinutes"])
    row.update(StartDateTime=start, ActivityDateTime=start, ActivityDate=start.date())
    row.update(_length(before, row, start))
    if row["EndDateTime"] < start:
        message = "End Date Time: an event cannot end before it starts"
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["EndDateTime"])
    row["EndDate"] = row["EndDateTime"].date()


def _length(before: Row, row: Row, start: datetime) -> Row:
    minutes, end = row["DurationInMinutes"], row["EndDateTime"]
    longer = minutes is not None and minutes != before.get("DurationInMinutes")
    if longer or end == before.get("EndDateTime"):
        end = None
    if end is not None:
        minutes = int((end - start).total_seconds() // 60)
    elif minutes is None:
        raise required_missing(["DurationInMinutes"])
    return {"DurationInMinutes": minutes, "EndDateTime": start + timedelta(minutes=minutes)}


def roll_up(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Move LastActivityDate of the people and companies a done activity is about.

    Their SystemModstamp moves with it, who last modified them does not. Contract §13.
    """
    day = activity_day(row)
    if day is None:
        return
    for link in {row["WhoId"], row["WhatId"], row["AccountId"]} - {None}:
        sobject, target = world.schema.object_of_id(link), world.store.row(link)
        if sobject is None or target is None or "LastActivityDate" not in target:
            continue
        if target["LastActivityDate"] is None or target["LastActivityDate"] < day:
            world.touch(sobject.name, target, {"LastActivityDate": day})


def activity_day(row: Row) -> date | None:
    """The day a closed task or an event counts for; None for an open task."""
    if "IsClosed" not in row:
        day: date | None = row["ActivityDate"]
        return day
    if not row["IsClosed"]:
        return None
    due: date | None = row["ActivityDate"]
    return due or row["CompletedDateTime"].date()
