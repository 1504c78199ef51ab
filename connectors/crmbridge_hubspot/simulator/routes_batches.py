"""Batches of records: ``/crm/v3/objects/{type}/batch/…``. HubSpot contract §4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmbridge_hubspot.simulator.batches import (
    BatchErrors,
    BatchInput,
    parse_inputs,
    prepare_each,
    scattered,
)
from crmbridge_hubspot.simulator.errors import contact_exists, value_taken
from crmbridge_hubspot.simulator.json_fields import texts_in
from crmbridge_hubspot.simulator.linking import Target, associate, parse_targets
from crmbridge_hubspot.simulator.lookup import empty_recycle_bin, find_by
from crmbridge_hubspot.simulator.merging import archive_record
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.records import Record
from crmbridge_hubspot.simulator.rendering import (
    batch_answer,
    show_created,
    show_history,
    show_record,
    show_written,
)
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld
from crmbridge_hubspot.simulator.writing import (
    check_change,
    check_new,
    check_values,
    create_record,
    update_record,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Write:
    """A checked write; ``record`` None makes a new one."""

    record: Record | None
    values: dict[str, str]
    targets: list[Target]


class _Claims:
    """Unique values that earlier inputs of the same batch take."""

    def __init__(self, world: HubSpotWorld, kind: ObjectType) -> None:
        self._world = world
        self._kind = kind
        self._taken: dict[tuple[str, str], int] = {}

    def take(self, values: dict[str, str], record: Record | None) -> None:
        """Claim the unique ones of these values; refuses a value claimed before."""
        store = self._world.store(self._kind)
        own_id = record.id if record else store.next_id
        unique = [
            (name, value.lower())
            for name, value in values.items()
            if value and store.identifies(name)
        ]
        for name, value in unique:
            other = self._taken.get((name, value))
            if other is not None and record is None and name == "email":
                raise contact_exists(other)
            if other is not None:
                raise value_taken(
                    portal_id=self._world.portal_id,
                    object_type_id=self._kind.id,
                    name=name,
                    value=value,
                    record_id=own_id,
                    other_id=other,
                )
        self._taken.update(dict.fromkeys(unique, own_id))


def batch_read(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Records by id or unique property; missing ones make a 207. HubSpot contract §4.

    Ids that were merged away are left out without a word.
    """
    kind = world.types.in_path(call.path["type"])
    body = call.object()
    id_property = str(body.get("idProperty") or "")
    store, started = world.store(kind), world.clock.now()
    errors = BatchErrors(kind=kind)
    empty_recycle_bin(world, kind, call)
    results: dict[int, dict[str, Any]] = {}
    wanted, historic = texts_in(body, "properties"), texts_in(body, "propertiesWithHistory")
    for given in parse_inputs(body, distinct=False):
        if call.flag("archived") and given.id.isdecimal():
            record = store.get(int(given.id), archived=True)
        else:
            record = find_by(store, given.id, id_property)
        if record is not None:
            shown = show_record(store.properties, record, [*wanted, *historic])
            if historic:
                shown["propertiesWithHistory"] = show_history(store.properties, record, historic)
            results[record.id] = shown
        elif not (given.id.isdecimal() and store.merged_away(int(given.id))):
            errors.add_missing(given)
    return _answer(world, [*results.values()], started, errors, 200)


def batch_create(world: HubSpotWorld, call: ApiCall) -> Answer:
    """New records: all or none, or with traces each for itself. HubSpot contract §4."""
    kind = world.types.in_path(call.path["type"])
    started, errors = world.clock.now(), BatchErrors(kind=kind)
    claims = _Claims(world, kind)

    def prepare(given: BatchInput) -> _Write:
        values = check_values(world, kind, given.body.get("properties"), None)
        check_new(world, kind, values)
        world.requirements.check(kind, values, None, call.version)
        targets = parse_targets(world, kind, given.body.get("associations"))
        claims.take(values, None)
        return _Write(record=None, values=values, targets=targets)

    writes = prepare_each(parse_inputs(call.object(), distinct=False), prepare, errors)
    results = [_carry_out(world, kind, call, given, write) for given, write in writes]
    return _answer(world, results, started, errors, 201)


def batch_update(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Change records; missing ones make a 207. HubSpot contract §4 and §6.

    Ids merged away, and an e-mail sent as an id, change nothing and are not reported.
    """
    kind = world.types.in_path(call.path["type"])
    started, errors = world.clock.now(), BatchErrors(kind=kind)
    store, claims = world.store(kind), _Claims(world, kind)

    def prepare(given: BatchInput) -> _Write | None:
        record = find_by(store, given.id, given.id_property)
        if record is None:
            by_id = not given.id_property
            silent = by_id and (not given.id.isdecimal() or store.merged_away(int(given.id)))
            if not silent:
                errors.add_missing(given)
            return None
        values = check_values(world, kind, given.body.get("properties"), record)
        check_change(world, record, values)
        world.requirements.check(kind, values, record, call.version)
        claims.take(values, record)
        return _Write(record=record, values=values, targets=[])

    writes = prepare_each(parse_inputs(call.object()), prepare, errors)
    results = [_carry_out(world, kind, call, given, write) for given, write in writes]
    return _answer(world, results, started, errors, 200)


def batch_upsert(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Change or make records by a unique property. HubSpot contract §4."""
    kind = world.types.in_path(call.path["type"])
    started, errors = world.clock.now(), BatchErrors(kind=kind)
    store, claims = world.store(kind), _Claims(world, kind)

    def prepare(given: BatchInput) -> _Write | None:
        record = find_by(store, given.id, given.id_property)
        if record is None and given.id_property in ("", "hs_object_id"):
            errors.add_missing(given)
            return None
        raw = given.body.get("properties")
        if record is None and isinstance(raw, dict):
            raw = {given.id_property: given.id, **raw}
        values = check_values(world, kind, raw, record)
        if record is None:
            check_new(world, kind, values)
        else:
            check_change(world, record, values)
        world.requirements.check(kind, values, record, call.version)
        claims.take(values, record)
        return _Write(record=record, values=values, targets=[])

    writes = prepare_each(parse_inputs(call.object()), prepare, errors)
    results = [
        {**_carry_out(world, kind, call, given, write), "new": write.record is None}
        for given, write in writes
    ]
    return _answer(world, results, started, errors, 200)


def batch_archive(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Move records to the recycle bin; unknown ids are ignored. HubSpot contract §4."""
    kind = world.types.in_path(call.path["type"])
    for given in parse_inputs(call.object()):
        record = find_by(world.store(kind), given.id, "")
        if record is not None:
            archive_record(world, record, call.caller.source)
    return Answer(status=204)


def _carry_out(
    world: HubSpotWorld, kind: ObjectType, call: ApiCall, given: BatchInput, write: _Write
) -> dict[str, Any]:
    source, registry = call.caller.source, world.store(kind).properties
    trace = {"objectWriteTraceId": given.trace_id} if given.trace_id else {}
    if write.record is None:
        record = create_record(world, kind, write.values, source)
        associate(world, record.id, write.targets, source)
        return show_created(registry, record, **trace)
    update_record(world, write.record, write.values, source)
    return show_written(registry, write.record, write.values, **trace)


def _answer(
    world: HubSpotWorld,
    results: list[dict[str, Any]],
    started: datetime,
    errors: BatchErrors,
    status: int,
) -> Answer:
    failed = errors.to_json()
    body = batch_answer(
        world.omission.apply(scattered(results)), started, world.clock.now(), failed
    )
    return Answer(body=body, status=207 if failed else status)


_BASE = "/crm/v3/objects/{type}/batch"
_READ = ("crm.objects.{type}.read",)
_WRITE = ("crm.objects.{type}.write",)

ROUTES = (
    ApiRoute(method="POST", path=f"{_BASE}/read", handler=batch_read, scopes=_READ),
    ApiRoute(method="POST", path=f"{_BASE}/create", handler=batch_create, scopes=_WRITE),
    ApiRoute(method="POST", path=f"{_BASE}/update", handler=batch_update, scopes=_WRITE),
    ApiRoute(method="POST", path=f"{_BASE}/upsert", handler=batch_upsert, scopes=_WRITE),
    ApiRoute(method="POST", path=f"{_BASE}/archive", handler=batch_archive, scopes=_WRITE),
)
