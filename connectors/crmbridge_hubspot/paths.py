"""HubSpot's two families of paths: the numbered one, and the dated one that takes its place.

The numbered family goes unsupported in 2027 (v4 in March, v1 to v3 in September); the operations
are the same in both, only the paths differ. HubSpot contract §1.
"""

from __future__ import annotations

import re
from typing import Final

from crmbridge_hubspot.settings import PathFamily

_NUMBERED: Final = re.compile(
    r"/(crm)/v[34]/([a-z]+)|/(communication-preferences|account-info|oauth)/v\d|/(events)/v3/events"
)


def path_in(family: PathFamily, path: str) -> str:
    """A numbered path in the words of the family."""
    if family is PathFamily.NUMBERED:
        return path

    def dated(match: re.Match[str]) -> str:
        room, kind, other, events = match.groups()
        if events:
            return f"/events/event-occurrences/{family}"
        return f"/{room}/{kind}/{family}" if room else f"/{other}/{family}"

    return _NUMBERED.sub(dated, path, count=1)
