"""Records as last read or acknowledged, and the ways to find them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, delete, or_, select

from crmbridge.core import fields as f
from crmbridge.core.facts import Fact, FactKind
from crmbridge.core.identity import normalise_email
from crmbridge.core.model import PERSON_TYPES, ObjectType, Owner, Record, Ref, Value
from crmbridge.store import codec
from crmbridge.store.queries import Queries, portions
from crmbridge.store.tables import bases, deal_contacts, facts, owners, records

_FEW = 4
"""Up to so many are asked for one by one, by a statement built once."""

UNREAD = ""
"""The version of a record of which only our own write is known: every reading knows more."""

_RECORD = select(records).where(records.c.ref == bindparam("ref"))
_BASE = select(bases.c.fields).where(bases.c.ref == bindparam("ref"))
_FACTS = select(facts).where(facts.c.ref == bindparam("ref"))
_DEALS = (
    select(records)
    .where(
        records.c.ref.in_(
            select(deal_contacts.c.deal).where(deal_contacts.c.contact == bindparam("contact"))
        )
    )
    .order_by(records.c.ref)
)


class RecordQueries(Queries):
    """Records, their facts, owners and agreed values."""

    def record(self, ref: Ref) -> Record | None:
        """The record, if it was ever read."""
        row = self._connection.execute(_RECORD, {"ref": str(ref)}).one_or_none()
        return _record(row) if row is not None else None

    def records(self, refs: Iterable[Ref]) -> list[Record]:
        """Those of ``refs`` that were ever read, ordered by reference."""
        wanted = sorted(set(refs), key=str)
        if len(wanted) <= _FEW:
            return [record for ref in wanted if (record := self.record(ref)) is not None]
        found: list[Record] = []
        for portion in portions(str(ref) for ref in wanted):
            found += self._select(records.c.ref.in_(portion))
        return found

    def _select(self, condition: ColumnElement[bool]) -> list[Record]:
        rows = self._connection.execute(select(records).where(condition).order_by(records.c.ref))
        return [_record(row) for row in rows]

    def find_by_email(self, address: str) -> list[Record]:
        """Living people's records with this normalised address."""
        found = self._select(records.c.email == address)
        return [record for record in found if record.merged_into is None]

    def leads_converted_to(self, ref: Ref) -> list[Record]:
        """The leads that became this contact or deal."""
        return self._select(
            or_(records.c.converted_contact == str(ref), records.c.converted_deal == str(ref))
        )

    def peers_of(self, ref: Ref) -> list[Ref]:
        """Records of the other CRM whose sync fields name this one."""
        column = (
            records.c.peer_lead if ref.object_type is ObjectType.LEAD else records.c.peer_contact
        )
        return [record.ref for record in self._select(column == ref.id)]

    def records_of_account(self, account: Ref) -> list[Ref]:
        """The people's records that belong to this account."""
        rows = self._connection.execute(
            select(records.c.ref).where(records.c.account == str(account)).order_by(records.c.ref)
        )
        return [Ref.parse(row.ref) for row in rows]

    def deals_of_contact(self, contact: Ref) -> list[Record]:
        """The living deals in whose contact roles this contact stands."""
        rows = self._connection.execute(_DEALS, {"contact": str(contact)})
        return [record for row in rows if not (record := _record(row)).deleted]

    def put_record(self, record: Record) -> None:
        """Store the record as it is now, with everything it can be found by."""
        self.put_rows({record.ref: row_of(record)}, [record])

    def put_rows(self, rows: Mapping[Ref, Mapping[str, Any]], found: Iterable[Record]) -> None:
        """Store records whose rows are made already; the last of ``found`` with a reference
        is the one that counts."""
        self._upsert(records, list(rows.values()))
        deals = {each.ref: each for each in found if each.ref.object_type is ObjectType.DEAL}
        for portion in portions(str(ref) for ref in deals):
            self._connection.execute(delete(deal_contacts).where(deal_contacts.c.deal.in_(portion)))
        self._insert_new(deal_contacts, [row for deal in deals.values() for row in _roles(deal)])

    def patch_record(
        self, ref: Ref, fields: Mapping[str, Value], modified_at: datetime | None, now: datetime
    ) -> None:
        """Mirror values that a CRM acknowledged; a record not read yet begins with them.

        ``now`` stands in for the modification instant of such a new record.
        """
        known = self.record(ref)
        if known is None:
            self.put_record(
                Record(
                    ref=ref,
                    version=UNREAD,
                    modified_at=modified_at or now,
                    created_at=modified_at or now,
                    fields=dict(fields),
                )
            )
            return
        newest = max(known.modified_at, modified_at) if modified_at else known.modified_at
        self.put_record(
            Record(
                ref=ref,
                version=known.version,
                modified_at=newest,
                created_at=known.created_at,
                fields={**known.fields, **fields},
                deleted=known.deleted,
                merged_into=known.merged_into,
            )
        )

    def base(self, ref: Ref) -> dict[str, Value]:
        """The values the CRM acknowledged last, by field."""
        text = self._connection.execute(_BASE, {"ref": str(ref)}).scalar_one_or_none()
        return codec.decode_fields(text) if text else {}

    def advance_base(self, ref: Ref, fields: Mapping[str, Value]) -> None:
        """Remember acknowledged values; other fields keep theirs."""
        merged = {**self.base(ref), **fields}
        self._upsert(bases, [{"ref": str(ref), "fields": codec.encode_fields(merged)}])

    def put_owners(self, found: Iterable[Owner]) -> None:
        """Learn users and queues; later knowledge replaces earlier."""
        rows = [
            {"system": owner.ref.system, "id": owner.ref.id, "owner": codec.encode_owner(owner)}
            for owner in found
        ]
        self._upsert(owners, rows)

    def owners(self, system: str) -> dict[str, Owner]:
        """Every known user and queue of one CRM by id."""
        rows = self._connection.execute(select(owners).where(owners.c.system == system))
        return {row.id: codec.decode_owner(row.owner) for row in rows}

    def facts_of(self, refs: Iterable[Ref]) -> list[Fact]:
        """Every fact about these records, ordered by observation, happening and key."""
        found: list[Fact] = []
        wanted = sorted({str(ref) for ref in refs})
        if len(wanted) <= _FEW:
            for ref in wanted:
                found += [_fact(row) for row in self._connection.execute(_FACTS, {"ref": ref})]
            wanted = []
        for portion in portions(wanted):
            rows = self._connection.execute(select(facts).where(facts.c.ref.in_(portion)))
            found += [_fact(row) for row in rows]
        return sorted(found, key=lambda fact: (fact.observed_at or fact.at, fact.at, fact.key))


def _roles(deal: Record) -> list[dict[str, str]]:
    ids = deal.fields.get(f.CONTACT_IDS)
    contacts = {
        str(Ref(system=deal.ref.system, object_type=ObjectType.CONTACT, id=identity))
        for identity in (ids if isinstance(ids, tuple) else ())
    }
    return [{"deal": str(deal.ref), "contact": contact} for contact in sorted(contacts)]


def row_of(record: Record) -> dict[str, Any]:
    """The record as the table holds it: equal records give equal rows."""
    fields, system = record.fields, record.ref.system
    is_person = record.ref.object_type in PERSON_TYPES

    def name(field: str, object_type: ObjectType) -> str | None:
        identity = fields.get(field)
        if not isinstance(identity, str):
            return None
        return str(Ref(system=system, object_type=object_type, id=identity))

    return {
        "ref": str(record.ref),
        "version": record.version,
        "modified_at": record.modified_at,
        "created_at": record.created_at,
        "fields": codec.encode_fields(fields),
        "deleted": record.deleted,
        "merged_into": str(record.merged_into) if record.merged_into else None,
        "email": normalise_email(_whole(fields.get(f.EMAIL))) if is_person else None,
        "account": name(f.ACCOUNT_ID, ObjectType.ACCOUNT) if is_person else None,
        "converted_contact": name(f.CONVERTED_CONTACT_ID, ObjectType.CONTACT),
        "converted_deal": name(f.CONVERTED_DEAL_ID, ObjectType.DEAL),
        "peer_lead": fields.get(f.PEER_LEAD_ID),
        "peer_contact": fields.get(f.PEER_CONTACT_ID),
    }


def _whole(value: Value) -> Value:
    return codec.whole(value) if isinstance(value, str) else value


def _record(row: Row[Any]) -> Record:
    return Record(
        ref=Ref.parse(row.ref),
        version=row.version,
        modified_at=row.modified_at,
        created_at=row.created_at,
        fields=codec.decode_fields(row.fields),
        deleted=row.deleted,
        merged_into=Ref.parse(row.merged_into) if row.merged_into else None,
    )


def _fact(row: Row[Any]) -> Fact:
    kind = FactKind(row.kind)
    return Fact(
        key=row.key,
        ref=Ref.parse(row.ref),
        kind=kind,
        at=row.at,
        observed_at=row.observed_at,
        detail=codec.decode_detail(kind, row.detail),
    )
