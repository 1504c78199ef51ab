"""Reads a custom field's metadata into a field definition. Salesforce contract §14."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.schema import Field, Schema, SObject

_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|_(?!_))*[A-Za-z0-9]|[A-Za-z]")
_LONGEST_NAME = 40
_TYPES = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "datetime",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
    "Lookup": "reference",
}
_LENGTHS = {"TextArea": 255, "Email": 80, "Phone": 40, "Url": 255, "Picklist": 255}
_UNSORTED = frozenset({"LongTextArea", "MultiselectPicklist"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A field to be made: on which objects, and whether its history is kept."""

    entity: str
    sobjects: tuple[SObject, ...]
    field: Field
    track_history: bool


def read_custom_field(schema: Schema, full_name: object, metadata: object) -> CustomField:
    """The field that ``FullName`` and ``Metadata`` describe; raises ``ApiError``.

    ``Activity.X__c`` lands on Task and on Event.
    """
    if not isinstance(full_name, str) or not isinstance(metadata, dict):
        raise ApiError(400, "MISSING_ARGUMENT", "FullName and Metadata are required", [])
    entity, _, name = full_name.partition(".")
    if entity == "Activity":
        sobjects = [schema.object("Task"), schema.object("Event")]
    else:
        sobjects = [schema.object(entity)]
    if entity in ("Task", "Event") or None in sobjects:
        raise _invalid(
            f"Entity Enumeration Or ID: bad value for restricted picklist field: {entity}"
        )
    bare = name.removesuffix("__c")
    if bare == name or not _NAME.fullmatch(bare) or len(bare) > _LONGEST_NAME:
        raise _invalid(f"The Custom Field Name {name} is not valid")
    return CustomField(
        entity=entity,
        sobjects=tuple(sobject for sobject in sobjects if sobject),
        field=_field(schema, name, metadata),
        track_history=bool(metadata.get("trackHistory")),
    )


def _invalid(message: str) -> ApiError:
    return ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, [])


def _field(schema: Schema, name: str, metadata: dict[str, Any]) -> Field:
    kind = str(metadata.get("type"))
    if kind not in _TYPES:
        raise _invalid(f"Type: bad value for restricted picklist field: {kind}")
    label = metadata.get("label")
    if not label:
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Label]", [])
    unique = bool(metadata.get("unique"))
    common: dict[str, Any] = {
        "name": name,
        "label": str(label),
        "type": _TYPES[kind],
        "custom": True,
        "help": metadata.get("inlineHelpText") or None,
        "nillable": not metadata.get("required"),
        "unique": unique,
        "external_id": bool(metadata.get("externalId")),
        "id_lookup": bool(metadata.get("externalId")),
        "case_sensitive": unique and bool(metadata.get("caseSensitive")),
        "filterable": kind != "LongTextArea",
        "sortable": kind not in _UNSORTED,
        "groupable": kind not in _UNSORTED | {"Number", "Currency", "Percent", "DateTime"},
    }
    return Field(**{**common, **_specifics(schema, name, kind, metadata)})


def _specifics(schema: Schema, name: str, kind: str, metadata: dict[str, Any]) -> dict[str, Any]:
    match kind:
        case "Text":
            return {"length": _whole(metadata, "length", 1, 255)}
        case "LongTextArea":
            _whole(metadata, "visibleLines", 2, 50)
            return {"length": _whole(metadata, "length", 256, 131_072)}
        case "Number" | "Currency" | "Percent":
            precision = _whole(metadata, "precision", 1, 18)
            return {"precision": precision, "scale": _whole(metadata, "scale", 0, precision)}
        case "Checkbox":
            default = metadata.get("defaultValue")
            if default is None:
                raise _invalid("defaultValue: must specify a value for a checkbox")
            chosen = default is True or str(default).lower() == "true"
            return {"nillable": False, "defaulted": True, "default": chosen}
        case "Picklist" | "MultiselectPicklist":
            return _choices(kind, metadata)
        case "Lookup":
            return _link(schema, name, metadata)
        case _:
            return {"length": _LENGTHS.get(kind, 0)}


def _whole(metadata: dict[str, Any], key: str, low: int, high: int) -> int:
    value = metadata.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _invalid(f"{key}: must be a whole number between {low} and {high}")
    return value


def _choices(kind: str, metadata: dict[str, Any]) -> dict[str, Any]:
    value_set = metadata.get("valueSet") or {}
    definition = value_set.get("valueSetDefinition") or {}
    given = definition.get("value")
    if not isinstance(given, list) or not given:
        raise _invalid("valueSet: a picklist needs a value set definition with values")
    names = [
        str(each.get("fullName") or each.get("valueName") or each.get("label")) for each in given
    ]
    defaults = [
        name for name, each in zip(names, given, strict=True) if each.get("default") is True
    ]
    return {
        "length": 255 if kind == "Picklist" else 4099,
        "picklist": tuple(sorted(names) if definition.get("sorted") else names),
        "restricted": bool(value_set.get("restricted")),
        "default": defaults[0] if defaults else None,
        "defaulted": bool(defaults),
    }


def _link(schema: Schema, name: str, metadata: dict[str, Any]) -> dict[str, Any]:
    target = schema.object(str(metadata.get("referenceTo")))
    if target is None:
        raise _invalid("referenceTo: must be an existing object")
    relationship = metadata.get("relationshipName")
    return {
        "length": 18,
        "reference_to": (target.name,),
        "relationship": f"{name.removesuffix('__c')}__r",
        "child_name": f"{relationship}__r" if relationship else None,
    }
