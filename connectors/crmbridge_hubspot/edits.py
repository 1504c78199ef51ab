"""Who gave a contact's properties the values they have, and when. HubSpot contract §4, §7."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from crmbridge.core.model import ObjectType, Ref
from crmbridge.core.view import Edit
from crmbridge_hubspot import mapping
from crmbridge_hubspot.batch_reading import read_batch
from crmbridge_hubspot.batches import CONTACTS
from crmbridge_hubspot.client import HubSpotClient

_BATCH: Final = 50
"""Contacts in one read with history."""


def read_edits(
    client: HubSpotClient, wanted: Mapping[Ref, Collection[str]]
) -> dict[Ref, dict[str, Edit]]:
    """Contact → canonical field → its last edit; a call for fifty contacts."""
    refs = sorted(ref for ref in wanted if ref.object_type is ObjectType.CONTACT)
    found: dict[Ref, dict[str, Edit]] = {}
    for start in range(0, len(refs), _BATCH):
        portion = refs[start : start + _BATCH]
        names = {
            name: mapping.property_of(ObjectType.CONTACT, name).name
            for ref in portion
            for name in wanted[ref]
        }
        history = sorted(set(names.values()))
        read = read_batch(
            client, CONTACTS, [ref.id for ref in portion], properties=(), history=history
        )
        for item in read.items:
            ref = mapping.ref(ObjectType.CONTACT, str(item["id"]))
            told = item.get("propertiesWithHistory") or {}
            found[ref] = {
                name: _edit(told[names[name]][0])
                for name in wanted.get(ref, ())
                if told.get(names[name])
            }
    return found


def _edit(version: Mapping[str, Any]) -> Edit:
    by = " ".join(
        str(version[name])
        for name in ("sourceType", "sourceLabel", "sourceId")
        if version.get(name)
    )
    return Edit(at=mapping.instant(str(version["timestamp"])), by=by)
