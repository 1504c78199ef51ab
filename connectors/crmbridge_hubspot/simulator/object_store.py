"""Every record of one object type: live, archived, merged away, and how to find them.

What follows from a change is here; where records and index lie is the shelf's and the index's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from crmbridge_hubspot.simulator.disk_index import DiskIndex
from crmbridge_hubspot.simulator.disk_shelf import DiskShelf
from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.object_types import CONTACTS, ObjectType
from crmbridge_hubspot.simulator.property_registry import PropertyRegistry
from crmbridge_hubspot.simulator.records import Record, Source, Version
from crmbridge_hubspot.simulator.search_index import SearchIndex
from crmbridge_hubspot.simulator.shelf import MemoryShelf, UniqueKey

if TYPE_CHECKING:
    from crmbridge.simulation import StateFile


class ObjectStore:
    """Records by id, by unique value and in the search index; all in ``file`` if given.

    A new record needs all properties in ``required``; free text is sought in ``searchable``.
    """

    def __init__(
        self,
        object_type: ObjectType,
        properties: PropertyRegistry,
        lag: Callable[[], float],
        file: StateFile | None = None,
    ) -> None:
        self.object_type = object_type
        self.properties = properties
        self.required = object_type.required_all
        self.searchable = object_type.text_search
        self.index: SearchIndex | DiskIndex
        self._shelf: MemoryShelf | DiskShelf
        if file is None:
            self.index, self._shelf = SearchIndex(lag), MemoryShelf()
        else:
            self.index, self._shelf = (
                DiskIndex(lag, file, object_type),
                DiskShelf(file, object_type),
            )

    def __iter__(self) -> Iterator[Record]:
        """Live records in id order."""
        return iter(self._shelf)

    def __len__(self) -> int:
        return len(self._shelf)

    @property
    def next_id(self) -> int:
        """The id the next new record will get."""
        return self._shelf.next_id

    def get(self, record_id: int, *, archived: bool = False) -> Record | None:
        """The live (or else the archived) record with exactly this id."""
        record = self._shelf.get(record_id)
        return record if record is not None and record.archived == archived else None

    def resolve(self, record_id: int) -> Record | None:
        """The live record that this id leads to, through merges."""
        while (into := self._shelf.merged_into(record_id)) is not None:
            record_id = into
        return self.get(record_id)

    def merged_away(self, record_id: int) -> bool:
        """Whether this id lost its record in a merge."""
        return self._shelf.merged_into(record_id) is not None

    def identifies(self, name: str) -> bool:
        """Whether the property called ``name`` identifies at most one record."""
        if name == "email" and self.object_type is CONTACTS:
            return True
        definition = self.properties.find(name)
        return definition is not None and definition.has_unique_value

    def find(self, name: str, value: str) -> Record | None:
        """The live record whose unique property has this value (any case), else None."""
        record_id = self._shelf.owner((name, value.strip().lower()))
        return None if record_id is None else self.get(record_id)

    def page(self, *, after: int, limit: int, archived: bool) -> tuple[list[Record], int | None]:
        """Up to ``limit`` records with ids from ``after`` on, and the next page's first id."""
        return self._shelf.page(after=after, limit=limit, archived=archived)

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
        record = Record(id=self._shelf.next_id, object_type=kind, created_at=born, updated_at=at)
        self._shelf.add(record)
        stamps = {kind.created_property: iso(born), "hs_object_id": str(record.id)}
        self.write(record, {**stamps, **values}, at=at, source=source)
        return record

    def write(
        self, record: Record, changes: Mapping[str, str], *, at: datetime, source: Source
    ) -> None:
        """Set values and keep the indexes in step; no checks."""
        self.index.hold(record.id)
        self._shelf.release(self._unique_keys(record), record.id)
        record.write(changes, at=at, source=source)
        self._shelf.claim(self._unique_keys(record), record.id)
        self._shelf.save(record)
        self.index.note(record, at)

    def continue_history(self, record: Record, history: Mapping[str, list[Version]]) -> None:
        """Give properties of a record another history, as a merge does."""
        record.history.update(history)
        self._shelf.save(record)

    def archive(self, record: Record, *, at: datetime) -> None:
        """Move a live record to the recycle bin; frees its unique values."""
        self._remove_live(record, at)
        record.archived_at = at
        self._shelf.set_aside(record)

    def forget_archived(self, *, before: datetime) -> None:
        """Forget for good what has been archived since before that instant."""
        following: int | None = 0
        while following is not None:
            page, following = self._shelf.page(after=following, limit=500, archived=True)
            for record in page:
                if record.archived_at and record.archived_at < before:
                    self._shelf.drop(record)

    def restore(self, record: Record, *, at: datetime, source: Source) -> None:
        """Take an archived record out of the recycle bin; no checks. It is modified by that."""
        self._shelf.take_back(record)
        record.archived_at = None
        self.write(record, {}, at=at, source=source)

    def supersede(self, record: Record, by: Record, *, at: datetime) -> None:
        """Let ``by`` answer for a live record that was merged into it."""
        self._remove_live(record, at)
        self._shelf.drop(record)
        self._shelf.redirect(record.id, by.id)

    def purge(self, record: Record, *, at: datetime) -> None:
        """Forget a record for good, archived or not."""
        if not record.archived:
            self._remove_live(record, at)
        self._shelf.drop(record)

    def _remove_live(self, record: Record, at: datetime) -> None:
        self.index.hold(record.id)
        self._shelf.release(self._unique_keys(record), record.id)
        self._shelf.withdraw(record)
        self.index.forget(record.id, at)

    def _unique_keys(self, record: Record) -> list[UniqueKey]:
        keys = [
            (name, record.value(name).lower())
            for name in self.properties.unique_names
            if record.value(name)
        ]
        if self.object_type is CONTACTS:
            addresses = [record.value("email"), *record.value("hs_additional_emails").split(";")]
            keys += [("email", address.lower()) for address in addresses if address]
        return keys
