"""What the portal's own events are: ``/events/v3/event-definitions``. HubSpot contract §7, §13."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from crmbridge_hubspot.simulator.errors import HubSpotError, validation_error
from crmbridge_hubspot.simulator.instants import iso

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,49}")
_MOST = 500
_FIRST_ID = 22_036_501


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDefinition:
    """One kind of event; ``full_name`` is what occurrences call it."""

    id: int
    name: str
    full_name: str
    label: str
    primary_object: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    properties: tuple[dict[str, Any], ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """The definition as its resource shows it."""
        return {
            "id": str(self.id),
            "objectTypeId": f"6-{self.id}",
            "name": self.name,
            "fullyQualifiedName": self.full_name,
            "labels": {"singular": self.label, "plural": None},
            "description": self.description,
            "primaryObjectId": self.primary_object,
            "trackingType": "MANUAL",
            "archived": False,
            "properties": list(self.properties),
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
        }


class EventDefinitions:
    """Every kind of event that the portal defined."""

    def __init__(self) -> None:
        self._by_name: dict[str, EventDefinition] = {}
        self._made = 0

    def all(self) -> list[EventDefinition]:
        """Definitions in the order in which they were made."""
        return list(self._by_name.values())

    def get(self, name: str) -> EventDefinition:
        """The definition with this short or full name; 404 if there is none."""
        for one in self._by_name.values():
            if name in (one.name, one.full_name):
                return one
        raise HubSpotError(
            404, f"Event definition {name} does not exist", category="OBJECT_NOT_FOUND"
        )

    def create(
        self,
        *,
        name: str,
        label: str,
        description: str,
        primary_object: str,
        portal_id: int,
        properties: tuple[dict[str, Any], ...],
        at: datetime,
    ) -> EventDefinition:
        """A new kind of event; 400 for a name that is none or taken, and for too many."""
        if not _NAME.fullmatch(name):
            raise validation_error(f"The event name {name} is not valid.")
        if name in self._by_name:
            raise validation_error(f"An event definition named {name} already exists.")
        if len(self._by_name) >= _MOST:
            raise validation_error(f"No more than {_MOST} event definitions are allowed.")
        self._made += 1
        made = EventDefinition(
            id=_FIRST_ID + self._made,
            name=name,
            full_name=f"pe{portal_id}_{name}",
            label=label,
            description=description,
            primary_object=primary_object,
            properties=properties,
            created_at=at,
            updated_at=at,
        )
        return self._keep(made)

    def change(self, definition: EventDefinition, at: datetime, **changes: Any) -> EventDefinition:
        """Give a definition other values."""
        return self._keep(replace(definition, **changes, updated_at=at))

    def delete(self, definition: EventDefinition) -> None:
        """Forget a kind of event; what occurred stays."""
        del self._by_name[definition.name]

    def made(self) -> tuple[int, list[EventDefinition]]:
        """How many were ever made, and those there are, to be kept."""
        return self._made, self.all()

    def go_on_from(self, made: int, definitions: Iterable[EventDefinition]) -> None:
        """Begin with what was kept."""
        self._made = made
        self._by_name = {one.name: one for one in definitions}

    def _keep(self, definition: EventDefinition) -> EventDefinition:
        self._by_name[definition.name] = definition
        return definition
