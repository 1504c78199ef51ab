"""Merges two records into one, archives, and erases for good. HubSpot contract §6."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge_hubspot.simulator.errors import HubSpotError, validation_error
from crmbridge_hubspot.simulator.instants import milliseconds
from crmbridge_hubspot.simulator.lifecycle import STAGE, further
from crmbridge_hubspot.simulator.object_types import COMPANIES, CONTACTS
from crmbridge_hubspot.simulator.records import Record, Source, Version
from crmbridge_hubspot.simulator.world import HubSpotWorld
from crmbridge_hubspot.simulator.writing import refresh_primary_company

_MOST_IDENTITIES = 250
_SUMMED = (
    "num_conversion_events",
    "hs_analytics_num_page_views",
    "hs_analytics_num_visits",
    "hs_analytics_num_event_completions",
    "num_notes",
)
_EARLIEST = ("createdate", "first_conversion_date", "hs_analytics_first_timestamp")
_LATEST = (
    "recent_conversion_date",
    "hs_analytics_last_timestamp",
    "hs_analytics_last_visit_timestamp",
    "engagements_last_meeting_booked",
    "notes_last_updated",
)
# A value that belongs to the instant of the property it is mapped to.
_FOLLOWERS = {
    "recent_conversion_event_name": "recent_conversion_date",
    "first_conversion_event_name": "first_conversion_date",
    "hs_analytics_last_url": "hs_analytics_last_timestamp",
}
_OWN = ("hs_object_id", "lastmodifieddate", "hs_lastmodifieddate", "hs_merged_object_ids",
        "hs_calculated_merged_vids", "hs_additional_emails")  # fmt: skip


def merge_records(world: HubSpotWorld, primary: Record, loser: Record, source: Source) -> Record:
    """One record out of two live ones of a type; answers it.

    It has a new id (the primary's under "preserve primary id"), both old ids lead to it. The
    primary's values win over the loser's; counts add up, the further stage and the outer dates
    stay, the loser's addresses become additional ones. 414 when too many ids come together.
    """
    kind = primary.object_type
    if not kind.mergeable:
        raise validation_error(f"Merging is not supported for object type {kind.singular}")
    if primary is loser:
        raise validation_error("A record cannot be merged with itself")
    ids = [*_identities(primary), *_identities(loser)]
    if len(ids) > _MOST_IDENTITIES:
        raise HubSpotError(414, "Cannot have more than 250 identities on a profile")
    now = world.clock.now()
    values = _combined(world, primary, loser)
    store = world.store(kind)
    keeps_id = world.configuration.preserve_primary_id
    # The primary first: its associations are preferred.
    gone = [loser] if keeps_id else [primary, loser]
    away = [one for one in ids if not (keeps_id and one == primary.id)]
    values["hs_merged_object_ids"] = ";".join(map(str, away))
    if kind is CONTACTS:
        known = {**_merged_at(loser), **_merged_at(primary)}
        values["hs_calculated_merged_vids"] = ";".join(
            f"{one}:{known.get(one, milliseconds(now))}" for one in away
        )
        values["hs_additional_emails"] = ";".join([*_addresses(primary), *_addresses(loser)][1:])
    if keeps_id:
        merged = primary
        store.write(merged, values, at=now, source=source)
    else:
        born = min(primary.created_at, loser.created_at)
        merged = store.insert(values, at=now, source=source, created_at=born)
        history = {
            name: _continued(versions, merged.history.get(name, []))
            for name, versions in {**loser.history, **primary.history}.items()
            if name not in _OWN
        }
        store.continue_history(merged, history)
    for record in gone:
        store.supersede(record, merged, at=now)
        world.associations.move_record(kind, record.id, merged.id)
        world.lists.move_record(kind, record.id, merged.id)
    if kind is CONTACTS:
        refresh_primary_company(world, merged.id, source)
    else:
        for contact_id in world.associations.targets(COMPANIES, merged.id, CONTACTS):
            refresh_primary_company(world, contact_id, source)
    return merged


def archive_record(world: HubSpotWorld, record: Record, source: Source) -> None:
    """Move a record to the recycle bin, off its lists and out of its associations."""
    world.store(record.object_type).archive(record, at=world.clock.now())
    _leave_everything(world, record, source)


def erase_contact(world: HubSpotWorld, contact: Record, source: Source) -> None:
    """Forget a contact for good, archived or not, and block its addresses (GDPR)."""
    world.erased_emails.update(_addresses(contact))
    world.store(CONTACTS).purge(contact, at=world.clock.now())
    world.events.forget(contact.id)
    _leave_everything(world, contact, source)


def _leave_everything(world: HubSpotWorld, record: Record, source: Source) -> None:
    kind = record.object_type
    world.lists.drop_record(kind, record.id)
    for other_type_id, other_id in world.associations.drop_record(kind, record.id):
        if kind is COMPANIES and other_type_id == CONTACTS.id:
            refresh_primary_company(world, other_id, source)


def _merged_at(record: Record) -> dict[int, int]:
    """When each of the ids was merged away that a record has taken in already."""
    pairs = record.value("hs_calculated_merged_vids").split(";")
    return {
        int(one): int(stamp) for one, _, stamp in (each.partition(":") for each in pairs) if stamp
    }


def _identities(record: Record) -> list[int]:
    merged = record.value("hs_merged_object_ids")
    earlier = [int(one) for one in merged.split(";")] if merged else []
    return [*earlier, record.id] if record.id not in earlier else earlier


def _addresses(contact: Record) -> list[str]:
    addresses = [contact.value("email"), *contact.value("hs_additional_emails").split(";")]
    return [address for address in addresses if address]


def _continued(old: list[Version], new: list[Version]) -> list[Version]:
    return [*old, *(version for version in new if version.value != old[-1].value)]


def _combined(world: HubSpotWorld, primary: Record, loser: Record) -> dict[str, str]:
    values = {name: value for name, value in loser.values.items() if value}
    values |= {name: value for name, value in primary.values.items() if value}
    for name in _OWN:
        values.pop(name, None)
    for name in _SUMMED:
        total = sum(int(record.value(name) or 0) for record in (primary, loser))
        if total:
            values[name] = str(total)
    for names, choose in ((_EARLIEST, min), (_LATEST, max)):
        for name in names:
            held = [record.value(name) for record in (primary, loser) if record.value(name)]
            if held:
                values[name] = choose(held)
    for follower, leader in _FOLLOWERS.items():
        holder = primary if primary.value(leader) == values.get(leader) else loser
        if holder.value(follower):
            values[follower] = holder.value(follower)
    values |= _stage(world, primary, loser)
    values |= _unique_conversions(primary, loser)
    return values


def _stage(world: HubSpotWorld, primary: Record, loser: Record) -> Mapping[str, str]:
    definition = world.store(primary.object_type).properties.get(STAGE)
    stage = further(definition, primary.value(STAGE), loser.value(STAGE))
    return {STAGE: stage} if stage else {}


def _unique_conversions(primary: Record, loser: Record) -> Mapping[str, str]:
    forms = {
        version.value
        for record in (primary, loser)
        for version in record.history.get("recent_conversion_event_name", [])
        if version.value
    }
    return {"num_unique_conversion_events": str(len(forms))} if forms else {}
