"""The kinds of association of one portal: HubSpot's and its own labels. HubSpot contract §10.

An id is unique among HubSpot's kinds and among the portal's own, not between the two: a kind is
known by its category and its id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from crmbridge_hubspot.simulator.errors import HubSpotError, validation_error
from crmbridge_hubspot.simulator.object_types import (
    CALLS,
    COMPANIES,
    CONTACTS,
    DEALS,
    EMAILS,
    LEADS,
    MEETINGS,
    NOTES,
    TASKS,
    TICKETS,
    ObjectType,
)
from crmbridge_hubspot.simulator.type_directory import TypeDirectory

PRIMARY = "Primary"
_MOST_LABELS = 10


class Category(StrEnum):
    """Whose kind of association it is."""

    HUBSPOT = "HUBSPOT_DEFINED"
    USER = "USER_DEFINED"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationType:
    """One kind of association in one direction, and its way back."""

    id: int
    source: ObjectType
    target: ObjectType
    inverse_id: int
    label: str | None = None
    category: Category = Category.HUBSPOT
    own_name: str = ""

    @property
    def name(self) -> str:
        """The name that nested associations show, such as ``contact_to_company``."""
        if self.own_name:
            return self.own_name
        base = f"{self.source.singular}_to_{self.target.singular}"
        return f"{base}_unlabeled" if self.label is None and self._has_primary else base

    @property
    def _has_primary(self) -> bool:
        """Whether the pair also knows a "Primary" company."""
        ends = {self.source, self.target}
        return COMPANIES in ends and bool({CONTACTS, DEALS, TICKETS} & ends)

    @property
    def is_primary(self) -> bool:
        """Whether it marks the one company that counts most."""
        return self.label == PRIMARY and self.category is Category.HUBSPOT

    @property
    def key(self) -> int:
        """What links keep of it: unlike the id unique in the portal."""
        return self.id if self.category is Category.HUBSPOT else -self.id

    @property
    def inverse_key(self) -> int:
        """The key of the way back."""
        return self.inverse_id if self.category is Category.HUBSPOT else -self.inverse_id


# Source, target, id there, id back, label: the numbers that HubSpot's own client names too.
_ROWS: tuple[tuple[ObjectType, ObjectType, int, int, str | None], ...] = (
    (CONTACTS, COMPANIES, 279, 280, None),
    (CONTACTS, COMPANIES, 1, 2, PRIMARY),
    (CONTACTS, DEALS, 4, 3, None),
    (DEALS, COMPANIES, 341, 342, None),
    (DEALS, COMPANIES, 5, 6, PRIMARY),
    (TICKETS, COMPANIES, 339, 340, None),
    (TICKETS, COMPANIES, 26, 25, PRIMARY),
    (TICKETS, CONTACTS, 16, 15, None),
    (TICKETS, DEALS, 28, 27, None),
    (NOTES, CONTACTS, 202, 201, None),
    (NOTES, COMPANIES, 190, 189, None),
    (NOTES, DEALS, 214, 213, None),
    (NOTES, TICKETS, 228, 227, None),
    (TASKS, CONTACTS, 204, 203, None),
    (TASKS, COMPANIES, 192, 191, None),
    (TASKS, DEALS, 216, 215, None),
    (TASKS, TICKETS, 230, 229, None),
    (CALLS, CONTACTS, 194, 193, None),
    (CALLS, COMPANIES, 182, 181, None),
    (CALLS, DEALS, 206, 205, None),
    (CALLS, TICKETS, 220, 219, None),
    (EMAILS, CONTACTS, 198, 197, None),
    (EMAILS, COMPANIES, 186, 185, None),
    (EMAILS, DEALS, 210, 209, None),
    (EMAILS, TICKETS, 224, 223, None),
    (MEETINGS, CONTACTS, 200, 199, None),
    (MEETINGS, COMPANIES, 188, 187, None),
    (MEETINGS, DEALS, 212, 211, None),
    (MEETINGS, TICKETS, 226, 225, None),
    (LEADS, CONTACTS, 578, 579, None),
)


class AssociationTypes:
    """The kinds of association that a portal has."""

    def __init__(self) -> None:
        self._by_key: dict[int, AssociationType] = {}
        self._defaults: dict[tuple[str, str], AssociationType] = {}
        self._primaries: dict[tuple[str, str], AssociationType] = {}
        self._next_id = 1
        for source, target, there, back, label in _ROWS:
            self._put(
                AssociationType(
                    id=there, source=source, target=target, inverse_id=back, label=label
                )
            )

    def by_key(self, key: int) -> AssociationType:
        """The kind with this key."""
        return self._by_key[key]

    def inverse(self, kind: AssociationType) -> AssociationType:
        """The way back."""
        return self._by_key[kind.inverse_key]

    def default(self, source: ObjectType, target: ObjectType) -> AssociationType:
        """The unlabelled association between two object types; 400 if they have none."""
        kind = self._defaults.get((source.id, target.id))
        if kind is None:
            raise validation_error(
                f"No association type exists from {source.singular} to {target.singular}"
            )
        return kind

    def primary(self, source: ObjectType, target: ObjectType) -> AssociationType | None:
        """The "Primary" kind between two object types, else None."""
        return self._primaries.get((source.id, target.id))

    def between(self, source: ObjectType, target: ObjectType) -> list[AssociationType]:
        """Every kind from one object type to another, HubSpot's first."""
        return sorted(
            (
                kind
                for kind in self._by_key.values()
                if (kind.source, kind.target) == (source, target)
            ),
            key=lambda kind: (kind.category, kind.id),
        )

    def given(
        self, source: ObjectType, target: ObjectType | None, category: object, type_id: int
    ) -> AssociationType:
        """The kind that a request means, from ``source`` (to ``target``); 400 if there is none."""
        if category not in tuple(Category):
            raise validation_error(f"{category} is not an association category")
        kind = self._by_key.get(type_id if category == Category.HUBSPOT else -type_id)
        fits = kind is not None and kind.source is source and target in (None, kind.target)
        if kind is None or not fits:
            there = f" to {target.singular}" if target else ""
            raise validation_error(
                f"Association type {type_id} is not valid from {source.singular}{there}"
            )
        return kind

    def join(self, source: ObjectType, target: ObjectType, name: str = "") -> AssociationType:
        """Let records of an own object type be associated with another's, unlabelled."""
        return self._define(source, target, None, None, name)

    def add_label(
        self, source: ObjectType, target: ObjectType, *, name: str, label: str, inverse: str
    ) -> list[AssociationType]:
        """A label of the portal's own, both ways; 400 if the pair cannot have it."""
        self.default(source, target)
        own = [one for one in self.between(source, target) if one.category is Category.USER]
        if len([one for one in own if one.label]) >= _MOST_LABELS:
            raise validation_error(
                f"No more than {_MOST_LABELS} association labels are allowed between "
                f"{source.singular} and {target.singular}."
            )
        if any(name == one.own_name or label == one.label for one in own):
            raise validation_error(f"An association label named {name} already exists.")
        kind = self._define(source, target, label, inverse, name)
        return [kind, self.inverse(kind)]

    def relabel(self, kind: AssociationType, label: str, inverse: str | None) -> None:
        """Give a label of the portal's own another text; ``inverse`` None keeps the way back's."""
        back = self.inverse(kind)
        self._by_key[kind.key] = replace(kind, label=label)
        if inverse is not None:
            self._by_key[back.key] = replace(back, label=inverse)

    def drop(self, kind: AssociationType) -> None:
        """Forget a kind of the portal's own, both ways."""
        for one in (kind, self.inverse(kind)):
            self._by_key.pop(one.key)
            if one.label is None:
                self._defaults.pop((one.source.id, one.target.id))

    def made(self) -> tuple[int, list[AssociationType]]:
        """The next own id and all own kinds, to be kept."""
        own = [one for one in self._by_key.values() if one.category is Category.USER]
        return self._next_id, own

    def go_on_from(
        self, next_id: int, own: Iterable[AssociationType], types: TypeDirectory
    ) -> None:
        """Begin with what was kept."""
        self._next_id = next_id
        for kind in own:
            source, target = types.named(kind.source.id), types.named(kind.target.id)
            # What joins an object type that was given up says nothing any more.
            if source and target:
                self._keep(replace(kind, source=source, target=target))

    def _define(
        self,
        source: ObjectType,
        target: ObjectType,
        label: str | None,
        inverse: str | None,
        name: str,
    ) -> AssociationType:
        there, back = self._next_id, self._next_id + 1
        self._next_id += 2
        kind = AssociationType(
            id=there,
            source=source,
            target=target,
            inverse_id=back,
            label=label,
            category=Category.USER,
            own_name=name,
        )
        self._put(kind, inverse)
        return kind

    def _put(self, kind: AssociationType, inverse_label: str | None = None) -> None:
        back = replace(
            kind,
            id=kind.inverse_id,
            inverse_id=kind.id,
            source=kind.target,
            target=kind.source,
            label=inverse_label or kind.label,
            own_name="",
        )
        for one in (kind, back):
            self._keep(one)

    def _keep(self, kind: AssociationType) -> None:
        self._by_key[kind.key] = kind
        pair = (kind.source.id, kind.target.id)
        if kind.label is None:
            self._defaults[pair] = kind
        elif kind.is_primary:
            self._primaries[pair] = kind


def unknown_label(type_id: object) -> HubSpotError:
    """404 for a label that the pair does not have."""
    return HubSpotError(
        404, f"Association type {type_id} does not exist", category="OBJECT_NOT_FOUND"
    )
