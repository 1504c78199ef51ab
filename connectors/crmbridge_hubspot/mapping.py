"""Canonical fields and HubSpot properties, one row each, and how values travel between them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import orjson

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Record, Ref, Value

SYSTEM = "hubspot"
PREFIX = "crmbridge_"
UID_PROPERTY = PREFIX + f.UID
_LONGEST_TEXT = 65_536


class Kind(StrEnum):
    """How a property's text is read. HubSpot contract §3: every value is text or null."""

    TEXT = "string"
    NUMBER = "number"
    INSTANT = "datetime"
    DAY = "date"
    FLAG = "bool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One row: the property behind a canonical field; ``label`` and ``about`` where ours."""

    field: str
    name: str
    kind: Kind = Kind.TEXT
    writable: bool = False
    label: str = ""
    about: str = ""


def _ours(field: str, kind: Kind, label: str, about: str) -> Property:
    return Property(
        field=field, name=PREFIX + field, kind=kind, writable=True, label=label, about=about
    )


OWNED = (
    _ours(f.UID, Kind.TEXT, "crmbridge person", "The person's id in crmbridge."),
    _ours(f.STAGE, Kind.TEXT, "Lead stage", "Stage by the shared lead standard."),
    _ours(f.STAGE_REASON, Kind.TEXT, "Why this stage", "Why the person is in this stage."),
    _ours(f.SCORE, Kind.NUMBER, "Lead score", "0-100: fit, engagement and signals."),
    _ours(f.GRADE, Kind.TEXT, "Lead grade", "A-D for fit, 1-4 for engagement."),
    _ours(f.SCORE_REASON, Kind.TEXT, "Why this score", "The top reasons for the score."),
    _ours(f.MQL_AT, Kind.INSTANT, "MQL since", "When the person last became an MQL."),
    _ours(f.CYCLE, Kind.NUMBER, "MQL cycle", "How often the person became an MQL."),
    _ours(f.SLA_DUE, Kind.INSTANT, "First touch due", "When sales owes the first touch."),
    _ours(f.SLA_STATUS, Kind.TEXT, "SLA status", "OPEN, MET, BREACHED or CANCELLED."),
    _ours(f.SLA_REASON, Kind.TEXT, "Why this due date", "How the due date came about."),
    _ours(f.FIRST_TOUCH_AT, Kind.INSTANT, "First touch", "When sales first touched this cycle."),
    _ours(f.TRACK, Kind.TEXT, "Nurture track", "The track of a recycled person."),
    _ours(f.RECYCLE_REASON, Kind.TEXT, "Recycled because", "The reason sales gave."),
    _ours(f.NURTURE_REASON, Kind.TEXT, "Why this list", "Why the person is on this list."),
    _ours(f.COOLDOWN_UNTIL, Kind.INSTANT, "Cool-down until", "Before it no score makes an MQL."),
    _ours(f.RECYCLE_COUNT, Kind.NUMBER, "Times recycled", "How often sales gave the lead back."),
    _ours(f.FEEDBACK, Kind.TEXT, "Feedback from sales", "What sales said when it let go."),
    _ours(f.RULEBOOK_VERSION, Kind.TEXT, "Lead standard", "The rule book version in force."),
)
"""The properties that ``setup`` creates on contacts."""

CONTACT = (
    Property(field=f.EMAIL, name="email", writable=True),
    Property(field=f.FIRST_NAME, name="firstname", writable=True),
    Property(field=f.LAST_NAME, name="lastname", writable=True),
    Property(field=f.COMPANY, name="company", writable=True),
    Property(field=f.TITLE, name="jobtitle", writable=True),
    Property(field=f.PHONE, name="phone", writable=True),
    Property(field=f.COUNTRY, name="country", writable=True),
    Property(field=f.INDUSTRY, name="industry", writable=True),
    Property(field=f.EMPLOYEES, name="numemployees"),
    Property(field=f.LEAD_SOURCE, name="hs_analytics_source"),
    Property(field=f.OPTED_OUT, name="hs_email_optout", kind=Kind.FLAG),
    Property(field=f.MARKETABLE, name="hs_marketable_status", kind=Kind.FLAG),
    Property(field=f.OWNER_ID, name="hubspot_owner_id"),
    Property(field=f.LIFECYCLE, name="lifecyclestage", writable=True),
    Property(field=f.LEAD_STATUS, name="hs_lead_status", writable=True),
    Property(field=f.ACCOUNT_ID, name="associatedcompanyid"),
    Property(field=f.PEER_LEAD_ID, name="salesforceleadid"),
    Property(field=f.PEER_CONTACT_ID, name="salesforcecontactid"),
    *OWNED,
)
COMPANY = (
    Property(field=f.NAME, name="name"),
    Property(field=f.DOMAIN, name="domain"),
    Property(field=f.INDUSTRY, name="industry"),
    Property(field=f.EMPLOYEES, name="numberofemployees", kind=Kind.NUMBER),
    Property(field=f.COUNTRY, name="country"),
)
DEAL = (
    Property(field=f.NAME, name="dealname"),
    Property(field=f.DEAL_STAGE, name="dealstage"),
    Property(field=f.DEAL_TYPE, name="pipeline"),
    Property(field=f.AMOUNT, name="amount", kind=Kind.NUMBER),
    Property(field=f.IS_CLOSED, name="hs_is_closed", kind=Kind.FLAG),
    Property(field=f.IS_WON, name="hs_is_closed_won", kind=Kind.FLAG),
    Property(field=f.OWNER_ID, name="hubspot_owner_id"),
    Property(field=f.PEER_DEAL_ID, name="hs_salesforceopportunityid"),
)
_TABLES = {ObjectType.CONTACT: CONTACT, ObjectType.ACCOUNT: COMPANY, ObjectType.DEAL: DEAL}
_BY_FIELD = {kind: {row.field: row for row in table} for kind, table in _TABLES.items()}
_BY_NAME = {kind: {row.name: row for row in table} for kind, table in _TABLES.items()}
_WRITABLE = {
    kind: frozenset(row.field for row in table if row.writable) for kind, table in _TABLES.items()
}
MODIFIED = {
    ObjectType.CONTACT: "lastmodifieddate",
    ObjectType.ACCOUNT: "hs_lastmodifieddate",
    ObjectType.DEAL: "hs_lastmodifieddate",
}
MERGED = "hs_merged_object_ids"


def names(object_type: ObjectType) -> list[str]:
    """The properties to ask for, in order."""
    return [row.name for row in _TABLES[object_type]]


def writable(object_type: ObjectType) -> frozenset[str]:
    """The canonical fields that may be written."""
    return _WRITABLE.get(object_type, frozenset())


def property_of(object_type: ObjectType, field: str) -> Property:
    """The row of a canonical field."""
    return _BY_FIELD[object_type][field]


def project(object_type: ObjectType, field: str, value: Value) -> Value:
    """What HubSpot would give back after ``value`` was written; pure and idempotent."""
    row = _BY_FIELD.get(object_type, {}).get(field)
    return read(row.kind, write(value)) if row is not None else value


def write(value: Value) -> str:
    """The text that HubSpot takes for a value; empty clears."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        at = value.astimezone(UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ";".join(value)
    return str(value).strip()[:_LONGEST_TEXT]


def read(kind: Kind, text: Any) -> Value:
    """A property's text as a value; what cannot be read as its kind is ``None``."""
    said = text.strip() if isinstance(text, str) else ""
    if not said:
        return None
    try:
        return _READERS[kind](said)
    except ValueError:
        return None


def _number(text: str) -> Value:
    number = float(text)
    return int(number) if number.is_integer() else number


@lru_cache(maxsize=4096)
def instant(text: str) -> datetime:
    """A HubSpot time: ISO text, or epoch milliseconds."""
    # An object shows one instant in several properties, and an import one in thousands of them.
    if text.isdecimal():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    return datetime.fromisoformat(text).astimezone(UTC)


_READERS: Mapping[Kind, Callable[[str], Value]] = {
    Kind.NUMBER: _number,
    Kind.INSTANT: instant,
    Kind.DAY: lambda text: date.fromisoformat(text[:10]),
    Kind.FLAG: lambda text: text.lower() == "true",
    Kind.TEXT: str,
}


def values(object_type: ObjectType, properties: Mapping[str, Any]) -> dict[str, Value]:
    """The canonical fields among an answer's properties; empty ones are ``None``."""
    known = _BY_NAME[object_type]
    return {
        found.field: None if text is None else read(found.kind, text)
        for name, text in properties.items()
        if (found := known.get(name))
    }


def record(object_type: ObjectType, data: Mapping[str, Any], extra: Mapping[str, Value]) -> Record:
    """One object of an answer as a record, with ``extra`` fields."""
    properties = data.get("properties") or {}
    changed = modified(data)
    return Record(
        ref=ref(object_type, str(data["id"])),
        version=_version(changed, properties),
        modified_at=instant(changed),
        created_at=instant(str(data.get("createdAt") or properties.get("createdate") or changed)),
        fields={**values(object_type, properties), **extra},
        deleted=bool(data.get("archived")),
    )


def modified(data: Mapping[str, Any]) -> str:
    """When the object was last modified, as HubSpot wrote it."""
    properties = data.get("properties") or {}
    for name in dict.fromkeys(MODIFIED.values()):
        if stamp := properties.get(name):
            return str(stamp)
    return str(data["updatedAt"])


def version(data: Mapping[str, Any]) -> str:
    """What differs whenever the object does: its stamp, and its content, because two edits
    within one millisecond share a stamp."""
    return _version(modified(data), data.get("properties") or {})


def _version(changed: str, properties: Mapping[str, Any]) -> str:
    try:
        content = orjson.dumps(properties, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # Half an emoji, cut at a length limit, is text to the standard library alone.
        content = json.dumps(properties, sort_keys=True).encode()
    return f"{changed}#{zlib.crc32(content):08x}"


def ref(object_type: ObjectType, identity: str) -> Ref:
    """A reference into this system."""
    return Ref(system=SYSTEM, object_type=object_type, id=identity)
