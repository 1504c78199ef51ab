"""Builds records from rows: persons, accounts and deals in canonical fields."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime

import orjson

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Record, Ref, Value
from crmbridge_salesforce.histories import conversion_of
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.payload import (
    Row,
    children,
    instant,
    millis,
    read_flag,
    read_instant,
    read_text,
)
from crmbridge_salesforce.person_accounts import CONTACT_OF, FLAG

SYSTEM = "salesforce"


def ref_of(object_type: ObjectType, identity: str) -> Ref:
    """The reference of one Salesforce record."""
    return Ref(system=SYSTEM, object_type=object_type, id=identity)


def read_record(layout: Layout, object_type: ObjectType, row: Row) -> Record:
    """The record that a row of a lead, contact, account or opportunity shows."""
    fields = layout.read_fields(object_type, row)
    if object_type is ObjectType.LEAD:
        converted = conversion_of(row)
        fields[f.CONVERTED_AT] = converted.at if converted else None
    if object_type is ObjectType.CONTACT and read_flag(row.get(FLAG)):
        # The account of a private person is the person again, and no company.
        fields[f.ACCOUNT_ID] = None
    if object_type is ObjectType.DEAL:
        fields[f.CONTACT_IDS] = _contact_ids(row)
    modified_at = instant(row, "SystemModstamp")
    master = read_text(row.get("MasterRecordId"))
    deleted = read_flag(row.get("IsDeleted"))
    return Record(
        ref=ref_of(object_type, row["Id"]),
        version=_version(modified_at, fields, (deleted, master)),
        modified_at=modified_at,
        created_at=read_instant(row.get("CreatedDate")),
        fields=fields,
        deleted=deleted,
        merged_into=ref_of(object_type, master) if deleted and master else None,
    )


def read_parent_account(layout: Layout, row: Row) -> Record | None:
    """The account that a contact's row shows beside it."""
    account = row.get("Account")
    if not isinstance(account, Mapping) or not account.get("Id") or read_flag(account.get(FLAG)):
        return None
    return read_record(layout, ObjectType.ACCOUNT, account)


def missing_record(ref: Ref, at: datetime) -> Record:
    """A record that is not even in the recycle bin any more."""
    return Record(ref=ref, version="missing", modified_at=at, deleted=True)


def _contact_ids(row: Row) -> tuple[str, ...]:
    roles = [str(role["ContactId"]) for role in children(row, "OpportunityContactRoles")]
    account = row.get("Account")
    private = account.get(CONTACT_OF) if isinstance(account, Mapping) else None
    named = read_text(row.get("ContactId")) or read_text(private)
    return tuple(dict.fromkeys(roles)) or ((named,) if named else ())


def _version(modified_at: datetime, fields: Mapping[str, Value], rest: tuple[object, ...]) -> str:
    """The stamp, and a digest of the content: stamps are whole seconds, and two changes within
    one of them are two versions (contract §3). Fields come in the layout's order."""
    try:
        content = orjson.dumps((fields, rest))
    except orjson.JSONEncodeError:
        # Half an emoji, cut at a length limit, is no text to this encoder.
        content = repr((fields, rest)).encode()
    return f"{millis(modified_at)}-{zlib.crc32(content):08x}"
