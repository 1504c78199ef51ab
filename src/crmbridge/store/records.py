"""Records as last read or acknowledged, and the ways to find them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, delete, select

from crmbridge.core import fields as f
from crmbridge.core.facts import Fact, FactKind, in_order
from crmbridge.core.identity import normalise_email
from crmbridge.core.model import PERSON_TYPES, ObjectType, Owner, Record, Ref, Value
from crmbridge.core.naming import contacts_in, named
from crmbridge.store import codec
from crmbridge.store.queries import ANY_OF, Queries, portions
from crmbridge.store.tables import bases, deal_contacts, facts, owners, records

UNREAD = ""
"""The version of a record of which only our own write is known: every reading knows more."""

_RECORD = select(records).where(records.c.ref == bindparam("ref"))
_RECORDS = select(records).where(records.c.ref.in_(ANY_OF))
_BASES = select(bases).where(bases.c.ref.in_(ANY_OF))
_FACTS = select(facts).where(facts.c.ref.in_(ANY_OF))
_DEALS = (
    select(deal_contacts.c.contact, records)
    .join(records, records.c.ref == deal_contacts.c.deal)
    .where(deal_contacts.c.contact.in_(ANY_OF), records.c.deleted.is_(False))
)
_OF_EMAIL = select(records.c.email, records.c.ref, records.c.deleted).where(
    records.c.email.in_(ANY_OF), records.c.merged_into.is_(None)
)
_CONVERTED_TO = {
    column: select(column.label("became"), records.c.ref).where(column.in_(ANY_OF))
    for column in (records.c.converted_contact, records.c.converted_deal)
}
_PEERS = {
    column: select(column.label("named"), records.c.ref).where(column.in_(ANY_OF))
    for column in (records.c.peer_lead, records.c.peer_contact)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """A record that bears an e-mail address, and whether it is deleted."""

    ref: Ref
    deleted: bool


class RecordQueries(Queries):
    """Records, their facts, owners and agreed values."""

    def record(self, ref: Ref) -> Record | None:
        """The record, if it was ever read."""
        row = self._connection.execute(_RECORD, {"ref": str(ref)}).one_or_none()
        return _record(row) if row is not None else None

    def records(self, refs: Iterable[Ref]) -> list[Record]:
        """Those of ``refs`` that were ever read, ordered by reference."""
        wanted = sorted({str(ref) for ref in refs})
        return sorted(map(_record, self._rows_about(_RECORDS, wanted)), key=_reference)

    def _select(self, condition: ColumnElement[bool]) -> list[Record]:
        rows = self._connection.execute(select(records).where(condition).order_by(records.c.ref))
        return [_record(row) for row in rows]

    def find_by_email(self, address: str) -> list[Record]:
        """Living people's records with this normalised address."""
        found = self._select(records.c.email == address)
        return [record for record in found if record.merged_into is None]

    def bearing(self, addresses: Iterable[str]) -> dict[str, list[Addressed]]:
        """Normalised address → the people's records that bear it; merged ones left out."""
        found: dict[str, list[Addressed]] = {}
        for row in self._rows_about(_OF_EMAIL, addresses):
            each = Addressed(ref=Ref.parse(row.ref), deleted=row.deleted)
            found.setdefault(row.email, []).append(each)
        return found

    def leads_converted_to(self, refs: Iterable[Ref]) -> dict[Ref, list[Ref]]:
        """Contact or deal → the leads that became it, in order."""
        wanted = [str(ref) for ref in refs]
        found: dict[Ref, list[Ref]] = {}
        for statement in _CONVERTED_TO.values():
            for row in self._rows_about(statement, wanted):
                found.setdefault(Ref.parse(row.became), []).append(Ref.parse(row.ref))
        return {ref: sorted(leads) for ref, leads in found.items()}

    def peers_of(self, refs: Iterable[Ref]) -> dict[Ref, list[Ref]]:
        """Record → those of the other CRM whose sync fields name it, in order."""
        leads: dict[str, list[Ref]] = {}
        contacts: dict[str, list[Ref]] = {}
        for ref in refs:
            named = leads if ref.object_type is ObjectType.LEAD else contacts
            named.setdefault(ref.id, []).append(ref)
        found: dict[Ref, list[Ref]] = {}
        for statement, named in zip(_PEERS.values(), (leads, contacts), strict=True):
            for row in self._rows_about(statement, named):
                for ref in named[row.named]:
                    found.setdefault(ref, []).append(Ref.parse(row.ref))
        return {ref: sorted(peers) for ref, peers in found.items()}

    def records_of_account(self, account: Ref) -> list[Ref]:
        """The people's records that belong to this account."""
        rows = self._connection.execute(
            select(records.c.ref).where(records.c.account == str(account)).order_by(records.c.ref)
        )
        return [Ref.parse(row.ref) for row in rows]

    def deals_of_contacts(self, contacts: Iterable[Ref]) -> dict[Ref, list[Record]]:
        """Contact → the living deals in whose contact roles it stands, in order."""
        found: dict[Ref, list[Record]] = {}
        for row in self._rows_about(_DEALS, (str(contact) for contact in contacts)):
            found.setdefault(Ref.parse(row.contact), []).append(_record(row))
        return {contact: sorted(deals, key=_reference) for contact, deals in found.items()}

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
        return self.bases([ref]).get(ref, {})

    def bases(self, refs: Iterable[Ref]) -> dict[Ref, dict[str, Value]]:
        """Record → the values the CRM acknowledged last, by field; where there are any."""
        rows = self._rows_about(_BASES, (str(ref) for ref in refs))
        return {Ref.parse(row.ref): codec.decode_fields(row.fields) for row in rows}

    def advance_base(self, ref: Ref, fields: Mapping[str, Value]) -> None:
        """Remember acknowledged values; other fields keep theirs."""
        self.advance_bases({ref: fields})

    def advance_bases(self, agreed: Mapping[Ref, Mapping[str, Value]]) -> None:
        """Remember acknowledged values, record by record; other fields keep theirs."""
        before = self.bases(agreed)
        rows = [
            {"ref": str(ref), "fields": codec.encode_fields({**before.get(ref, {}), **fields})}
            for ref, fields in agreed.items()
        ]
        self._upsert(bases, rows)

    def put_owners(self, found: Iterable[Owner]) -> None:
        """Learn users and queues; later knowledge replaces earlier."""
        rows = [
            {"system": owner.ref.system, "id": owner.ref.id, "owner": codec.encode_owner(owner)}
            for owner in found
        ]
        self._upsert(owners, rows)

    def owners(self, system: str) -> dict[str, Owner]:
        """Every known user and queue of one CRM by id."""
        rows = self._connection.execute(
            select(owners).where(owners.c.system == system).order_by(owners.c.id)
        )
        return {row.id: codec.decode_owner(row.owner) for row in rows}

    def facts_of(self, refs: Iterable[Ref]) -> list[Fact]:
        """Every fact about these records, ordered by observation, happening and key."""
        rows = self._rows_about(_FACTS, sorted({str(ref) for ref in refs}))
        return sorted(map(_fact, rows), key=in_order)


def _reference(record: Record) -> str:
    return str(record.ref)


def _roles(deal: Record) -> list[dict[str, str]]:
    contacts = {str(contact) for contact in contacts_in(deal, f.CONTACT_IDS)}
    return [{"deal": str(deal.ref), "contact": contact} for contact in sorted(contacts)]


def row_of(record: Record) -> dict[str, Any]:
    """The record as the table holds it: equal records give equal rows."""
    fields = record.fields
    is_person = record.ref.object_type in PERSON_TYPES

    def name(field: str, object_type: ObjectType) -> str | None:
        found = named(record, field, object_type)
        return str(found) if found is not None else None

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
