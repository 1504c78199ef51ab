"""The parts of a query as written, before anything is known of the schema."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the query text something starts; both count from 1."""

    row: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A field name, perhaps through relationships: ``Account.Owner.Name``."""

    parts: tuple[str, ...]
    place: Place

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateWord:
    """A relative day range such as ``LAST_N_DAYS:30``."""

    name: str
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A value; ``kind`` is string, number, boolean, date, datetime, dateword or null."""

    kind: str
    value: str | float | int | bool | date | datetime | DateWord | None
    text: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """A function over a group; ``path`` None is the bare ``COUNT()``."""

    function: str
    path: Path | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``field operator value``; the operator in upper case (``=``, ``LIKE``, …)."""

    left: Path | Aggregate
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """``field IN|NOT IN|INCLUDES|EXCLUDES (values)``."""

    left: Path
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SemiJoin:
    """``field IN|NOT IN (SELECT …)``."""

    left: Path
    operator: str
    query: Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Junction:
    """Conditions joined by ``AND`` or by ``OR``."""

    operator: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation:
    """``NOT condition``."""

    condition: Condition


Condition = Comparison | Membership | SemiJoin | Junction | Negation


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldItem:
    """A selected field."""

    path: Path
    alias: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateItem:
    """A selected aggregate."""

    aggregate: Aggregate
    alias: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsItem:
    """``FIELDS(ALL|STANDARD|CUSTOM)``."""

    kind: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeOfItem:
    """``TYPEOF link WHEN Type THEN fields … ELSE fields END``."""

    path: Path
    branches: tuple[tuple[Path, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildItem:
    """A subquery over a child relationship."""

    query: Query


Item = FieldItem | AggregateItem | FieldsItem | TypeOfItem | ChildItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """One sort key; ``nulls_first`` None means that nothing was said."""

    by: Path | Aggregate
    descending: bool
    nulls_first: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A whole query or subquery."""

    items: tuple[Item, ...]
    source: Path
    alias: str | None
    where: Condition | None
    group_by: tuple[Path, ...]
    having: Condition | None
    order_by: tuple[Ordering, ...]
    limit: int | None
    offset: int | None
