"""Which records belong together, and under which labels. HubSpot contract §10."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from crmbridge_hubspot.simulator.association_types import AssociationType, AssociationTypes
from crmbridge_hubspot.simulator.links import DiskLinks, MemoryLinks
from crmbridge_hubspot.simulator.object_types import COMPANIES, ObjectType

if TYPE_CHECKING:
    from crmbridge.simulation import StateFile


class AssociationStore:
    """All associations, each kept in both directions; in ``file`` if given."""

    def __init__(self, types: AssociationTypes, file: StateFile | None = None) -> None:
        self.types = types
        self._links = MemoryLinks() if file is None else DiskLinks(file)

    def targets(
        self, source: ObjectType, source_id: int, target: ObjectType
    ) -> dict[int, list[AssociationType]]:
        """Associated ids in ascending order with their types, labelled ones first."""
        links = self._links.between(source.id, source_id, target.id)
        return {
            target_id: sorted(
                (self.types.by_key(key) for key in links[target_id]),
                key=lambda kind: (kind.label is None, kind.category, kind.id),
            )
            for target_id in sorted(links)
        }

    def primary_of(self, source: ObjectType, source_id: int, target: ObjectType) -> int | None:
        """The id at the other end of the "Primary" association, else None."""
        for target_id, kinds in self.targets(source, source_id, target).items():
            if any(kind.is_primary for kind in kinds):
                return target_id
        return None

    def add(self, kind: AssociationType, source_id: int, target_id: int) -> None:
        """Associate under one type; the first company of a record becomes its primary one.

        A new primary company takes the title from the old one. A labelled association
        carries the unlabelled one with it. Idempotent.
        """
        if kind.source is COMPANIES:
            kind, source_id, target_id = self.types.inverse(kind), target_id, source_id
        kinds = {kind.key, self.types.default(kind.source, kind.target).key}
        primary = self.types.primary(kind.source, kind.target)
        if primary:
            current = self.primary_of(kind.source, source_id, kind.target)
            if current is None:
                kinds.add(primary.key)
            elif kind is primary and current != target_id:
                self._discard(primary, source_id, current)
        for key in kinds:
            self._put(self.types.by_key(key), source_id, target_id)

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
        moved = [
            (self.types.by_key(key), target_id)
            for _, target_id, keys in self._links.all_of(kind.id, old_id)
            for key in keys
        ]
        # Primary ones go first: else an unlabelled one might become primary in their place.
        moved.sort(key=lambda one: (not one[0].is_primary, one[1], one[0].key))
        for kind_moved, target_id in moved:
            if not kind_moved.is_primary or not self._has_primary(kind_moved, new_id):
                self.add(kind_moved, new_id, target_id)
        self.drop_record(kind, old_id)

    def drop_label(self, kind: AssociationType) -> None:
        """Forget a label of the portal's own and take it off every pair of records."""
        self._links.discard_all(kind.source.id, kind.target.id, kind.key)
        self._links.discard_all(kind.target.id, kind.source.id, kind.inverse_key)
        self.types.drop(kind)

    def _has_primary(self, kind: AssociationType, source_id: int) -> bool:
        return (
            kind.target is COMPANIES
            and self.primary_of(kind.source, source_id, kind.target) is not None
        )

    def _put(self, kind: AssociationType, source_id: int, target_id: int) -> None:
        self._links.put(kind.source.id, source_id, kind.target.id, target_id, kind.key)
        self._links.put(kind.target.id, target_id, kind.source.id, source_id, kind.inverse_key)

    def _discard(self, kind: AssociationType, source_id: int, target_id: int) -> None:
        self._links.discard(kind.source.id, source_id, kind.target.id, target_id, kind.key)
        self._links.discard(kind.target.id, target_id, kind.source.id, source_id, kind.inverse_key)
