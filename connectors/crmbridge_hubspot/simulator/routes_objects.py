"""Single records and their listing: ``/crm/v3/objects/{type}``. HubSpot contract §4 and §6."""

from __future__ import annotations

from typing import Any

from crmbridge_hubspot.simulator.errors import (
    resource_not_found,
    validation_error,
)
from crmbridge_hubspot.simulator.json_fields import require_fields
from crmbridge_hubspot.simulator.linking import associate, parse_targets
from crmbridge_hubspot.simulator.lookup import empty_recycle_bin, find_by, read_by
from crmbridge_hubspot.simulator.merging import (
    archive_record,
    erase_contact,
    merge_records,
)
from crmbridge_hubspot.simulator.object_types import CONTACTS, ObjectType
from crmbridge_hubspot.simulator.records import Record
from crmbridge_hubspot.simulator.rendering import (
    next_page,
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

_LONGEST_PAGE = 100
_LONGEST_PAGE_WITH_HISTORY = 50


def list_records(world: HubSpotWorld, call: ApiCall) -> Answer:
    """A page of records by id; ``after`` is the next record's id. HubSpot contract §4."""
    kind = world.types.in_path(call.path["type"])
    most = _LONGEST_PAGE_WITH_HISTORY if call.many("propertiesWithHistory") else _LONGEST_PAGE
    limit = call.number("limit", default=10, most=most)
    empty_recycle_bin(world, kind, call)
    after = call.text("after") or "0"
    if not after.isdecimal():
        raise validation_error(f"after is not valid: {after}")
    records, following = world.store(kind).page(
        after=int(after), limit=limit, archived=call.flag("archived")
    )
    body: dict[str, Any] = {"results": [_shown(world, call, record) for record in records]}
    if following is not None:
        body["paging"] = next_page(str(following), f"/crm/v3/objects/{kind.plural}")
    return Answer(body=body)


def read_record(world: HubSpotWorld, call: ApiCall) -> Answer:
    """One record; a merged id answers with the surviving record. HubSpot contract §4 and §6."""
    kind = world.types.in_path(call.path["type"])
    empty_recycle_bin(world, kind, call)
    record = read_by(
        world, kind, call.path["id"], call.text("idProperty"), archived=call.flag("archived")
    )
    return Answer(body=_shown(world, call, record))


def create_one(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Create a record, perhaps associated at once. HubSpot contract §4."""
    kind = world.types.in_path(call.path["type"])
    body = call.object()
    values = check_values(world, kind, body.get("properties"), None)
    check_new(world, kind, values)
    world.requirements.check(kind, values, None, call.version)
    targets = parse_targets(world, kind, body.get("associations"))
    record = create_record(world, kind, values, call.caller.source)
    associate(world, record.id, targets, call.caller.source)
    return Answer(body=show_created(world.store(kind).properties, record), status=201)


def update_one(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Change a record; a merged id changes the surviving one. HubSpot contract §4 and §6."""
    kind = world.types.in_path(call.path["type"])
    record = read_by(world, kind, call.path["id"], call.text("idProperty"))
    values = check_values(world, kind, call.object().get("properties"), record)
    check_change(world, record, values)
    world.requirements.check(kind, values, record, call.version)
    update_record(world, record, values, call.caller.source)
    return Answer(body=show_written(world.store(kind).properties, record, values))


def archive_one(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Move a record to the recycle bin; idempotent. HubSpot contract §4."""
    kind = world.types.in_path(call.path["type"])
    record = find_by(world.store(kind), call.path["id"], "")
    if record is not None:
        archive_record(world, record, call.caller.source)
    return Answer(status=204)


def merge_two(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Merge two records into one with a new id. HubSpot contract §6."""
    kind = world.types.in_path(call.path["type"])
    body = call.object()
    names = ("primaryObjectId", "objectIdToMerge")
    require_fields(body, *names)
    primary, loser = (read_by(world, kind, str(body[name]), "") for name in names)
    merged = merge_records(world, primary, loser, call.caller.source)
    return Answer(body=show_record(world.store(kind).properties, merged, ()))


def gdpr_delete(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Erase a contact for good, or block an unknown address. HubSpot contract §6."""
    kind = world.types.in_path(call.path["type"])
    body = call.object()
    require_fields(body, "objectId")
    if kind is not CONTACTS:
        raise validation_error(f"GDPR delete is not supported for {kind.singular}")
    text, id_property = str(body["objectId"]), str(body.get("idProperty") or "")
    contact = _anywhere(world, kind, text, id_property)
    if contact is not None:
        erase_contact(world, contact, call.caller.source)
    elif id_property == "email":
        world.erased_emails.add(text.lower())
    else:
        raise resource_not_found()
    return Answer(status=204)


def _anywhere(world: HubSpotWorld, kind: ObjectType, text: str, id_property: str) -> Record | None:
    store = world.store(kind)
    live = find_by(store, text, id_property)
    if live is not None or id_property or not text.isdecimal():
        return live
    return store.get(int(text), archived=True)


def _shown(world: HubSpotWorld, call: ApiCall, record: Record) -> dict[str, Any]:
    registry = world.store(record.object_type).properties
    historic = call.many("propertiesWithHistory")
    wanted = call.many("properties")
    shown = show_record(registry, record, (*wanted, *historic) if wanted else historic)
    if historic:
        shown["propertiesWithHistory"] = show_history(registry, record, historic)
    if call.many("associations"):
        shown["associations"] = _associated(world, record, call.many("associations"))
    return shown


def _associated(
    world: HubSpotWorld, record: Record, names: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    shown: dict[str, dict[str, Any]] = {}
    for name in names:
        target = world.types.in_path(name)
        linked = world.associations.targets(record.object_type, record.id, target)
        if linked:
            shown[target.qualified_name or target.plural] = {
                "results": [
                    {"id": str(target_id), "type": association.name}
                    for target_id, associations in linked.items()
                    for association in associations
                ]
            }
    return shown


_READ = ("crm.objects.{type}.read",)
_WRITE = ("crm.objects.{type}.write",)
_BASE = "/crm/v3/objects/{type}"

# The fixed words come before {id}: the first path that fits is taken.
ROUTES = (
    ApiRoute(method="POST", path=f"{_BASE}/merge", handler=merge_two, scopes=_WRITE),
    ApiRoute(method="POST", path=f"{_BASE}/gdpr-delete", handler=gdpr_delete, scopes=_WRITE),
    ApiRoute(method="GET", path=_BASE, handler=list_records, scopes=_READ),
    ApiRoute(method="POST", path=_BASE, handler=create_one, scopes=_WRITE),
    ApiRoute(method="GET", path=f"{_BASE}/{{id}}", handler=read_record, scopes=_READ),
    ApiRoute(method="PATCH", path=f"{_BASE}/{{id}}", handler=update_one, scopes=_WRITE),
    ApiRoute(method="DELETE", path=f"{_BASE}/{{id}}", handler=archive_one, scopes=_WRITE),
)
