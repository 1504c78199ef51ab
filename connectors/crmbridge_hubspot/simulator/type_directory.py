"""Every object type of one portal, HubSpot's and its own, by any of its names."""

from __future__ import annotations

from crmbridge_hubspot.simulator.errors import HubSpotError
from crmbridge_hubspot.simulator.object_types import STANDARD_TYPES, ObjectType


class TypeDirectory:
    """Finds object types; the portal's own come and go. HubSpot contract §10."""

    def __init__(self) -> None:
        self._types: dict[str, ObjectType] = {}
        self._by_name: dict[str, ObjectType] = {}
        for kind in STANDARD_TYPES:
            self.add(kind)

    def all(self) -> tuple[ObjectType, ...]:
        """Every type, the portal's own last."""
        return tuple(self._types.values())

    def add(self, kind: ObjectType) -> None:
        """Let a type be known by all its names."""
        self._types[kind.id] = kind
        self._by_name.update(dict.fromkeys(kind.names, kind))

    def remove(self, kind: ObjectType) -> None:
        """Let none of a type's names be known any more."""
        self._types.pop(kind.id)
        for name in kind.names:
            self._by_name.pop(name)

    def named(self, name: str) -> ObjectType | None:
        """The type called ``contacts``, ``contact`` or ``0-1``, else None."""
        return self._by_name.get(name.lower())

    def in_path(self, name: str) -> ObjectType:
        """The type a path names; 400 for one that this portal does not have."""
        kind = self.named(name)
        if kind is None:
            raise HubSpotError(
                400, f"Unable to infer object type from: {name}", category="VALIDATION_ERROR"
            )
        return kind
