"""Brings crmbridge's fields into an org and lets the right people see them.

A field made through the API is invisible, even to its maker, until a permission set grants it
(contract §14). Two are made: one for the integration user, assigned at once, and one for sales
people, which the org's admin assigns: whoever works leads needs it to say why they let go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from crmbridge.errors import ConfigError, RejectedRecord
from crmbridge.ports import SetupItem
from crmbridge_salesforce.client import SalesforceClient
from crmbridge_salesforce.errors import row_refusal
from crmbridge_salesforce.fetching import Fetcher, follow
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.owned import Kind, OwnedField
from crmbridge_salesforce.payload import Row
from crmbridge_salesforce.schema import OrgSchema
from crmbridge_salesforce.soql import build

_PREFIX: Final = "CRMBridge_"
_ROWS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSet:
    """Who may see and edit the fields; ``everything`` may be edited, or only what reps say."""

    name: str
    label: str
    description: str
    everything: bool


INTEGRATION_SET: Final = PermissionSet(
    name="CRMBridge_Integration",
    label="crmbridge integration",
    description="Lets crmbridge's integration user read and write the fields it owns.",
    everything=True,
)
SALES_SET: Final = PermissionSet(
    name="CRMBridge_Sales",
    label="crmbridge for sales",
    description="Lets sales people see what crmbridge says and tell why they let a lead go.",
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
_SHOWN_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "string",
    Kind.LONG_TEXT: "textarea",
    Kind.CHOICE: "picklist",
    Kind.WHOLE: "double",
    Kind.NUMBER: "double",
    Kind.FLAG: "boolean",
    Kind.DAY: "date",
    Kind.INSTANT: "datetime",
}


class Setup:
    """Inspects and provisions one org."""

    def __init__(self, client: SalesforceClient, fetcher: Fetcher, layout: Layout) -> None:
        self._client = client
        self._fetcher = fetcher
        self._fields = tuple(layout.owned())

    def inspect(self) -> list[SetupItem]:
        """Every field, permission set and its assignment, and whether it is there."""
        schema = self._fetcher.schema(fresh=True)
        made = self._made_fields()
        items = [
            SetupItem(
                kind="field",
                name=f"{entity}.{each.name}",
                present=(entity, each.name) in made,
                problem=_misfit(schema, entity, each),
            )
            for entity, each in self._fields
        ]
        known = self._permission_sets()
        for permission_set in PERMISSION_SETS:
            set_id = known.get(permission_set.name)
            granted = self._granted(set_id) if set_id else {}
            missing = set(self._grants(permission_set).items()) - set(granted.items())
            items.append(
                SetupItem(kind="permission set", name=permission_set.name, present=not missing)
            )
        own = known.get(INTEGRATION_SET.name)
        items.append(
            SetupItem(
                kind="permission set assignment",
                name=f"{INTEGRATION_SET.name} to the integration user",
                present=own is not None and self._is_assigned(own),
            )
        )
        return items

    def provision(self) -> list[SetupItem]:
        """Create what is missing; what is there with another type is left alone. Returns what
        was created."""
        created = [item for item in self.inspect() if not item.present]
        made = self._made_fields()
        for entity, each in self._fields:
            if (entity, each.name) not in made:
                self._make_field(entity, each)
        for permission_set in PERMISSION_SETS:
            self._grant(permission_set)
        self._assign()
        self._fetcher.forget_schema()
        return [SetupItem(kind=item.kind, name=item.name, present=True) for item in created]

    def _made_fields(self) -> set[tuple[str, str]]:
        """Object and name of our fields that exist, whether or not anybody sees them."""
        soql = build(
            "SELECT Id, DeveloperName, TableEnumOrId FROM CustomField "
            "WHERE DeveloperName LIKE '{prefix:like}%'",
            prefix=_PREFIX,
        )
        body = self._client.query("tooling/query", soql)
        return {
            (str(row["TableEnumOrId"]), f"{row['DeveloperName']}__c") for row in body["records"]
        }

    def _make_field(self, entity: str, field: OwnedField) -> None:
        body = {"FullName": f"{entity}.{field.name}", "Metadata": field_metadata(field)}
        try:
            self._client.call("POST", "tooling/sobjects/CustomField", body)
        except RejectedRecord:
            if not (field.unique and entity == "Activity"):
                raise
            # Not every org takes an external key on activities; without one tasks are looked
            # for before they are made.
            body["Metadata"] = field_metadata(replace(field, unique=False))
            self._client.call("POST", "tooling/sobjects/CustomField", body)

    def _permission_sets(self) -> dict[str, str]:
        """Name → id of ours that exist."""
        names = [each.name for each in PERMISSION_SETS]
        soql = build("SELECT Id, Name FROM PermissionSet WHERE Name IN {names}", names=names)
        return {str(row["Name"]): str(row["Id"]) for row in self._rows(soql)}

    def _granted(self, set_id: str) -> dict[str, bool]:
        """Field → whether it may be edited."""
        soql = build(
            "SELECT Field, PermissionsEdit FROM FieldPermissions "
            "WHERE ParentId = {set_id} AND PermissionsRead = true",
            set_id=set_id,
        )
        return {str(row["Field"]): bool(row["PermissionsEdit"]) for row in self._rows(soql)}

    def _is_assigned(self, set_id: str) -> bool:
        soql = build(
            "SELECT Id FROM PermissionSetAssignment "
            "WHERE PermissionSetId = {set_id} AND AssigneeId = {user_id}",
            set_id=set_id,
            user_id=self._client.login().user_id,
        )
        return bool(self._rows(soql))

    def _grant(self, permission_set: PermissionSet) -> None:
        set_id = self._permission_sets().get(permission_set.name)
        if set_id is None:
            row = {
                "Name": permission_set.name,
                "Label": permission_set.label,
                "Description": permission_set.description,
            }
            set_id = self._create("PermissionSet", [row])[0]
        granted = self._granted(set_id)
        rows = [
            {
                "ParentId": set_id,
                "SobjectType": field.partition(".")[0],
                "Field": field,
                "PermissionsRead": True,
                "PermissionsEdit": edit,
            }
            for field, edit in self._grants(permission_set).items()
            if field not in granted
        ]
        self._create("FieldPermissions", rows)

    def _assign(self) -> None:
        set_id = self._permission_sets()[INTEGRATION_SET.name]
        if not self._is_assigned(set_id):
            user_id = self._client.login().user_id
            row = {"PermissionSetId": set_id, "AssigneeId": user_id}
            self._create("PermissionSetAssignment", [row])

    def _create(self, sobject: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of new records; raises ``ConfigError`` where one is refused."""
        ids: list[str] = []
        for start in range(0, len(rows), _ROWS):
            batch = [
                {"attributes": {"type": sobject}, **row} for row in rows[start : start + _ROWS]
            ]
            body = {"allOrNone": False, "records": batch}
            for result in self._client.call("POST", "composite/sobjects", body):
                if not result["success"]:
                    refusal = row_refusal(result["errors"])
                    raise ConfigError(f"salesforce: set up {sobject}: {refusal}")
                ids.append(str(result["id"]))
        return ids

    def _rows(self, soql: str) -> list[Row]:
        return list(follow(self._client, self._client.query("query", soql)))

    def _grants(self, permission_set: PermissionSet) -> dict[str, bool]:
        """Field → whether it may be edited by holders of the set."""
        return {
            f"{sobject}.{each.name}": permission_set.everything or each.by_reps
            for entity, each in self._fields
            for sobject in _sobjects(entity)
        }


def field_metadata(field: OwnedField) -> dict[str, Any]:
    """The field as the Tooling API takes it. Contract §14."""
    metadata: dict[str, Any] = {
        "label": field.label,
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
            values = [
                {"fullName": value, "label": label, "default": False}
                for value, label in field.choices
            ]
            definition = {"sorted": False, "value": values}
            metadata["valueSet"] = {"restricted": field.closed, "valueSetDefinition": definition}
        case Kind.FLAG:
            metadata["defaultValue"] = "false"
    if field.unique:
        metadata |= {"unique": True, "externalId": True, "caseSensitive": True}
    return metadata


def _sobjects(entity: str) -> tuple[str, ...]:
    """Custom fields live on Activity, and are seen on Task and on Event. Contract §12."""
    return ("Task", "Event") if entity == "Activity" else (entity,)


def _misfit(schema: OrgSchema, entity: str, field: OwnedField) -> str:
    """Why a field of that name cannot serve; empty where it can, or is not seen."""
    shown = schema.fields(_sobjects(entity)[0]).get(field.name)
    if shown is None:
        return ""
    wanted = _SHOWN_TYPES[field.kind]
    if shown.type != wanted:
        return f"is of type {shown.type}, must be {wanted}"
    if field.kind in (Kind.TEXT, Kind.LONG_TEXT) and shown.length < field.size:
        return f"holds {shown.length} characters, must hold {field.size}"
    return ""
