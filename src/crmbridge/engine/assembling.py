"""Step 5, assemble: everything the core may know about one person, read from the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crmbridge.core import fields as f
from crmbridge.core.copies import without_copies
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
from crmbridge.core.profile import email_domain
from crmbridge.core.view import Colleague, Edit, PersonView
from crmbridge.engine.withholding import paused_fields
from crmbridge.ports import Connector
from crmbridge.store import Transaction


class Assembler:
    """Builds person views within one transaction; owners and pauses are read once."""

    def __init__(
        self,
        tx: Transaction,
        connectors: Mapping[Side, Connector],
        our_users: frozenset[str],
        go_live: datetime,
        free_mail: frozenset[str],
    ) -> None:
        self._tx = tx
        self._connectors = connectors
        self._our_users = our_users
        self._go_live = go_live
        self._free_mail = free_mail
        self._mapped_since, self._mapped_whole = tx.mapped()
        self._has_edits, self._has_flips = tx.has_edits(), tx.has_flips()
        systems = {side: connector.name for side, connector in connectors.items()}
        self._paused = paused_fields(tx, systems)
        self._owners: dict[Side, Mapping[str, Owner]] = {
            side: tx.owners(connector.name) for side, connector in connectors.items()
        }

    def view(self, uid: str) -> PersonView:
        """The person as both CRMs and our own memory show them."""
        tx = self._tx
        refs = [ref for ref in tx.links(uid) if ref.object_type in PERSON_TYPES]
        sides = {side: self._side(side, refs) for side in self._connectors}
        deals = self._deals(refs)
        facts = without_copies(tx.facts_of([*refs, *(deal.ref for deal in deals)]))
        folded = tx.folded(uid)
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
            lists=tx.list_state(marketing.record.ref) if marketing else ListState(),
            facts=tuple(facts),
            fresh=frozenset(fact.key for fact in facts) - folded,
            standing=tx.standing(uid),
            our_users=self._our_users,
            colleagues=self._colleagues(uid, sales, marketing),
            issued=tx.issued(uid),
            edits=self._edits(sides) if self._has_edits else {},
            mapped_since=self._mapped_since,
            mapped_whole=self._mapped_whole,
            flips=tx.flips(uid) if self._has_flips else {},
            paused=self._paused,
        )

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
                return () if domain in self._free_mail else self._tx.colleagues(uid, domain)
        return ()

    def _side(self, side: Side, refs: list[Ref]) -> SideView | None:
        system = self._connectors[side].name
        found = canonical(self._tx.records([ref for ref in refs if ref.system == system]))
        if found is None:
            return None
        record, others = found
        return SideView(record=record, base=self._tx.base(record.ref), others=others)

    def _deals(self, refs: list[Ref]) -> tuple[Record, ...]:
        found: dict[Ref, Record] = {}
        for ref in refs:
            for deal in self._tx.deals_of_contact(ref):
                found[deal.ref] = deal
        leads = self._tx.records([ref for ref in refs if ref.object_type is ObjectType.LEAD])
        converted = [
            Ref(system=lead.ref.system, object_type=ObjectType.DEAL, id=identity)
            for lead in leads
            if isinstance(identity := lead.fields.get(f.CONVERTED_DEAL_ID), str)
        ]
        for deal in self._tx.records(converted):
            if not deal.fields.get(f.CONTACT_IDS):
                found[deal.ref] = deal
        return tuple(found[ref] for ref in sorted(found))

    def _accounts(self, *sides: SideView | None) -> Mapping[Side, Record]:
        accounts: dict[Side, Record] = {}
        for side, shown in zip((Side.MARKETING, Side.SALES), sides, strict=True):
            identity = shown.record.fields.get(f.ACCOUNT_ID) if shown else None
            if shown is None or not isinstance(identity, str):
                continue
            ref = Ref(system=shown.record.ref.system, object_type=ObjectType.ACCOUNT, id=identity)
            record = self._tx.record(ref)
            if record is not None and not record.deleted:
                accounts[side] = record
        return accounts
