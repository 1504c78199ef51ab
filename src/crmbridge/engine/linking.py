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


def unite(tx: Transaction, uid: str, survivor: str, terminal: frozenset[str]) -> None:
    """Two people are one: what is known of ``uid``, on its way or asked, is ``survivor``'s."""
    tx.unite(uid, survivor, terminal)
    tx.hand_over(uid, survivor)
    tx.unite_claims(uid, survivor)


class Linker:
    """Finds the persons behind dirty references; ``sales_system`` names the CRM that the
    marketing CRM's peer ids point into, ``terminal`` the reasons that are final.

    What several people claim is left unlinked and kept in ``ambiguous``; of whom a record shows
    somebody else's address is kept in ``shared``, and nothing is moved.
    """

    def __init__(self, sales_system: str, terminal: frozenset[str]) -> None:
        self._sales_system = sales_system
        self._terminal = terminal
        self.ambiguous: dict[Ref, frozenset[str]] = {}
        self.shared: dict[Ref, frozenset[str]] = {}
        self._claimed: frozenset[Ref] = frozenset()
        self.vanished: set[Ref] = set()
        self.returned: set[Ref] = set()

    def persons(self, tx: Transaction, refs: Iterable[Ref]) -> dict[Ref, frozenset[str]]:
        """Reference → the persons it concerns, linking records seen for the first time.

        A record without any proof that could wait for one is a new person. What somebody claims
        beside those whom these records concern is looked at again. Of the people's records
        ``vanished`` are gone from their CRM without a trace, ``returned`` are there.
        """
        concerned = self._persons(tx, refs)
        again = tx.claimed({uid for uids in concerned.values() for uid in uids}) - concerned.keys()
        return {**concerned, **self._persons(tx, again)} if again else concerned

    def _persons(self, tx: Transaction, refs: Iterable[Ref]) -> dict[Ref, frozenset[str]]:
        ordered = sorted(refs, key=lambda ref: (ref.object_type is not ObjectType.CONTACT, ref))
        records = {record.ref: record for record in tx.records(ordered)}
        self._claimed = tx.claimed_among(ordered)
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
        if record.deleted and tx.is_withdrawn(record.ref):
            return
        linked = tx.link(record.ref)
        if linked is not None and record.merged_into is None:
            self._compare_address(tx, record, linked)
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
            if record.deleted:
                self._settle(tx, record.ref)
            else:
                self.ambiguous[record.ref] = found.candidates
            return
        self._settle(tx, record.ref)
        tx.set_link(record.ref, found.uid or uid_of(record))

    def _compare_address(self, tx: Transaction, record: Record, linked: str) -> None:
        """Addresses move nobody who is linked; that two people share one is told."""
        address = normalise_email(record.fields.get(f.EMAIL))
        sharing = {linked}
        if address is not None and not record.deleted:
            sharing |= {*tx.uids_by_email(address, record.ref, living=True)}
        if len(sharing) > 1:
            self.shared[record.ref] = frozenset(sharing)
        else:
            self._settle(tx, record.ref)

    def _settle(self, tx: Transaction, ref: Ref) -> None:
        """Nobody else claims the record any more."""
        if ref in self._claimed:
            tx.drop_claim(ref)

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
            unite(tx, linked, survivor, self._terminal)

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
        yield from tx.uids_by_email(address, record.ref)

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
