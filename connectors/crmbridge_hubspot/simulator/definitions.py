"""What HubSpot knows about one property: type, field, options, and what may be changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmbridge_hubspot.simulator.instants import iso

TYPES = ("bool", "date", "datetime", "enumeration", "number", "phone_number", "string")
FIELD_TYPES = (
    "booleancheckbox",
    "calculation_equation",
    "checkbox",
    "date",
    "file",
    "html",
    "number",
    "phonenumber",
    "radio",
    "select",
    "text",
    "textarea",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyOption:
    """One allowed value of an enumeration."""

    value: str
    label: str
    hidden: bool = False
    display_order: int = -1
    description: str = ""

    def to_json(self) -> dict[str, Any]:
        """The option as the properties API shows it."""
        return {
            "label": self.label,
            "value": self.value,
            "description": self.description,
            "displayOrder": self.display_order,
            "hidden": self.hidden,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyGroup:
    """A named section of properties."""

    name: str
    label: str
    display_order: int = -1

    def to_json(self) -> dict[str, Any]:
        """The group as the properties API shows it."""
        return {
            "name": self.name,
            "label": self.label,
            "displayOrder": self.display_order,
            "archived": False,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyDefinition:
    """One property of one object type. HubSpot contract §11.

    ``external_options`` marks an enumeration whose values live elsewhere (owners, companies),
    ``read_only_value`` one that only HubSpot itself writes, ``read_only_definition`` one that
    the properties API may not change.
    """

    name: str
    label: str
    type: str
    field_type: str
    group_name: str
    description: str = ""
    options: tuple[PropertyOption, ...] = ()
    display_order: int = -1
    has_unique_value: bool = False
    hidden: bool = False
    form_field: bool = False
    external_options: bool = False
    calculated: bool = False
    hubspot_defined: bool = True
    read_only_value: bool = False
    read_only_definition: bool = True
    created_at: datetime | None = None
    updated_at: datetime | None = None
    created_user_id: str | None = None
    archived_at: datetime | None = None

    @property
    def multiple(self) -> bool:
        """Whether several options can be chosen at once, joined by ``;``."""
        return self.type == "enumeration" and self.field_type == "checkbox"

    @property
    def allowed_values(self) -> tuple[str, ...]:
        """Option values in display order."""
        return tuple(option.value for option in self.options)

    def to_json(self) -> dict[str, Any]:
        """The definition as the properties API shows it."""
        shown: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group_name,
            "options": [option.to_json() for option in self.options],
            "displayOrder": self.display_order,
            "calculated": self.calculated,
            "externalOptions": self.external_options,
            "archived": self.archived_at is not None,
            "hasUniqueValue": self.has_unique_value,
            "hidden": self.hidden,
            "formField": self.form_field,
            "dataSensitivity": "non_sensitive",
            "modificationMetadata": {
                "archivable": not self.hubspot_defined,
                "readOnlyDefinition": self.read_only_definition,
                "readOnlyValue": self.read_only_value,
            },
        }
        if self.hubspot_defined:
            shown["hubspotDefined"] = True
        if self.type == "enumeration" and self.read_only_definition:
            shown["modificationMetadata"]["readOnlyOptions"] = True
        if self.created_at and self.updated_at:
            shown["createdAt"] = iso(self.created_at)
            shown["updatedAt"] = iso(self.updated_at)
        if self.archived_at:
            shown["archivedAt"] = iso(self.archived_at)
        if self.created_user_id:
            shown["createdUserId"] = self.created_user_id
            shown["updatedUserId"] = self.created_user_id
        return shown
