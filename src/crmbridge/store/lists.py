"""Nurture lists: who is on them, and who was told to be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, delete, func, select

from crmbridge.core import fields as f
from crmbridge.core.model import ListState, ObjectType, Record, Ref
from crmbridge.store import codec
from crmbridge.store.queries import ANY_OF, Queries, portions
from crmbridge.store.tables import list_agreed, list_members, lists

_MEMBER_OF = select(list_members).where(list_members.c.contact.in_(ANY_OF))
_AGREED_ON = select(list_agreed).where(list_agreed.c.contact.in_(ANY_OF))


class ListQueries(Queries):
    """Memberships as the CRM shows them and as it acknowledged them."""

    def put_members(self, snapshot: Record) -> set[Ref]:
        """Take in the complete members of a list; the contacts who came or went.

        Where another list has taken the name, those who were on the former one count as never
        put there: they are to be decided about too.
        """
        name, ids = snapshot.fields.get(f.NAME), snapshot.fields.get(f.MEMBERS)
        if not isinstance(name, str) or not isinstance(ids, tuple):
            return set()
        name = codec.whole(name)
        moved = self._bind_list(name, snapshot.ref)
        system = snapshot.ref.system
        shown = {str(Ref(system=system, object_type=ObjectType.CONTACT, id=i)) for i in ids}
        rows = self._connection.execute(
            select(list_members.c.contact).where(list_members.c.list == name)
        )
        known = {row.contact for row in rows}
        for portion in portions(sorted(known - shown)):
            self._connection.execute(
                delete(list_members).where(
                    list_members.c.list == name, list_members.c.contact.in_(portion)
                )
            )
        self._insert_new(
            list_members, [{"list": name, "contact": contact} for contact in sorted(shown - known)]
        )
        return {Ref.parse(contact) for contact in known ^ shown} | moved

    def _bind_list(self, name: str, ref: Ref) -> set[Ref]:
        """Keep which list bears the name; whoever was on another one that bore it before."""
        before = self.list_refs().get(name)
        if before == ref:
            return set()
        self._upsert(lists, [{"name": name, "ref": str(ref)}])
        if before is None:
            return set()
        left: set[str] = set()
        for table in (list_members, list_agreed):
            left |= set(
                self._connection.scalars(select(table.c.contact).where(table.c.list == name))
            )
            self._connection.execute(delete(table).where(table.c.list == name))
        return {Ref.parse(contact) for contact in left}

    def list_refs(self) -> dict[str, Ref]:
        """List name → the list that bears it."""
        rows = self._connection.execute(select(lists.c.name, lists.c.ref))
        return {row.name: Ref.parse(row.ref) for row in rows}

    def list_state(self, contact: Ref) -> ListState:
        """The lists this contact is on, and those it was told to be on."""
        return self.list_states([contact]).get(contact, ListState())

    def list_states(self, contacts: Iterable[Ref]) -> dict[Ref, ListState]:
        """Contact → the lists they are on, and those they were told to be on, if any."""
        wanted = [str(contact) for contact in contacts]
        members, agreed = self._lists(_MEMBER_OF, wanted), self._lists(_AGREED_ON, wanted)
        none = frozenset[str]()
        return {
            Ref.parse(contact): ListState(
                members=members.get(contact, none), agreed=agreed.get(contact, none)
            )
            for contact in members.keys() | agreed.keys()
        }

    def _lists(self, statement: Select[Any], contacts: Iterable[str]) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for row in self._rows_about(statement, contacts):
            found.setdefault(row.contact, set()).add(row.list)
        return {contact: frozenset(names) for contact, names in found.items()}

    def agree_list(self, contact: Ref, name: str, *, member: bool) -> None:
        """The CRM acknowledged that the contact is, or is no longer, on the list."""
        row = {"list": name, "contact": str(contact)}
        for table in (list_members, list_agreed):
            if member:
                self._insert_new(table, [row])
            else:
                self._connection.execute(
                    delete(table).where(table.c.list == name, table.c.contact == str(contact))
                )

    def list_counts(self) -> dict[str, int]:
        """List name → members."""
        rows = self._connection.execute(
            select(list_members.c.list, func.count()).group_by(list_members.c.list)
        )
        return {name: int(count) for name, count in rows}
