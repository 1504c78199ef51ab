"""Reading what changed: incremental searches, histories where something was done, cold lists.

A search is read by keyset: ascending by modified date, each page begins where the last one
ended, and a page full of one instant is drained by id. Offsets would skip a record whenever an
earlier one moves to the end under us. HubSpot contract §5.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from crmbridge.core import fields as f
from crmbridge.core.facts import Fact
from crmbridge.core.model import ObjectType, Owner, OwnerKind, Record, Ref
from crmbridge.ports import Checkpoint, Page
from crmbridge_hubspot import mapping
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.facts import HISTORY, LATEST, STATES, contact_facts, is_worth_reading
from crmbridge_hubspot.layout import Layout
from crmbridge_hubspot.lists import member_ids, nurture_lists

OVERLAP = timedelta(minutes=5)
"""How far back each search reads again: the search index lags by seconds, without a bound."""

_PAGE = 200
_BATCH_WITH_HISTORY = 50
_MOST_SEEN = 5_000
"""Versions remembered within the overlap; beyond it they are read again, which is harmless."""

PATHS = {ObjectType.CONTACT: "contacts", ObjectType.ACCOUNT: "companies"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class _Cursor:
    """The position of a search stream: read to ``to``, and what was seen near it."""

    to: datetime
    seen: dict[str, str]

    @classmethod
    def load(cls, text: str) -> _Cursor:
        data = json.loads(text)
        return cls(to=mapping.instant(data["to"]), seen=data["seen"])

    def dump(self) -> str:
        return json.dumps({"to": mapping.write(self.to), "seen": self.seen}, sort_keys=True)


def start(stream: str, since: datetime) -> Checkpoint:
    """The position from which a stream gives everything from ``since`` on."""
    cursor = _Cursor(to=max(since, _EPOCH), seen={})
    return Checkpoint(system=mapping.SYSTEM, stream=stream, cursor=cursor.dump(), watermark=since)


def poll_changed(
    client: HubSpotClient,
    layout: Layout,
    stream: str,
    object_type: ObjectType,
    checkpoint: Checkpoint,
) -> Iterator[Page]:
    """Pages of contacts or companies changed since ``checkpoint``; at least one."""
    cursor = _Cursor.load(checkpoint.cursor)
    since = max(cursor.to - OVERLAP, _EPOCH)
    search = _Search(client, layout, object_type)
    lower, at_edge = since, set[str]()
    while True:
        results, now = search.page(lower)
        fresh = [
            item
            for item in results
            if item["id"] not in at_edge and cursor.seen.get(item["id"]) != mapping.version(item)
        ]
        last = len(results) < _PAGE
        if not last:
            edge = _modified(results[-1])
            if edge == _modified(results[0]):
                fresh += search.drain(edge, {item["id"] for item in results})
                lower, at_edge = _from_ms(edge + 1), set()
            else:
                lower = _from_ms(edge)
                at_edge = {item["id"] for item in results if _modified(item) == edge}
        for item in fresh:
            cursor.seen[item["id"]] = mapping.version(item)
        cursor.to = max(cursor.to, now if last else lower)
        _forget(cursor)
        yield Page(
            records=tuple(
                record for item in fresh for record in records_of(layout, object_type, item)
            ),
            facts=tuple(_facts(client, object_type, fresh, since)),
            checkpoint=Checkpoint(
                system=mapping.SYSTEM, stream=stream, cursor=cursor.dump(), watermark=cursor.to
            ),
        )
        if last:
            return


class _Search:
    """Searches of one object type by modified date."""

    def __init__(self, client: HubSpotClient, layout: Layout, object_type: ObjectType) -> None:
        self._client = client
        self._layout = layout
        self._object_type = object_type
        self._modified = mapping.MODIFIED[object_type]

    def page(self, lower: datetime) -> tuple[list[dict[str, Any]], datetime]:
        """Up to 200 objects modified at or after ``lower``, oldest first, and the portal's now."""
        filters = [{"propertyName": self._modified, "operator": "GTE", "value": _ms(lower)}]
        return self._run(filters, self._modified)

    def drain(self, edge: int, known: set[str]) -> list[dict[str, Any]]:
        """Every object modified in that very millisecond that is not ``known``, by id."""
        found: list[dict[str, Any]] = []
        above = "0"
        while True:
            filters = [
                {"propertyName": self._modified, "operator": "EQ", "value": str(edge)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": above},
            ]
            results, _ = self._run(filters, "hs_object_id")
            found += [item for item in results if item["id"] not in known]
            if len(results) < _PAGE:
                return found
            above = str(results[-1]["id"])

    def _run(
        self, filters: list[dict[str, str]], order: str
    ) -> tuple[list[dict[str, Any]], datetime]:
        reply = self._client.post(
            f"/crm/v3/objects/{PATHS[self._object_type]}/search",
            {
                "filterGroups": [{"filters": filters}],
                "sorts": [{"propertyName": order, "direction": "ASCENDING"}],
                "properties": wanted(self._layout, self._object_type),
                "limit": _PAGE,
            },
        )
        return list(reply.body.get("results") or ()), reply.at


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
) -> Iterator[Fact]:
    if object_type is not ObjectType.CONTACT:
        return
    active = [i["id"] for i in items if is_worth_reading(i.get("properties") or {}, since)]
    for begin in range(0, len(active), _BATCH_WITH_HISTORY):
        reply = client.post(
            "/crm/v3/objects/contacts/batch/read",
            {
                "properties": [],
                "propertiesWithHistory": list(HISTORY),
                "inputs": [{"id": i} for i in active[begin : begin + _BATCH_WITH_HISTORY]],
            },
        )
        for item in reply.body.get("results") or ():
            yield from contact_facts(item)


def _forget(cursor: _Cursor) -> None:
    """Drop what lies before the next overlap."""
    oldest = int(_ms(cursor.to - OVERLAP)) if cursor.to > _EPOCH + OVERLAP else 0
    kept = {
        identity: version
        for identity, version in cursor.seen.items()
        if int(_ms(mapping.instant(version.partition("#")[0]))) >= oldest
    }
    cursor.seen = kept if len(kept) <= _MOST_SEEN else {}


def _modified(item: dict[str, Any]) -> int:
    return int(_ms(mapping.instant(mapping.modified(item))))


def _ms(at: datetime) -> str:
    return str(round((at - _EPOCH).total_seconds() * 1000))


def _from_ms(value: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=value)


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


def poll_lists(client: HubSpotClient, checkpoint: Checkpoint) -> Iterator[Page]:
    """The complete members of every nurture list, one page a list."""
    now = checkpoint.watermark
    for name, identity in sorted(nurture_lists(client).items()):
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
    """The present state of contacts and companies; missing ones as deleted records."""
    records: list[Record] = []
    facts: list[Fact] = []
    for object_type, path in PATHS.items():
        ids = sorted({ref.id for ref in refs if ref.object_type is object_type})
        for begin in range(0, len(ids), 100):
            portion = ids[begin : begin + 100]
            reply = client.post(
                f"/crm/v3/objects/{path}/batch/read",
                {"properties": wanted(layout, object_type), "inputs": [{"id": i} for i in portion]},
            )
            items = list(reply.body.get("results") or ())
            records += [r for item in items for r in records_of(layout, object_type, item)]
            facts += _facts(client, object_type, items, _EPOCH)
            known = {record.ref.id for record in records}
            records += [
                Record(
                    ref=mapping.ref(object_type, identity),
                    version=f"gone {mapping.write(reply.at)}",
                    modified_at=reply.at,
                    deleted=True,
                )
                for identity in portion
                if identity not in known
            ]
    return Page(records=tuple(records), facts=tuple(facts))
