"""The property definitions of one object type, changeable as the properties API allows.

HubSpot contract §11. Archived definitions are kept: creating one of their names again brings
the property back.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from crmbridge_hubspot.simulator.catalogue import Catalogue
from crmbridge_hubspot.simulator.definitions import (
    FIELD_TYPES,
    TYPES,
    PropertyDefinition,
    PropertyGroup,
    PropertyOption,
)
from crmbridge_hubspot.simulator.errors import (
    HubSpotError,
    required_fields_missing,
    validation_error,
)
from crmbridge_hubspot.simulator.json_fields import require_texts, whole_number
from crmbridge_hubspot.simulator.object_types import ObjectType

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_MOST_UNIQUE = 10
REQUIRED = ("name", "label", "type", "fieldType", "groupName")
Definitions = tuple[
    tuple[PropertyGroup, ...], tuple[PropertyDefinition, ...], tuple[PropertyDefinition, ...]
]
_PATCHABLE = {
    "label": "label",
    "description": "description",
    "groupName": "group_name",
    "type": "type",
    "fieldType": "field_type",
    "displayOrder": "display_order",
    "hidden": "hidden",
    "formField": "form_field",
}


class PropertyRegistry:
    """Definitions and groups of ``object_type``; names are unique and lower-case."""

    def __init__(self, object_type: ObjectType, catalogue: Catalogue, now: datetime) -> None:
        self.object_type = object_type
        self._groups = {group.name: group for group in catalogue.groups}
        self._live: dict[str, PropertyDefinition] = {}
        self._archived: dict[str, PropertyDefinition] = {}
        for definition in catalogue.definitions:
            self.define(replace(definition, created_at=now, updated_at=now))

    def define(self, definition: PropertyDefinition) -> None:
        """Put a definition in place as HubSpot itself would, unchecked."""
        self._live[definition.name] = definition

    def made(self) -> Definitions:
        """All groups, live definitions and archived ones."""
        return (
            tuple(self._groups.values()),
            tuple(self._live.values()),
            tuple(self._archived.values()),
        )

    def go_on_from(self, made: Definitions) -> None:
        """Continue where another registry stopped."""
        groups, live, archived = made
        self._groups = {each.name: each for each in groups}
        self._live = {each.name: each for each in live}
        self._archived = {each.name: each for each in archived}

    def find(self, name: str) -> PropertyDefinition | None:
        """The live definition called ``name``, else None."""
        return self._live.get(name)

    def get(self, name: str, *, archived: bool = False) -> PropertyDefinition:
        """The live (or else the archived) definition called ``name``; 404 if there is none."""
        definition = (self._archived if archived else self._live).get(name)
        if definition is None:
            raise HubSpotError(
                404, f"Property named '{name}' does not exist", category="OBJECT_NOT_FOUND"
            )
        return definition

    def all(self, *, archived: bool = False) -> list[PropertyDefinition]:
        """Every definition, by name."""
        chosen = self._archived if archived else self._live
        return [chosen[name] for name in sorted(chosen)]

    @property
    def custom_count(self) -> int:
        """How many live properties the portal made itself."""
        return sum(not definition.hubspot_defined for definition in self._live.values())

    @property
    def unique_names(self) -> list[str]:
        """Properties that identify one record, besides its id."""
        return [name for name, definition in self._live.items() if definition.has_unique_value]

    def create(self, body: dict[str, Any], now: datetime, user_id: str) -> PropertyDefinition:
        """Add a custom property from its JSON form; 409 if the name is taken."""
        require_texts(body, *REQUIRED)
        name = str(body["name"])
        if name in self._live:
            raise HubSpotError(
                409,
                f"A property named '{name}' already exists.",
                category="OBJECT_ALREADY_EXISTS",
                sub_category="Properties.PROPERTY_WITH_NAME_EXISTS",
            )
        if not _NAME.fullmatch(name) or name.startswith("hs_"):
            raise validation_error(
                f"The property name {name} is not valid: lower-case letters, digits and "
                "underscores, starting with a letter and not with hs_."
            )
        unique = bool(body.get("hasUniqueValue", False))
        if unique and len(self.unique_names) >= _MOST_UNIQUE:
            raise validation_error(f"No more than {_MOST_UNIQUE} unique properties are allowed.")
        created = PropertyDefinition(
            name=name,
            label=str(body["label"]),
            type=str(body["type"]),
            field_type=str(body["fieldType"]),
            group_name=str(body["groupName"]),
            description=str(body.get("description", "")),
            options=_options(body.get("options", [])),
            display_order=whole_number(body, "displayOrder", -1),
            has_unique_value=unique,
            hidden=bool(body.get("hidden", False)),
            form_field=bool(body.get("formField", False)),
            external_options=bool(body.get("externalOptions", False)),
            hubspot_defined=False,
            read_only_definition=False,
            created_at=now,
            updated_at=now,
            created_user_id=user_id,
        )
        self._check(created)
        self._archived.pop(name, None)
        self._live[name] = created
        return created

    def patch(self, name: str, body: dict[str, Any], now: datetime) -> PropertyDefinition:
        """Change what may change; ``options``, when given, replaces the whole list."""
        definition = self.get(name)
        changes = {field: body[key] for key, field in _PATCHABLE.items() if key in body}
        if "options" in body:
            changes["options"] = _options(body["options"])
        only_options = set(changes) <= {"options"} and definition.type == "enumeration"
        if definition.read_only_definition or (definition.hubspot_defined and not only_options):
            raise validation_error(
                f"The definition of property {name} is read-only and cannot be changed."
            )
        changed = replace(definition, **changes, updated_at=now)
        self._check(changed)
        self._live[name] = changed
        return changed

    def archive(self, name: str, now: datetime) -> None:
        """Archive a custom property; 404 if unknown, 400 if HubSpot's own."""
        definition = self.get(name)
        if definition.hubspot_defined:
            raise validation_error(
                f"Property {name} is defined by HubSpot and cannot be deleted.",
                sub_category="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
            )
        self._archived[name] = replace(self._live.pop(name), archived_at=now)

    def groups(self) -> list[PropertyGroup]:
        """Every group, by name."""
        return [self._groups[name] for name in sorted(self._groups)]

    def group(self, name: str) -> PropertyGroup:
        """The group called ``name``; 404 if there is none."""
        if name not in self._groups:
            raise HubSpotError(
                404, f"Property group '{name}' does not exist", category="OBJECT_NOT_FOUND"
            )
        return self._groups[name]

    def put_group(self, group: PropertyGroup, *, new: bool) -> PropertyGroup:
        """Add a group (409 if the name is taken) or replace one."""
        if new and group.name in self._groups:
            raise HubSpotError(
                409,
                f"A property group named '{group.name}' already exists.",
                category="OBJECT_ALREADY_EXISTS",
            )
        self._groups[group.name] = group
        return group

    def archive_group(self, name: str) -> None:
        """Remove an empty group; 400 while properties are in it."""
        self.group(name)
        if any(definition.group_name == name for definition in self._live.values()):
            raise validation_error(f"Property group '{name}' still has properties.")
        del self._groups[name]

    def _check(self, definition: PropertyDefinition) -> None:
        if definition.type not in TYPES:
            raise validation_error(f"{definition.type} is not a property type: {list(TYPES)}")
        if definition.field_type not in FIELD_TYPES:
            raise validation_error(
                f"{definition.field_type} is not a field type: {list(FIELD_TYPES)}"
            )
        if definition.group_name not in self._groups:
            raise validation_error(f"Property group '{definition.group_name}' does not exist")
        values = definition.allowed_values
        if definition.type == "enumeration":
            if not values and not definition.external_options:
                raise validation_error("Enumeration properties need options.")
            if len(set(values)) != len(values):
                raise validation_error("Option values must be unique.")
        if definition.has_unique_value and definition.type not in ("string", "number"):
            raise validation_error("Only string and number properties can have unique values.")


def _options(raw: object) -> tuple[PropertyOption, ...]:
    if not isinstance(raw, list):
        raise required_fields_missing("options")
    options = []
    for place, option in enumerate(raw):
        if not isinstance(option, dict) or "label" not in option or "value" not in option:
            raise required_fields_missing("label", "value")
        options.append(
            PropertyOption(
                value=str(option["value"]),
                label=str(option["label"]),
                hidden=bool(option.get("hidden", False)),
                display_order=whole_number(option, "displayOrder", place),
                description=str(option.get("description") or ""),
            )
        )
    return tuple(options)
