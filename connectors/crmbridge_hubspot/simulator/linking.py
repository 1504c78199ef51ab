"""Associates records and lets contacts feel it. HubSpot contract §10 and §7."""

from __future__ import annotations

from collections.abc import Iterable

from crmbridge_hubspot.simulator.association_types import AssociationType
from crmbridge_hubspot.simulator.errors import (
    invalid_json,
    required_fields_missing,
    resource_not_found,
    validation_error,
)
from crmbridge_hubspot.simulator.object_types import CONTACTS, ObjectType
from crmbridge_hubspot.simulator.records import Record, Source
from crmbridge_hubspot.simulator.sales_activity import record_activity
from crmbridge_hubspot.simulator.world import HubSpotWorld
from crmbridge_hubspot.simulator.writing import refresh_primary_company

Target = tuple[AssociationType, int]


def existing(world: HubSpotWorld, kind: ObjectType, text: str) -> Record:
    """The live record with this id (merges followed); 404 if there is none."""
    record = world.store(kind).resolve(int(text)) if text.isdecimal() else None
    if record is None:
        raise resource_not_found()
    return record


def parse_targets(world: HubSpotWorld, kind: ObjectType, raw: object) -> list[Target]:
    """What a new record is to be associated with; 400 where that cannot be."""
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise invalid_json("Invalid input JSON on line 1, column 1: associations is not a list")
    targets: list[Target] = []
    for item in raw:
        try:
            target_id = int(item["to"]["id"])
            types = item["types"]
        except (KeyError, TypeError, ValueError):
            raise required_fields_missing("to", "types") from None
        for association in parse_types(world, kind, None, types):
            if world.store(association.target).get(target_id) is None:
                raise validation_error(f"Associated object {target_id} does not exist")
            targets.append((association, target_id))
    return targets


def parse_types(
    world: HubSpotWorld, source: ObjectType, target: ObjectType | None, raw: object
) -> list[AssociationType]:
    """The association types of a ``[{associationCategory, associationTypeId}]`` body.

    They all start at ``source``, and end at ``target`` if one is given; 400 otherwise.
    """
    try:
        given = [
            (one["associationCategory"], int(one["associationTypeId"]))
            for one in raw  # type: ignore[attr-defined]
        ]
    except (KeyError, TypeError, ValueError):
        raise required_fields_missing("associationCategory", "associationTypeId") from None
    if not given:
        raise required_fields_missing("associationTypeId")
    types = world.associations.types
    return [types.given(source, target, category, type_id) for category, type_id in given]


def associate(
    world: HubSpotWorld, record_id: int, targets: Iterable[Target], source: Source
) -> None:
    """Associate one record with others; idempotent but for the contact's activity counts."""
    for association, target_id in targets:
        known = target_id in world.associations.targets(
            association.source, record_id, association.target
        )
        world.associations.add(association, record_id, target_id)
        for kind, end_id, other_kind, other_id in _both_ends(association, record_id, target_id):
            if kind is CONTACTS:
                refresh_primary_company(world, end_id, source)
                if other_kind.activity and not known:
                    _count_activity(world, end_id, other_kind, other_id, source)


def dissociate(
    world: HubSpotWorld,
    kind: ObjectType,
    record_id: int,
    target: ObjectType,
    target_id: int,
    source: Source,
) -> None:
    """End every association between two records; idempotent."""
    world.associations.remove(kind, record_id, target, target_id)
    for end, end_id in ((kind, record_id), (target, target_id)):
        if end is CONTACTS:
            refresh_primary_company(world, end_id, source)


def unlabel(
    world: HubSpotWorld,
    kinds: Iterable[AssociationType],
    record_id: int,
    target_id: int,
    source: Source,
) -> None:
    """Take labels off the association of two records; idempotent."""
    for kind in kinds:
        world.associations.remove_types([kind], record_id, target_id)
        for end, end_id in ((kind.source, record_id), (kind.target, target_id)):
            if end is CONTACTS:
                refresh_primary_company(world, end_id, source)


def _both_ends(
    association: AssociationType, record_id: int, target_id: int
) -> tuple[tuple[ObjectType, int, ObjectType, int], ...]:
    source, target = association.source, association.target
    return ((source, record_id, target, target_id), (target, target_id, source, record_id))


def _count_activity(
    world: HubSpotWorld, contact_id: int, kind: ObjectType, activity_id: int, source: Source
) -> None:
    contact = world.store(CONTACTS).get(contact_id)
    activity = world.store(kind).get(activity_id)
    if contact is None or activity is None:
        return
    record_activity(world, contact, kind, at=activity.value("hs_timestamp"), source=source)
