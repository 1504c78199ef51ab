"""Fields that are not to be written for now: taken out of what waits, and owed to people."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import replace

from sqlalchemy import delete, select, update

from crmbridge.core.model import Side
from crmbridge.core.withholding import Withheld
from crmbridge.store import codec
from crmbridge.store.queries import Queries, portions
from crmbridge.store.tables import outbox, persons

_UNSENT = ("proposed", "pending", "held")


class WithholdingQueries(Queries):
    """What is kept back, in the outbox and per person."""

    def leave_out(self, field: str, sides: Collection[Side]) -> list[str]:
        """Take a field out of every write of these sides that waits; whose they are. A write that
        says nothing else is forgotten."""
        rows = self._connection.execute(
            select(outbox.c.key, outbox.c.operation).where(outbox.c.state.in_(_UNSENT))
        ).all()
        uids: set[str] = set()
        for row in rows:
            operation = codec.decode_operation(row.operation)
            rest = tuple(each for each in operation.changes if each.field != field)
            if operation.side not in sides or len(rest) == len(operation.changes):
                continue
            uids.add(operation.uid)
            this = outbox.c.key == row.key
            if not rest:
                self._connection.execute(delete(outbox).where(this))
                continue
            expected = {name: each for name, each in operation.expected.items() if name != field}
            text = codec.encode_operation(replace(operation, changes=rest, expected=expected))
            self._connection.execute(update(outbox).where(this).values(operation=text))
        return sorted(uids)

    def withheld(self, uids: Iterable[str]) -> dict[str, tuple[Withheld, ...]]:
        """Person → what should be written and is paused; people of whom nothing is left out."""
        found: dict[str, tuple[Withheld, ...]] = {}
        for portion in portions(uids):
            rows = self._connection.execute(
                select(persons.c.uid, persons.c.withheld).where(
                    persons.c.uid.in_(portion), persons.c.withheld.is_not(None)
                )
            )
            found |= {row.uid: _read(row.withheld) for row in rows}
        return found

    def deprived_of(self, field: str, sides: Collection[Side]) -> list[str]:
        """The people for whom this field should be written on one of these sides and was not, in
        order."""
        rows = self._connection.execute(
            select(persons.c.uid, persons.c.withheld)
            .where(persons.c.withheld.is_not(None))
            .order_by(persons.c.uid)
        )
        return [
            row.uid
            for row in rows
            if any(each.field == field and each.side in sides for each in _read(row.withheld))
        ]


def listed(withheld: Collection[Withheld]) -> str | None:
    """The column's text; ``None`` for nothing."""
    if not withheld:
        return None
    return json.dumps([[each.side.value, each.field, each.by] for each in withheld])


def _read(text: str) -> tuple[Withheld, ...]:
    return tuple(
        Withheld(side=Side(side), field=field, by=by) for side, field, by in json.loads(text)
    )
