"""Step 4, match: every changed record gets its person, or a question for people."""

from __future__ import annotations

from collections.abc import Sequence

from crmbridge.core import fields as f
from crmbridge.core.identity import Proofs, match, uid_of
from crmbridge.core.model import PERSON_TYPES, ObjectType, Record, Ref
from crmbridge.core.naming import contacts_in, named
from crmbridge.engine.kin import Kin
from crmbridge.store import Transaction

_CONTACT = ObjectType.CONTACT


def unite(tx: Transaction, uid: str, survivor: str, terminal: frozenset[str]) -> None:
    """Two people are one: what is known of ``uid``, on its way or asked, is ``survivor``'s."""
    tx.unite(uid, survivor, terminal)
    tx.hand_over(uid, survivor)
    tx.unite_claims(uid, survivor)
    tx.unite_scope(uid, survivor)


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

    def persons(self, tx: Transaction, refs: Sequence[Ref]) -> dict[Ref, frozenset[str]]:
        """Reference → the persons it concerns, linking records seen for the first time, in order.

        A record without any proof that could wait for one is a new person. What somebody claims
        beside those whom these records concern is looked at again. Of the people's records
        ``vanished`` are gone from their CRM without a trace, ``returned`` are there.
        """
        concerned = self._persons(tx, refs)
        again = tx.claimed({uid for uids in concerned.values() for uid in uids}) - concerned.keys()
        if not again:
            return concerned
        contacts_first = sorted(again, key=lambda ref: (ref.object_type is not _CONTACT, ref))
        return {**concerned, **self._persons(tx, contacts_first)}

    def _persons(self, tx: Transaction, refs: Sequence[Ref]) -> dict[Ref, frozenset[str]]:
        records = {record.ref: record for record in tx.records(refs)}
        self._claimed = tx.claimed_among(refs)
        people = [
            records[ref] for ref in refs if ref in records and ref.object_type in PERSON_TYPES
        ]
        kin = Kin(tx, self._sales_system, people)
        for record in people:
            self._link(tx, kin, record)
            self._follow_conversion(tx, kin, record)
            if not record.deleted:
                self.returned.add(record.ref)
            elif not record.fields and record.merged_into is None:
                self.vanished.add(record.ref)
        kin.save()
        return {ref: _concerned(tx, kin, ref, records.get(ref)) for ref in refs}

    def _link(self, tx: Transaction, kin: Kin, record: Record) -> None:
        if record.deleted and tx.is_withdrawn(record.ref):
            return
        linked = kin.link(record.ref)
        if linked is not None and record.merged_into is None:
            self._compare_address(tx, kin, record, linked)
            return
        if record.merged_into is not None:
            self._follow_merge(tx, kin, record, record.merged_into, linked)
            return
        found = match(
            Proofs(
                linked=None,
                crossed=kin.crossed(record),
                by_email=kin.sharing_address(record),
            )
        )
        if found.candidates:
            if record.deleted:
                self._settle(tx, record.ref)
            else:
                self.ambiguous[record.ref] = found.candidates
            return
        self._settle(tx, record.ref)
        kin.set_link(record.ref, found.uid or uid_of(record))

    def _compare_address(self, tx: Transaction, kin: Kin, record: Record, linked: str) -> None:
        """Addresses move nobody who is linked; that two people share one is told."""
        sharing = {linked}
        if not record.deleted:
            sharing |= kin.sharing_address(record, living=True)
        if len(sharing) > 1:
            self.shared[record.ref] = frozenset(sharing)
        else:
            self._settle(tx, record.ref)

    def _settle(self, tx: Transaction, ref: Ref) -> None:
        """Nobody else claims the record any more."""
        if ref in self._claimed:
            tx.drop_claim(ref)

    def _follow_merge(
        self, tx: Transaction, kin: Kin, loser: Record, winner: Ref, linked: str | None
    ) -> None:
        """The histories of two merged records become one person's."""
        survivor = kin.link(winner)
        if survivor is None and tx.erased_among([winner]):
            return
        if survivor is None:
            kin.set_link(winner, linked or uid_of(loser))
            if (record := tx.record(winner)) is not None:
                self._follow_conversion(tx, kin, record)
        elif linked is None:
            kin.set_link(loser.ref, survivor)
        elif linked != survivor:
            self._unite(tx, kin, linked, survivor)

    def _follow_conversion(self, tx: Transaction, kin: Kin, lead: Record) -> None:
        """A lead and the contact that it became are one person, as records are that were merged,
        whoever each of them was thought to be before."""
        contact = named(lead, f.CONVERTED_CONTACT_ID, _CONTACT)
        if contact is None or lead.deleted:
            return
        linked, survivor = kin.link(lead.ref), kin.link(contact) or tx.link(contact)
        if linked is not None and survivor is not None and linked != survivor:
            self._unite(tx, kin, linked, survivor)

    def _unite(self, tx: Transaction, kin: Kin, uid: str, survivor: str) -> None:
        kin.save()
        unite(tx, uid, survivor, self._terminal)
        kin.read()


def _concerned(tx: Transaction, kin: Kin, ref: Ref, record: Record | None) -> frozenset[str]:
    if ref.object_type in PERSON_TYPES:
        uid = kin.link(ref)
        return frozenset({uid}) if uid else frozenset()
    if ref.object_type is ObjectType.ACCOUNT:
        return tx.persons_of(tx.records_of_account(ref))
    if ref.object_type is ObjectType.DEAL and record is not None:
        return tx.persons_of(_people_of_deal(tx, record))
    return frozenset()


def _people_of_deal(tx: Transaction, deal: Record) -> list[Ref]:
    """The contact roles, else the lead that was converted into this deal."""
    return contacts_in(deal, f.CONTACT_IDS) or tx.leads_converted_to([deal.ref]).get(deal.ref, [])
