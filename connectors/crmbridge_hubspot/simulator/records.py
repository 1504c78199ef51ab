"""A CRM record with the full history of every property. HubSpot contract §3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from crmbridge_hubspot.simulator.instants import iso, milliseconds
from crmbridge_hubspot.simulator.object_types import ObjectType


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who or what wrote a value, as property history tells it."""

    type: str
    id: str | None = None
    label: str | None = None
    user_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One value that a property had, from ``at`` on."""

    value: str
    at: datetime
    source: Source

    def to_json(self) -> dict[str, Any]:
        """The version as ``propertiesWithHistory`` shows it."""
        shown: dict[str, Any] = {
            "value": self.value,
            "timestamp": iso(self.at),
            "sourceType": self.source.type,
        }
        if self.source.id is not None:
            shown["sourceId"] = self.source.id
        if self.source.label is not None:
            shown["sourceLabel"] = self.source.label
        if self.source.user_id is not None:
            shown["updatedByUserId"] = self.source.user_id
        return shown


@dataclass(slots=True, kw_only=True, weakref_slot=True, eq=False)
class Record:
    """One record; ``values`` is replaced, never changed, so that a reader may keep it."""

    id: int
    object_type: ObjectType
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None = None
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    history: dict[str, list[Version]] = field(default_factory=dict)

    @property
    def archived(self) -> bool:
        """Whether it lies in the recycle bin."""
        return self.archived_at is not None

    def value(self, name: str) -> str:
        """The current value, "" for one that is empty or was never set."""
        return self.values.get(name, "")

    def write(self, changes: Mapping[str, str], *, at: datetime, source: Source) -> None:
        """Set values; moves the modified date also where nothing changed.

        A version is added only to the history of properties whose value changed.
        """
        for name, value in changes.items():
            if self.values.get(name) != value:
                version = Version(value=value, at=at, source=source)
                self.history.setdefault(name, []).append(version)
        self.updated_at = at
        self.values = {**self.values, **changes, self.object_type.modified_property: iso(at)}

    @property
    def modified_ms(self) -> int:
        """The modified date in epoch milliseconds."""
        return milliseconds(self.updated_at)
