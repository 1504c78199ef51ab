"""Objects, fields and relationships of the org. Names are looked up case-insensitively."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

TEXT_TYPES = frozenset({"string", "textarea", "phone", "url", "email", "combobox", "anyType"})
PICKLIST_TYPES = frozenset({"picklist", "multipicklist"})
NUMBER_TYPES = frozenset({"int", "double", "currency", "percent"})
ID_TYPES = frozenset({"id", "reference"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. ``child_name`` is the relationship's name on the parents' side."""

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    filterable: bool = True
    sortable: bool = True
    groupable: bool = True
    custom: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    id_lookup: bool = False
    name_field: bool = False
    defaulted: bool = False
    default: Any = None
    picklist: tuple[str, ...] = ()
    restricted: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    child_name: str | None = None
    cascade_delete: bool = False
    compound: str | None = None
    components: tuple[tuple[str, str], ...] = ()
    permissionable: bool = True
    help: str | None = None

    @property
    def polymorphic(self) -> bool:
        """Whether the reference may point to more than one object."""
        return len(self.reference_to) > 1

    @property
    def required(self) -> bool:
        """Whether a create must name it: never null and nothing fills it in."""
        return self.createable and not self.nillable and not self.defaulted


@dataclass(slots=True, kw_only=True, eq=False)
class SObject:
    """One object and what may be done with it through REST."""

    name: str
    label: str
    label_plural: str
    key_prefix: str
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    queryable: bool = True
    mergeable: bool = False
    replicateable: bool = True
    stamp_field: str = "SystemModstamp"
    history_object: str | None = None
    _fields: dict[str, Field] = field(default_factory=dict)

    def put_field(self, added: Field) -> None:
        """Add a field, or replace the one of the same name."""
        self._fields[added.name.lower()] = added

    def drop_field(self, name: str) -> None:
        """Take a field away."""
        del self._fields[name.lower()]

    def field(self, name: str) -> Field | None:
        """The field of that name, in any case."""
        return self._fields.get(name.lower())

    def fields(self) -> Iterator[Field]:
        """All fields in definition order."""
        return iter(self._fields.values())

    def reference_named(self, relationship: str) -> Field | None:
        """The reference field that a dotted path enters by this relationship name."""
        wanted = relationship.lower()
        for candidate in self._fields.values():
            if candidate.relationship and candidate.relationship.lower() == wanted:
                return candidate
        return None

    def put_fields(self, fields: Iterable[Field]) -> None:
        """Have these fields and no others."""
        self._fields = {field.name.lower(): field for field in fields}

    def set_picklist(self, name: str, values: tuple[str, ...], default: str | None) -> None:
        """Replace a picklist's values and default; raises ``KeyError`` for an unknown field."""
        known = self._fields[name.lower()]
        self._fields[name.lower()] = replace(known, picklist=values, default=default)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRelationship:
    """Records of ``sobject`` that point to a parent through ``field``."""

    sobject: SObject
    field: Field

    @property
    def name(self) -> str | None:
        """What a subquery calls it; None if it cannot be queried from the parent."""
        return self.field.child_name


class Schema:
    """All objects of one API (the data API and the tooling API have one each)."""

    def __init__(self, objects: Iterable[SObject]) -> None:
        self._objects = {sobject.name.lower(): sobject for sobject in objects}
        self.hidden: frozenset[str] = frozenset()
        self.dormant: frozenset[str] = frozenset()
        """Objects of features that are not switched on."""
        self._by_prefix = {
            sobject.key_prefix: sobject for sobject in self._objects.values() if sobject.key_prefix
        }

    def object(self, name: str) -> SObject | None:
        """The object of that name, in any case; none where it is hidden from everybody, or of a
        feature that is off."""
        found = self._objects.get(name.lower())
        gone = found is not None and found.name in self.hidden | self.dormant
        return None if gone else found

    def known(self, name: str) -> SObject:
        """The object of that name; raises ``KeyError`` where there is none."""
        return self._objects[name.lower()]

    def objects(self) -> Iterator[SObject]:
        """All objects in definition order."""
        return iter(self._objects.values())

    def object_of_id(self, record_id: str) -> SObject | None:
        """The object whose key prefix the id carries."""
        return self._by_prefix.get(record_id[:3])

    def children_of(self, parent: SObject) -> Iterator[ChildRelationship]:
        """Every relationship by which other records point to this object."""
        for sobject in self._objects.values():
            for candidate in sobject.fields():
                if parent.name in candidate.reference_to:
                    yield ChildRelationship(sobject=sobject, field=candidate)

    def child_named(self, parent: SObject, name: str) -> ChildRelationship | None:
        """The relationship a subquery in ``FROM name`` means."""
        for child in self.children_of(parent):
            if child.name and child.name.lower() == name.lower():
                return child
        return None
