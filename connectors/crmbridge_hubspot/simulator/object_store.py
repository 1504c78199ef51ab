"""Every record of one object type: live, archived, merged away, and how to find them."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.object_types import CONTACTS, ObjectType
from crmbridge_hubspot.simulator.property_registry import PropertyRegistry
from crmbridge_hubspot.simulator.records import Record, Source
from crmbridge_hubspot.simulator.search_index import SearchIndex

# Ids are unique per object type only; starting every type at the same number makes a client
# that mixes types up meet the wrong record instead of a comfortable 404.
_FIRST_ID = 210_000_000_001


class ObjectStore:
    """Records by id, by unique value and in the search index."""

    def __init__(
        self, object_type: ObjectType, properties: PropertyRegistry, lag: Callable[[], float]
    ) -> None:
        self.object_type = object_type
        self.properties = properties
        self.index = SearchIndex(lag)
        self._next_id = _FIRST_ID
        self._records: dict[int, Record] = {}
        self._live_ids: list[int] = []
        self._archived_ids: list[int] = []
        self._merged_into: dict[int, int] = {}
        self._by_unique: dict[tuple[str, str], int] = {}

    def __iter__(self) -> Iterator[Record]:
        """Live records in id order."""
        return (self._records[record_id] for record_id in list(self._live_ids))

    def __len__(self) -> int:
        return len(self._live_ids)

    @property
    def next_id(self) -> int:
        """The id the next new record will get."""
        return self._next_id

    def get(self, record_id: int, *, archived: bool = False) -> Record | None:
        """The live (or else the archived) record with exactly this id."""
        record = self._records.get(record_id)
        return record if record is not None and record.archived == archived else None

    def resolve(self, record_id: int) -> Record | None:
        """The live record that this id leads to, through merges."""
        while record_id in self._merged_into:
            record_id = self._merged_into[record_id]
        return self.get(record_id)

    def merged_away(self, record_id: int) -> bool:
        """Whether this id lost its record in a merge."""
        return record_id in self._merged_into

    def identifies(self, name: str) -> bool:
        """Whether the property called ``name`` identifies at most one record."""
        if name == "email" and self.object_type is CONTACTS:
            return True
        definition = self.properties.find(name)
        return definition is not None and definition.has_unique_value

    def find(self, name: str, value: str) -> Record | None:
        """The live record whose unique property has this value (any case), else None."""
        record_id = self._by_unique.get((name, value.strip().lower()))
        return None if record_id is None else self.get(record_id)

    def page(self, *, after: int, limit: int, archived: bool) -> tuple[list[Record], int | None]:
        """Up to ``limit`` records with ids from ``after`` on, and the next page's first id."""
        ids = self._archived_ids if archived else self._live_ids
        start = bisect_right(ids, after - 1)
        chosen = ids[start : start + limit]
        following = ids[start + limit] if start + limit < len(ids) else None
        return [self._records[record_id] for record_id in chosen], following

    def insert(
        self,
        values: Mapping[str, str],
        *,
        at: datetime,
        source: Source,
        created_at: datetime | None = None,
    ) -> Record:
        """Add a record with the next id, its creation stamped; no checks.

        ``created_at`` is given for a record that continues an older one.
        """
        kind = self.object_type
        born = created_at or at
        record = Record(id=self._next_id, object_type=kind, created_at=born, updated_at=at)
        self._next_id += 1
        self._records[record.id] = record
        self._live_ids.append(record.id)
        stamps = {kind.created_property: iso(born), "hs_object_id": str(record.id)}
        self.write(record, {**stamps, **values}, at=at, source=source)
        return record

    def write(
        self, record: Record, changes: Mapping[str, str], *, at: datetime, source: Source
    ) -> None:
        """Set values and keep the indexes in step; no checks."""
        self._unlist(record)
        record.write(changes, at=at, source=source)
        self._list(record)
        self.index.note(record, at)

    def archive(self, record: Record, *, at: datetime) -> None:
        """Move a live record to the recycle bin; frees its unique values."""
        self._remove_live(record, at)
        record.archived_at = at
        insort(self._archived_ids, record.id)

    def supersede(self, record: Record, by: Record, *, at: datetime) -> None:
        """Let ``by`` answer for a live record that was merged into it."""
        self._remove_live(record, at)
        del self._records[record.id]
        self._merged_into[record.id] = by.id

    def purge(self, record: Record, *, at: datetime) -> None:
        """Forget a record for good, archived or not."""
        if record.archived:
            self._archived_ids.remove(record.id)
        else:
            self._remove_live(record, at)
        del self._records[record.id]

    def _remove_live(self, record: Record, at: datetime) -> None:
        self._unlist(record)
        del self._live_ids[bisect_right(self._live_ids, record.id) - 1]
        self.index.forget(record.id, at)

    def _unique_keys(self, record: Record) -> list[tuple[str, str]]:
        keys = [
            (name, record.value(name).lower())
            for name in self.properties.unique_names
            if record.value(name)
        ]
        if self.object_type is CONTACTS:
            addresses = [record.value("email"), *record.value("hs_additional_emails").split(";")]
            keys += [("email", address.lower()) for address in addresses if address]
        return keys

    def _list(self, record: Record) -> None:
        for key in self._unique_keys(record):
            self._by_unique[key] = record.id

    def _unlist(self, record: Record) -> None:
        for key in self._unique_keys(record):
            if self._by_unique.get(key) == record.id:
                del self._by_unique[key]
