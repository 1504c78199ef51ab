"""Who was erased is not taken up again, whatever the CRMs still show.

A record is an erased person's by the same proofs by which records are matched: its reference, our
own id on it, another record that it names, its address. Of what is found out that way only
references are kept, beside a salted digest of each address.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import delete, literal, select, update

from crmbridge.core import fields as f
from crmbridge.core.identity import normalise_email
from crmbridge.core.model import PERSON_TYPES, ObjectType, Record, Ref
from crmbridge.core.naming import contacts_in, named
from crmbridge.ports import Page
from crmbridge.store import codec
from crmbridge.store.queries import Queries, portions
from crmbridge.store.tables import (
    accounts,
    bases,
    deal_contacts,
    doubts,
    erased_addresses,
    erased_records,
    erasures,
    facts,
    inbox,
    links,
    list_agreed,
    list_members,
    meta,
    records,
)

NOT_TOLD = "(not told any more)"
"""What stands where a text named somebody who was erased, until it is written anew."""

_SALT = "erasure_salt"
_PEERS = {f.PEER_LEAD_ID: ObjectType.LEAD, f.PEER_CONTACT_ID: ObjectType.CONTACT}
_ANYBODY = select(literal(1)).select_from(erasures).limit(1)
_HELD_BY_RECORD = (
    records.c.ref,
    facts.c.ref,
    bases.c.ref,
    inbox.c.ref,
    doubts.c.ref,
    list_members.c.contact,
    list_agreed.c.contact,
    deal_contacts.c.contact,
    deal_contacts.c.deal,
)


class SuppressionQueries(Queries):
    """Erased people, and what pages hold without them."""

    def erased_people(self, uids: Iterable[str]) -> frozenset[str]:
        """Those of the people who were erased."""
        if not self._anybody_erased():
            return frozenset()
        found: set[str] = set()
        for portion in portions(uids):
            chosen = select(erasures.c.uid).where(erasures.c.uid.in_(portion))
            found |= set(self._connection.scalars(chosen))
        return frozenset(found)

    def erased_among(self, refs: Iterable[Ref]) -> frozenset[Ref]:
        """Those of the records that are erased people's."""
        return frozenset(self._erased(refs)) if self._anybody_erased() else frozenset()

    def without_erased(self, page: Page) -> Page:
        """The page without anything about people who were erased.

        A deal is left out where all its contacts are erased, else it comes without those. A
        record that stands for somebody else already is left to them, whatever its address.
        """
        if not self._anybody_erased():
            return page
        systems = list(
            self._connection.scalars(select(accounts.c.system).order_by(accounts.c.system))
        )
        erased = self._erased(_named(page, systems))
        people = [each for each in page.records if each.ref.object_type in PERSON_TYPES]
        self._recognise(people, systems, erased)
        kept: list[Record] = []
        for record in page.records:
            if record.ref.object_type is ObjectType.DEAL:
                left = self._without_contacts(record, erased)
            elif record.ref.object_type is ObjectType.LIST:
                left = _without_members(record, erased)
            else:
                left = None if record.ref in erased else record
            if left is not None:
                kept.append(left)
            elif record.ref in erased:
                self._note_living(record)
        facts_left = [each for each in page.facts if each.ref not in erased]
        return replace(page, records=tuple(kept), facts=tuple(facts_left))

    def _anybody_erased(self) -> bool:
        return self._connection.execute(_ANYBODY).first() is not None

    def _erased(self, refs: Iterable[Ref]) -> dict[Ref, str]:
        """Those that are erased people's, and whose."""
        found: dict[Ref, str] = {}
        for portion in portions({str(ref) for ref in refs}):
            chosen = select(erased_records).where(erased_records.c.ref.in_(portion))
            found |= {Ref.parse(row.ref): row.uid for row in self._connection.execute(chosen)}
        return found

    def _recognise(
        self, people: Sequence[Record], systems: Sequence[str], erased: dict[Ref, str]
    ) -> None:
        """Add to ``erased`` the records that prove to be an erased person's too."""
        known = self._linked(each.ref for each in people)
        by_digest = self._owners_of_addresses(people)
        by_uid = self.erased_people(uid for each in people if (uid := _uid(each)) is not None)
        waiting = [each for each in people if each.ref not in erased and each.ref not in known]
        found: dict[Ref, str] = {}
        while True:
            fresh = {
                each.ref: uid
                for each in waiting
                if each.ref not in erased
                and (uid := _owner(each, systems, erased, by_digest, by_uid)) is not None
            }
            fresh |= self._converted(people, {**erased, **fresh})
            if not fresh:
                break
            found |= fresh
            erased |= fresh
        living = {each.ref for each in people if not each.deleted}
        self.suppress(found, living)

    def _converted(self, people: Iterable[Record], erased: Mapping[Ref, str]) -> dict[Ref, str]:
        """Contacts that an erased person's lead became."""
        named = {
            contact: erased[each.ref]
            for each in people
            if each.ref in erased
            for contact in _converted_contact(each)
            if contact not in erased
        }
        known = self._linked(named)
        return {ref: uid for ref, uid in named.items() if ref not in known}

    def _linked(self, refs: Iterable[Ref]) -> frozenset[Ref]:
        found: set[Ref] = set()
        for portion in portions({str(ref) for ref in refs}):
            chosen = select(links.c.ref).where(links.c.ref.in_(portion))
            found |= {Ref.parse(ref) for ref in self._connection.scalars(chosen)}
        return frozenset(found)

    def _owners_of_addresses(self, people: Iterable[Record]) -> dict[str, str]:
        """Address → the erased person whose it was."""
        digests = {
            self.address_digest(address): address
            for each in people
            if (address := normalise_email(each.fields.get(f.EMAIL))) is not None
        }
        found: dict[str, str] = {}
        for portion in portions(digests):
            chosen = select(erased_addresses).where(erased_addresses.c.digest.in_(portion))
            found |= {digests[row.digest]: row.uid for row in self._connection.execute(chosen)}
        return found

    def _without_contacts(self, deal: Record, erased: dict[Ref, str]) -> Record | None:
        """The deal without erased contacts; ``None`` where nobody else is in it."""
        contacts = _contacts(deal)
        left = [ref for ref in contacts if ref not in erased]
        if len(left) == len(contacts) and (contacts or deal.ref not in erased):
            self._return_deal(deal, erased)
            return deal
        if not left:
            uids = [erased[ref] for ref in (*contacts, deal.ref) if ref in erased]
            erased[deal.ref] = uids[0]
            self.suppress({deal.ref: uids[0]}, set() if deal.deleted else {deal.ref})
            return None
        self._return_deal(deal, erased)
        return replace(deal, fields={**deal.fields, f.CONTACT_IDS: tuple(ref.id for ref in left)})

    def _return_deal(self, deal: Record, erased: dict[Ref, str]) -> None:
        """A deal of an erased person has come to be others'."""
        if erased.pop(deal.ref, None) is not None:
            chosen = erased_records.c.ref == str(deal.ref)
            self._connection.execute(delete(erased_records).where(chosen))

    def suppress(self, found: Mapping[Ref, str], living: Collection[Ref]) -> None:
        """Record → erased person: nothing about these records is stored from now on, and what is
        stored goes. ``living`` are those that their CRM still shows."""
        self._insert_new(
            erased_records,
            [
                {"ref": str(ref), "uid": uid, "living": ref in living}
                for ref, uid in sorted(found.items())
            ],
        )
        for portion in portions(str(ref) for ref in found):
            for column in _HELD_BY_RECORD:
                self._connection.execute(delete(column.table).where(column.in_(portion)))

    def _note_living(self, record: Record) -> None:
        """Whether the CRM still has it, so that both sides' numbers go on agreeing."""
        living = not record.deleted and record.merged_into is None
        self._connection.execute(
            update(erased_records)
            .where(erased_records.c.ref == str(record.ref), erased_records.c.living != living)
            .values(living=living)
        )

    def address_digest(self, address: str) -> str:
        """The digest under which a normalised address is kept once its person is erased; the salt
        is this store's own, made with the first erasure."""
        salt: str = self._connection.execute(
            select(meta.c.value).where(meta.c.name == _SALT)
        ).scalar_one()
        return hmac.new(bytes.fromhex(salt), address.encode(), hashlib.sha256).hexdigest()

    def make_salt(self) -> None:
        """Have a salt for addresses; one that is there stays."""
        self._insert_new(meta, [{"name": _SALT, "value": secrets.token_hex(32)}])


def untold(record: Record, before: str) -> Record:
    """The record as it is to be stored over ``before``: where somebody's name was taken out of our
    own text, the CRM still has it, and it is not taken in again before the text is written anew."""
    if NOT_TOLD not in before or codec.decode_fields(before).get(f.INSIGHT) != NOT_TOLD:
        return record
    return replace(record, fields={**record.fields, f.INSIGHT: NOT_TOLD})


def _owner(
    record: Record,
    systems: Iterable[str],
    erased: Mapping[Ref, str],
    by_address: Mapping[str, str],
    by_uid: Collection[str],
) -> str | None:
    """The erased person to whom the record belongs, by the strongest proof."""
    uid = _uid(record)
    if uid is not None and uid in by_uid:
        return uid
    for ref in _kin(record, systems):
        if ref in erased:
            return erased[ref]
    address = normalise_email(record.fields.get(f.EMAIL))
    return by_address.get(address) if address is not None else None


def _named(page: Page, systems: Sequence[str]) -> Iterator[Ref]:
    """Every record of a person or deal that the page speaks of."""
    for record in page.records:
        yield record.ref
        yield from _kin(record, systems)
        yield from _contacts(record)
        yield from _members(record)
    for fact in page.facts:
        yield fact.ref


def _kin(record: Record, systems: Iterable[str]) -> Iterator[Ref]:
    """Other records of the same person, as the record tells."""
    if record.ref.object_type not in PERSON_TYPES:
        return
    if record.merged_into is not None:
        yield record.merged_into
    yield from _converted_contact(record)
    for name, object_type in _PEERS.items():
        peer = record.fields.get(name)
        if isinstance(peer, str):
            for system in systems:
                yield Ref(system=system, object_type=object_type, id=peer)


def _uid(record: Record) -> str | None:
    uid = record.fields.get(f.UID)
    return uid if isinstance(uid, str) else None


def _converted_contact(record: Record) -> Iterator[Ref]:
    became = named(record, f.CONVERTED_CONTACT_ID, ObjectType.CONTACT)
    if became is not None:
        yield became


def _contacts(record: Record) -> list[Ref]:
    return contacts_in(record, f.CONTACT_IDS)


def _members(record: Record) -> list[Ref]:
    return contacts_in(record, f.MEMBERS)


def _without_members(snapshot: Record, erased: Collection[Ref]) -> Record:
    members = _members(snapshot)
    left = tuple(ref.id for ref in members if ref not in erased)
    if len(left) == len(members):
        return snapshot
    return replace(snapshot, fields={**snapshot.fields, f.MEMBERS: left})
