"""Where the records of one object type lie: in memory here, ``disk_shelf`` in a file."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

from crmbridge_hubspot.simulator.records import Record

UniqueKey = tuple[str, str]
# Ids are unique per object type only; starting every type at the same number makes a client
# that mixes types up meet the wrong record instead of a comfortable 404.
FIRST_ID = 210_000_000_001


class MemoryShelf:
    """Records by id, live and archived ones in order, with what leads to them."""

    def __init__(self) -> None:
        self.next_id = FIRST_ID
        self._records: dict[int, Record] = {}
        self._live_ids: list[int] = []
        self._archived_ids: list[int] = []
        self._merged_into: dict[int, int] = {}
        self._by_unique: dict[UniqueKey, int] = {}

    def __iter__(self) -> Iterator[Record]:
        """Live records in id order."""
        return (self._records[record_id] for record_id in list(self._live_ids))

    def __len__(self) -> int:
        """How many records are live."""
        return len(self._live_ids)

    def get(self, record_id: int) -> Record | None:
        """The record with this id, archived or not."""
        return self._records.get(record_id)

    def page(self, *, after: int, limit: int, archived: bool) -> tuple[list[Record], int | None]:
        """Up to ``limit`` records with ids from ``after`` on, and the next page's first id."""
        ids = self._archived_ids if archived else self._live_ids
        start = bisect_right(ids, after - 1)
        chosen = ids[start : start + limit]
        following = ids[start + limit] if start + limit < len(ids) else None
        return [self._records[record_id] for record_id in chosen], following

    def add(self, record: Record) -> None:
        """Take a new record, whose id is ``next_id``, among the live ones; ``save`` follows."""
        self.next_id = record.id + 1
        self._records[record.id] = record
        self._live_ids.append(record.id)

    def save(self, record: Record) -> None:
        """A record was changed: here it is the very same object."""

    def withdraw(self, record: Record) -> None:
        """Take a record from among the live ones."""
        del self._live_ids[bisect_left(self._live_ids, record.id)]

    def set_aside(self, record: Record) -> None:
        """Put a withdrawn record with the archived ones."""
        insort(self._archived_ids, record.id)

    def take_back(self, record: Record) -> None:
        """Put an archived record among the live ones again; ``save`` follows."""
        self._archived_ids.remove(record.id)
        insort(self._live_ids, record.id)

    def drop(self, record: Record) -> None:
        """Forget a record that is withdrawn or archived."""
        if record.archived:
            self._archived_ids.remove(record.id)
        del self._records[record.id]

    def merged_into(self, record_id: int) -> int | None:
        """The id that a merged record's id leads to, None for any other id."""
        return self._merged_into.get(record_id)

    def redirect(self, record_id: int, into: int) -> None:
        """Let the id of a merged record lead to another."""
        self._merged_into[record_id] = into

    def owner(self, key: UniqueKey) -> int | None:
        """The id of the record that has this unique value."""
        return self._by_unique.get(key)

    def claim(self, keys: list[UniqueKey], record_id: int) -> None:
        """Let unique values lead to a record."""
        self._by_unique.update(dict.fromkeys(keys, record_id))

    def release(self, keys: list[UniqueKey], record_id: int) -> None:
        """Free unique values as far as they lead to this record."""
        for key in keys:
            if self._by_unique.get(key) == record_id:
                del self._by_unique[key]
