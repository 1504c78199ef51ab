"""Checks and carries out writes of records, with everything HubSpot does along the way.

HubSpot contract §3 (values), §4 (uniqueness), §7 (stages, owners) and §9 (errors).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crmbridge_hubspot.simulator.errors import (
    PropertyProblem,
    contact_exists,
    invalid_json,
    property_values_invalid,
    required_fields_missing,
    required_properties_missing,
    validation_error,
    value_taken,
)
from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.lifecycle import STAGE, settle_stage
from crmbridge_hubspot.simulator.object_types import (
    COMPANIES,
    CONTACTS,
    DEALS,
    TASKS,
    ObjectType,
)
from crmbridge_hubspot.simulator.records import Record, Source
from crmbridge_hubspot.simulator.values import ValueRefused, as_text, spell_value
from crmbridge_hubspot.simulator.world import HubSpotWorld

# HubSpot counts these for the address of the moment.
_PER_ADDRESS = (
    "hs_email_delivered",
    "hs_email_open",
    "hs_email_click",
    "hs_email_replied",
    "hs_email_bounce",
)
_CLOSED = {"closedwon", "closedlost"}


def check_values(
    world: HubSpotWorld,
    kind: ObjectType,
    raw: object,
    record: Record | None,
    *,
    internal: bool = False,
) -> dict[str, str]:
    """Written values in HubSpot's spelling; 400 naming every property that was refused.

    ``record`` is the one to be changed, None for a new one. Only an ``internal`` write, one
    that HubSpot makes itself, may set read-only properties.
    """
    if not isinstance(raw, dict):
        raise required_fields_missing("properties")
    registry = world.store(kind).properties
    values: dict[str, str] = {}
    problems: list[PropertyProblem] = []
    for name, sent in raw.items():
        definition = registry.find(name)
        text = as_text(sent)
        if text is None:
            raise invalid_json(
                f"Invalid input JSON on line 1, column 1: the value of {name} is not a string"
            )
        if definition is None:
            problems.append(
                PropertyProblem(
                    name=name,
                    code="PROPERTY_DOESNT_EXIST",
                    message=f'Property "{name}" does not exist',
                )
            )
            continue
        if definition.read_only_value and not internal:
            problems.append(
                PropertyProblem(
                    name=name,
                    code="READ_ONLY_VALUE",
                    message=f'"{name}" is a read only property; its value cannot be set.',
                )
            )
            continue
        try:
            value = spell_value(definition, text, record.value(name) if record else "")
            _check_reference(world, name, value)
            values[name] = value
        except ValueRefused as refused:
            problems.append(refused.problem)
    if problems:
        raise property_values_invalid(problems, world.portal_id)
    return values


def check_new(world: HubSpotWorld, kind: ObjectType, values: Mapping[str, str]) -> None:
    """Whether a new record may have these values: 400 incomplete, 409 contact exists."""
    if kind.required_any and not any(values.get(name) for name in kind.required_any):
        raise validation_error(
            f"One of the properties {list(kind.required_any)} is needed to create a "
            f"{kind.singular}."
        )
    missing = [name for name in world.store(kind).required if not values.get(name)]
    if missing:
        raise required_properties_missing(kind, missing)
    email = values.get("email", "")
    if kind is CONTACTS and email:
        if email in world.erased_emails:
            raise validation_error("The e-mail address was permanently deleted and is blocked.")
        taken = world.store(kind).find("email", email)
        if taken is not None:
            raise contact_exists(taken.id)
    _check_unique(world, kind, values, None)


def check_change(world: HubSpotWorld, record: Record, values: Mapping[str, str]) -> None:
    """Whether a record may take these values: 400 if another has a unique one."""
    _check_unique(world, record.object_type, values, record)


def create_record(
    world: HubSpotWorld, kind: ObjectType, values: Mapping[str, str], source: Source
) -> Record:
    """Make a record of checked values."""
    now = world.clock.now()
    birth = {
        "hs_object_source": source.type,
        "hs_object_source_label": source.type,
        "hs_object_source_id": source.id or "",
        "hs_object_source_detail_1": source.label or "",
        "hs_object_source_user_id": str(source.user_id or ""),
    }
    complete = {name: value for name, value in birth.items() if value}
    if kind is CONTACTS:
        complete |= {"hs_analytics_source": "OFFLINE", "hs_latest_source": "OFFLINE"}
    complete |= values
    default_stage = world.configuration.default_lifecyclestage
    if kind in (CONTACTS, COMPANIES) and default_stage and not complete.get(STAGE):
        complete[STAGE] = default_stage
    complete = _with_consequences(world, kind, complete, None)
    record = world.store(kind).insert(complete, at=now, source=source)
    _follow_company(world, record, values)
    return record


def update_record(
    world: HubSpotWorld,
    record: Record,
    values: Mapping[str, str],
    source: Source,
    at: datetime | None = None,
) -> None:
    """Change a record to checked values, now or ``at`` an instant that was read before."""
    changes = _with_consequences(world, record.object_type, dict(values), record)
    at = at or world.clock.now()
    world.store(record.object_type).write(record, changes, at=at, source=source)
    _follow_company(world, record, values)


def write_internally(
    world: HubSpotWorld, record: Record, values: Mapping[str, str], source: Source
) -> None:
    """Set values that HubSpot computes itself, without further consequences."""
    world.store(record.object_type).write(record, values, at=world.clock.now(), source=source)


def refresh_primary_company(world: HubSpotWorld, contact_id: int, source: Source) -> None:
    """Let ``associatedcompanyid`` follow the contact's primary company association."""
    contact = world.store(CONTACTS).get(contact_id)
    if contact is None:
        return
    primary = world.associations.primary_of(CONTACTS, contact_id, COMPANIES)
    value = "" if primary is None else str(primary)
    if contact.value("associatedcompanyid") != value:
        write_internally(world, contact, {"associatedcompanyid": value}, source)


def _check_reference(world: HubSpotWorld, name: str, value: str) -> None:
    if not value:
        return
    if name == "hubspot_owner_id" and not world.owners.is_active(value):
        message, code = f"Owner {value} does not exist", "INVALID_OWNER_ID"
    elif name == "associatedcompanyid" and not (
        value.isdecimal() and world.store(COMPANIES).get(int(value))
    ):
        message, code = f"Company {value} does not exist", "INVALID_ASSOCIATION"
    else:
        return
    raise ValueRefused(PropertyProblem(name=name, code=code, message=message))


def _check_unique(
    world: HubSpotWorld, kind: ObjectType, values: Mapping[str, str], record: Record | None
) -> None:
    store = world.store(kind)
    for name, value in values.items():
        if not value or not store.identifies(name):
            continue
        other = store.find(name, value)
        if other is not None and other is not record:
            raise value_taken(
                portal_id=world.portal_id,
                object_type_id=kind.id,
                name=name,
                value=value,
                record_id=record.id if record else store.next_id,
                other_id=other.id,
            )


def _with_consequences(
    world: HubSpotWorld, kind: ObjectType, values: dict[str, str], record: Record | None
) -> dict[str, str]:
    def changed(name: str) -> bool:
        return name in values and values[name] != (record.value(name) if record else "")

    now = world.clock.now()
    if STAGE in values:
        values = settle_stage(
            world.store(kind).properties.get(STAGE),
            record.value(STAGE) if record else "",
            values,
            backward=world.configuration.lifecycle_backward,
            at=now,
        )
    if changed("hubspot_owner_id"):
        values["hubspot_owner_assigneddate"] = iso(now) if values["hubspot_owner_id"] else ""
        if kind is CONTACTS:
            values["hs_is_unworked"] = "true"
    if kind is CONTACTS and changed("email"):
        values["hs_email_domain"] = values["email"].partition("@")[2]
        counted = [name for name in _PER_ADDRESS if record and int(record.value(name) or 0)]
        values |= dict.fromkeys(counted, "0")
        optout = "true" if world.subscriptions.opted_out(values["email"]) else ""
        if optout != (record.value("hs_email_optout") if record else ""):
            values["hs_email_optout"] = optout
    if kind is DEALS and changed("dealstage"):
        values["hs_is_closed"] = "true" if values["dealstage"] in _CLOSED else "false"
        values["hs_is_closed_won"] = "true" if values["dealstage"] == "closedwon" else "false"
    if kind is TASKS and changed("hs_task_status"):
        done = values["hs_task_status"] == "COMPLETED"
        values["hs_task_completion_date"] = iso(now) if done else ""
        values["hs_task_is_completed"] = "1" if done else "0"
    return values


def _follow_company(world: HubSpotWorld, record: Record, values: Mapping[str, str]) -> None:
    if record.object_type is not CONTACTS or "associatedcompanyid" not in values:
        return
    company = values["associatedcompanyid"]
    primary = world.associations.types.primary(CONTACTS, COMPANIES)
    if company and primary:
        world.associations.add(primary, record.id, int(company))
    elif not company:
        current = world.associations.primary_of(CONTACTS, record.id, COMPANIES)
        if current is not None:
            world.associations.remove(CONTACTS, record.id, COMPANIES, current)
