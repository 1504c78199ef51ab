"""How far a stream of changed objects has been read; what a checkpoint's cursor holds.

HubSpot stamps milliseconds and its search index learns of changes late, so a position is an
instant, what was seen near it, and, while a reading is under way, the place in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from crmbridge.ports import Checkpoint
from crmbridge_hubspot import mapping

OVERLAP: Final = timedelta(minutes=5)
"""How far back a search reads again: the index lags by seconds, without a bound."""

NEAR: Final = timedelta(seconds=30)
"""How far back while the overlap holds more than a page: then all of it is read again once per
overlap instead of at every poll, or a bulk import would be read five times over."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FOUNDED: Final = datetime(2006, 1, 1, tzinfo=UTC)
"""HubSpot keeps nothing older: who wants all from before then wants everything there is."""

_MOST_SEEN: Final = 5_000
"""Versions remembered within the overlap; beyond it they are read again, which is harmless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A window being read: changes from ``since`` to ``until``, both frozen at its start.

    The next page begins at the instant ``lower``; where one instant fills pages, behind the
    id ``above`` within it. ``edge`` are the ids at ``lower`` that were read already.
    """

    since: datetime
    until: datetime
    lower: int
    above: str = ""
    edge: tuple[str, ...] = ()
    far: bool = True
    pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Everything being read by id, begun at the portal's time ``began``; next behind ``after``."""

    began: datetime | None = None
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Everything changed before ``to`` was read. ``checked`` is the end of the last search that
    read the whole overlap, ``heavy`` whether it held more than a page. ``seen`` is id → version
    near ``to``."""

    to: datetime
    checked: datetime
    heavy: bool = False
    seen: Mapping[str, str] = field(default_factory=dict)
    reading: Reading | None = None
    listing: Listing | None = None

    @property
    def far(self) -> bool:
        """Whether the next search must read the whole overlap again."""
        return not self.heavy or self.to - self.checked >= OVERLAP

    @property
    def since(self) -> datetime:
        """From which instant on the next search reads."""
        back = (self.checked if self.heavy else self.to) - OVERLAP if self.far else self.to - NEAR
        return max(back, EPOCH)

    def finished(self, reading: Reading) -> Position:
        """The position once a window has been read to its end."""
        heavy = reading.pages > 1 if reading.far else self.heavy
        return replace(
            self,
            to=max(self.to, reading.until),
            checked=reading.until if reading.far else self.checked,
            heavy=heavy,
            reading=None,
        )

    def remember(self, versions: Mapping[str, str]) -> Position:
        """With more seen, and without what lies before the next search."""
        oldest = self.since
        kept = {
            identity: version
            for identity, version in {**self.seen, **versions}.items()
            if mapping.instant(version.partition("#")[0]) >= oldest
        }
        return replace(self, seen=kept if len(kept) <= _MOST_SEEN else {})


def start(stream: str, since: datetime) -> Checkpoint:
    """The position from which a stream gives everything from ``since`` on."""
    at = max(since, EPOCH)
    listing = Listing() if at < FOUNDED else None
    return checkpoint(stream, Position(to=at, checked=at, listing=listing))


def checkpoint(stream: str, position: Position) -> Checkpoint:
    """The position as the engine keeps it."""
    return Checkpoint(
        system=mapping.SYSTEM, stream=stream, cursor=_write(position), watermark=position.to
    )


def _write(position: Position) -> str:
    plain: dict[str, Any] = {
        "to": mapping.write(position.to),
        "checked": mapping.write(position.checked),
        "heavy": position.heavy,
        "seen": dict(position.seen),
    }
    if (reading := position.reading) is not None:
        plain["reading"] = {
            "since": mapping.write(reading.since),
            "until": mapping.write(reading.until),
            "lower": reading.lower,
            "above": reading.above,
            "edge": list(reading.edge),
            "far": reading.far,
            "pages": reading.pages,
        }
    if (listing := position.listing) is not None:
        plain["listing"] = {"began": mapping.write(listing.began), "after": listing.after}
    return json.dumps(plain, sort_keys=True)


def read(cursor: str) -> Position:
    """The position that a cursor holds; one of an older crmbridge has ``to`` and ``seen``."""
    plain = json.loads(cursor)
    to = mapping.instant(plain["to"])
    reading, listing = plain.get("reading"), plain.get("listing")
    return Position(
        to=to,
        checked=mapping.instant(plain["checked"]) if "checked" in plain else to,
        heavy=bool(plain.get("heavy")),
        seen=plain["seen"],
        reading=Reading(
            since=mapping.instant(reading["since"]),
            until=mapping.instant(reading["until"]),
            lower=reading["lower"],
            above=reading["above"],
            edge=tuple(reading["edge"]),
            far=reading["far"],
            pages=reading["pages"],
        )
        if reading
        else None,
        listing=Listing(
            began=mapping.instant(listing["began"]) if listing["began"] else None,
            after=listing["after"],
        )
        if listing
        else None,
    )


def milliseconds(at: datetime) -> int:
    """The instant as HubSpot's filters take it."""
    return round((at - EPOCH).total_seconds() * 1000)
