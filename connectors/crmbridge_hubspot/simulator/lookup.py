"""Finds the record that a request means. HubSpot contract §4 and §6."""

from __future__ import annotations

from datetime import timedelta

from crmbridge_hubspot.simulator.errors import (
    non_unique_property,
    resource_not_found,
)
from crmbridge_hubspot.simulator.object_store import ObjectStore
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.records import Record
from crmbridge_hubspot.simulator.routing import ApiCall
from crmbridge_hubspot.simulator.world import HubSpotWorld

_RECYCLING = timedelta(days=90)


def empty_recycle_bin(world: HubSpotWorld, kind: ObjectType, call: ApiCall) -> None:
    """Forget what was archived too long ago, before a call that looks at archived records."""
    if call.flag("archived"):
        world.store(kind).forget_archived(before=world.clock.now() - _RECYCLING)


def find_by(store: ObjectStore, text: str, id_property: str) -> Record | None:
    """The live record whose id (merges not followed) or unique property is ``text``.

    400 for an ``id_property`` that does not identify one record.
    """
    if not id_property or id_property == "hs_object_id":
        return store.get(int(text)) if text.isdecimal() else None
    if not store.identifies(id_property):
        raise non_unique_property(store.object_type.id, id_property)
    return store.find(id_property, text)


def read_by(
    world: HubSpotWorld, kind: ObjectType, text: str, id_property: str, *, archived: bool = False
) -> Record:
    """The record a single read or write means, merges followed; 404 if there is none."""
    store = world.store(kind)
    if archived and text.isdecimal() and not id_property:
        record = store.get(int(text), archived=True)
    elif not id_property and text.isdecimal():
        record = store.resolve(int(text))
    else:
        record = find_by(store, text, id_property)
    if record is None:
        raise resource_not_found()
    return record
