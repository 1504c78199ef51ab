"""Runs bound queries over the store. Salesforce contract §4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any
from zlib import crc32

from crmbridge_salesforce.simulator.disk_table import DiskTable
from crmbridge_salesforce.simulator.schema import PICKLIST_TYPES, TEXT_TYPES, Field
from crmbridge_salesforce.simulator.soql.bound import BoundQuery, Children, GroupColumn, SortKey
from crmbridge_salesforce.simulator.table import Row, Table


def find_rows(query: BoundQuery, rows: Iterable[Row] | None = None) -> list[Row]:
    """The matching rows in the order asked for, after OFFSET and LIMIT.

    Without ORDER BY, and among ties, the order is stable but means nothing. ``rows`` narrows
    the search to these (a parent's children).
    """
    found = list(_matching(query, rows))
    if not any(key.column.key == ("Id",) for key in query.ordering):
        found.sort(key=lambda row: crc32(row["Id"].encode()))
    for key in reversed(query.ordering):
        _sort(query, found, key)
    end = None if query.limit is None else query.offset + query.limit
    return found[query.offset : end]


def find_ids(query: BoundQuery) -> Sequence[str]:
    """The ids of ``find_rows``; rows of a table on disk are read one page at a time for it.

    Only an order of its own, other than by stamp and id, makes it hold such rows meanwhile.
    """
    table, hints = query.scope.store.table(query.sobject.name), query.hints
    if isinstance(table, Table):
        return tuple(row["Id"] for row in find_rows(query))
    end = None if query.limit is None else query.offset + query.limit
    deleted = query.scope.include_deleted
    if not query.ordering:
        rows = _matching(query, None)
        found = table.collect((crc32(row["Id"].encode()), row["Id"]) for row in rows)
        return found[query.offset : end] if query.offset or query.limit is not None else found
    if hints.values or not _in_stamp_order(query):
        return tuple(row["Id"] for row in find_rows(query))
    if hints.complete and query.limit is None and not query.offset:
        return table.ids_between(hints.since, hints.until, deleted=deleted)
    rows = islice(_matching(query, None), query.offset, end)
    return table.collect((place, row["Id"]) for place, row in enumerate(rows))


def count_rows(query: BoundQuery) -> int:
    """How many rows the bare COUNT() answers; counted by the indexes alone where they can."""
    table, hints = query.scope.store.table(query.sobject.name), query.hints
    deleted = query.scope.include_deleted
    if not isinstance(table, DiskTable) or not hints.complete:
        found = sum(1 for _ in _matching(query, None))
    elif hints.since or hints.until:
        found = table.count_between(hints.since, hints.until, deleted=deleted)
    else:
        found = table.count(deleted=deleted)
    count = max(0, found - query.offset)
    return count if query.limit is None else min(count, query.limit)


def group_rows(query: BoundQuery) -> list[dict[str, Any]]:
    """The rows of a grouped answer, keyed as in the answer."""
    grouping = query.grouping
    if grouping is None:
        raise ValueError("the query has no grouping")
    store = query.scope.store
    # Values are kept, not rows: there may be more rows than memory holds.
    groups: dict[tuple[Any, ...], list[list[Any]]] = {}
    for row in _matching(query, None):
        key = tuple(column.read(store, row) for column in grouping.by)
        members = groups.setdefault(key, [[] for _ in grouping.columns])
        for column, values in zip(grouping.columns, members, strict=True):
            values.append(column.column.read(store, row) if column.column else True)
    if not grouping.by and not groups:
        groups[()] = [[] for _ in grouping.columns]
    answers = []
    for members in groups.values():
        answer = {
            column: _aggregate(column.function, values)
            for column, values in zip(grouping.columns, members, strict=True)
        }
        if grouping.having is None or grouping.having(answer):
            answers.append(answer)
    for column, descending, nulls_first in reversed(grouping.ordering):
        _sort_groups(answers, column, descending=descending, nulls_first=nulls_first)
    end = None if query.limit is None else query.offset + query.limit
    shown = [column for column in grouping.columns if column.key]
    return [
        {column.key: answer[column] for column in shown} for answer in answers[query.offset : end]
    ]


def children_of(child: Children, parent: Row) -> list[Row]:
    """The rows a subquery answers for one parent."""
    query = child.query
    rows = query.scope.store.children(query.sobject.name, child.link.name, parent["Id"])
    return find_rows(query, rows)


def _in_stamp_order(query: BoundQuery) -> bool:
    """Whether the order asked for is that of the index: by stamp, then id."""
    wanted = ((query.sobject.stamp_field,), ("Id",))
    return tuple(key.column.key for key in query.ordering) == wanted and not any(
        key.descending or not key.nulls_first for key in query.ordering
    )


def _matching(query: BoundQuery, rows: Iterable[Row] | None) -> Iterable[Row]:
    candidates = _candidates(query) if rows is None else rows
    if not query.scope.include_deleted:
        candidates = (row for row in candidates if not row.get("IsDeleted"))
    test = query.predicate
    return (row for row in candidates if test(row)) if test else candidates


def _candidates(query: BoundQuery) -> Iterable[Row]:
    """Rows that may match, by the narrowest index the conditions allow."""
    table, hints = query.scope.store.table(query.sobject.name), query.hints
    for name, values in hints.values:
        if name == "Id":
            found = (table.get(value) for value in dict.fromkeys(values) if value)
            return [row for row in found if row is not None]
        if table.indexed(name):
            return [row for value in dict.fromkeys(values) for row in table.with_value(name, value)]
    if hints.since or hints.until:
        return table.scan(hints.since, hints.until)
    if isinstance(table, DiskTable) and _in_stamp_order(query):
        return table.scan(None, None)
    return table.rows()


def _sort(query: BoundQuery, rows: list[Row], key: SortKey) -> None:
    store, field = query.scope.store, key.column.field
    # Reversing turns nulls round too, so they are ranked the other way then.
    nulls_last = key.nulls_first == key.descending
    rows.sort(
        key=lambda row: _rank(key.column.read(store, row), field, nulls_last=nulls_last),
        reverse=key.descending,
    )


def _sort_groups(
    answers: list[dict[GroupColumn, Any]],
    column: GroupColumn,
    *,
    descending: bool,
    nulls_first: bool,
) -> None:
    field = column.column.field if column.column and not column.function else None
    nulls_last = nulls_first == descending
    answers.sort(
        key=lambda answer: _rank(answer[column], field, nulls_last=nulls_last),
        reverse=descending,
    )


def _rank(value: Any, field: Field | None, *, nulls_last: bool) -> tuple[int, Any]:
    """A key that sorts nulls aside, text without case and picklists in setup order."""
    if value is None:
        return (1 if nulls_last else -1, 0)
    if field is not None and field.type in PICKLIST_TYPES and field.picklist:
        known = field.picklist.index(value) if value in field.picklist else len(field.picklist)
        return (0, (known, value))
    if isinstance(value, str) and (field is None or field.type in TEXT_TYPES):
        return (0, (value.casefold(), value))
    return (0, value)


def _aggregate(function: str | None, values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    match function:
        case None:
            return values[0]
        case "COUNT":
            return len(known)
        case "COUNT_DISTINCT":
            return len(set(known))
        case "SUM":
            return sum(known) if known else None
        case "AVG":
            return sum(known) / len(known) if known else None
        case "MIN":
            return min(known, default=None)
        case _:
            return max(known, default=None)
