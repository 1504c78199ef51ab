"""Carries out a search over the index. HubSpot contract §5."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from crmbridge_hubspot.simulator.disk_index import DiskIndex
from crmbridge_hubspot.simulator.errors import HubSpotError
from crmbridge_hubspot.simulator.instants import parse_milliseconds
from crmbridge_hubspot.simulator.object_store import ObjectStore
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.search_filters import (
    comparable,
    compile_filter,
    contains_token,
)
from crmbridge_hubspot.simulator.search_index import IndexedRecord
from crmbridge_hubspot.simulator.search_request import (
    ASSOCIATION_PREFIX,
    Filter,
    Operator,
    Search,
)
from crmbridge_hubspot.simulator.world import HubSpotWorld

# Milliseconds beyond every date.
_FOREVER = 10**18
# What asks for the order of ids: nothing at all, or the id itself, ascending.
_BY_ID = frozenset({("", False), ("", True), ("hs_object_id", False)})
_Test = Callable[[IndexedRecord], bool]


def find_matches(world: HubSpotWorld, kind: ObjectType, search: Search) -> list[IndexedRecord]:
    """Every indexed record that matches, in the order asked for (by id if none)."""
    store = world.store(kind)
    store.index.settle(world.clock.now())
    (at_least, below), settled = _span(store, search)
    test = _matcher(world, store, search, settled)
    candidates = store.index.by_modified(at_least=at_least, below=below)
    return _ordered(store, search, [record for record in candidates if test(record)])


def find_page(
    world: HubSpotWorld, kind: ObjectType, search: Search
) -> tuple[int, list[IndexedRecord]]:
    """How many records match, and those of the page asked for.

    From an index on disk in the order of ids or of modified dates no others are held, and none
    are read where the modified date alone decides.
    """
    store, end = world.store(kind), search.after + search.limit
    index, descending = store.index, search.descending
    (at_least, below), settled = _span(store, search)
    by_date = search.sort_property == store.object_type.modified_property
    by_id = not settled and (search.sort_property, descending) in _BY_ID
    if not isinstance(index, DiskIndex) or not (by_date or by_id):
        matches = find_matches(world, kind, search)
        return len(matches), matches[search.after : end]
    index.settle(world.clock.now())
    test = _matcher(world, store, search, settled)
    if search.query or any(one not in settled for group in search.groups for one in group):
        rows = index.scan(at_least, below, descending=descending) if by_date else index.by_id()
        return _counted(filter(test, rows), search.after, end)
    total = index.count(at_least=at_least, below=below)
    if by_date:
        window = (search.after, search.limit)
        return total, index.page(at_least, below, descending=descending, window=window)
    return total, list(islice(index.by_id(), search.after, end))


def _counted(
    matches: Iterable[IndexedRecord], after: int, end: int
) -> tuple[int, list[IndexedRecord]]:
    total, page = 0, []
    for record in matches:
        if after <= total < end:
            page.append(record)
        total += 1
    return total, page


def _matcher(
    world: HubSpotWorld, store: ObjectStore, search: Search, settled: list[Filter]
) -> _Test:
    groups = [
        [_compile(world, store, one) for one in group if one not in settled]
        for group in search.groups
    ]
    searchable, query = store.searchable, search.query

    def test(record: IndexedRecord) -> bool:
        fits = not groups or any(all(one(record) for one in group) for group in groups)
        return fits and _mentions(searchable, record, query)

    return test


def _span(store: ObjectStore, search: Search) -> tuple[tuple[int, int], list[Filter]]:
    """Between which modified dates the matches lie, and the filters that say no more than that.

    What the only group says about the modified date is answered by the order of the index, so
    that a poll costs its own result and not the whole portal.
    """
    at_least, below = -_FOREVER, _FOREVER
    settled = []
    for one in search.groups[0] if len(search.groups) == 1 else ():
        bounds = _bounds(one) if one.property_name == store.object_type.modified_property else None
        if bounds is not None:
            at_least, below = max(at_least, bounds[0]), min(below, bounds[1])
            settled.append(one)
    return (at_least, below), settled


def _bounds(one: Filter) -> tuple[int, int] | None:
    """The half-open range of milliseconds that satisfies a filter, None if it is no range."""
    value = parse_milliseconds(one.value)
    if value is None:
        return None
    match one.operator:
        case Operator.EQ:
            return value, value + 1
        case Operator.GT:
            return value + 1, _FOREVER
        case Operator.GTE:
            return value, _FOREVER
        case Operator.LT:
            return -_FOREVER, value
        case Operator.LTE:
            return -_FOREVER, value + 1
        case Operator.BETWEEN:
            high = parse_milliseconds(one.high_value)
            return None if high is None else (value, high + 1)
        case _:
            return None


def _compile(world: HubSpotWorld, store: ObjectStore, wanted: Filter) -> _Test:
    name = wanted.property_name
    if name.startswith(ASSOCIATION_PREFIX):
        return _associated(world, store.object_type, wanted)
    if name == "hs_object_id" and wanted.operator is Operator.GT and wanted.value.isdecimal():
        # How a burst of one stamp is read: 25,000 records are tested at every page.
        above = int(wanted.value)
        return lambda record: record.id > above
    test = compile_filter(store.properties.get(name), wanted)
    return lambda record: test(record.values.get(name, ""))


def _associated(world: HubSpotWorld, kind: ObjectType, wanted: Filter) -> _Test:
    other = world.types.in_path(wanted.property_name.removeprefix(ASSOCIATION_PREFIX))
    if kind.custom or other.custom:
        # HubSpot searches by association among its own object types only.
        raise HubSpotError(400, "There was a problem with the request.")
    if wanted.operator is Operator.EQ:
        ids = {wanted.value}
    elif wanted.operator is Operator.IN:
        ids = set(wanted.values)
    else:
        raise HubSpotError(400, "There was a problem with the request.")
    linked = {
        record_id
        for one in ids
        if one.isdecimal()
        for record_id in world.associations.targets(other, int(one), kind)
    }
    return lambda record: record.id in linked


def _mentions(searchable: tuple[str, ...], record: IndexedRecord, query: str) -> bool:
    if not query:
        return True
    text = " ".join(record.values.get(name, "") for name in searchable)
    return all(
        query.lower() in text.lower() or contains_token(text, f"{word}*") for word in query.split()
    )


def _ordered(
    store: ObjectStore, search: Search, matches: list[IndexedRecord]
) -> list[IndexedRecord]:
    name = search.sort_property
    if not name or (name == "hs_object_id" and not search.descending):
        return sorted(matches, key=lambda record: record.id)
    if name == store.object_type.modified_property:
        return matches[::-1] if search.descending else matches
    definition = store.properties.get(name)
    filled: list[tuple[float | str, IndexedRecord]] = []
    empty: list[IndexedRecord] = []
    for record in matches:
        stored = record.values.get(name, "")
        value = comparable(definition, stored) if stored else None
        if value is None:
            empty.append(record)
        else:
            filled.append((value, record))
    filled.sort(key=lambda pair: pair[0], reverse=search.descending)
    return [record for _, record in filled] + empty
