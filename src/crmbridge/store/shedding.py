"""Writes that wait because calls are scarce: whom they concern, so that nobody is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import delete, select

from crmbridge.core.model import Side
from crmbridge.core.operations import Lane, Operation
from crmbridge.store import codec
from crmbridge.store.outbox import LANES
from crmbridge.store.queries import Queries, portions
from crmbridge.store.tables import outbox, shed

_UNSENT = ("proposed", "pending")


class SheddingQueries(Queries):
    """What was put off, and who is decided about anew once it may go."""

    def put_off(self, operations: Sequence[Operation]) -> None:
        """Remember whom these writes would have concerned; what they said is decided anew."""
        self._insert_new(
            shed,
            [
                {
                    "uid": each.uid,
                    "side": each.side.value,
                    "lane": LANES.index(each.lane),
                    "operation": codec.encode_operation(each),
                }
                for each in operations
            ],
        )

    def take_back_lanes(self, side: Side, lanes: Collection[Lane]) -> int:
        """Put off what waits to be sent and never was, of these lanes of one side; how many."""
        rows = self._connection.execute(
            select(outbox.c.key, outbox.c.operation)
            .where(
                outbox.c.state.in_(_UNSENT),
                outbox.c.attempts == 0,
                outbox.c.lane.in_([LANES.index(lane) for lane in lanes]),
            )
            .order_by(outbox.c.n)
        )
        found = {row.key: codec.decode_operation(row.operation) for row in rows}
        taken = {key: each for key, each in found.items() if each.side is side}
        self.put_off(list(taken.values()))
        for portion in portions(sorted(taken)):
            self._connection.execute(delete(outbox).where(outbox.c.key.in_(portion)))
        return len(taken)

    def next_put_off(self, side: Side, still_waiting: Collection[Lane], limit: int) -> list[str]:
        """The people who were put off first, in the order of worth, of lanes that need not wait any
        more; they are forgotten here."""
        lanes = [number for number, lane in enumerate(LANES) if lane not in still_waiting]
        rows = self._connection.execute(
            select(shed.c.n, shed.c.uid)
            .where(shed.c.side == side.value, shed.c.lane.in_(lanes))
            .order_by(shed.c.lane, shed.c.n)
            .limit(limit)
        ).all()
        for portion in portions(row.n for row in rows):
            self._connection.execute(delete(shed).where(shed.c.n.in_(portion)))
        return list(dict.fromkeys(row.uid for row in rows))

    def put_off_for(self, uids: Iterable[str]) -> dict[str, list[Operation]]:
        """Person → the writes that were put off, as they were wanted then."""
        found: dict[str, list[Operation]] = {}
        for portion in portions(uids):
            rows = self._connection.execute(
                select(shed.c.uid, shed.c.operation)
                .where(shed.c.uid.in_(portion))
                .order_by(shed.c.n)
            )
            for row in rows:
                found.setdefault(row.uid, []).append(codec.decode_operation(row.operation))
        return found
