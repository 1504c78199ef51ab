"""crmbridge's fields and permission sets in Salesforce's own words: one form for the Tooling API
and for the files that an admin deploys. Salesforce contract §14."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from crmbridge.marking import mark
from crmbridge_salesforce.owned import Kind, OwnedField

Entry = tuple[str, OwnedField]
"""The object that a field is defined on, and the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSet:
    """Who may see and edit the fields; ``everything`` may be edited, or only what reps say."""

    name: str
    label: str
    about: str
    everything: bool

    @property
    def description(self) -> str:
        """What it is for, with the words that say whose it is."""
        return mark(self.about)

    def grants(self, fields: Iterable[Entry]) -> dict[str, bool]:
        """Field → whether it may be edited by holders of the set."""
        return {
            f"{sobject}.{each.name}": self.everything or each.by_reps
            for entity, each in fields
            for sobject in sobjects_of(entity)
        }


INTEGRATION_SET: Final = PermissionSet(
    name="CRMBridge_Integration",
    label="crmbridge integration",
    about="Lets crmbridge's integration user read and write the fields it owns.",
    everything=True,
)
SALES_SET: Final = PermissionSet(
    name="CRMBridge_Sales",
    label="crmbridge for sales",
    about="Lets sales people see what crmbridge says and tell why they let a lead go.",
    everything=False,
)
PERMISSION_SETS: Final = (INTEGRATION_SET, SALES_SET)

_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "Text",
    Kind.LONG_TEXT: "LongTextArea",
    Kind.CHOICE: "Picklist",
    Kind.WHOLE: "Number",
    Kind.NUMBER: "Number",
    Kind.FLAG: "Checkbox",
    Kind.DAY: "Date",
    Kind.INSTANT: "DateTime",
}
_SHOWN: Final[Mapping[str, str]] = {
    "Text": "string",
    "LongTextArea": "textarea",
    "Picklist": "picklist",
    "Number": "double",
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "datetime",
}


def sobjects_of(entity: str) -> tuple[str, ...]:
    """Custom fields live on Activity, and are seen on Task and on Event. Contract §12."""
    return ("Task", "Event") if entity == "Activity" else (entity,)


def shown_type(kind: Kind) -> str:
    """What a description of the object calls the field's type."""
    return _SHOWN[_TYPES[kind]]


def field_metadata(field: OwnedField) -> dict[str, Any]:
    """The field as the Tooling API takes it."""
    metadata: dict[str, Any] = {
        "label": field.label,
        "description": mark(field.help),
        "inlineHelpText": field.help,
        "type": _TYPES[field.kind],
        "required": False,
        "trackHistory": field.tracked,
    }
    match field.kind:
        case Kind.TEXT:
            metadata["length"] = field.size
        case Kind.LONG_TEXT:
            metadata |= {"length": field.size, "visibleLines": 4}
        case Kind.WHOLE | Kind.NUMBER:
            scale = 0 if field.kind is Kind.WHOLE else 2
            metadata |= {"precision": field.size + scale, "scale": scale}
        case Kind.CHOICE:
            values = [choice_metadata(value, label) for value, label in field.choices]
            definition = {"sorted": False, "value": values}
            metadata["valueSet"] = {"restricted": field.closed, "valueSetDefinition": definition}
        case Kind.FLAG:
            metadata["defaultValue"] = "false"
    if field.unique:
        metadata |= {"unique": True, "externalId": True, "caseSensitive": True}
    return metadata


def choice_metadata(value: str, label: str) -> dict[str, Any]:
    """One value of a picklist."""
    return {"fullName": value, "label": label, "default": False}


def brought_up_to_date(found: Mapping[str, Any], field: OwnedField) -> dict[str, Any]:
    """The field's whole metadata with what is ours brought up to date: whatever an admin added,
    values of a picklist above all, stays, because what is left out would be taken away."""
    wanted = field_metadata(field)
    merged: dict[str, Any] = {**found, **{key: wanted[key] for key in _OURS if key in wanted}}
    if field.kind in (Kind.TEXT, Kind.LONG_TEXT):
        merged["length"] = max(int(found.get("length") or 0), field.size)
    if field.kind is Kind.CHOICE:
        value_set = found.get("valueSet") or {}
        definition = value_set.get("valueSetDefinition") or {}
        there = [dict(each) for each in definition.get("value") or ()]
        names = {str(each.get("fullName") or each.get("valueName")): each for each in there}
        for value, label in field.choices:
            if value in names:
                if names[value].get("isActive") is False:
                    names[value]["isActive"] = True
            else:
                there.append(choice_metadata(value, label))
        merged["valueSet"] = {**value_set, "valueSetDefinition": {**definition, "value": there}}
    return merged


_OURS: Final = (
    "label",
    "description",
    "inlineHelpText",
    "trackHistory",
    "unique",
    "externalId",
    "caseSensitive",
)
