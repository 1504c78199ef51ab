"""Transaction 1: pages into the store, with the position behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select

from crmbridge.core import fields as f
from crmbridge.core.facts import Fact
from crmbridge.core.model import ObjectType, Record, Ref
from crmbridge.ports import Checkpoint, Page
from crmbridge.store import codec
from crmbridge.store.lists import ListQueries
from crmbridge.store.queries import portions
from crmbridge.store.records import RecordQueries
from crmbridge.store.tables import checkpoints, facts, inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class PutResult:
    """What a page brought that was not known: changed records and the number of new facts."""

    changed: frozenset[Ref] = field(default_factory=frozenset)
    new_facts: int = 0


class InboxQueries(RecordQueries, ListQueries):
    """Reading positions, pages and the references that await a decision."""

    def checkpoint(self, system: str, stream: str) -> Checkpoint | None:
        """How far this stream was read."""
        row = self._connection.execute(
            select(checkpoints).where(
                checkpoints.c.system == system,
                checkpoints.c.stream == stream,
                checkpoints.c.cursor.is_not(None),
            )
        ).one_or_none()
        if row is None:
            return None
        return Checkpoint(system=system, stream=stream, cursor=row.cursor, watermark=row.watermark)

    def polled_at(self, system: str, stream: str) -> datetime | None:
        """When this stream was last read to its end."""
        found: datetime | None = self._connection.execute(
            select(checkpoints.c.polled_at).where(
                checkpoints.c.system == system, checkpoints.c.stream == stream
            )
        ).scalar_one_or_none()
        return found

    def set_polled_at(self, system: str, stream: str, at: datetime) -> None:
        """Note that the stream was read to its end."""
        row = {"system": system, "stream": stream, "polled_at": at}
        self._upsert(checkpoints, [row])

    def put_page(self, page: Page, observed_at: datetime) -> PutResult:
        """Take in everything new of a page and move its position, marking what changed.

        A version older than the stored one changes nothing; a fact whose key is known adds
        nothing. Putting the same page twice is the same as once.
        """
        self.put_owners(page.owners)
        changed = {ref for record in page.records for ref in self._put(record)}
        new = self._put_facts(page.facts, observed_at)
        self.mark_dirty(changed | {fact.ref for fact in new})
        if page.checkpoint is not None:
            self._move(page.checkpoint)
        return PutResult(changed=frozenset(changed), new_facts=len(new))

    def _put(self, record: Record) -> set[Ref]:
        """Store one record if it is news; the references that are now to be decided about."""
        if record.ref.object_type is ObjectType.LIST:
            return self.put_members(record)
        known = self.record(record.ref)
        if known is not None and _is_old(known, record):
            return set()
        self.put_record(record)
        if known is not None and _looks_same(known, record):
            return set()
        return {record.ref}

    def _put_facts(self, found: Iterable[Fact], observed_at: datetime) -> list[Fact]:
        by_key: dict[str, Fact] = {}
        for fact in found:
            by_key.setdefault(fact.key, fact)
        known: set[str] = set()
        for portion in portions(by_key):
            rows = self._connection.execute(select(facts.c.key).where(facts.c.key.in_(portion)))
            known |= {row.key for row in rows}
        new = [fact for key, fact in by_key.items() if key not in known]
        self._insert_new(
            facts,
            [
                {
                    "key": fact.key,
                    "ref": str(fact.ref),
                    "kind": fact.kind.value,
                    "at": fact.at,
                    "observed_at": observed_at,
                    "detail": codec.encode_detail(fact.detail),
                }
                for fact in new
            ],
        )
        return new

    def _move(self, checkpoint: Checkpoint) -> None:
        self._upsert(
            checkpoints,
            [
                {
                    "system": checkpoint.system,
                    "stream": checkpoint.stream,
                    "cursor": checkpoint.cursor,
                    "watermark": checkpoint.watermark,
                }
            ],
        )

    def mark_dirty(self, refs: Iterable[Ref]) -> None:
        """Ask for a decision about whoever these records concern."""
        self._insert_new(inbox, [{"ref": str(ref)} for ref in sorted(set(refs))])

    def dirty_refs(self) -> list[Ref]:
        """Everything that changed since it was last decided about, in order."""
        rows = self._connection.execute(select(inbox.c.ref).order_by(inbox.c.ref))
        return [Ref.parse(row.ref) for row in rows]

    def clear_dirty(self, refs: Iterable[Ref]) -> None:
        """These were decided about."""
        for portion in portions(str(ref) for ref in refs):
            self._connection.execute(delete(inbox).where(inbox.c.ref.in_(portion)))


def _is_old(known: Record, record: Record) -> bool:
    return known.version == record.version or record.modified_at < known.modified_at


def _looks_same(known: Record, record: Record) -> bool:
    """Whether nothing that a decision rests on differs: our own write coming back."""
    return (
        known.fields == record.fields
        and known.deleted == record.deleted
        and known.merged_into == record.merged_into
        and record.fields.get(f.UID) is not None
    )
