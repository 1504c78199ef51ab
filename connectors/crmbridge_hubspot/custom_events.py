"""What contacts did as the portal's own events tell it. HubSpot contract §7.

An event's instant is the sender's: a product may tell HubSpot today of what happened last week.
So a short time is read again at every poll, and once a day a long one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crmbridge.core.facts import EngagementDetail, Evidence, Fact, FactKind
from crmbridge.core.model import ObjectType
from crmbridge.ports import Checkpoint, Page
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.mapping import SYSTEM, instant, ref, write
from crmbridge_hubspot.positions import EPOCH, OVERLAP

STREAM = "events"

_EVENTS = "/events/v3/events"
_PAGE = 100
_DAY = timedelta(hours=24)
_BACKWARDS = timedelta(days=7)
"""How late an event may be told and still be found: products load theirs by night or by week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """How far one type of event was read: everything before ``to``, and before ``swept`` a second
    time. While pages are under way: since which instant, behind which cursor, and the portal's
    time when they began."""

    to: datetime
    swept: datetime
    since: datetime | None = None
    after: str = ""
    began: datetime | None = None


def start_events(since: datetime) -> Checkpoint:
    """Everything that occurred from ``since`` on."""
    return Checkpoint(
        system=SYSTEM, stream=STREAM, cursor=json.dumps({"from": write(since)}), watermark=since
    )


def poll_events(
    client: HubSpotClient, names: Sequence[str], checkpoint: Checkpoint
) -> Iterator[Page]:
    """Occurrences of the named types of event: one call a type where there is a page at most. A
    type that is new is read from the start of the stream on."""
    plain = json.loads(checkpoint.cursor)
    beginning = instant(plain.pop("from"))
    places = {name: _read(place) for name, place in plain.items() if name in names}
    now = checkpoint.watermark
    for name in names:
        place = places.get(name) or _Place(to=beginning, swept=beginning)
        read = False
        while not read:
            place, found, read = _read_page(client, name, place, first=place.to == beginning)
            places[name], now = place, max(now, place.to)
            cursor = _write(beginning, places)
            at = Checkpoint(system=SYSTEM, stream=STREAM, cursor=cursor, watermark=now)
            yield Page(facts=tuple(found), checkpoint=at)
    if not names:
        yield Page(checkpoint=checkpoint)


def _read_page(
    client: HubSpotClient, name: str, place: _Place, *, first: bool
) -> tuple[_Place, list[Fact], bool]:
    """The place behind the next page, its facts, and whether it is the last."""
    since = place.since or _since(place)
    reply = client.get(
        _EVENTS,
        eventType=name,
        objectType="contact",
        occurredAfter=write(since),
        limit=_PAGE,
        after=place.after or None,
    )
    began = place.began or reply.at
    found = list(_facts(name, reply.body))
    after = ((reply.body.get("paging") or {}).get("next") or {}).get("after")
    if after:
        return replace(place, since=since, after=str(after), began=began), found, False
    deep = first or since < place.to - OVERLAP
    return _Place(to=began, swept=began if deep else place.swept), found, True


def _since(place: _Place) -> datetime:
    deep = place.to - place.swept >= _DAY
    return max(place.swept - _BACKWARDS if deep else place.to - OVERLAP, EPOCH)


def _facts(name: str, body: dict[str, Any]) -> Iterator[Fact]:
    for item in body.get("results") or ():
        yield Fact(
            key=f"{SYSTEM}:event:{item['id']}",
            ref=ref(ObjectType.CONTACT, str(item["objectId"])),
            kind=FactKind.ENGAGEMENT,
            at=instant(str(item["occurredAt"])),
            detail=EngagementDetail(evidence=Evidence.EVENT, name=name),
        )


def _write(beginning: datetime, places: dict[str, _Place]) -> str:
    plain: dict[str, Any] = {
        name: {
            "to": write(place.to),
            "swept": write(place.swept),
            "since": write(place.since),
            "after": place.after,
            "began": write(place.began),
        }
        for name, place in places.items()
    }
    return json.dumps({**plain, "from": write(beginning)}, sort_keys=True)


def _read(plain: dict[str, str]) -> _Place:
    return _Place(
        to=instant(plain["to"]),
        swept=instant(plain["swept"]),
        since=instant(plain["since"]) if plain["since"] else None,
        after=plain["after"],
        began=instant(plain["began"]) if plain["began"] else None,
    )
