"""The history of a property: every value it had, with its instant. HubSpot contract §7."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmbridge_hubspot.mapping import instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One value a property had from ``at`` on."""

    value: str
    at: datetime
    source: str


def versions_of(items: Any) -> list[Version]:
    """Oldest first; the API gives the newest first and says so nowhere."""
    found = [
        Version(
            value=str(item.get("value") or ""),
            at=instant(str(item["timestamp"])),
            source=str(item.get("sourceType") or ""),
        )
        for item in items or ()
    ]
    found.reverse()
    return sorted(found, key=lambda version: version.at)
