"""One person in the store: under what they stand, what is held of them, and its removal."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, delete, func, or_, select, update

from crmbridge.core import fields as f
from crmbridge.core.identity import normalise_email, uid_of
from crmbridge.core.insight import NAMELESS
from crmbridge.core.journal import JournalKind
from crmbridge.core.model import Record, Ref
from crmbridge.core.profile import email_domain
from crmbridge.store import codec
from crmbridge.store.holdings import PARTS, Fate, Part, Traces
from crmbridge.store.records import RecordQueries
from crmbridge.store.suppressing import NOT_TOLD, SuppressionQueries
from crmbridge.store.tables import (
    activities,
    bases,
    deal_contacts,
    erased_addresses,
    erased_records,
    erasures,
    journal,
    journal_values,
    links,
    outbox,
    records,
)

_KEPT = (JournalKind.ERASED.value, JournalKind.READMITTED.value)
"""Entries without a personal value: what an operator did about the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A part of what is held about a person: each row by column, values as plain JSON data."""

    part: Part
    rows: tuple[Mapping[str, Any], ...]


class ErasureQueries(RecordQueries, SuppressionQueries):
    """Everything about one person, to be told, or to be removed in one transaction."""

    def traces(self, uid: str) -> Traces:
        """Under what this person stands in the store."""
        refs = set(self._connection.scalars(select(links.c.ref).where(links.c.uid == uid)))
        addresses = self._addresses(refs)
        refs |= self._of_nobody(addresses)
        deals, shared = self._deals(refs)
        return Traces(
            uid=uid,
            uids=frozenset({uid} | self._former_ids(refs)),
            refs=frozenset(refs),
            deals=frozenset(deals),
            shared=frozenset(shared),
            addresses=frozenset(addresses),
        )

    def _former_ids(self, refs: Collection[str]) -> set[str]:
        """Ids that records of the person once gave to people of their own, who turned out to be
        this one: the journal still bears them."""
        found: set[str] = set()
        for each in self.records(Ref.parse(ref) for ref in refs):
            found |= {uid_of(each), uid_of(replace(each, fields={}))}
        linked = select(links.c.uid).where(links.c.uid.in_(sorted(found)))
        return found - set(self._connection.scalars(linked))

    def _addresses(self, refs: Collection[str]) -> set[str]:
        found = select(records.c.email).where(
            records.c.ref.in_(sorted(refs)), records.c.email.is_not(None)
        )
        return set(self._connection.scalars(found))

    def _of_nobody(self, addresses: Collection[str]) -> set[str]:
        """Records with these addresses that stand for nobody, because several claim them."""
        found = (
            select(records.c.ref)
            .outerjoin(links, links.c.ref == records.c.ref)
            .where(records.c.email.in_(sorted(addresses)), links.c.uid.is_(None))
        )
        return set(self._connection.scalars(found))

    def _deals(self, refs: Collection[str]) -> tuple[set[str], set[str]]:
        """The deals in which only these contacts stand, and those with others in them."""
        own = set(
            self._connection.scalars(
                select(deal_contacts.c.deal).where(deal_contacts.c.contact.in_(sorted(refs)))
            )
        )
        converted = select(records.c.converted_deal).where(
            records.c.ref.in_(sorted(refs)), records.c.converted_deal.is_not(None)
        )
        named = set(self._connection.scalars(converted))
        others = select(deal_contacts.c.deal).where(
            deal_contacts.c.deal.in_(sorted(own | named)),
            deal_contacts.c.contact.not_in(sorted(refs)),
        )
        with_others = set(self._connection.scalars(others))
        return (own | named) - with_others, own & with_others

    def sharing_address(self, traces: Traces) -> list[str]:
        """Other people with an address of this person, in order."""
        found = (
            select(links.c.uid)
            .join(records, records.c.ref == links.c.ref)
            .where(records.c.email.in_(sorted(traces.addresses)), links.c.uid != traces.uid)
        )
        return sorted(set(self._connection.scalars(found)))

    def holdings(self, traces: Traces) -> list[Holding]:
        """Everything that is held about the person, part by part; empty parts too."""
        found: list[Holding] = []
        for part in PARTS:
            statement = part.rows.where(part.about(traces)).order_by(*part.table.primary_key)
            rows = self._connection.execute(statement).mappings()
            found.append(Holding(part=part, rows=tuple(_plain(row, part) for row in rows)))
        return found

    def holding_counts(self, traces: Traces) -> list[tuple[Part, int]]:
        """Rows of every part."""
        return [
            (
                part,
                self._connection.execute(
                    select(func.count()).select_from(part.table).where(part.about(traces))
                ).scalar_one(),
            )
            for part in PARTS
        ]

    def erase_person(self, traces: Traces, now: datetime) -> frozenset[str]:
        """Remove every value of the person and take care that they are not taken up again; the
        people who were told of this one, or counted on them, and are to be decided about anew.

        What is counted stays under a name that means nobody. The journal's chain stays provable.
        """
        concerned = self._colleagues(traces) | self._forget_among_colleagues(traces)
        self._keep_suppressed(traces, now)
        self._strike_from_deals(traces)
        nobody = f"erased-{secrets.token_hex(8)}"
        for part in PARTS:
            if part.fate is Fate.ANONYMOUS:
                self._make_anonymous(part, traces, nobody)
            elif part.fate is Fate.GONE:
                self._connection.execute(delete(part.table).where(part.about(traces)))
        self._empty_journal(
            select(journal.c.seq).where(
                journal.c.uid.in_(sorted(traces.uids)), journal.c.kind.not_in(_KEPT)
            )
        )
        return concerned

    def readmit(self, uid: str) -> list[Ref]:
        """Forget that the person was erased: their records may be stored again. Which they are,
        as far as their CRMs still show them; in order."""
        found = select(erased_records.c.ref).where(
            erased_records.c.uid == uid, erased_records.c.living.is_(True)
        )
        refs = sorted(Ref.parse(ref) for ref in self._connection.scalars(found))
        for table in (erased_records, erased_addresses, erasures):
            self._connection.execute(delete(table).where(table.c.uid == uid))
        return refs

    def find_erased(self, who: str) -> frozenset[str]:
        """The erased people behind a crmbridge id, a reference, a CRM's id or an address."""
        found = set(self.erased_people([who]))
        named = or_(
            erased_records.c.ref == who, erased_records.c.ref.endswith(f":{who}", autoescape=True)
        )
        found |= set(self._connection.scalars(select(erased_records.c.uid).where(named)))
        address = normalise_email(who)
        if address is not None and self._anybody_erased():
            digest = self.address_digest(address)
            same = select(erased_addresses.c.uid).where(erased_addresses.c.digest == digest)
            found |= set(self._connection.scalars(same))
        return frozenset(found)

    def _keep_suppressed(self, traces: Traces, now: datetime) -> None:
        refs = [Ref.parse(ref) for ref in traces.records]
        living = {
            each.ref for each in self.records(refs) if not each.deleted and each.merged_into is None
        }
        self.make_salt()
        self._insert_new(erasures, [{"uid": traces.uid, "at": now}])
        self._insert_new(
            erased_addresses,
            [
                {"digest": self.address_digest(address), "uid": traces.uid}
                for address in sorted(traces.addresses)
            ],
        )
        self.suppress(dict.fromkeys(refs, traces.uid), living)

    def _strike_from_deals(self, traces: Traces) -> None:
        gone = {Ref.parse(ref).id for ref in traces.refs}
        for deal in self.records(Ref.parse(ref) for ref in traces.shared):
            ids = deal.fields.get(f.CONTACT_IDS)
            known = ids if isinstance(ids, tuple) else ()
            left = tuple(each for each in known if each not in gone)
            self.put_record(replace(deal, fields={**deal.fields, f.CONTACT_IDS: left}))

    def _make_anonymous(self, part: Part, traces: Traces, nobody: str) -> None:
        keys = list(part.table.primary_key)
        rows = self._connection.execute(select(part.table).where(part.about(traces))).mappings()
        for row in rows.all():
            days = {name: row[name] and _day(row[name]) for name in part.days}
            self._connection.execute(
                update(part.table)
                .where(*(key == row[key.name] for key in keys))
                .values(uid=nobody, **part.blank, **days)
            )

    def _empty_journal(self, entries: Select[tuple[int]]) -> None:
        self._connection.execute(delete(journal_values).where(journal_values.c.seq.in_(entries)))

    def _colleagues(self, traces: Traces) -> frozenset[str]:
        """Others at the company on whose scores the person's activity may tell."""
        domain = select(activities.c.domain).where(activities.c.uid == traces.uid)
        found = select(activities.c.uid).where(
            activities.c.domain.in_(domain), activities.c.uid != traces.uid
        )
        return frozenset(self._connection.scalars(found))

    def _forget_among_colleagues(self, traces: Traces) -> frozenset[str]:
        """Others at the company may have been told, in a text for their reps, what this person did
        last. The texts go; who had one."""
        told: set[str] = set()
        theirs = [Ref.parse(ref) for ref in traces.refs]
        known_as = select(activities.c.name).where(activities.c.uid == traces.uid)
        names = _names(self.records(theirs)) | (
            set(self._connection.scalars(known_as)) - {"", NAMELESS}
        )
        for domain in sorted({email_domain(each) or "" for each in traces.addresses} - {""}):
            for name in sorted(names):
                told |= self._forget_name(traces, domain, name)
        return frozenset(told)

    def _forget_name(self, traces: Traces, domain: str, name: str) -> set[str]:
        plain, ascii_only = (json.dumps(name, ensure_ascii=each)[1:-1] for each in (False, True))
        others = (
            select(links.c.uid)
            .join(records, records.c.ref == links.c.ref)
            .where(
                records.c.email.endswith(f"@{domain}", autoescape=True),
                links.c.uid.not_in(sorted(traces.uids)),
            )
        )
        told: set[str] = set()
        for table in (records, bases):
            naming = (
                select(links.c.uid, table.c.ref, table.c.fields)
                .join(links, links.c.ref == table.c.ref)
                .where(links.c.uid.in_(others), table.c.fields.contains(plain, autoescape=True))
            )
            for uid, ref, text in self._connection.execute(naming).all():
                known = codec.decode_fields(text)
                if name not in str(known.get(f.INSIGHT)):
                    continue
                known[f.INSIGHT] = NOT_TOLD
                self._connection.execute(
                    update(table)
                    .where(table.c.ref == ref)
                    .values(fields=codec.encode_fields(known))
                )
                told.add(uid)
        for column in (outbox.c.operation, outbox.c.held):
            about = outbox.c.uid.in_(others), column.contains(plain, autoescape=True)
            for key, uid, text in self._connection.execute(
                select(outbox.c.key, outbox.c.uid, column).where(*about)
            ).all():
                self._connection.execute(
                    update(outbox)
                    .where(outbox.c.key == key)
                    .values({column.name: text.replace(plain, NOT_TOLD)})
                )
                told.add(uid)
        self._empty_journal(
            select(journal.c.seq)
            .join(journal_values, journal_values.c.seq == journal.c.seq)
            .where(
                journal.c.uid.in_(others),
                journal_values.c.payload.contains(ascii_only, autoescape=True),
            )
        )
        return told


def _names(found: Sequence[Record]) -> set[str]:
    """What the person may have been called in a text about others: first and last names as any of
    the records has them."""
    firsts, lasts = (
        {str(each.fields[name]) for each in found if each.fields.get(name)}
        for name in (f.FIRST_NAME, f.LAST_NAME)
    )
    return {f"{first} {last}" for first in firsts for last in lasts} or {
        f"{name} (" for name in firsts | lasts
    }


def _day(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _plain(row: RowMapping, part: Part) -> dict[str, Any]:
    """A row as JSON data."""
    return {
        name: value.isoformat()
        if isinstance(value, datetime)
        else json.loads(value)
        if name in part.texts and value
        else value
        for name, value in row.items()
    }
