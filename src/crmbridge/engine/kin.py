"""What ties people's records to each other, read together for a batch of records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crmbridge.core import fields as f
from crmbridge.core.identity import normalise_email
from crmbridge.core.model import ObjectType, Record, Ref
from crmbridge.core.naming import named
from crmbridge.store import Transaction
from crmbridge.store.records import Addressed

_PEERS = {
    f.PEER_LEAD_ID: ObjectType.LEAD,
    f.PEER_CONTACT_ID: ObjectType.CONTACT,
}


class Kin:
    """The links of some records and of all to which these point, and that point to them; links
    made here are known at once, and stored by ``save``."""

    def __init__(self, tx: Transaction, sales_system: str, people: Sequence[Record]) -> None:
        self._tx = tx
        self._sales_system = sales_system
        self._people = people
        self._fresh: dict[Ref, str] = {}
        self.read()

    def read(self) -> None:
        """Read everything, once more where the store has been changed."""
        tx, people = self._tx, self._people
        refs = [record.ref for record in people]
        addresses = {address for record in people if (address := _address(record)) is not None}
        self._bearing = tx.bearing(addresses)
        self._became, self._peers = tx.leads_converted_to(refs), tx.peers_of(refs)
        others = {ref for record in people for ref in self._named(record)}
        others |= {record.merged_into for record in people if record.merged_into is not None}
        others |= {each.ref for found in self._bearing.values() for each in found}
        self._links = tx.linked({*refs, *others})
        written = {uid for record in people if (uid := _written(record)) is not None}
        self._known = {uid for uid, found in tx.links_of(written).items() if found}

    def link(self, ref: Ref) -> str | None:
        """The person this record stands for."""
        return self._links.get(ref)

    def set_link(self, ref: Ref, uid: str) -> None:
        """This record stands for this person from now on."""
        self._links[ref] = self._fresh[ref] = uid
        self._known.add(uid)

    def save(self) -> None:
        """Store the links that were made."""
        self._tx.set_links(self._fresh)
        self._fresh = {}

    def crossed(self, record: Record) -> frozenset[str]:
        """The people to whom our id, peer ids and conversions tie this record."""
        found = {self._links.get(ref) for ref in self._named(record)} - {None}
        uid = _written(record)
        if uid in self._known:
            found.add(uid)
        return frozenset(each for each in found if each is not None)

    def sharing_address(self, record: Record, *, living: bool = False) -> frozenset[str]:
        """The people for whom another record with this one's address stands, deleted ones left out
        where they are to be ``living``."""
        address = _address(record)
        others = (
            self._links.get(each.ref)
            for each in self._others(record, address)
            if not (living and each.deleted)
        )
        return frozenset(uid for uid in others if uid is not None)

    def _others(self, record: Record, address: str | None) -> Iterable[Addressed]:
        found = self._bearing.get(address, ()) if address is not None else ()
        return (each for each in found if each.ref != record.ref)

    def _named(self, record: Record) -> Iterator[Ref]:
        """The records that this one points to, and those that point to it."""
        for name, object_type in _PEERS.items():
            peer = record.fields.get(name)
            if isinstance(peer, str):
                yield Ref(system=self._sales_system, object_type=object_type, id=peer)
        became = named(record, f.CONVERTED_CONTACT_ID, ObjectType.CONTACT)
        if became is not None:
            yield became
        yield from self._became.get(record.ref, ())
        yield from self._peers.get(record.ref, ())


def _address(record: Record) -> str | None:
    return normalise_email(record.fields.get(f.EMAIL))


def _written(record: Record) -> str | None:
    """Our own id on the record."""
    uid = record.fields.get(f.UID)
    return uid if isinstance(uid, str) else None
