"""What was written, or may have been: the outbox looked back upon."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select

from crmbridge.core.model import Ref
from crmbridge.core.operations import Lane, Outcome
from crmbridge.core.undoing import Write
from crmbridge.store import codec
from crmbridge.store.outbox import LANES
from crmbridge.store.queries import Queries
from crmbridge.store.tables import cycles, outbox

_DONE, _PENDING = Outcome.DONE.value, "pending"
_WAITING = ("proposed", _PENDING, "held")
_NOT_UNDO = outbox.c.lane != LANES.index(Lane.UNDO)


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingCycle:
    """A cycle at ``at`` in which ``writes`` were acknowledged."""

    number: int
    at: datetime
    writes: int


class WriteQueries(Queries):
    """Acknowledged writes by person and by cycle."""

    def writing_cycles(self, count: int) -> list[WritingCycle]:
        """The last cycles in which something was written, the latest first."""
        found: list[WritingCycle] = []
        for row in self._connection.execute(select(cycles).order_by(cycles.c.n.desc())):
            writes = sum(json.loads(row.writes).values())
            if writes:
                found.append(WritingCycle(number=row.n, at=row.at, writes=writes))
            if len(found) == count:
                break
        return found

    def cycle_span(self, number: int) -> tuple[datetime | None, datetime] | None:
        """The instants between which everything belongs to a cycle, the first excluded: a cycle
        that was cut off belongs to the next one. ``None`` where there was no such cycle."""
        at = self._connection.scalar(select(cycles.c.at).where(cycles.c.n == number))
        if at is None:
            return None
        before = select(cycles.c.at).where(cycles.c.n < number).order_by(cycles.c.n.desc())
        return self._connection.scalar(before.limit(1)), at

    def written_about(self, after: datetime | None, until: datetime | None) -> list[str]:
        """About whom a CRM acknowledged something after one instant and up to another, in order;
        what took earlier writes back counts as well."""
        span = _span(after, until)
        statement = select(outbox.c.uid).where(outbox.c.state == _DONE, *span).distinct()
        return list(self._connection.scalars(statement.order_by(outbox.c.uid)))

    def writes(self, uid: str) -> list[Write]:
        """Everything that CRMs acknowledged about a person, oldest first, as far back as it is
        kept; and what was sent or waits to be, which may have been done although no answer
        came. Creates of which no record is known are left out."""
        done_or_doubted = or_(outbox.c.state == _DONE, and_(outbox.c.state == _PENDING, _NOT_UNDO))
        statement = select(outbox).where(outbox.c.uid == uid, done_or_doubted)
        found: list[Write] = []
        for row in self._connection.execute(
            statement.order_by(outbox.c.settled_at.nulls_first(), outbox.c.n)
        ):
            operation = codec.decode_operation(row.operation)
            ref = Ref.parse(row.ref) if row.ref else operation.target
            if ref is None:
                continue
            found.append(
                Write(
                    operation=operation,
                    at=row.settled_at or operation.wanted_at,
                    ref=ref,
                    held=codec.decode_fields(row.held) if row.held else {},
                    created=bool(row.created),
                )
            )
        return sorted(found, key=lambda each: each.at)

    def forget_waiting(self, uid: str) -> int:
        """Forget what waits to be sent about a person, taking back left out; how many."""
        waiting = (outbox.c.uid == uid, outbox.c.state.in_(_WAITING), _NOT_UNDO)
        return self._connection.execute(delete(outbox).where(*waiting)).rowcount


def _span(after: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    span: list[ColumnElement[bool]] = []
    if after is not None:
        span.append(outbox.c.settled_at > after)
    if until is not None:
        span.append(outbox.c.settled_at <= until)
    return span
