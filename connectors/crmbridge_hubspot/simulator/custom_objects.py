"""Object types that the portal defined itself: ids ``2-N`` and their schemas.

HubSpot contract §10 (ids) and §5 (what search cannot do with them); the schema's own fields are
those of the vendor's client.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crmbridge_hubspot.simulator.association_types import AssociationType
from crmbridge_hubspot.simulator.errors import HubSpotError, validation_error
from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.property_registry import PropertyRegistry

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_FIRST_NUMBER = 1_234_501
_OWN = "hs_"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomSchema:
    """What the portal said about one of its object types."""

    kind: ObjectType
    singular: str
    plural: str
    primary: str
    required: tuple[str, ...]
    searchable: tuple[str, ...]
    secondary: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    created_by: int | None = None
    description: str | None = None
    archived: bool = False

    def to_json(
        self, properties: PropertyRegistry, associations: Iterable[AssociationType]
    ) -> dict[str, Any]:
        """The schema as the schemas resource shows it."""
        return {
            "id": self.kind.id.partition("-")[2],
            "objectTypeId": self.kind.id,
            "name": self.kind.singular,
            "fullyQualifiedName": self.kind.qualified_name,
            "labels": {"singular": self.singular, "plural": self.plural},
            "description": self.description,
            "primaryDisplayProperty": self.primary,
            "secondaryDisplayProperties": list(self.secondary),
            "requiredProperties": list(self.required),
            "searchableProperties": list(self.searchable),
            "archived": self.archived,
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
            "createdByUserId": self.created_by,
            "properties": [one.to_json() for one in properties.all()],
            "associations": [
                {
                    "id": str(one.id),
                    "name": one.name,
                    "fromObjectTypeId": one.source.id,
                    "toObjectTypeId": one.target.id,
                    "createdAt": iso(self.created_at),
                    "updatedAt": iso(self.created_at),
                }
                for one in associations
            ],
        }


class CustomObjects:
    """Every schema of the portal, archived ones too."""

    def __init__(self) -> None:
        self._schemas: dict[str, CustomSchema] = {}
        self._made = 0

    def all(self, *, archived: bool = False) -> list[CustomSchema]:
        """Schemas in use (or archived ones), oldest first."""
        return [one for one in self._schemas.values() if one.archived == archived]

    def of(self, kind: ObjectType | None, name: str) -> CustomSchema:
        """The schema of an object type in use; 404 if the portal did not define it."""
        schema = self._schemas.get(kind.id) if kind else None
        if schema is None or schema.archived:
            raise HubSpotError(
                404, f"Unable to infer object type from: {name}", category="OBJECT_NOT_FOUND"
            )
        return schema

    def new_type(self, name: str, portal_id: int) -> ObjectType:
        """The object type for a new name; 400 if the name is taken or no name."""
        lower = name.lower()
        if not _NAME.fullmatch(lower) or lower.startswith(_OWN):
            raise validation_error(f"The object name {name} is not valid.")
        if any(one.kind.singular == lower for one in self._schemas.values()):
            raise validation_error(f"An object type named {name} already exists.")
        self._made += 1
        number = f"2-{_FIRST_NUMBER + self._made}"
        return ObjectType(
            id=number,
            plural=number,
            singular=lower,
            modified_property="hs_lastmodifieddate",
            default_properties=(),
            qualified_name=f"p{portal_id}_{lower}",
        )

    def put(self, schema: CustomSchema) -> CustomSchema:
        """Keep a new or a changed schema."""
        self._schemas[schema.kind.id] = schema
        return schema

    def archive(self, schema: CustomSchema, at: datetime) -> None:
        """Take a schema out of use; its name stays taken."""
        self.put(replace(schema, archived=True, updated_at=at))

    def made(self) -> tuple[int, list[CustomSchema]]:
        """How many were ever made, and all of them, to be kept."""
        return self._made, list(self._schemas.values())

    def go_on_from(self, made: int, schemas: Iterable[CustomSchema]) -> None:
        """Begin with what was kept."""
        self._made = made
        self._schemas = {one.kind.id: one for one in schemas}
