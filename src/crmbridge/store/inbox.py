"""Transaction 1: pages into the store, with the position behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from crmbridge.core import fields as f
from crmbridge.core.facts import Fact
from crmbridge.core.model import PERSON_TYPES, ObjectType, Record, Ref
from crmbridge.ports import Checkpoint, Page
from crmbridge.store import codec
from crmbridge.store.lists import ListQueries
from crmbridge.store.queries import ANY_OF, portions
from crmbridge.store.records import UNREAD, RecordQueries, row_of
from crmbridge.store.suppressing import SuppressionQueries, untold
from crmbridge.store.tables import checkpoints, facts, inbox, links, records

_COMPARED = (
    records.c.ref,
    records.c.version,
    records.c.modified_at,
    records.c.fields,
    records.c.deleted,
    records.c.merged_into,
)

_UID_OF = select(links.c.uid).where(links.c.ref.in_(ANY_OF))
_DIRTY_OF = select(links).join(inbox, inbox.c.ref == links.c.ref).where(links.c.uid.in_(ANY_OF))


@dataclass(frozen=True, slots=True, kw_only=True)
class PutResult:
    """What a page brought that was not known: changed records and the number of new facts."""

    changed: frozenset[Ref] = field(default_factory=frozenset)
    new_facts: int = 0


class InboxQueries(RecordQueries, ListQueries, SuppressionQueries):
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
        nothing. Putting the same page twice is the same as once. Nothing is taken in about
        people who were erased.
        """
        page = self.without_erased(page)
        self.put_owners(page.owners)
        lists = [each for each in page.records if each.ref.object_type is ObjectType.LIST]
        changed = self._put_records(
            [each for each in page.records if each.ref.object_type is not ObjectType.LIST]
        )
        for snapshot in lists:
            changed |= self.put_members(snapshot)
        new = self._put_facts(page.facts, observed_at)
        self.mark_dirty(changed | {fact.ref for fact in new})
        if page.checkpoint is not None:
            self._move(page.checkpoint)
        return PutResult(changed=frozenset(changed), new_facts=len(new))

    def _put_records(self, found: Sequence[Record]) -> set[Ref]:
        """Store the records that are news; those that are now to be decided about."""
        known = self._known_rows(each.ref for each in found)
        news: dict[Ref, dict[str, Any]] = {}
        taken: list[Record] = []
        changed: set[Ref] = set()
        for record in found:
            before = known.get(str(record.ref))
            if before is not None and (_is_old(before, record) or _tells_more(before, record)):
                continue
            if before is not None:
                record = untold(record, before["fields"])
            after = row_of(record)
            if before is None or not _is_echo(before, after, record):
                changed.add(record.ref)
            known[str(record.ref)] = news[record.ref] = after
            taken.append(record)
        self.put_rows(news, taken)
        return changed

    def _known_rows(self, refs: Iterable[Ref]) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for portion in portions(sorted({str(ref) for ref in refs})):
            rows = self._connection.execute(select(*_COMPARED).where(records.c.ref.in_(portion)))
            found |= {row["ref"]: row for row in rows.mappings()}
        return found

    def _put_facts(self, found: Iterable[Fact], observed_at: datetime) -> list[Fact]:
        by_key: dict[str, Fact] = {}
        for fact in found:
            by_key.setdefault(codec.whole(fact.key), fact)
        known: set[str] = set()
        for portion in portions(by_key):
            rows = self._connection.execute(select(facts.c.key).where(facts.c.key.in_(portion)))
            known |= {row.key for row in rows}
        new = {key: fact for key, fact in by_key.items() if key not in known}
        self._insert_new(
            facts,
            [
                {
                    "key": key,
                    "ref": str(fact.ref),
                    "kind": fact.kind.value,
                    "at": fact.at,
                    "observed_at": observed_at,
                    "detail": codec.encode_detail(fact.detail),
                }
                for key, fact in new.items()
            ],
        )
        return list(new.values())

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

    def dirty_refs(
        self, *, contacts: bool | None = None, after: str = "", limit: int | None = None
    ) -> list[Ref]:
        """What changed since it was last decided about, in the order of the references' texts: the
        first ones after a text, only ``contacts`` or only everything else where that is given."""
        chosen = select(inbox.c.ref).where(inbox.c.ref > after).order_by(inbox.c.ref).limit(limit)
        if contacts is not None:
            are = inbox.c.ref.contains(f":{ObjectType.CONTACT}:")
            chosen = chosen.where(are if contacts else ~are)
        return [Ref.parse(text) for text in self._connection.scalars(chosen)]

    def dirty_persons(self) -> list[str]:
        """Everyone for whom such a record stands, in order."""
        # In portions: a join would be planned as a walk through everybody's links.
        refs = list(self._connection.scalars(select(inbox.c.ref)))
        return sorted({row.uid for row in self._rows_about(_UID_OF, refs)})

    def dirty_refs_of(self, uids: Iterable[str]) -> dict[str, list[Ref]]:
        """Person → such records that stand for them, where there are any."""
        found: dict[str, list[Ref]] = {}
        for row in self._rows_about(_DIRTY_OF, uids):
            found.setdefault(row.uid, []).append(Ref.parse(row.ref))
        return found

    def clear_dirty(self, refs: Iterable[Ref]) -> None:
        """These were decided about."""
        for portion in portions(str(ref) for ref in refs):
            self._connection.execute(delete(inbox).where(inbox.c.ref.in_(portion)))


def _is_old(before: Mapping[str, Any], record: Record) -> bool:
    # A record begun by our own write bears our clock's instant, which may run ahead of the
    # vendor's: comparing the two would shut out the first reading.
    if before["version"] == UNREAD:
        return False
    return bool(before["version"] == record.version or record.modified_at < before["modified_at"])


def _tells_more(before: Mapping[str, Any], record: Record) -> bool:
    """Whether only what is known already says where the record went: once the winner of a merge is
    gone, too, the CRM knows nothing of the loser, who may not have been united yet."""
    return before["merged_into"] is not None and record.deleted and record.merged_into is None


def _is_echo(before: Mapping[str, Any], after: Mapping[str, Any], record: Record) -> bool:
    """Whether nothing that a decision rests on differs: our own write coming back, or a change
    to something that nobody reads. A person's record without our id may still await its match,
    so that every change to it is news."""
    if record.ref.object_type in PERSON_TYPES and record.fields.get(f.UID) is None:
        return False
    return all(before[name] == after[name] for name in ("fields", "deleted", "merged_into"))
