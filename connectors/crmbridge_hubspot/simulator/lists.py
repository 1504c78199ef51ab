"""Contact lists ("segments") and who is on them. HubSpot contract §12."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from crmbridge_hubspot.simulator.errors import HubSpotError, validation_error
from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.type_directory import TypeDirectory

_RESTORABLE = timedelta(days=90)


class ProcessingType(StrEnum):
    """Who decides on membership: people, a filter, or a filter once."""

    MANUAL = "MANUAL"
    DYNAMIC = "DYNAMIC"
    SNAPSHOT = "SNAPSHOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Since when a record is on a list, this time and for the first time."""

    first_added: datetime
    last_added: datetime


@dataclass(slots=True, kw_only=True)
class RecordList:
    """One list; the members of a DYNAMIC one are worked out when it is read."""

    id: int
    name: str
    object_type: ObjectType
    processing_type: ProcessingType
    created_at: datetime
    updated_at: datetime
    created_by: str
    filter_branch: dict[str, Any] | None = None
    version: int = 1
    folder_id: int = 0
    deleted_at: datetime | None = None
    members: MutableMapping[int, Membership] = field(default_factory=dict)

    def to_json(self, size: int) -> dict[str, Any]:
        """The list as list resources show it, its filters aside."""
        shown: dict[str, Any] = {
            "listId": str(self.id),
            "listVersion": self.version,
            "name": self.name,
            "objectTypeId": self.object_type.id,
            "processingType": self.processing_type,
            "processingStatus": "COMPLETE",
            "createdById": self.created_by,
            "createdAt": iso(self.created_at),
            "updatedById": self.created_by,
            "updatedAt": iso(self.updated_at),
            "filtersUpdatedAt": iso(self.created_at),
            "size": size,
        }
        if self.deleted_at:
            shown["deletedAt"] = iso(self.deleted_at)
        return shown

    def add(self, record_ids: Iterable[int], at: datetime) -> list[int]:
        """Put records on the list; answers those that were not on it before."""
        added = [record_id for record_id in record_ids if record_id not in self.members]
        for record_id in added:
            self.members[record_id] = Membership(first_added=at, last_added=at)
        return added

    def remove(self, record_ids: Iterable[int]) -> list[int]:
        """Take records off the list; answers those that were on it."""
        return [
            record_id for record_id in record_ids if self.members.pop(record_id, None) is not None
        ]


def refuse_dynamic(record_list: RecordList) -> None:
    """400 for a membership change of a list whose filter decides."""
    if record_list.processing_type is ProcessingType.DYNAMIC:
        raise validation_error(
            f"List {record_list.id} has processing type DYNAMIC: its memberships cannot be "
            "changed by hand.",
            sub_category="ListError.INVALID_PROCESSING_TYPE",
        )


class ListStore:
    """All lists of the portal; names are unique whatever their case.

    ``members_of`` answers where the members of the list with that id are kept.
    """

    def __init__(self, members_of: Callable[[int], MutableMapping[int, Membership]]) -> None:
        self._members_of = members_of
        self._lists: dict[int, RecordList] = {}
        self._next_id = 1

    def create(
        self,
        *,
        name: str,
        object_type: ObjectType,
        processing_type: ProcessingType,
        filter_branch: dict[str, Any] | None,
        created_by: str,
        at: datetime,
        folder_id: int = 0,
    ) -> RecordList:
        """A new, empty list; 400 if the name is taken."""
        self._refuse_taken(name)
        created = RecordList(
            id=self._next_id,
            name=name,
            object_type=object_type,
            processing_type=processing_type,
            created_at=at,
            updated_at=at,
            created_by=created_by,
            filter_branch=filter_branch,
            folder_id=folder_id,
            members=self._members_of(self._next_id),
        )
        self._next_id += 1
        self._lists[created.id] = created
        return created

    def made(self) -> tuple[int, list[RecordList]]:
        """The next list's id, and copies of all lists, deleted ones too, without members."""
        return self._next_id, [replace(one, members={}) for one in self._lists.values()]

    def go_on_from(self, next_id: int, lists: Iterable[RecordList], types: TypeDirectory) -> None:
        """Continue where another portal stopped, with the members that are kept."""
        self._next_id = next_id
        for one in lists:
            kind = types.named(one.object_type.id) or one.object_type
            members = self._members_of(one.id)
            self._lists[one.id] = replace(one, object_type=kind, members=members)

    def all(self) -> list[RecordList]:
        """Lists not deleted, by id."""
        return [one for _, one in sorted(self._lists.items()) if one.deleted_at is None]

    def get(self, text: str) -> RecordList:
        """The list with this id; 404 if there is none."""
        found = self._lists.get(int(text)) if text.isdecimal() else None
        if found is None or found.deleted_at is not None:
            raise _missing(f"List does not exist with ID {text}.")
        return found

    def named(self, object_type: ObjectType, name: str) -> RecordList:
        """The list with this name for this object type; 404 if there is none."""
        for one in self.all():
            if one.object_type is object_type and one.name.lower() == name.lower():
                return one
        raise _missing(f"List does not exist with name {name}.")

    def rename(self, record_list: RecordList, name: str, *, at: datetime) -> None:
        """Give a list another name; 400 if it is taken."""
        if name.lower() != record_list.name.lower():
            self._refuse_taken(name)
        record_list.name = name
        record_list.version += 1
        record_list.updated_at = at

    def restore(self, text: str, *, at: datetime) -> None:
        """Bring a deleted list back; 404 if it never was, or was deleted too long ago."""
        found = self._lists.get(int(text)) if text.isdecimal() else None
        if found is None or (found.deleted_at and at - found.deleted_at > _RESTORABLE):
            raise _missing(f"List does not exist with ID {text}.")
        if found.deleted_at is not None:
            self._refuse_taken(found.name)
        found.deleted_at = None
        found.updated_at = at

    def drop_record(self, object_type: ObjectType, record_id: int) -> None:
        """Take a vanished record off every list."""
        for one in self._lists.values():
            if one.object_type is object_type:
                one.members.pop(record_id, None)

    def move_record(self, object_type: ObjectType, old_id: int, new_id: int) -> None:
        """Give a merged record's memberships to the record it became part of."""
        for one in self._lists.values():
            if one.object_type is object_type and old_id in one.members:
                one.members.setdefault(new_id, one.members.pop(old_id))

    def _refuse_taken(self, name: str) -> None:
        if any(one.name.lower() == name.lower() for one in self.all()):
            raise validation_error(
                f"A list with the name '{name}' already exists.",
                sub_category="ILS.DUPLICATE_LIST_NAMES",
            )


def _missing(message: str) -> HubSpotError:
    return HubSpotError(404, message, category="OBJECT_NOT_FOUND")
