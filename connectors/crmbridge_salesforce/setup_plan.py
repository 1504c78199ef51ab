"""What an org should have, beside what it has: pure, item by item."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from crmbridge.core.model import ObjectType
from crmbridge.marking import unmarked, why_untouchable
from crmbridge.ports import SetupItem
from crmbridge_salesforce.installed import FoundField, FoundSet, Installed
from crmbridge_salesforce.layout import Layout, conversion_mapping
from crmbridge_salesforce.mapping import SOBJECTS
from crmbridge_salesforce.metadata import (
    INTEGRATION_SET,
    PERMISSION_SETS,
    Entry,
    PermissionSet,
    shown_type,
    sobjects_of,
)
from crmbridge_salesforce.owned import Kind, OwnedField

ASSIGNMENT: Final = f"{INTEGRATION_SET.name} to the integration user"
CONVERSION: Final = "lead conversion mapping"
_TEXTS: Final = (Kind.TEXT, Kind.LONG_TEXT)
_TELLING: Final = {"Owner": "OwnerId", "HasOptedOutOfEmail": "HasOptedOutOfEmail"}
"""Standard fields whose history says something → their name in the org's set-up."""


def plan(layout: Layout, found: Installed, user_id: str) -> list[SetupItem]:
    """Every field, permission and click that crmbridge needs."""
    fields = tuple(layout.owned())
    own = found.sets.get(INTEGRATION_SET.name)
    granted = own.grants.keys() if own is not None and user_id in own.assigned else frozenset()
    items = [
        field_item(entry, found.fields.get((entry[0], entry[1].name)), granted) for entry in fields
    ]
    items += _histories(layout, found)
    items += [_set_item(each, fields, found.sets.get(each.name)) for each in PERMISSION_SETS]
    assigned = own is not None and user_id in own.assigned
    items.append(
        SetupItem(
            kind="permission set assignment",
            name=ASSIGNMENT,
            before={"assigned": "yes"} if assigned else None,
            after={"assigned": "yes"},
        )
    )
    return [*items, _conversion_item(layout)]


def field_item(entry: Entry, found: FoundField | None, granted: Collection[str] = ()) -> SetupItem:
    """One field of ours, and what is there under its name; ``granted`` are the fields that the
    integration user should see."""
    entity, field = entry
    problem, remedy = _misfit(field, found) if found is not None else ("", "")
    if found is not None and not found.seen and not problem:
        sight = {f"{sobject}.{field.name}" for sobject in sobjects_of(entity)}
        if sight.issubset(granted):
            problem = "is hidden from the integration user, though its permission set grants it"
            remedy = (
                "look at what mutes the permission set: a permission set group, or the licence "
                "of the integration user"
            )
        else:
            return _unseen(entity, field, found)
    keyless = found is not None and field.unique and entity == "Activity" and not found.unique
    return SetupItem(
        kind="field",
        name=f"{entity}.{field.name}",
        before=_as_found(entity, field, found) if found is not None else None,
        after=_as_wanted(entity, field, found),
        problem=problem,
        remedy=remedy,
        note=(
            "no external key on activities in this org: alerts are looked for before they are made"
            if keyless
            else ""
        ),
    )


def _unseen(entity: str, field: OwnedField, found: FoundField) -> SetupItem:
    """A field of ours that no permission set shows us yet: of it only the help text is known."""
    wanted = {"help": field.help}
    return SetupItem(
        kind="field",
        name=f"{entity}.{field.name}",
        before={"help": found.help},
        after=wanted,
        note="is not seen yet: the rest is compared once the permission set grants it",
    )


def _misfit(field: OwnedField, found: FoundField) -> tuple[str, str]:
    where = "in Salesforce under Setup > Object Manager > Fields & Relationships"
    if found.seen and found.type != shown_type(field.kind):
        return (
            f"is of type {found.type}, must be {shown_type(field.kind)}",
            f"rename or delete it {where}, then run `crmbridge setup apply`",
        )
    problem, remedy = why_untouchable(found.description)
    return problem, f"{where}: {remedy}" if remedy else ""


def _as_wanted(entity: str, field: OwnedField, found: FoundField | None) -> dict[str, str]:
    wanted = {"label": field.label, "help": field.help, "type": shown_type(field.kind)}
    if field.kind in _TEXTS:
        longest = max(field.size, found.length if found is not None else 0)
        wanted["length"] = str(longest)
    if field.kind is Kind.CHOICE:
        # Values that the org has added stay.
        there = found.choices if found is not None else ()
        ours = [value for value, _ in field.choices]
        wanted["values"] = ", ".join(dict.fromkeys([*there, *ours]))
    if field.unique and entity != "Activity":
        wanted["unique external id"] = "yes"
    if field.tracked and (found is None or found.tracked is not None):
        wanted["history"] = "kept"
    return wanted


def _as_found(entity: str, field: OwnedField, found: FoundField) -> dict[str, str]:
    shown = {"label": found.label, "help": found.help, "type": found.type}
    if field.kind in _TEXTS:
        shown["length"] = str(found.length)
    if field.kind is Kind.CHOICE:
        shown["values"] = ", ".join(found.choices)
    if field.unique and entity != "Activity":
        shown["unique external id"] = "yes" if found.unique else "no"
    if field.tracked and found.tracked is not None:
        shown["history"] = "kept" if found.tracked else "not kept"
    return shown


def _set_item(
    permission_set: PermissionSet, fields: Sequence[Entry], found: FoundSet | None
) -> SetupItem:
    wanted = permission_set.grants(fields)
    problem, remedy = why_untouchable(found.description) if found is not None else ("", "")
    before = None
    if found is not None:
        lacking = missing_grants(wanted, found)
        before = {
            "label": found.label,
            "description": unmarked(found.description),
            "fields": f"{len(wanted) - len(lacking)} of {len(wanted)} granted",
        }
    return SetupItem(
        kind="permission set",
        name=permission_set.name,
        before=before,
        after={
            "label": permission_set.label,
            "description": permission_set.about,
            "fields": f"{len(wanted)} of {len(wanted)} granted",
        },
        problem=problem,
        remedy=f"in Salesforce under Setup > Permission Sets: {remedy}" if remedy else "",
    )


def missing_grants(wanted: dict[str, bool], found: FoundSet) -> dict[str, bool]:
    """What a permission set does not grant yet; what it grants beyond is the admin's choice."""
    granted = found.granted()
    return {
        name: edit
        for name, edit in wanted.items()
        if name not in granted or (edit and not granted[name])
    }


def _histories(layout: Layout, found: Installed) -> Iterator[SetupItem]:
    """Histories of the org's own fields that would tell something, and are not kept. They are the
    admin's to switch on: an object keeps the history of 20 fields at most."""
    ours = {f"{entity}.{each.name}" for entity, each in layout.owned()}
    for object_type, sobject in SOBJECTS.items():
        names = layout.tracked(sobject) if object_type is not ObjectType.ACTIVITY else ()
        for name in names:
            field = f"{sobject}.{_TELLING.get(name, name)}"
            if field not in ours and found.tracked.get(field) is False:
                yield SetupItem(
                    kind="field history",
                    name=field,
                    before={"history": "not kept"},
                    after={"history": "kept"},
                    remedy=f"Setup > Object Manager > {sobject} > Fields & Relationships > Set "
                    f"History Tracking: tick {field.partition('.')[2]}, or its changes between "
                    "two looks go unseen",
                )


def _conversion_item(layout: Layout) -> SetupItem:
    count = len(conversion_mapping(layout))
    return SetupItem(
        kind=CONVERSION,
        name="Lead",
        before={},
        after={},
        remedy="Setup > Object Manager > Lead > Fields & Relationships > Map Lead Fields > "
        f"Contact: give each of the {count} crmbridge fields of the lead the contact's field of "
        "the same name, and save. No API shows or sets it; without it crmbridge fills them in "
        "with the next cycle",
    )
