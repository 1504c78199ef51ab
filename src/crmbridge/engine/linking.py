"""Step 4, match: every changed record gets its person, or a question for people."""

from __future__ import annotations

from collections.abc import Iterable

from crmbridge.core import fields as f
from crmbridge.core.identity import Proofs, match, normalise_email, uid_of
from crmbridge.core.model import PERSON_TYPES, ObjectType, Record, Ref
from crmbridge.store import Transaction

_PEERS = {
    f.PEER_LEAD_ID: ObjectType.LEAD,
    f.PEER_CONTACT_ID: ObjectType.CONTACT,
}


class Linker:
    """Finds the persons behind dirty references; ``sales_system`` names the CRM that the
    marketing CRM's peer ids point into, ``terminal`` the reasons that are final."""

    def __init__(self, sales_system: str, terminal: frozenset[str]) -> None:
        self._sales_system = sales_system
        self._terminal = terminal
        self.ambiguous: dict[Ref, frozenset[str]] = {}
        self.vanished: set[Ref] = set()
        self.returned: set[Ref] = set()

    def persons(self, tx: Transaction, refs: Iterable[Ref]) -> dict[Ref, frozenset[str]]:
        """Reference → the persons it concerns, linking records seen for the first time.

        A record without any proof that could wait for one is a new person. A record that
        several people claim is left unlinked and kept in ``ambiguous``. Of the people's records
        ``vanished`` are gone from their CRM without a trace, ``returned`` are there.
        """
        ordered = sorted(refs, key=lambda ref: (ref.object_type is not ObjectType.CONTACT, ref))
        records = {record.ref: record for record in tx.records(ordered)}
        for ref in ordered:
            record = records.get(ref)
            if record is not None and ref.object_type in PERSON_TYPES:
                self._link(tx, record)
                if not record.deleted:
                    self.returned.add(ref)
                elif not record.fields and record.merged_into is None:
                    self.vanished.add(ref)
        return {ref: self._concerned(tx, ref, records.get(ref)) for ref in ordered}

    def _link(self, tx: Transaction, record: Record) -> None:
        linked = tx.link(record.ref)
        if linked is not None and record.merged_into is None:
            return
        if record.merged_into is not None:
            self._follow_merge(tx, record, record.merged_into, linked)
            return
        found = match(
            Proofs(
                linked=None,
                crossed=frozenset(self._crossed(tx, record)),
                by_email=frozenset(self._by_email(tx, record)),
            )
        )
        if found.candidates:
            self.ambiguous[record.ref] = found.candidates
            return
        tx.set_link(record.ref, found.uid or uid_of(record))

    def _follow_merge(
        self, tx: Transaction, loser: Record, winner: Ref, linked: str | None
    ) -> None:
        """The histories of two merged records become one person's."""
        survivor = tx.link(winner)
        if survivor is None and tx.erased_among([winner]):
            return
        if survivor is None:
            tx.set_link(winner, linked or uid_of(loser))
        elif linked is None:
            tx.set_link(loser.ref, survivor)
        elif linked != survivor:
            tx.unite(linked, survivor, self._terminal)
            tx.hand_over(linked, survivor)

    def _crossed(self, tx: Transaction, record: Record) -> Iterable[str]:
        uid = record.fields.get(f.UID)
        if isinstance(uid, str) and tx.links(uid):
            yield uid
        for name, object_type in _PEERS.items():
            peer = record.fields.get(name)
            if isinstance(peer, str):
                yield from self._linked(tx, self._sales_system, object_type, peer)
        contact_id = record.fields.get(f.CONVERTED_CONTACT_ID)
        if isinstance(contact_id, str):
            yield from self._linked(tx, record.ref.system, ObjectType.CONTACT, contact_id)
        others = [lead.ref for lead in tx.leads_converted_to(record.ref)]
        for other in others + tx.peers_of(record.ref):
            yield from self._linked(tx, other.system, other.object_type, other.id)

    def _linked(
        self, tx: Transaction, system: str, object_type: ObjectType, identity: str
    ) -> Iterable[str]:
        uid = tx.link(Ref(system=system, object_type=object_type, id=identity))
        if uid is not None:
            yield uid

    def _by_email(self, tx: Transaction, record: Record) -> Iterable[str]:
        address = normalise_email(record.fields.get(f.EMAIL))
        if address is None:
            return
        for other in tx.find_by_email(address):
            uid = tx.link(other.ref) if other.ref != record.ref else None
            if uid is not None:
                yield uid

    def _concerned(self, tx: Transaction, ref: Ref, record: Record | None) -> frozenset[str]:
        if ref.object_type in PERSON_TYPES:
            uid = tx.link(ref)
            return frozenset({uid}) if uid else frozenset()
        if ref.object_type is ObjectType.ACCOUNT:
            return tx.persons_of(tx.records_of_account(ref))
        if ref.object_type is ObjectType.DEAL and record is not None:
            return tx.persons_of(self._people_of_deal(tx, record))
        return frozenset()

    def _people_of_deal(self, tx: Transaction, deal: Record) -> list[Ref]:
        """The contact roles, else the lead that was converted into this deal."""
        ids = deal.fields.get(f.CONTACT_IDS)
        contacts = [
            Ref(system=deal.ref.system, object_type=ObjectType.CONTACT, id=identity)
            for identity in (ids if isinstance(ids, tuple) else ())
        ]
        return contacts or [lead.ref for lead in tx.leads_converted_to(deal.ref)]
