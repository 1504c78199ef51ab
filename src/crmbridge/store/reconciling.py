"""Who belongs to which population, what may explain a difference, and what is read again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import delete, select, update

from crmbridge.core.model import PERSON_TYPES, Ref, Stage
from crmbridge.core.reconciling import Reconciliation, Write, WriteState
from crmbridge.core.standing import Standing
from crmbridge.store import codec
from crmbridge.store.queries import portions
from crmbridge.store.records import UNREAD
from crmbridge.store.shedding import SheddingQueries
from crmbridge.store.tables import doubts, inbox, links, outbox, persons, records

_LAST = "reconciled"
_PROPOSED, _PENDING = "proposed", "pending"
_UNSETTLED = (_PROPOSED, _PENDING, WriteState.HELD.value, WriteState.PARKED.value)


class ReconcilingQueries(SheddingQueries):
    """Questions about many people at once, and the records in doubt."""

    def people_in(self, stages: Collection[Stage]) -> Iterator[tuple[str, Standing]]:
        """Person and standing of everyone in these stages."""
        statement = select(persons.c.uid, persons.c.standing).where(
            persons.c.stage.in_([stage.value for stage in stages])
        )
        with self._rows_in_portions(statement) as rows:
            for row in rows:
                yield row.uid, codec.decode_standing(row.standing)

    def people_behind(self, refs: Iterable[Ref]) -> dict[Ref, str]:
        """Record → person; records that stand for nobody are left out."""
        found: dict[Ref, str] = {}
        for portion in portions(str(ref) for ref in refs):
            rows = self._connection.execute(
                select(links.c.ref, links.c.uid).where(links.c.ref.in_(portion))
            )
            found |= {Ref.parse(row.ref): row.uid for row in rows}
        return found

    def records_behind(self, uids: Iterable[str]) -> dict[str, list[Ref]]:
        """Person → the people's records that stand for them, in order."""
        found: dict[str, list[Ref]] = {}
        for portion in portions(uids):
            rows = self._connection.execute(
                select(links.c.uid, links.c.ref)
                .where(links.c.uid.in_(portion))
                .order_by(links.c.ref)
            )
            for row in rows:
                ref = Ref.parse(row.ref)
                if ref.object_type in PERSON_TYPES:
                    found.setdefault(row.uid, []).append(ref)
        return found

    def unsettled(self, uids: Collection[str]) -> dict[str, list[Write]]:
        """Person → the writes that are under way, held, refused or put off, in order."""
        found: dict[str, list[Write]] = {}
        for portion in portions(uids):
            rows = self._connection.execute(
                select(outbox)
                .where(outbox.c.uid.in_(portion), outbox.c.state.in_(_UNSETTLED))
                .order_by(outbox.c.n)
            )
            for row in rows:
                write = Write(
                    operation=codec.decode_operation(row.operation),
                    state=_state(row.state, row.attempts),
                    why=row.message or "",
                )
                found.setdefault(row.uid, []).append(write)
        for uid, operations in self.put_off_for(uids).items():
            found.setdefault(uid, []).extend(
                Write(operation=each, state=WriteState.PENDING, why="calls are scarce today")
                for each in operations
            )
        return found

    def undecided(self, refs: Iterable[Ref]) -> frozenset[Ref]:
        """Those of the records that changed and were not decided about since."""
        found: set[Ref] = set()
        for portion in portions(str(ref) for ref in refs):
            rows = self._connection.execute(select(inbox.c.ref).where(inbox.c.ref.in_(portion)))
            found |= {Ref.parse(row.ref) for row in rows}
        return frozenset(found)

    def doubt(self, refs: Collection[Ref]) -> None:
        """Have these records read again and decided about in the next cycle, whatever version of
        them is known."""
        self._insert_new(doubts, [{"ref": str(ref)} for ref in sorted(refs)])
        for portion in portions(str(ref) for ref in refs):
            self._connection.execute(
                update(records).where(records.c.ref.in_(portion)).values(version=UNREAD)
            )

    def doubted(self) -> list[Ref]:
        """The records that are to be read again, in order."""
        return [Ref.parse(ref) for ref in self._connection.scalars(_DOUBTED)]

    def clear_doubts(self, refs: Iterable[Ref]) -> None:
        """These were read again."""
        for portion in portions(str(ref) for ref in refs):
            self._connection.execute(delete(doubts).where(doubts.c.ref.in_(portion)))

    def keep_reconciliation(self, found: Reconciliation) -> None:
        """Remember this as the last comparison; its single differences are not kept."""
        self._note(_LAST, codec.encode_reconciliation(found))

    def last_reconciliation(self) -> Reconciliation | None:
        """The last comparison in numbers; ``None`` before the first."""
        text = self._noted(_LAST)
        return codec.decode_reconciliation(text) if text else None


_DOUBTED = select(doubts.c.ref).order_by(doubts.c.ref)


def _state(state: str, attempts: int) -> WriteState:
    if state not in (_PROPOSED, _PENDING):
        return WriteState(state)
    return WriteState.RETRY if attempts else WriteState.PENDING
