"""What of crmbridge's fields and permissions an org has, seen or not. Salesforce contract §14."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from crmbridge_salesforce.client import SalesforceClient, Subrequest
from crmbridge_salesforce.errors import as_error
from crmbridge_salesforce.fetching import follow
from crmbridge_salesforce.metadata import PERMISSION_SETS, Entry, sobjects_of
from crmbridge_salesforce.owned import OWNED
from crmbridge_salesforce.payload import Row, read_flag
from crmbridge_salesforce.soql import build

_PREFIX: Final = "CRMBridge_"
FIELD_PATH: Final = "tooling/sobjects/CustomField"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundField:
    """One custom field under a name of ours. Only of one that is ``seen`` by the integration user
    label, type, length, choices and uniqueness are known. ``tracked`` is whether its history is
    kept; ``None`` where the org does not say."""

    id: str
    description: str
    help: str
    label: str
    type: str
    length: int
    unique: bool
    choices: tuple[str, ...]
    tracked: bool | None
    seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSet:
    """A permission set; ``grants`` are field → (id of the permission, whether it may be edited)."""

    id: str
    label: str
    description: str
    grants: Mapping[str, tuple[str, bool]]
    assigned: Mapping[str, str]

    def granted(self) -> dict[str, bool]:
        """Field → whether it may be edited."""
        return {name: edit for name, (_, edit) in self.grants.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Everything under our names. ``tracked`` are the fields, as ``Lead.Status``, of which the org
    says whether it keeps their history."""

    fields: Mapping[tuple[str, str], FoundField]
    sets: Mapping[str, FoundSet]
    tracked: Mapping[str, bool]


def read_installed(client: SalesforceClient, objects: Iterable[str]) -> Installed:
    """Look at the org: ten calls. ``objects`` are those on which fields are wanted."""
    names = sorted({*objects, *(entity for each in OWNED for entity in each.objects)})
    described = _describe(client, sorted({sobjects_of(name)[0] for name in names}))
    tracked = _tracked(client, [name for name in names if name != "Activity"])
    fields: dict[tuple[str, str], FoundField] = {}
    for row in _custom_fields(client):
        entity, name = str(row["TableEnumOrId"]), f"{row['DeveloperName']}__c"
        shown = described.get(sobjects_of(entity)[0], {}).get(name) or {}
        fields[entity, name] = _found(row, shown, tracked)
    return Installed(fields=fields, sets=_sets(client), tracked=tracked)


def _custom_fields(client: SalesforceClient) -> list[Row]:
    soql = build(
        "SELECT Id, DeveloperName, TableEnumOrId, Description, InlineHelpText FROM CustomField "
        "WHERE DeveloperName LIKE '{prefix:like}%'",
        prefix=_PREFIX,
    )
    return list(client.query("tooling/query", soql)["records"])


def _describe(client: SalesforceClient, sobjects: list[str]) -> dict[str, dict[str, Row]]:
    answers = client.composite(
        [Subrequest(url=f"{client.root}/sobjects/{name}/describe") for name in sobjects]
    )
    found: dict[str, dict[str, Row]] = {}
    for name, answer in zip(sobjects, answers, strict=True):
        if answer.refusal is not None:
            raise as_error(answer.refusal, f"describe {name}")
        found[name] = {str(each["name"]): each for each in answer.body["fields"]}
    return found


def _tracked(client: SalesforceClient, entities: list[str]) -> dict[str, bool]:
    """``Lead.Status`` → whether its history is kept. One query an object: the org wants it so."""
    found: dict[str, bool] = {}
    for entity in entities:
        soql = build(
            "SELECT QualifiedApiName, IsFieldHistoryTracked FROM FieldDefinition "
            "WHERE EntityDefinitionId = {entity}",
            entity=entity,
        )
        for row in client.query("tooling/query", soql)["records"]:
            found[f"{entity}.{row['QualifiedApiName']}"] = read_flag(row["IsFieldHistoryTracked"])
    return found


def _found(row: Row, shown: Row, tracked: Mapping[str, bool]) -> FoundField:
    """A field from its row and from how the object is described; ``shown`` is empty where the
    integration user does not see it."""
    return FoundField(
        id=str(row["Id"]),
        description=str(row.get("Description") or ""),
        help=str(row.get("InlineHelpText") or ""),
        label=str(shown.get("label") or ""),
        type=str(shown.get("type") or ""),
        length=int(shown.get("length") or 0),
        unique=read_flag(shown.get("unique")) and read_flag(shown.get("externalId")),
        choices=tuple(
            str(each["value"]) for each in shown.get("picklistValues") or () if each["active"]
        ),
        tracked=tracked.get(f"{row['TableEnumOrId']}.{row['DeveloperName']}__c"),
        seen=bool(shown),
    )


def read_metadata(client: SalesforceClient, field_id: str) -> dict[str, Any]:
    """The whole definition of a custom field."""
    return dict(client.call("GET", f"{FIELD_PATH}/{field_id}").get("Metadata") or {})


def _sets(client: SalesforceClient) -> dict[str, FoundSet]:
    names = [each.name for each in PERMISSION_SETS]
    soql = build(
        "SELECT Id, Name, Label, Description FROM PermissionSet WHERE Name IN {names}", names=names
    )
    return {
        str(row["Name"]): FoundSet(
            id=str(row["Id"]),
            label=str(row["Label"]),
            description=str(row.get("Description") or ""),
            grants=_grants(client, str(row["Id"])),
            assigned=_assigned(client, str(row["Id"])),
        )
        for row in rows(client, soql)
    }


def _grants(client: SalesforceClient, set_id: str) -> dict[str, tuple[str, bool]]:
    soql = build(
        "SELECT Id, Field, PermissionsEdit FROM FieldPermissions "
        "WHERE ParentId = {set_id} AND PermissionsRead = true",
        set_id=set_id,
    )
    return {
        str(row["Field"]): (str(row["Id"]), read_flag(row["PermissionsEdit"]))
        for row in rows(client, soql)
    }


def _assigned(client: SalesforceClient, set_id: str) -> dict[str, str]:
    """User → the assignment's id."""
    soql = build(
        "SELECT Id, AssigneeId FROM PermissionSetAssignment WHERE PermissionSetId = {set_id}",
        set_id=set_id,
    )
    return {str(row["AssigneeId"]): str(row["Id"]) for row in rows(client, soql)}


def rows(client: SalesforceClient, soql: str) -> list[Row]:
    """Every row of a query."""
    return list(follow(client, client.query("query", soql)))


def field_entries(fields: Iterable[Entry]) -> set[str]:
    """The objects that these fields are defined on."""
    return {entity for entity, _ in fields}
