"""Which fields of this org stand for which canonical ones: the org's own where the rule book
names them, ours where it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Value
from crmbridge.errors import ConfigError
from crmbridge.ports import FieldNames
from crmbridge_salesforce.mapping import (
    COLUMNS,
    OBJECT_TYPES,
    SOBJECTS,
    Column,
    projected,
    reader_of,
)
from crmbridge_salesforce.owned import OWNED, Kind, OwnedField
from crmbridge_salesforce.payload import Row

QUESTIONS: Final = frozenset(
    {f.BUDGET, f.AUTHORITY, f.NEED, f.TIMELINE, f.CHALLENGES, f.MONEY, f.PRIORITIZATION}
)
"""What BANT and CHAMP ask, canonically."""

_SAID: Final[Mapping[str, Kind]] = {
    f.REASON: Kind.CHOICE,
    f.REASON_DETAILS: Kind.LONG_TEXT,
    f.RESUME_DATE: Kind.DAY,
}
_OF_PEOPLE: Final[Mapping[str, Kind]] = {
    **_SAID,
    **dict.fromkeys(QUESTIONS, Kind.ANSWER),
    f.PAUSE_REASON: Kind.CHOICE,
    f.ESTIMATED_VALUE: Kind.NUMBER,
    f.CURRENCY: Kind.CHOICE,
    f.DEAL_REGISTRATION: Kind.ANY,
    f.PERSONA: Kind.CHOICE,
    f.LANGUAGE: Kind.CHOICE,
    f.STATE: Kind.TEXT,
    f.CITY: Kind.TEXT,
    f.REVENUE: Kind.NUMBER,
}
MAPPABLE: Final[Mapping[ObjectType, Mapping[str, Kind]]] = {
    ObjectType.LEAD: _OF_PEOPLE,
    ObjectType.CONTACT: {**_OF_PEOPLE, f.STATUS: Kind.CHOICE},
    ObjectType.DEAL: _SAID,
}
"""What may be read from a field of the org's own, and as what."""

_CUT: Final = (Kind.TEXT, Kind.LONG_TEXT, Kind.CHOICE)
_TRACKED: Final = (f.STATUS, f.REASON, f.REASON_DETAILS, f.RESUME_DATE, f.PAUSE_REASON)
_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Lead": ("created", "leadConverted", "Owner", "HasOptedOutOfEmail"),
    "Contact": ("created", "Owner", "HasOptedOutOfEmail"),
    "Opportunity": (),
}
"""History rows that tell something by their own name, per object."""


_Reader = Callable[[Any], Value]
_Shape = tuple[dict[str, Value], dict[str, tuple[tuple[str, _Reader], ...]]]
"""Of rows with certain columns: the canonical fields of an empty one in the layout's order, and
column → the fields that it stands for and how each is read."""


class Layout:
    """The columns of one org. Raises ``ConfigError`` for a mapping no column can follow."""

    def __init__(self, fields: FieldNames) -> None:
        self._names = fields.names
        self._questions = fields.questions
        for kind, names in fields.names.items():
            _check(kind, names)
        self._columns = {kind: self._merged(kind, columns) for kind, columns in COLUMNS.items()}
        self._shapes: dict[tuple[ObjectType, tuple[str, ...]], _Shape] = {}
        self._vendor = {
            kind: {each.field: each.name for each in columns}
            for kind, columns in self._columns.items()
        }
        self._said = {
            kind: (
                names.get(f.REASON, ""),
                names.get(f.REASON_DETAILS, ""),
                names.get(f.RESUME_DATE, ""),
            )
            for kind, names in self._vendor.items()
        }
        self._by_field = {
            kind: {column.field: column for column in columns}
            for kind, columns in self._columns.items()
        }
        self._writable = {
            kind: frozenset(column.field for column in columns if column.writable)
            for kind, columns in self._columns.items()
        }

    def _merged(self, kind: ObjectType, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        names = self._names.get(kind, {})
        unasked = QUESTIONS - self._questions
        kept = [
            replace(each, name=names[each.field], kind=MAPPABLE[kind][each.field])
            if each.field in names
            else each
            for each in columns
            if each.field in names or each.field not in unasked
        ]
        known = {each.field for each in kept}
        kept += [
            Column(name=name, field=field, kind=MAPPABLE[kind][field])
            for field, name in names.items()
            if field not in known
        ]
        return tuple(kept)

    def columns(self, object_type: ObjectType) -> tuple[Column, ...]:
        """What is read and written on this object."""
        return self._columns.get(object_type, ())

    def column_of(self, object_type: ObjectType, field: str) -> Column | None:
        """The column behind a canonical field, where the object has one."""
        return self._by_field.get(object_type, {}).get(field)

    def name_of(self, object_type: ObjectType, field: str) -> str:
        """The vendor's name of a canonical field; empty where the object has none."""
        return self._vendor[object_type].get(field, "")

    def said(self, object_type: ObjectType) -> tuple[str, ...]:
        """The vendor's names of reason, details and resume date; empty where there is none."""
        return self._said[object_type]

    def writable(self, object_type: ObjectType) -> frozenset[str]:
        """The canonical fields that may be written on this object."""
        return self._writable.get(object_type, frozenset())

    def learn(self, sobject: str, lengths: Mapping[str, int]) -> None:
        """Keep to the org's own lengths where its texts hold less than they do elsewhere."""
        kind = OBJECT_TYPES[sobject]
        for column in self._columns.get(kind, ()):
            held = lengths.get(column.name, 0)
            if column.kind in _CUT and held > 0:
                size = min(held, column.size or held)
                self._by_field[kind][column.field] = replace(column, size=size)

    def project(self, object_type: ObjectType, field: str, value: Value) -> Value:
        """What Salesforce would give back after ``value`` was written. Contract §3, §12."""
        column = self.column_of(object_type, field)
        return projected(column, value) if column else value

    def read_fields(self, object_type: ObjectType, row: Row) -> dict[str, Value]:
        """The canonical fields of a row; columns that were not asked for are absent."""
        # Rows come by the ten thousand, all of a query have the same columns, and most of those
        # are empty.
        asked = object_type, tuple(row)
        empty, readers = self._shapes.get(asked) or self._shape(*asked)
        fields = empty.copy()
        for name, raw in row.items():
            if raw is not None and name in readers:
                for field, read in readers[name]:
                    fields[field] = read(raw)
        return fields

    def _shape(self, object_type: ObjectType, names: tuple[str, ...]) -> _Shape:
        columns = [each for each in self.columns(object_type) if each.name in names]
        readers: dict[str, tuple[tuple[str, _Reader], ...]] = {}
        for each in columns:
            readers[each.name] = (*readers.get(each.name, ()), (each.field, reader_of(each)))
        shape = {each.field: reader_of(each)(None) for each in columns}, readers
        self._shapes[object_type, names] = shape
        return shape

    def tracked(self, sobject: str) -> tuple[str, ...]:
        """The history rows of this object that say something; none where it has no history."""
        if sobject not in _EVENTS:
            return ()
        kind = OBJECT_TYPES[sobject]
        names = (self.name_of(kind, field) for field in _TRACKED)
        return (*_EVENTS[sobject], *filter(None, names))

    def mapped(self) -> Iterator[tuple[str, str]]:
        """Object and name of every field of the org's own that is read."""
        for kind, names in self._names.items():
            for name in names.values():
                yield SOBJECTS[kind], name

    def owned(self) -> Iterator[tuple[str, OwnedField]]:
        """Object and field of everything ``setup`` creates: nothing that the org has a field
        of its own for, nor questions that the rule book does not ask."""
        unasked = QUESTIONS - self._questions
        for each in OWNED:
            for entity in each.objects:
                kind = OBJECT_TYPES.get(entity)
                replaced = self._names.get(kind, {}) if kind else {}
                if each.field not in replaced and each.field not in unasked:
                    yield entity, each


def conversion_mapping(layout: Layout) -> dict[str, tuple[str, str]]:
    """Lead field → object and field that a conversion should carry it to: ours to the contact's
    of the same name.

    No REST call can set that (it is metadata, *Map Lead Fields* in the org's set-up), and
    crmbridge does without; reps see stage and score on the new contact at once with it.
    """
    ours: dict[str, set[str]] = {}
    for entity, each in layout.owned():
        ours.setdefault(entity, set()).add(each.name)
    return {name: ("Contact", name) for name in sorted(ours["Lead"] & ours["Contact"])}


def _check(kind: ObjectType, names: Mapping[str, str]) -> None:
    offered = MAPPABLE.get(kind)
    if offered is None:
        objects = ", ".join(sorted(MAPPABLE))
        raise ConfigError(f"salesforce: no fields can be named for {kind}, only for {objects}")
    for field in names:
        if field not in offered:
            raise ConfigError(
                f"salesforce: {field} of a {kind} is not read from a field of the org's choice; "
                f"these are: {', '.join(sorted(offered))}"
            )
