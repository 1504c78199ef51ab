"""Custom fields and field definitions through the Tooling API. Salesforce contract §14.

A new field is invisible to everyone until a permission set grants it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crmbridge_salesforce.simulator.call import Call, Reply
from crmbridge_salesforce.simulator.custom_fields import CustomField, read_custom_field
from crmbridge_salesforce.simulator.errors import ApiError, record_missing
from crmbridge_salesforce.simulator.ids import full_id
from crmbridge_salesforce.simulator.person_accounts import show_on_account
from crmbridge_salesforce.simulator.queries import grouped_answer, soql_of
from crmbridge_salesforce.simulator.soql import bind, count_rows, find_rows, parse
from crmbridge_salesforce.simulator.soql.bound import Scope
from crmbridge_salesforce.simulator.soql.rendering import record_json

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.table import Row
    from crmbridge_salesforce.simulator.world import SalesforceWorld


def create_field(world: SalesforceWorld, call: Call) -> Reply:
    """Make a custom field from ``FullName`` and ``Metadata``: 201. Contract §14."""
    body = call.object_body()
    made = add_custom_field(world, call.user_id, body.get("FullName"), body.get("Metadata"))
    answer = {"id": made["Id"], "success": True, "errors": [], "warnings": [], "infos": []}
    location = f"{call.root}/tooling/sobjects/CustomField/{made['Id']}"
    return Reply(status=201, body=answer, headers={"Location": location})


def read_field(world: SalesforceWorld, call: Call, field_id: str) -> Reply:
    """A custom field with its metadata. Contract §14."""
    row = _field_row(world, field_id)
    url = f"{call.root}/tooling/sobjects/CustomField/{row['Id']}"
    metadata = world.field_metadata[row["Id"]]
    full_name = f"{row['TableEnumOrId']}.{row['DeveloperName']}__c"
    body = {
        "attributes": {"type": "CustomField", "url": url},
        "Id": row["Id"],
        "DeveloperName": row["DeveloperName"],
        "TableEnumOrId": row["TableEnumOrId"],
        "NamespacePrefix": None,
        "FullName": full_name,
        "Description": row.get("Description"),
        "InlineHelpText": row.get("InlineHelpText"),
        "Metadata": metadata,
    }
    return Reply(body=body)


def change_field(world: SalesforceWorld, call: Call, field_id: str) -> Reply:
    """Give a custom field new ``Metadata``, all of it: 204. Contract §14.

    What is left out is taken away, picklist values too; the type cannot change.
    """
    row = _field_row(world, field_id)
    metadata = call.object_body().get("Metadata")
    name = f"{row['DeveloperName']}__c"
    custom = read_custom_field(world.schema, f"{row['TableEnumOrId']}.{name}", metadata)
    old = custom.sobjects[0].field(name)
    if old is None or old.type != custom.field.type:
        message = f"Cannot change the type of {name} through this call"
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["Type"])
    _check_keys(world, custom)
    _check_unique(world, custom)
    _install(world, custom)
    _keep(world, row, metadata)
    return Reply(status=204)


def delete_field(world: SalesforceWorld, call: Call, field_id: str) -> Reply:
    """Take a custom field and its values away: 204. Contract §14."""
    row = _field_row(world, field_id)
    name = f"{row['DeveloperName']}__c"
    entity = row["TableEnumOrId"]
    for sobject_name in ("Task", "Event") if entity == "Activity" else (entity,):
        sobject = world.schema.known(sobject_name)
        sobject.drop_field(name)
        for record in world.store.table(sobject.name).each():
            if name in record:
                rest = {key: value for key, value in record.items() if key != name}
                world.store.put(sobject.name, rest)
        world.tracked.get(sobject.name, set()).discard(name)
        granted = world.store.table("FieldPermissions")
        for permission in granted.each():
            if permission["Field"] == f"{sobject.name}.{name}":
                world.store.remove("FieldPermissions", permission["Id"])
    world.tooling_store.remove("CustomField", row["Id"])
    world.schema_changed_at = world.now()
    return Reply(status=204)


def query(world: SalesforceWorld, call: Call) -> Reply:
    """Query custom fields or field definitions; at most one page. Contract §14."""
    scope = Scope(
        text=soql_of(call),
        schema=world.tooling_schema,
        store=world.tooling_store,
        sees=None,
        user_id=call.user_id,
        now=world.now(),
        zone=ZoneInfo(str(world.user(call.user_id)["TimeZoneSidKey"])),
        include_deleted=False,
    )
    bound = bind(scope, parse(scope.text))
    if bound.sobject.name == "FieldDefinition":
        _define_fields(world)
    if bound.counts_only:
        return Reply(body={"totalSize": count_rows(bound), "done": True, "records": []})
    if bound.grouping:
        return Reply(body=grouped_answer(bound))
    root = f"{call.root}/tooling"
    records = [record_json(bound, row, root) for row in find_rows(bound)]
    size = len(records)
    body = {"size": size, "totalSize": size, "done": True, "queryLocator": None}
    return Reply(body={**body, "entityTypeName": bound.sobject.name, "records": records})


def add_custom_field(
    world: SalesforceWorld, user_id: str, full_name: object, metadata: object
) -> Row:
    """Add a field to the schema and answer its tooling row; raises ``ApiError``."""
    custom = read_custom_field(world.schema, full_name, metadata)
    field = custom.field
    _check_keys(world, custom)
    for sobject in custom.sobjects:
        if sobject.field(field.name):
            message = f"There is already a field named {field.name} on {custom.entity}."
            raise ApiError(400, "DUPLICATE_DEVELOPER_NAME", message, ["DeveloperName"])
    row: dict[str, Any] = {
        **world.stamps(user_id),
        "Id": world.ids.next_id("00N"),
        "DeveloperName": field.name.removesuffix("__c"),
        "TableEnumOrId": custom.entity,
        "NamespacePrefix": None,
    }
    _install(world, custom)
    return _keep(world, row, metadata)


def _keep(world: SalesforceWorld, row: Row, metadata: object) -> Row:
    kept = dict(metadata) if isinstance(metadata, dict) else {}
    texts = {
        "Description": kept.get("description") or None,
        "InlineHelpText": kept.get("inlineHelpText") or None,
    }
    row = {**row, **texts}
    world.tooling_store.put("CustomField", row)
    world.field_metadata[row["Id"]] = kept
    world.schema_changed_at = world.now()
    return row


def _check_keys(world: SalesforceWorld, custom: CustomField) -> None:
    keyed = custom.field.unique or custom.field.external_id
    if custom.entity == "Activity" and keyed and not world.switches.activity_keys:
        message = "External Id: an activity field cannot be an external id"
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["ExternalId"])


def _check_unique(world: SalesforceWorld, custom: CustomField) -> None:
    """Refuse to make a field unique that holds a value twice."""
    if not custom.field.unique:
        return
    for sobject in custom.sobjects:
        seen: set[object] = set()
        for record in world.store.table(sobject.name).each():
            value = record.get(custom.field.name)
            if value is not None and value in seen:
                message = "Unique: there are duplicate values in the field"
                raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["Unique"])
            seen.add(value)


def _define_fields(world: SalesforceWorld) -> None:
    """Bring the definitions of every field up to date; they are read, never written."""
    left = {row["Id"]: row for row in world.tooling_store.table("FieldDefinition").each()}
    for sobject in world.schema.objects():
        for field in sobject.fields():
            durable = f"{sobject.name}.{field.name}"
            tracked = field.name in world.tracked.get(sobject.name, ())
            known = left.pop(durable, None)
            if known is None or known["IsFieldHistoryTracked"] != tracked:
                world.tooling_store.put(
                    "FieldDefinition",
                    {
                        "Id": durable,
                        "DurableId": durable,
                        "QualifiedApiName": field.name,
                        "EntityDefinitionId": sobject.name,
                        "IsFieldHistoryTracked": tracked,
                    },
                )
    for gone in left:
        world.tooling_store.remove("FieldDefinition", gone)


def _install(world: SalesforceWorld, custom: CustomField) -> None:
    field = custom.field
    for sobject in custom.sobjects:
        sobject.put_field(field)
        table = world.store.table(sobject.name)
        if field.type == "boolean":
            table.fill(field)
        table.index(field)
        if sobject.name == "Contact":
            show_on_account(world, field)
        if sobject.name in world.tracked:
            tracked = world.tracked[sobject.name]
            (tracked.add if custom.track_history else tracked.discard)(field.name)


def _field_row(world: SalesforceWorld, field_id: str) -> Row:
    row = world.tooling_store.table("CustomField").get(full_id(field_id) or "")
    if row is None:
        raise record_missing(field_id)
    return row
