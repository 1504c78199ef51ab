"""Which records belong together, and under which labels. HubSpot contract §10."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbridge_hubspot.simulator.errors import validation_error
from crmbridge_hubspot.simulator.links import DiskLinks, MemoryLinks
from crmbridge_hubspot.simulator.object_types import (
    CALLS,
    COMPANIES,
    CONTACTS,
    DEALS,
    EMAILS,
    MEETINGS,
    NOTES,
    TASKS,
    TICKETS,
    ObjectType,
)

if TYPE_CHECKING:
    from crmbridge.simulation import StateFile

_Pair = tuple[ObjectType, ObjectType]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationType:
    """One HubSpot-defined kind of association in one direction, and its way back."""

    id: int
    source: ObjectType
    target: ObjectType
    inverse_id: int
    label: str | None = None

    @property
    def name(self) -> str:
        """The name that nested associations show, such as ``contact_to_company``."""
        base = f"{self.source.singular}_to_{self.target.singular}"
        return f"{base}_unlabeled" if self.label is None and self.has_primary else base

    @property
    def has_primary(self) -> bool:
        """Whether the pair also knows a "Primary" company."""
        return COMPANIES in (self.source, self.target) and bool(
            {CONTACTS, DEALS} & {self.source, self.target}
        )


_PRIMARY = "Primary"
_ROWS: tuple[tuple[ObjectType, ObjectType, int, int, str | None], ...] = (
    (CONTACTS, COMPANIES, 279, 280, None),
    (CONTACTS, COMPANIES, 1, 2, _PRIMARY),
    (CONTACTS, DEALS, 4, 3, None),
    (DEALS, COMPANIES, 341, 342, None),
    (DEALS, COMPANIES, 5, 6, _PRIMARY),
    (NOTES, CONTACTS, 202, 201, None),
    (NOTES, COMPANIES, 190, 189, None),
    (NOTES, DEALS, 214, 213, None),
    (TASKS, CONTACTS, 204, 203, None),
    (TASKS, COMPANIES, 192, 191, None),
    (TASKS, DEALS, 216, 215, None),
    (CALLS, CONTACTS, 194, 193, None),
    (CALLS, COMPANIES, 182, 181, None),
    (EMAILS, CONTACTS, 198, 197, None),
    (EMAILS, COMPANIES, 186, 185, None),
    (MEETINGS, CONTACTS, 200, 199, None),
    (MEETINGS, COMPANIES, 188, 187, None),
    (TICKETS, CONTACTS, 16, 15, None),
)


def _types() -> dict[int, AssociationType]:
    known: dict[int, AssociationType] = {}
    for source, target, there, back, label in _ROWS:
        for type_id, inverse, a, b in (
            (there, back, source, target),
            (back, there, target, source),
        ):
            known[type_id] = AssociationType(
                id=type_id, source=a, target=b, inverse_id=inverse, label=label
            )
    return known


_TYPES = _types()


def default_type(source: ObjectType, target: ObjectType) -> AssociationType:
    """The unlabelled association between two object types; 400 if they have none."""
    for kind in _TYPES.values():
        if (kind.source, kind.target, kind.label) == (source, target, None):
            return kind
    raise validation_error(
        f"No association type exists from {source.singular} to {target.singular}"
    )


def association_type(source: ObjectType, target: ObjectType, type_id: int) -> AssociationType:
    """The HubSpot-defined type with this id between these object types; 400 if none."""
    kind = _TYPES.get(type_id)
    if kind is None or (kind.source, kind.target) != (source, target):
        raise validation_error(
            f"Association type {type_id} is not valid from {source.singular} to {target.singular}"
        )
    return kind


def association_type_from(source: ObjectType, type_id: int) -> AssociationType:
    """The HubSpot-defined type with this id that starts at ``source``; 400 if none."""
    kind = _TYPES.get(type_id)
    if kind is None or kind.source is not source:
        raise validation_error(f"Association type {type_id} is not valid from {source.singular}")
    return kind


def primary_type(source: ObjectType, target: ObjectType) -> AssociationType | None:
    """The "Primary" type between two object types, else None."""
    for kind in _TYPES.values():
        if (kind.source, kind.target, kind.label) == (source, target, _PRIMARY):
            return kind
    return None


class AssociationStore:
    """All associations, each kept in both directions; in ``file`` if given."""

    def __init__(self, file: StateFile | None = None) -> None:
        self._links = MemoryLinks() if file is None else DiskLinks(file)

    def targets(
        self, source: ObjectType, source_id: int, target: ObjectType
    ) -> dict[int, list[AssociationType]]:
        """Associated ids in ascending order with their types, labelled ones first."""
        links = self._links.between(source.id, source_id, target.id)
        return {
            target_id: sorted(
                (_TYPES[type_id] for type_id in links[target_id]),
                key=lambda kind: (kind.label is None, kind.id),
            )
            for target_id in sorted(links)
        }

    def primary_of(self, source: ObjectType, source_id: int, target: ObjectType) -> int | None:
        """The id at the other end of the "Primary" association, else None."""
        for target_id, kinds in self.targets(source, source_id, target).items():
            if any(kind.label == _PRIMARY for kind in kinds):
                return target_id
        return None

    def add(self, kind: AssociationType, source_id: int, target_id: int) -> None:
        """Associate under one type; the first company of a record becomes its primary one.

        A new primary company takes the title from the old one. A labelled association
        carries the unlabelled one with it. Idempotent.
        """
        if kind.source is COMPANIES:
            kind, source_id, target_id = _TYPES[kind.inverse_id], target_id, source_id
        kinds = {kind.id, default_type(kind.source, kind.target).id}
        primary = primary_type(kind.source, kind.target)
        if primary:
            current = self.primary_of(kind.source, source_id, kind.target)
            if current is None:
                kinds.add(primary.id)
            elif kind.id == primary.id and current != target_id:
                self._discard(primary, source_id, current)
        for type_id in kinds:
            self._put(_TYPES[type_id], source_id, target_id)

    def remove(
        self, source: ObjectType, source_id: int, target: ObjectType, target_id: int
    ) -> None:
        """End every association between two records; idempotent."""
        self._links.remove(source.id, source_id, target.id, target_id)
        self._links.remove(target.id, target_id, source.id, source_id)

    def remove_types(
        self, kinds: Iterable[AssociationType], source_id: int, target_id: int
    ) -> None:
        """End the given labels; the unlabelled type ends the whole association."""
        for kind in kinds:
            if kind.label is None:
                self.remove(kind.source, source_id, kind.target, target_id)
            else:
                self._discard(kind, source_id, target_id)

    def drop_record(self, kind: ObjectType, record_id: int) -> list[tuple[str, int]]:
        """End everything a record takes part in; answers the (type id, id) it was linked to."""
        ended: list[tuple[str, int]] = []
        for target_type, target_id, _ in self._links.all_of(kind.id, record_id):
            self._links.remove(kind.id, record_id, target_type, target_id)
            self._links.remove(target_type, target_id, kind.id, record_id)
            ended.append((target_type, target_id))
        return ended

    def move_record(self, kind: ObjectType, old_id: int, new_id: int) -> None:
        """Give a record's associations to another; existing primary ones stay primary."""
        for _, target_id, type_ids in self._links.all_of(kind.id, old_id):
            # Lower ids are the primary types; adding them first lets them win.
            for type_id in sorted(type_ids):
                kind_moved = _TYPES[type_id]
                if kind_moved.label is None or not self._has_primary(kind_moved, new_id):
                    self.add(kind_moved, new_id, target_id)
        self.drop_record(kind, old_id)

    def _has_primary(self, kind: AssociationType, source_id: int) -> bool:
        return (
            kind.target is COMPANIES
            and self.primary_of(kind.source, source_id, kind.target) is not None
        )

    def _put(self, kind: AssociationType, source_id: int, target_id: int) -> None:
        self._links.put(kind.source.id, source_id, kind.target.id, target_id, kind.id)
        self._links.put(kind.target.id, target_id, kind.source.id, source_id, kind.inverse_id)

    def _discard(self, kind: AssociationType, source_id: int, target_id: int) -> None:
        self._links.discard(kind.source.id, source_id, kind.target.id, target_id, kind.id)
        self._links.discard(kind.target.id, target_id, kind.source.id, source_id, kind.inverse_id)
