"""Occurrences of the portal's own events. HubSpot contract §7, §13."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crmbridge_hubspot.simulator.instants import iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """What a contact did ``at`` some instant and the portal was told of at another."""

    id: str
    name: str
    contact_id: int
    at: datetime
    told_at: datetime
    properties: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The occurrence as the events resource shows it."""
        return {
            "objectType": "CONTACT",
            "objectId": str(self.contact_id),
            "eventType": self.name,
            "occurredAt": iso(self.at),
            "id": self.id,
            "properties": dict(self.properties),
        }


class EventLog:
    """Every occurrence, in the order in which the portal was told."""

    def __init__(self) -> None:
        self._told: dict[str, Occurrence] = {}

    def add(
        self,
        name: str,
        contact_id: int,
        *,
        at: datetime,
        told_at: datetime,
        properties: Mapping[str, str] | None = None,
        identity: str = "",
    ) -> Occurrence:
        """One more; the same ``identity`` told twice is one occurrence."""
        stem = f"{name} {contact_id} {at.isoformat()} {len(self._told)}"
        made = Occurrence(
            id=identity or str(uuid.uuid5(uuid.NAMESPACE_OID, stem)),
            name=name,
            contact_id=contact_id,
            at=at,
            told_at=told_at,
            properties=properties or {},
        )
        return self._told.setdefault(made.id, made)

    def names(self) -> list[str]:
        """The types of event that occurred, in order."""
        return sorted({each.name for each in self._told.values()})

    def between(
        self, after: datetime | None, before: datetime | None, known_by: datetime
    ) -> list[Occurrence]:
        """Occurrences behind ``after`` and before ``before``, oldest first, of which the portal
        was told by ``known_by``."""
        found = [
            each
            for each in self._told.values()
            if each.told_at <= known_by
            and (after is None or each.at > after)
            and (before is None or each.at < before)
        ]
        return sorted(found, key=lambda each: (each.at, each.id))

    def forget(self, contact_id: int) -> None:
        """What an erased contact did is erased with it."""
        self._told = {k: v for k, v in self._told.items() if v.contact_id != contact_id}

    def made(self) -> list[Occurrence]:
        """All of it, to be kept."""
        return list(self._told.values())

    def go_on_from(self, told: Iterable[Occurrence]) -> None:
        """Begin with what was kept."""
        self._told = {each.id: each for each in told}


def known_by(now: datetime, lag_seconds: float) -> datetime:
    """What was told later than that is not shown yet."""
    return now - timedelta(seconds=lag_seconds)
