"""What a person was before each decision, so that decisions can be taken back with their writes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select

from crmbridge.core.model import Ref
from crmbridge.store import codec
from crmbridge.store.people import promise_row
from crmbridge.store.queries import ANY_OF, Queries, portions
from crmbridge.store.tables import (
    folded,
    issued_tasks,
    moves,
    objections,
    persons,
    rewinds,
    sla_clocks,
    withdrawn,
)

_PERSONS = select(persons).where(persons.c.uid.in_(ANY_OF))
_LAST = {
    table: select(table.c.uid, func.max(table.c.n).label("last"))
    .where(table.c.uid.in_(ANY_OF))
    .group_by(table.c.uid)
    for table in (moves, objections)
}


class RewindQueries(Queries):
    """Decisions in the order in which they were made, and the way back before one."""

    def remember(
        self, taken_in: Mapping[str, Collection[str]], at: datetime, acted: Collection[str]
    ) -> None:
        """Keep what these people are before the decisions made at ``at``; to be told before they
        are saved. ``taken_in`` are the facts that each decision folds. Of one that moved and wrote
        nothing, whose person is not among the ``acted``, only these are kept, and nothing where
        there are none."""
        before = {row.uid: row for row in self._rows_about(_PERSONS, acted)}
        last = {
            table: {row.uid: row.last for row in self._rows_about(statement, acted)}
            for table, statement in _LAST.items()
        }
        self._add(
            rewinds,
            [
                {
                    "uid": uid,
                    "at": at,
                    "acted": uid in acted,
                    "person": _person(before[uid]) if uid in before else None,
                    "moves": last[moves].get(uid, 0),
                    "objections": last[objections].get(uid, 0),
                    "folded": json.dumps(sorted(facts)),
                }
                for uid, facts in taken_in.items()
                if facts or uid in acted
            ],
        )

    def acted_on(self, after: datetime | None, until: datetime | None) -> list[str]:
        """Whom a decision moved or wrote about after one instant and up to another, in order."""
        statement = select(rewinds.c.uid).where(rewinds.c.acted.is_(True)).distinct()
        if after is not None:
            statement = statement.where(rewinds.c.at > after)
        if until is not None:
            statement = statement.where(rewinds.c.at <= until)
        return list(self._connection.scalars(statement.order_by(rewinds.c.uid)))

    def rewind(self, uid: str, after: datetime | None) -> bool:
        """Make the person what they were before the first decision after ``after`` that moved or
        wrote something: facts taken in since are news again, moves and promises made since never
        were. Whether there was one; once more changes nothing."""
        acted = select(rewinds).where(rewinds.c.uid == uid, rewinds.c.acted.is_(True))
        if after is not None:
            acted = acted.where(rewinds.c.at > after)
        first = self._connection.execute(acted.order_by(rewinds.c.n).limit(1)).one_or_none()
        if first is None:
            return False
        gone = (rewinds.c.uid == uid, rewinds.c.n >= first.n)
        keys: set[str] = set()
        for text in self._connection.scalars(select(rewinds.c.folded).where(*gone)):
            keys |= set(json.loads(text))
        for portion in portions(sorted(keys)):
            self._connection.execute(
                delete(folded).where(folded.c.uid == uid, folded.c.fact.in_(portion))
            )
        self._connection.execute(delete(persons).where(persons.c.uid == uid))
        cycle = 0
        if first.person is not None:
            before = codec.decode_fields(first.person)
            self._connection.execute(persons.insert(), before)
            cycle = int(str(before["cycle"]))
            self._restore_clock(uid, str(before["standing"]))
        self._connection.execute(
            delete(sla_clocks).where(sla_clocks.c.uid == uid, sla_clocks.c.cycle > cycle)
        )
        for table, last in ((moves, first.moves), (objections, first.objections)):
            self._connection.execute(delete(table).where(table.c.uid == uid, table.c.n > last))
        self._connection.execute(delete(rewinds).where(*gone))
        return True

    def _restore_clock(self, uid: str, standing: str) -> None:
        before = codec.decode_standing(standing)
        if before.sla is not None:
            self._upsert(sla_clocks, [promise_row(uid, before.sla, before.mql_value)])

    def retract(self, uid: str, task: str) -> None:
        """A CRM holds this task no more: it may be put again."""
        self._connection.execute(
            delete(issued_tasks).where(issued_tasks.c.uid == uid, issued_tasks.c.task == task)
        )

    def withdraw(self, ref: Ref) -> None:
        """We made this record and deleted it again: as long as it stays deleted it is as if it
        had never been."""
        self._insert_new(withdrawn, [{"ref": str(ref)}])

    def is_withdrawn(self, ref: Ref) -> bool:
        """Whether we made the record and deleted it again."""
        found = select(withdrawn.c.ref).where(withdrawn.c.ref == str(ref))
        return self._connection.execute(found).first() is not None


def _person(row: Row[Any]) -> str:
    return codec.encode_fields({each.name: getattr(row, each.name) for each in persons.c})
