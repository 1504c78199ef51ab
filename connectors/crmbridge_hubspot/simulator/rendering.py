"""Records as the wire shows them. HubSpot contract §3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from crmbridge_hubspot.simulator.instants import iso, parse_milliseconds
from crmbridge_hubspot.simulator.property_registry import PropertyRegistry
from crmbridge_hubspot.simulator.records import Record, Version


def show_values(
    registry: PropertyRegistry, values: Mapping[str, str], wanted: Iterable[str]
) -> dict[str, str | None]:
    """Wanted properties that are defined, and those HubSpot always returns.

    Never set is null, cleared is "", undefined is absent.
    """
    kind = registry.object_type
    names = sorted({*(wanted or kind.default_properties), *kind.always_returned})
    return {name: values.get(name) for name in names if registry.find(name) is not None}


def show_record(
    registry: PropertyRegistry, record: Record, wanted: Sequence[str], **more: Any
) -> dict[str, Any]:
    """A record with the wanted properties, the defaults if none are named."""
    shown = envelope(
        record.id,
        show_values(registry, record.values, wanted),
        record.created_at,
        record.updated_at,
        archived=record.archived,
    )
    if record.archived_at:
        shown["archivedAt"] = iso(record.archived_at)
    return {**shown, **more}


def show_written(
    registry: PropertyRegistry, record: Record, written: Iterable[str], **more: Any
) -> dict[str, Any]:
    """A record as the answer to an update: what was written and what is always returned."""
    wanted = [*written] or list(registry.object_type.always_returned)
    return show_record(registry, record, wanted, **more)


def show_created(registry: PropertyRegistry, record: Record, **more: Any) -> dict[str, Any]:
    """A record as the answer to its creation: everything that has a value."""
    return show_record(registry, record, [name for name in record.values if record.value(name)],
                       **more)  # fmt: skip


def show_history(
    registry: PropertyRegistry, record: Record, names: Iterable[str]
) -> dict[str, list[dict[str, Any]]]:
    """The versions of the named properties, newest first."""
    return {
        name: [_version(name, version) for version in reversed(record.history.get(name, []))]
        for name in names
        if registry.find(name) is not None
    }


def _version(name: str, version: Version) -> dict[str, Any]:
    shown = version.to_json()
    if name == "salesforcelastsynctime":
        # The native connector writes milliseconds, and history shows what was written.
        shown["value"] = str(parse_milliseconds(version.value))
    return shown


def envelope(
    record_id: int,
    properties: Mapping[str, str | None],
    created_at: datetime,
    updated_at: datetime,
    *,
    archived: bool,
) -> dict[str, Any]:
    """The outer fields that every record has."""
    return {
        "id": str(record_id),
        "properties": dict(properties),
        "createdAt": iso(created_at),
        "updatedAt": iso(updated_at),
        "archived": archived,
    }


def next_page(after: str, path: str) -> dict[str, Any]:
    """The ``paging`` member of a page that is not the last."""
    return {"next": {"after": after, "link": f"https://api.hubapi.com{path}?after={after}"}}


def batch_answer(
    results: list[dict[str, Any]],
    started: datetime,
    completed: datetime,
    errors: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The envelope of every batch answer."""
    shown: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": iso(started),
        "completedAt": iso(completed),
    }
    if errors:
        shown |= {"numErrors": len(errors), "errors": errors}
    return shown
