"""What a state file keeps of an org besides its rows, each thing whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from crmbridge.simulation import Note
from crmbridge_salesforce.simulator.schema import Field, Schema

if TYPE_CHECKING:
    from crmbridge.simulation import StateFile
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_Fields = dict[str, tuple[Field, ...]]
_Marks = tuple[str, str, datetime]


def keep_fields(file: StateFile, schema: Schema) -> None:
    """Keep every object's fields, with the custom ones and the values of picklists."""

    def restore(found: _Fields) -> None:
        for name, fields in found.items():
            schema.known(name).put_fields(fields)

    file.keep(
        Note(
            name="fields",
            adapter=TypeAdapter(_Fields),
            take=lambda: {each.name: tuple(each.fields()) for each in schema.objects()},
            restore=restore,
        )
    )


def keep_org(file: StateFile, world: SalesforceWorld) -> None:
    """Keep ids, users' sessions, refresh tokens, the assignment rule and what fields are for."""

    def mark(found: _Marks) -> None:
        world.integration_user_id, world.automated_process_id, world.schema_changed_at = found

    def marks() -> _Marks:
        return world.integration_user_id, world.automated_process_id, world.schema_changed_at

    def tracked(found: dict[str, set[str]]) -> None:
        world.tracked = found

    def describe(found: dict[str, dict[str, Any]]) -> None:
        world.field_metadata = found

    def mapping(found: dict[str, tuple[str, str]]) -> None:
        world.lead_mapping = found

    def deletions(found: dict[str, datetime]) -> None:
        world.deletions = found

    def assign_by(found: str) -> None:
        world.assignment.by = found

    kept: tuple[tuple[str, Any, Callable[[], Any], Callable[[Any], None]], ...] = (
        ("ids", dict[str, int], world.ids.made, world.ids.go_on_from),
        ("marks", _Marks, marks, mark),
        ("sessions", tuple[int, dict[str, str]], world.sessions.live,
         lambda found: world.sessions.go_on_from(*found)),
        ("app", tuple[int, dict[str, str]], world.app.issued,
         lambda found: world.app.go_on_from(*found)),
        ("assignment", tuple[tuple[str, ...], int], lambda: world.assignment.order,
         lambda found: world.assignment.go_on_from(*found)),
        ("assignment_by", str, lambda: world.assignment.by, assign_by),
        ("tracked", dict[str, set[str]],
         lambda: {name: set(fields) for name, fields in world.tracked.items()}, tracked),
        ("field_metadata", dict[str, dict[str, Any]], lambda: dict(world.field_metadata),
         describe),
        ("lead_mapping", dict[str, tuple[str, str]], lambda: dict(world.lead_mapping), mapping),
        ("deletions", dict[str, datetime], lambda: dict(world.deletions), deletions),
    )  # fmt: skip
    for name, kind, take, restore in kept:
        file.keep(Note(name=name, adapter=TypeAdapter(kind), take=take, restore=restore))
