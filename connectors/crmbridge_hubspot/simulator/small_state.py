"""What a state file keeps of a portal besides its records."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from crmbridge.simulation import Note, StateFile, StoredMapping
from crmbridge_hubspot.simulator import disk_index, disk_shelf, links
from crmbridge_hubspot.simulator.association_types import AssociationType
from crmbridge_hubspot.simulator.custom_events import Occurrence
from crmbridge_hubspot.simulator.custom_objects import CustomSchema
from crmbridge_hubspot.simulator.event_definitions import EventDefinition
from crmbridge_hubspot.simulator.list_folders import ListFolder
from crmbridge_hubspot.simulator.lists import Membership, RecordList
from crmbridge_hubspot.simulator.owners import Owner
from crmbridge_hubspot.simulator.property_registry import Definitions, PropertyRegistry
from crmbridge_hubspot.simulator.subscriptions import SubscriptionStatus

if TYPE_CHECKING:
    from pathlib import Path

    from crmbridge_hubspot.simulator.world import HubSpotWorld


def open_state(path: Path) -> StateFile:
    """The file of one portal, with its tables."""
    return StateFile(path, disk_shelf.SCHEMA + disk_index.SCHEMA + links.SCHEMA)


def members_in(file: StateFile | None) -> Callable[[int], MutableMapping[int, Membership]]:
    """Where the members of a list are kept, by the list's id."""

    def members(list_id: int) -> MutableMapping[int, Membership]:
        if file is None:
            return {}
        return StoredMapping(file, f"list {list_id}", TypeAdapter(Membership))

    return members


def statuses_in(
    file: StateFile | None,
) -> tuple[
    MutableMapping[str, SubscriptionStatus], MutableMapping[str, dict[int, SubscriptionStatus]]
]:
    """Where opt-outs and the statuses of single subscription types are kept, by address."""
    if file is None:
        return {}, {}
    return (
        StoredMapping(file, "opted out", TypeAdapter(SubscriptionStatus)),
        StoredMapping(file, "subscriptions", TypeAdapter(dict[int, SubscriptionStatus])),
    )


def keep_definitions(file: StateFile, registry: PropertyRegistry) -> None:
    """Keep the properties and groups of one object type."""
    file.keep(
        Note(
            name=f"properties of {registry.object_type.plural}",
            adapter=TypeAdapter(Definitions),
            take=registry.made,
            restore=registry.go_on_from,
        )
    )


def keep_own_types(file: StateFile, world: HubSpotWorld) -> None:
    """Keep the portal's own object types, with their stores, and its kinds of association."""

    def schemas(found: tuple[int, list[CustomSchema]]) -> None:
        world.custom.go_on_from(*found)
        for schema in found[1]:
            world.add_type(schema)

    def associations(found: tuple[int, list[AssociationType]]) -> None:
        world.associations.types.go_on_from(*found, world.types)

    file.keep(
        Note(
            name="own object types",
            adapter=TypeAdapter(tuple[int, list[CustomSchema]]),
            take=world.custom.made,
            restore=schemas,
        )
    )
    file.keep(
        Note(
            name="own associations",
            adapter=TypeAdapter(tuple[int, list[AssociationType]]),
            take=world.associations.types.made,
            restore=associations,
        )
    )


def keep_portal(file: StateFile, world: HubSpotWorld) -> None:
    """Keep owners, lists, events, erased addresses, and since when the portal exists."""

    def born(made_at: datetime) -> None:
        world.made_at = made_at

    kept: tuple[tuple[str, Any, Callable[[], Any], Callable[[Any], None]], ...] = (
        ("made at", datetime, lambda: world.made_at, born),
        ("owners", list[Owner], world.owners.made, world.owners.go_on_from),
        ("lists", tuple[int, list[RecordList]], world.lists.made,
         lambda found: world.lists.go_on_from(found[0], found[1], world.types)),
        ("event definitions", tuple[int, list[EventDefinition]], world.event_definitions.made,
         lambda found: world.event_definitions.go_on_from(*found)),
        ("list folders", tuple[int, list[ListFolder]], world.folders.made,
         lambda found: world.folders.go_on_from(*found)),
        ("events", list[Occurrence], world.events.made, world.events.go_on_from),
        ("erased addresses", set[str], lambda: set(world.erased_emails),
         world.erased_emails.update),
    )  # fmt: skip
    for name, kind, take, restore in kept:
        file.keep(Note(name=name, adapter=TypeAdapter(kind), take=take, restore=restore))
