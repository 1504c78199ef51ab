"""Step 5, assemble: everything the core may know about one person, read from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from crmbridge.core import fields as f
from crmbridge.core.copies import without_copies
from crmbridge.core.facts import Fact, in_order
from crmbridge.core.identity import canonical
from crmbridge.core.model import (
    PERSON_TYPES,
    ListState,
    ObjectType,
    Owner,
    Record,
    Ref,
    Side,
    SideView,
)
from crmbridge.core.naming import named
from crmbridge.core.profile import email_domain
from crmbridge.core.view import Colleague, Edit, PersonView
from crmbridge.engine.neighbouring import Neighbourhood
from crmbridge.engine.withholding import paused_fields
from crmbridge.ports import Connector
from crmbridge.store import Transaction


class Assembler:
    """Builds the views of a batch of people within one transaction. What the ``neighbourhood``
    hears of those who have been decided about is in the views of those who come after."""

    def __init__(
        self,
        tx: Transaction,
        connectors: Mapping[Side, Connector],
        our_users: frozenset[str],
        go_live: datetime,
        free_mail: frozenset[str],
        uids: Sequence[str],
    ) -> None:
        self._tx = tx
        self._connectors = connectors
        self._our_users = our_users
        self._go_live = go_live
        self._free_mail = free_mail
        self.neighbourhood = Neighbourhood(tx, uids)
        self._mapped_since, self._mapped_whole = tx.mapped()
        self._has_edits, self._has_flips = tx.has_edits(), tx.has_flips()
        systems = {side: connector.name for side, connector in connectors.items()}
        self._paused = paused_fields(tx, systems)
        self._owners: dict[Side, Mapping[str, Owner]] = {
            side: tx.owners(connector.name) for side, connector in connectors.items()
        }
        self._read_records(uids)
        self._folded, self._standings = tx.folded(uids), tx.standings(uids)
        self._issued = tx.issued(uids)

    def _read_records(self, uids: Sequence[str]) -> None:
        """Everybody's records, deals, facts and companies."""
        tx = self._tx
        self._refs = {
            uid: [ref for ref in refs if ref.object_type in PERSON_TYPES]
            for uid, refs in tx.links_of(uids).items()
        }
        people = [ref for refs in self._refs.values() for ref in refs]
        self._records = {record.ref: record for record in tx.records(people)}
        others = {each(person) for person in self._records.values() for each in _NAMED}
        known = tx.records(ref for ref in others if ref is not None)
        self._records |= {record.ref: record for record in known}
        self._contact_deals = tx.deals_of_contacts(people)
        self._deals = {uid: self._deals_of(refs) for uid, refs in self._refs.items()}
        self._bases, self._list_states = tx.bases(people), tx.list_states(people)
        deals = {deal.ref for found in self._deals.values() for deal in found}
        self._facts: dict[Ref, list[Fact]] = {}
        for fact in tx.facts_of([*people, *deals]):
            self._facts.setdefault(fact.ref, []).append(fact)
        domains = (self._domain(record) for record in self._records.values())
        self.neighbourhood.look_at(domain for domain in domains if domain is not None)

    def view(self, uid: str) -> PersonView:
        """The person as both CRMs and our own memory show them."""
        refs, deals = self._refs[uid], self._deals[uid]
        sides = {side: self._side(side, refs) for side in self._connectors}
        told = [self._facts.get(ref, ()) for ref in [*refs, *(deal.ref for deal in deals)]]
        facts = without_copies(sorted((fact for each in told for fact in each), key=in_order))
        marketing, sales = sides.get(Side.MARKETING), sides.get(Side.SALES)
        return PersonView(
            uid=uid,
            go_live=self._go_live,
            surfaces=self._connectors,
            marketing=marketing,
            sales=sales,
            accounts=self._accounts(marketing, sales),
            owners=self._owners,
            deals=deals,
            lists=self._lists(marketing),
            facts=tuple(facts),
            fresh=frozenset(fact.key for fact in facts) - self._folded[uid],
            standing=self._standings.get(uid),
            our_users=self._our_users,
            colleagues=self._colleagues(uid, sales, marketing),
            issued=self._issued.get(uid, frozenset()),
            edits=self._edits(sides) if self._has_edits else {},
            mapped_since=self._mapped_since,
            mapped_whole=self._mapped_whole,
            flips=self._tx.flips(uid) if self._has_flips else {},
            paused=self._paused,
        )

    def _lists(self, marketing: SideView | None) -> ListState:
        if marketing is None:
            return ListState()
        return self._list_states.get(marketing.record.ref, ListState())

    def _edits(self, sides: Mapping[Side, SideView | None]) -> Mapping[Side, Mapping[str, Edit]]:
        return {
            side: self._tx.edits_of(shown.record.ref, shown.record.fields)
            for side, shown in sides.items()
            if shown is not None
        }

    def _colleagues(self, uid: str, *sides: SideView | None) -> tuple[Colleague, ...]:
        """The active contacts of the person's company domain; private mailboxes have none."""
        for shown in sides:
            domain = email_domain(shown.record.fields.get(f.EMAIL)) if shown else None
            if domain is not None:
                private = domain in self._free_mail
                return () if private else self.neighbourhood.colleagues(uid, domain)
        return ()

    def _domain(self, record: Record) -> str | None:
        if record.ref.object_type not in PERSON_TYPES:
            return None
        domain = email_domain(record.fields.get(f.EMAIL))
        return None if domain in self._free_mail else domain

    def _side(self, side: Side, refs: list[Ref]) -> SideView | None:
        system = self._connectors[side].name
        known = (self._records.get(ref) for ref in refs if ref.system == system)
        found = canonical([record for record in known if record is not None])
        if found is None:
            return None
        record, others = found
        return SideView(record=record, base=self._bases.get(record.ref, {}), others=others)

    def _deals_of(self, refs: list[Ref]) -> tuple[Record, ...]:
        found: dict[Ref, Record] = {}
        for ref in refs:
            found |= {deal.ref: deal for deal in self._contact_deals.get(ref, ())}
            lead = self._records.get(ref)
            became = _converted_deal(lead) if lead is not None else None
            deal = self._records.get(became) if became is not None else None
            if deal is not None and not deal.fields.get(f.CONTACT_IDS):
                found[deal.ref] = deal
        return tuple(found[ref] for ref in sorted(found))

    def _accounts(self, *sides: SideView | None) -> Mapping[Side, Record]:
        accounts: dict[Side, Record] = {}
        for side, shown in zip((Side.MARKETING, Side.SALES), sides, strict=True):
            ref = _account(shown.record) if shown is not None else None
            record = self._records.get(ref) if ref is not None else None
            if record is not None and not record.deleted:
                accounts[side] = record
        return accounts


def _account(person: Record) -> Ref | None:
    return named(person, f.ACCOUNT_ID, ObjectType.ACCOUNT)


def _converted_deal(person: Record) -> Ref | None:
    if person.ref.object_type is not ObjectType.LEAD:
        return None
    return named(person, f.CONVERTED_DEAL_ID, ObjectType.DEAL)


_NAMED = (_account, _converted_deal)
