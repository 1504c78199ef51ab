"""Reading what changed: incremental searches, histories where something was done, cold lists.

A search is read by keyset: ascending by modified date, each page begins where the last one
ended, and a page full of one instant is drained by id. Offsets would skip a record whenever an
earlier one moves to the end under us. HubSpot contract §5.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crmbridge.collector import collector_paused
from crmbridge.core import fields as f
from crmbridge.core.facts import Fact
from crmbridge.core.model import ObjectType, Owner, OwnerKind, Record, Ref
from crmbridge.ports import Checkpoint, Page
from crmbridge_hubspot import mapping, positions
from crmbridge_hubspot.batch_reading import read_batch
from crmbridge_hubspot.batches import CONTACTS
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.deals import complete_deals
from crmbridge_hubspot.facts import HISTORY, LATEST, MERGES, STATES, contact_facts, is_worth_reading
from crmbridge_hubspot.layout import Layout
from crmbridge_hubspot.lists import NurtureLists, member_ids
from crmbridge_hubspot.mapping import version
from crmbridge_hubspot.positions import EPOCH, Listing, Position, Reading, milliseconds

_PAGE = 200
_LISTED = 100
_MOST_SEARCHED = 10_000
"""What one search can show."""

_OLD = timedelta(days=30)
"""A bridge that slept so long while so much changed lists everything by id: 100 a call, but
apart from the searches that all apps of the portal share."""

_BATCH_WITH_HISTORY = 50
_BATCH = 100
_LATE = timedelta(hours=1)
"""How long after it happened HubSpot may still be entering an act in the contact."""

PATHS = {
    ObjectType.CONTACT: "contacts",
    ObjectType.ACCOUNT: "companies",
    ObjectType.DEAL: "deals",
}


def poll_changed(
    client: HubSpotClient,
    layout: Layout,
    stream: str,
    object_type: ObjectType,
    checkpoint: Checkpoint,
) -> Iterator[Page]:
    """Pages of contacts, companies or deals changed since ``checkpoint``; at least one.

    Every page can be resumed from: a burst of any number of objects with one stamp is read 200
    at a time. The end of the window is frozen, so that a busy portal is caught up with.
    """
    search = _Search(client, layout, object_type)
    position = positions.read(checkpoint.cursor)
    while True:
        listing = position.listing
        if listing is not None:
            position, page = _list(client, layout, object_type, position, listing)
        else:
            reading = position.reading
            if reading is None:
                found = search.changed(milliseconds(position.since), None)
                if found.total > _MOST_SEARCHED and found.at - position.to > _OLD:
                    position = replace(position, listing=Listing())
                    continue
                reading = _begin(position, found)
            elif reading.above:
                found = search.within(reading.lower, reading.above)
            else:
                found = search.changed(reading.lower, milliseconds(reading.until))
            position, page = _take(client, layout, object_type, position, reading, found)
        yield replace(page, checkpoint=positions.checkpoint(stream, position))
        if listing is None and position.reading is None:
            return


def _begin(position: Position, found: _Found) -> Reading:
    return Reading(
        since=position.since,
        until=found.at,
        lower=milliseconds(position.since),
        far=position.far,
        pages=0,
    )


def _take(
    client: HubSpotClient,
    layout: Layout,
    object_type: ObjectType,
    position: Position,
    reading: Reading,
    found: _Found,
) -> tuple[Position, Page]:
    """The position after a page of a window, and the page without its checkpoint."""
    fresh = [
        item
        for item in found.items
        if item["id"] not in reading.edge and position.seen.get(item["id"]) != version(item)
    ]
    after = _next(reading, found.items)
    position = replace(position, reading=after)
    if after is None:
        position = position.finished(replace(reading, pages=reading.pages + 1))
    position = position.remember({item["id"]: version(item) for item in fresh})
    facts = _facts(client, object_type, fresh, max(reading.since - _LATE, EPOCH))
    records = (record for item in fresh for record in records_of(layout, object_type, item))
    return position, Page(records=tuple(records), facts=tuple(facts))


def _next(reading: Reading, items: Sequence[dict[str, Any]]) -> Reading | None:
    """Where the page after this one begins; ``None`` where the window has been read."""
    pages = reading.pages + 1
    full = len(items) == _PAGE
    if reading.above:
        if full:
            return replace(reading, above=items[-1]["id"], pages=pages)
        return replace(reading, lower=reading.lower + 1, above="", edge=(), pages=pages)
    if not full:
        return None
    last = _modified(items[-1])
    edge = tuple(item["id"] for item in items if _modified(item) == last)
    # A page of one instant: its order is none to go on by, so read that instant by id.
    above = "0" if len(edge) == len(items) else ""
    return replace(reading, lower=last, above=above, edge=edge, pages=pages)


def _list(
    client: HubSpotClient,
    layout: Layout,
    object_type: ObjectType,
    position: Position,
    listing: Listing,
) -> tuple[Position, Page]:
    """A page of everything there is, by id; the search that follows catches up with what
    changed meanwhile. Immediately consistent, and free of the search's own rate limit."""
    with collector_paused():
        reply = client.get(
            f"/crm/v3/objects/{PATHS[object_type]}",
            limit=_LISTED,
            after=listing.after or None,
            properties=",".join(wanted(layout, object_type)),
        )
        items = list(reply.body.get("results") or ())
        records = tuple(each for item in items for each in records_of(layout, object_type, item))
        facts = tuple(_facts(client, object_type, items, EPOCH))
    after = ((reply.body.get("paging") or {}).get("next") or {}).get("after")
    began = listing.began or reply.at
    if after:
        position = replace(position, listing=Listing(began=began, after=str(after)))
    else:
        position = replace(position, to=began, checked=began, heavy=False, listing=None)
    return position, Page(records=records, facts=facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a search showed, how much matched in all, and the portal's time."""

    items: list[dict[str, Any]]
    total: int
    at: datetime


class _Search:
    """Searches of one object type by modified date."""

    def __init__(self, client: HubSpotClient, layout: Layout, object_type: ObjectType) -> None:
        self._client = client
        self._path = f"/crm/v3/objects/{PATHS[object_type]}/search"
        self._properties = wanted(layout, object_type)
        self._modified = mapping.MODIFIED[object_type]

    def changed(self, lower: int, until: int | None) -> _Found:
        """Up to 200 objects modified from ``lower`` on, to ``until`` where given, oldest first;
        in milliseconds."""
        filters = [{"propertyName": self._modified, "operator": "GTE", "value": str(lower)}]
        if until is not None:
            filters.append({"propertyName": self._modified, "operator": "LTE", "value": str(until)})
        return self._run(filters, self._modified)

    def within(self, instant: int, above: str) -> _Found:
        """Up to 200 objects modified in that very millisecond behind the id ``above``, by id."""
        filters = [
            {"propertyName": self._modified, "operator": "EQ", "value": str(instant)},
            {"propertyName": "hs_object_id", "operator": "GT", "value": above},
        ]
        return self._run(filters, "hs_object_id")

    def _run(self, filters: list[dict[str, str]], order: str) -> _Found:
        reply = self._client.post(
            self._path,
            {
                "filterGroups": [{"filters": filters}],
                "sorts": [{"propertyName": order, "direction": "ASCENDING"}],
                "properties": self._properties,
                "limit": _PAGE,
            },
        )
        return _Found(
            items=list(reply.body.get("results") or ()),
            total=int(reply.body.get("total") or 0),
            at=reply.at,
        )


def wanted(layout: Layout, object_type: ObjectType) -> list[str]:
    """The properties that a reading asks for."""
    extra = [*LATEST, *STATES] if object_type is ObjectType.CONTACT else []
    return list(dict.fromkeys([*layout.names(object_type), mapping.MERGED, *extra]))


def records_of(layout: Layout, object_type: ObjectType, item: dict[str, Any]) -> list[Record]:
    """The object, and one losing record for every id that was merged into it."""
    found = [layout.record(object_type, item)]
    merged = str((item.get("properties") or {}).get(mapping.MERGED) or "")
    for identity in filter(None, merged.split(";")):
        found.append(
            Record(
                ref=mapping.ref(object_type, identity),
                version=f"merged into {found[0].ref.id}",
                modified_at=found[0].modified_at,
                created_at=found[0].created_at,
                deleted=True,
                merged_into=found[0].ref,
            )
        )
    return found


def _facts(
    client: HubSpotClient,
    object_type: ObjectType,
    items: Sequence[dict[str, Any]],
    since: datetime,
    *,
    archived: bool = False,
) -> Iterator[Fact]:
    if object_type is not ObjectType.CONTACT:
        return
    active = [i["id"] for i in items if is_worth_reading(i.get("properties") or {}, since)]
    for begin in range(0, len(active), _BATCH_WITH_HISTORY):
        portion = active[begin : begin + _BATCH_WITH_HISTORY]
        found = read_batch(
            client, CONTACTS, portion, properties=[MERGES], history=HISTORY, archived=archived
        )
        for item in found.items:
            yield from contact_facts(item)


def _modified(item: dict[str, Any]) -> int:
    return milliseconds(mapping.instant(mapping.modified(item)))


def poll_owners(client: HubSpotClient, checkpoint: Checkpoint) -> Iterator[Page]:
    """Every owner, archived ones as inactive, in one page."""
    owners: list[Owner] = []
    now = checkpoint.watermark
    for archived in ("false", "true"):
        after: str | None = None
        while True:
            reply = client.get("/crm/v3/owners/", limit=100, after=after, archived=archived)
            now = reply.at
            owners += [_owner(item) for item in reply.body.get("results") or ()]
            after = ((reply.body.get("paging") or {}).get("next") or {}).get("after")
            if not after:
                break
    yield Page(owners=tuple(owners), checkpoint=_cold(checkpoint, now))


def _owner(item: dict[str, Any]) -> Owner:
    name = f"{item.get('firstName') or ''} {item.get('lastName') or ''}".strip()
    return Owner(
        ref=mapping.ref(ObjectType.OWNER, str(item["id"])),
        name=name or str(item["id"]),
        kind=OwnerKind.QUEUE if item.get("type") == "QUEUE" else OwnerKind.HUMAN,
        email=item.get("email"),
        active=not item.get("archived"),
    )


def poll_lists(
    client: HubSpotClient, lists: NurtureLists, checkpoint: Checkpoint
) -> Iterator[Page]:
    """The complete members of every nurture list, one page a list."""
    now = checkpoint.watermark
    for name, identity in sorted(lists.look().items()):
        members, now = member_ids(client, identity)
        digest = hashlib.sha256(";".join(members).encode()).hexdigest()[:16]
        record = Record(
            ref=mapping.ref(ObjectType.LIST, identity),
            version=digest,
            modified_at=now,
            fields={f.NAME: name, f.MEMBERS: tuple(members)},
        )
        yield Page(records=(record,), checkpoint=_cold(checkpoint, now))
    yield Page(checkpoint=_cold(checkpoint, now))


def _cold(checkpoint: Checkpoint, now: datetime) -> Checkpoint:
    return Checkpoint(
        system=mapping.SYSTEM,
        stream=checkpoint.stream,
        cursor="whole",
        watermark=now,
    )


def fetch(client: HubSpotClient, layout: Layout, refs: Sequence[Ref]) -> Page:
    """The present state of contacts, companies and deals; archived and missing ones as deleted.

    What an archived contact did until then is told, too: no poll shows it any more.
    """
    records: list[Record] = []
    facts: list[Fact] = []
    for object_type in PATHS:
        ids = sorted({ref.id for ref in refs if ref.object_type is object_type})
        for begin in range(0, len(ids), _BATCH):
            page = _fetch(client, layout, object_type, ids[begin : begin + _BATCH])
            if object_type is ObjectType.DEAL:
                page = complete_deals(client, page)
            records += page.records
            facts += page.facts
    return Page(records=tuple(records), facts=tuple(facts))


def _fetch(
    client: HubSpotClient, layout: Layout, object_type: ObjectType, ids: Sequence[str]
) -> Page:
    path, properties = f"/crm/v3/objects/{PATHS[object_type]}", wanted(layout, object_type)
    found = read_batch(client, path, ids, properties=properties)
    records = [r for item in found.items for r in records_of(layout, object_type, item)]
    facts = list(_facts(client, object_type, found.items, EPOCH))
    known = {record.ref.id for record in records}
    missing = [identity for identity in ids if identity not in known]
    if missing:
        binned = read_batch(client, path, missing, properties=properties, archived=True).items
        records += [_binned(layout.record(object_type, item)) for item in binned]
        facts += _facts(client, object_type, binned, EPOCH, archived=True)
        known |= {str(item["id"]) for item in binned}
    records += [
        Record(
            ref=mapping.ref(object_type, identity),
            version=f"gone {mapping.write(found.at)}",
            modified_at=found.at,
            deleted=True,
        )
        for identity in missing
        if identity not in known
    ]
    return Page(records=tuple(records), facts=tuple(facts))


def _binned(record: Record) -> Record:
    """A record in the recycle bin. Going there changes neither its stamp nor its content."""
    return replace(record, version=f"archived {record.version}", deleted=True)
