"""Which properties of this portal stand for which canonical fields: the portal's own where the
rule book names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Record, Value
from crmbridge.errors import ConfigError, did_you_mean
from crmbridge.ports import FieldNames
from crmbridge_hubspot import mapping
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.mapping import Kind

PROPERTIES: Final = "/crm/v3/properties/contacts"

MAPPABLE: Final[Mapping[str, Kind]] = {
    f.ESTIMATED_VALUE: Kind.NUMBER,
    f.CURRENCY: Kind.TEXT,
    f.DEAL_REGISTRATION: Kind.TEXT,
    f.PERSONA: Kind.TEXT,
    f.LANGUAGE: Kind.TEXT,
    f.STATE: Kind.TEXT,
    f.CITY: Kind.TEXT,
    f.REVENUE: Kind.NUMBER,
    f.EMPLOYEES: Kind.TEXT,
    f.LEAD_SOURCE: Kind.TEXT,
}
"""What may be read from a contact property of the portal's own, and as what."""


class Layout:
    """The properties that are read. Raises ``ConfigError`` for a mapping none can follow."""

    def __init__(self, fields: FieldNames) -> None:
        strange = fields.names.keys() - {ObjectType.CONTACT}
        if strange:
            raise ConfigError(
                f"hubspot: no fields can be named for {min(strange)}, only for contact"
            )
        self._named = dict(fields.names.get(ObjectType.CONTACT, {}))
        for field in self._named:
            if field not in MAPPABLE:
                raise ConfigError(
                    f"hubspot: {field} is not read from a property of the portal's choice; "
                    f"these are: {', '.join(sorted(MAPPABLE))}"
                )

    def names(self, object_type: ObjectType) -> list[str]:
        """The properties to ask for, in order."""
        extra = self._named.values() if object_type is ObjectType.CONTACT else ()
        return list(dict.fromkeys([*mapping.names(object_type), *extra]))

    def record(self, object_type: ObjectType, data: Mapping[str, Any]) -> Record:
        """One object of an answer as a record."""
        extra = self._read(data) if object_type is ObjectType.CONTACT else {}
        return mapping.record(object_type, data, extra)

    def _read(self, data: Mapping[str, Any]) -> dict[str, Value]:
        properties = data.get("properties") or {}
        return {
            field: mapping.read(MAPPABLE[field], properties.get(name))
            for field, name in self._named.items()
        }

    def check(self, client: HubSpotClient) -> None:
        """Raise ``ConfigError`` where a named property is not there: HubSpot answers a search
        for it without a word, and everyone would seem not to have it. One call, none where
        nothing is named."""
        if not self._named:
            return
        listed = client.get(PROPERTIES).body.get("results") or ()
        present = {str(item["name"]) for item in listed}
        for name in self._named.values():
            if name not in present:
                guess = did_you_mean(name, present)
                raise ConfigError(
                    f"hubspot: stages.yaml, org_fields: contacts have no property {name!r}{guess}"
                )
