"""Touches: completed tasks and meetings that are over, with a lead or contact as Who.

One activity is one touch, whatever happens to it later; on conversion and merge it moves to
another person's record, but stays the touch it was.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from crmbridge.core.facts import Channel, Fact, FactKind, TouchDetail
from crmbridge.core.model import ObjectType, Ref
from crmbridge_salesforce.mapping import PREFIXES
from crmbridge_salesforce.owned import KEY_FIELD
from crmbridge_salesforce.payload import (
    Row,
    instant,
    read_day,
    read_flag,
    read_instant,
    read_text,
)
from crmbridge_salesforce.records import ref_of

_CHANNELS = {"call": Channel.CALL, "email": Channel.EMAIL, "meeting": Channel.MEETING}
_BY_TOOLS = frozenset({"ListEmail"})
"""Subtypes that only a tool's mass mailing makes."""


def task_facts(row: Row, our_user: str) -> list[Fact]:
    """The touch that a completed task is, at its completion, by its owner."""
    who = _person(row)
    if who is None or not read_flag(row.get("IsClosed")):
        return []
    # The due date (ActivityDate) says nothing about when it was done.
    at = read_instant(row.get("CompletedDateTime")) or instant(row, "LastModifiedDate")
    subtype = read_text(row.get("TaskSubtype")) or ""
    channel = _CHANNELS.get(subtype.removeprefix("List").casefold()) or _CHANNELS.get(
        (read_text(row.get("Type")) or "").casefold(), Channel.OTHER
    )
    automated = subtype in _BY_TOOLS or row.get("CreatedById") == our_user
    return [_touch(row, who, at, channel, automated=automated)]


def event_facts(row: Row, our_user: str, read_at: datetime) -> list[Fact]:
    """The touch that a meeting is once it is over; before, it may still be moved or called
    off. Invitees' copies are the same meeting."""
    who = _person(row)
    ended_at = _end(row)
    if who is None or ended_at is None or ended_at > read_at or read_flag(row.get("IsChild")):
        return []
    automated = row.get("CreatedById") == our_user
    return [_touch(row, who, ended_at, Channel.MEETING, automated=automated)]


def _person(row: Row) -> Ref | None:
    """Whom the activity is with; our own alerts are with nobody."""
    identity = read_text(row.get("WhoId"))
    if identity is None or read_flag(row.get("IsDeleted")) or row.get(KEY_FIELD):
        return None
    object_type = PREFIXES.get(identity[:3])
    return ref_of(object_type, identity) if object_type else None


def _end(row: Row) -> datetime | None:
    if not read_flag(row.get("IsAllDayEvent")):
        return read_instant(row.get("EndDateTime"))
    day = read_day(row.get("EndDate")) or read_day(row.get("ActivityDate"))
    return datetime.combine(day + timedelta(days=1), time(), UTC) if day else None


def _touch(row: Row, who: Ref, at: datetime, channel: Channel, *, automated: bool) -> Fact:
    activity = ref_of(ObjectType.ACTIVITY, row["Id"])
    return Fact(
        key=f"{activity}:touch",
        ref=who,
        kind=FactKind.TOUCH,
        at=at,
        detail=TouchDetail(
            channel=channel,
            by=str(row["OwnerId"]),
            automated=automated,
            subject=read_text(row.get("Subject")) or "",
        ),
    )
