"""A query after it was checked against the schema: everything needed to run it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crmbridge_salesforce.simulator.schema import Field, Schema, SObject
from crmbridge_salesforce.simulator.store import Store
from crmbridge_salesforce.simulator.table import Row

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.access import Access
    from crmbridge_salesforce.simulator.soql.syntax import Place

Predicate = Callable[[Row], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Who asks, when, of which data. ``sees`` None: no field-level security applies."""

    text: str
    schema: Schema
    store: Store
    sees: Access | None
    user_id: str
    now: datetime
    zone: ZoneInfo
    include_deleted: bool

    def field(self, sobject: SObject, name: str) -> Field | None:
        """The field of that name if it exists for this user."""
        if self.sees is None:
            return sobject.field(name)
        return self.sees.field(self.user_id, sobject, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field reached from the queried object, perhaps through links to parents."""

    hops: tuple[Field, ...]
    sobject: SObject
    field: Field
    place: Place

    @property
    def key(self) -> tuple[str, ...]:
        """Relationship names and field name, exactly spelt."""
        return (*(hop.relationship or hop.name for hop in self.hops), self.field.name)

    def read(self, store: Store, row: Row) -> Any:
        """The value for a row; None where a link on the way is empty."""
        current: Row | None = row
        for hop in self.hops:
            current = store.row(current.get(hop.name)) if current else None
        if current is None:
            return None
        if self.sobject.name == "Name" and self.field.name == "Type":
            target = store.schema.object_of_id(current["Id"])
            return target.name if target else None
        return current.get(self.field.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeOf:
    """Fields chosen by the type of what a polymorphic link points to."""

    hop: Field
    branches: dict[str, tuple[Column, ...]]
    otherwise: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Children:
    """A subquery: the child rows whose ``link`` is the row."""

    name: str
    link: Field
    query: BoundQuery


Output = Column | TypeOf | Children


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """One ORDER BY key."""

    column: Column
    descending: bool
    nulls_first: bool


@dataclass(slots=True, kw_only=True)
class Hints:
    """What the WHERE clause surely demands, so that an index can narrow the search.

    ``complete``: it demands nothing but the span from ``since`` to ``until``.
    """

    values: list[tuple[str, list[Any]]] = field(default_factory=list)
    since: datetime | None = None
    until: datetime | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupColumn:
    """One column of a grouped answer: a grouped field, or an aggregate over one (or none)."""

    key: str
    function: str | None
    column: Column | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """GROUP BY with its answer columns, HAVING test and ordering over answer columns."""

    by: tuple[Column, ...]
    columns: tuple[GroupColumn, ...]
    having: Callable[[dict[GroupColumn, Any]], bool] | None
    ordering: tuple[tuple[GroupColumn, bool, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundQuery:
    """A runnable query. ``counts_only`` is the bare COUNT(); else ``grouping`` or rows."""

    scope: Scope
    sobject: SObject
    outputs: tuple[Output, ...]
    predicate: Predicate | None
    hints: Hints
    ordering: tuple[SortKey, ...]
    limit: int | None
    offset: int
    counts_only: bool = False
    grouping: Grouping | None = None
