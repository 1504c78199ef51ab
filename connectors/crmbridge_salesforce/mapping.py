"""Vendor fields and canonical fields: one table per object, and the values between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Value
from crmbridge_salesforce.owned import OWNED, UID_FIELD, Kind
from crmbridge_salesforce.payload import (
    read_day,
    read_flag,
    read_instant,
    read_text,
    write_instant,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One vendor field. ``size`` is a text's greatest length or a number's digits before the
    point; a column that is not ``writable`` is only read."""

    name: str
    field: str
    kind: Kind
    size: int = 0
    writable: bool = False


SOBJECTS: Mapping[ObjectType, str] = {
    ObjectType.LEAD: "Lead",
    ObjectType.CONTACT: "Contact",
    ObjectType.ACCOUNT: "Account",
    ObjectType.DEAL: "Opportunity",
}
"""Object type → the vendor's object."""

OBJECT_TYPES: Mapping[str, ObjectType] = {name: kind for kind, name in SOBJECTS.items()}

PREFIXES: Mapping[str, ObjectType] = {"00Q": ObjectType.LEAD, "003": ObjectType.CONTACT}
"""Id prefix → the kind of person that the id names. Contract §3."""


def _text(name: str, field: str, size: int) -> Column:
    return Column(name=name, field=field, kind=Kind.TEXT, size=size, writable=True)


def _choice(name: str, field: str) -> Column:
    return Column(name=name, field=field, kind=Kind.CHOICE, size=255, writable=True)


def _read(name: str, field: str, kind: Kind) -> Column:
    return Column(name=name, field=field, kind=kind)


def _owned(sobject: str) -> tuple[Column, ...]:
    deals = sobject == "Opportunity"
    return tuple(
        Column(
            name=each.name,
            field=each.field,
            kind=each.kind,
            size=each.size or (255 if each.kind is Kind.CHOICE else 0),
            # What reps say is theirs; only a contact's status may be shown by the rule book.
            writable=not deals and (not each.by_reps or each.field == f.STATUS),
        )
        for each in OWNED
        if each.field is not None and sobject in each.objects
    )


_PERSON = (
    Column(name="Email", field=f.EMAIL, kind=Kind.TEXT, size=80, writable=True),
    _text("FirstName", f.FIRST_NAME, 40),
    _text("LastName", f.LAST_NAME, 80),
    _text("Title", f.TITLE, 128),
    _text("Phone", f.PHONE, 40),
    _choice("LeadSource", f.LEAD_SOURCE),
    Column(name="HasOptedOutOfEmail", field=f.OPTED_OUT, kind=Kind.FLAG, writable=True),
    Column(name="OwnerId", field=f.OWNER_ID, kind=Kind.LINK, writable=True),
)

COLUMNS: Mapping[ObjectType, tuple[Column, ...]] = {
    ObjectType.LEAD: (
        *_PERSON,
        _text("Company", f.COMPANY, 255),
        _text("Country", f.COUNTRY, 80),
        _choice("Industry", f.INDUSTRY),
        Column(name="NumberOfEmployees", field=f.EMPLOYEES, kind=Kind.WHOLE, size=8, writable=True),
        _choice("Status", f.STATUS),
        _read("IsConverted", f.CONVERTED, Kind.FLAG),
        _read("ConvertedContactId", f.CONVERTED_CONTACT_ID, Kind.LINK),
        _read("ConvertedOpportunityId", f.CONVERTED_DEAL_ID, Kind.LINK),
        _read("ConvertedAccountId", f.CONVERTED_ACCOUNT_ID, Kind.LINK),
        *_owned("Lead"),
    ),
    ObjectType.CONTACT: (
        *_PERSON,
        _text("MailingCountry", f.COUNTRY, 80),
        _read("AccountId", f.ACCOUNT_ID, Kind.LINK),
        *_owned("Contact"),
    ),
    ObjectType.ACCOUNT: (
        _read("Name", f.NAME, Kind.TEXT),
        _read("Website", f.DOMAIN, Kind.TEXT),
        _read("Industry", f.INDUSTRY, Kind.CHOICE),
        _read("NumberOfEmployees", f.EMPLOYEES, Kind.WHOLE),
        _read("BillingCountry", f.COUNTRY, Kind.TEXT),
    ),
    ObjectType.DEAL: (
        _read("Name", f.NAME, Kind.TEXT),
        _read("StageName", f.DEAL_STAGE, Kind.CHOICE),
        _read("Type", f.DEAL_TYPE, Kind.CHOICE),
        _read("Amount", f.AMOUNT, Kind.NUMBER),
        _read("IsClosed", f.IS_CLOSED, Kind.FLAG),
        _read("IsWon", f.IS_WON, Kind.FLAG),
        _read("AccountId", f.ACCOUNT_ID, Kind.LINK),
        _read("OwnerId", f.OWNER_ID, Kind.LINK),
        *_owned("Opportunity"),
    ),
}
"""Object type → what is read and written there."""


def projected(column: Column, value: Value) -> Value:
    """What the column would hold after ``value`` was written."""
    return _PROJECTIONS[column.kind](value, column.size)


def to_vendor(column: Column, value: Value) -> Any:
    """The JSON for a projected value; ``None`` clears the field."""
    if isinstance(value, datetime):
        return write_instant(value)
    return value.isoformat() if isinstance(value, date) else value


def reader_of(column: Column) -> Callable[[Any], Value]:
    """How to read what a row holds; ``None`` is an empty field."""
    return _domain if column.field == f.DOMAIN else _READERS[column.kind]


def from_vendor(column: Column, raw: Any) -> Value:
    """The canonical value of what a row holds."""
    return reader_of(column)(raw)


def key_column(sobject: str) -> str:
    """The field by which records of this object are upserted."""
    return f"{sobject}/{UID_FIELD}"


def _domain(raw: Any) -> str | None:
    """``https://www.acme.com/about`` → ``acme.com``."""
    text = read_text(raw)
    if text is None:
        return None
    host = text.strip().lower().partition("://")[2] or text.strip().lower()
    host = host.split("/")[0].split("?")[0].split("@")[-1].split(":")[0]
    return host.removeprefix("www.") or None


def _whole(raw: Any) -> int | None:
    """Number fields without decimals come as ``60.0``."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    return int(Decimal(str(raw)).quantize(Decimal(1), ROUND_HALF_UP))


def _decimal(raw: Any) -> float | None:
    return None if isinstance(raw, bool) or not isinstance(raw, int | float) else float(raw)


_NO_ANSWERS = frozenset(
    {"no", "none", "false", "unknown", "0", "n/a", "unconfirmed", "not confirmed"}
)


def _answered(raw: Any) -> bool:
    """A ticked box, or a text that is an answer."""
    text = read_text(raw)
    return raw is True or (text is not None and text.strip().casefold() not in _NO_ANSWERS)


def _text_of_any(raw: Any) -> str | None:
    """A text, a link or a number as text; a box is something only where ticked."""
    return None if raw is None or raw is False else str(raw) or None


_READERS: Mapping[Kind, Callable[[Any], Value]] = {
    Kind.TEXT: read_text,
    Kind.LONG_TEXT: read_text,
    Kind.CHOICE: read_text,
    Kind.LINK: read_text,
    Kind.FLAG: read_flag,
    Kind.ANSWER: _answered,
    Kind.ANY: _text_of_any,
    Kind.WHOLE: _whole,
    Kind.NUMBER: _decimal,
    Kind.DAY: read_day,
    Kind.INSTANT: read_instant,
}


def _held_text(value: Value, size: int) -> Value:
    """Text loses the white space around it and what does not fit; empty text is none."""
    if value is None:
        return None
    text = str(value).strip()
    return (text[:size].rstrip() if size else text) or None


def _held_whole(value: Value, size: int) -> Value:
    if isinstance(value, str):
        value = int(value) if value.strip().isdecimal() else None
    number = _whole(value)
    return None if number is None or abs(number) >= 10 ** (size or 18) else number


def _held_number(value: Value, size: int) -> Value:
    number = _decimal(value)
    return None if number is None else round(number, 2)


def _held_flag(value: Value, size: int) -> Value:
    return read_flag(value)


def _held_day(value: Value, size: int) -> Value:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    return value if isinstance(value, date) else None


def _held_instant(value: Value, size: int) -> Value:
    """Whole seconds."""
    return value.astimezone(UTC).replace(microsecond=0) if isinstance(value, datetime) else None


_PROJECTIONS: Mapping[Kind, Callable[[Value, int], Value]] = {
    Kind.TEXT: _held_text,
    Kind.LONG_TEXT: _held_text,
    Kind.CHOICE: _held_text,
    Kind.LINK: _held_text,
    Kind.FLAG: _held_flag,
    Kind.ANSWER: _held_flag,
    Kind.ANY: _held_text,
    Kind.WHOLE: _held_whole,
    Kind.NUMBER: _held_number,
    Kind.DAY: _held_day,
    Kind.INSTANT: _held_instant,
}
