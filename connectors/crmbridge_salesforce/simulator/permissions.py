"""Field permissions and permission set assignments. Salesforce contract §14."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge_salesforce.simulator.errors import ApiError

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.actor import Actor
    from crmbridge_salesforce.simulator.table import Row
    from crmbridge_salesforce.simulator.world import SalesforceWorld


def before_field_permission(
    world: SalesforceWorld, actor: Actor, old: Row | None, row: Row
) -> None:
    """Check that the field exists, can be granted and is granted once per permission set."""
    object_name, _, field_name = row["Field"].partition(".")
    sobject = world.schema.object(object_name)
    field = sobject.field(field_name) if sobject else None
    if sobject is None or field is None or not field.permissionable or field.required:
        raise ApiError(
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"Field Name: bad value for restricted picklist field: {row['Field']}",
            ["Field"],
        )
    if sobject.name.lower() != row["SobjectType"].lower():
        message = f"the field {row['Field']} is not one of {row['SobjectType']}"
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["SobjectType"])
    row.update(SobjectType=sobject.name, Field=f"{sobject.name}.{field.name}")
    if row["PermissionsEdit"] and not row["PermissionsRead"]:
        message = "Permission Edit Field depends on permission(s): Read Field"
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["PermissionsEdit"])
    for other in world.store.children("FieldPermissions", "ParentId", row["ParentId"]):
        if other["Field"] == row["Field"] and other["Id"] != row["Id"]:
            raise _twice("FieldPermissions", other)


def before_assignment(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Check that the user does not have the permission set already."""
    for other in world.store.children("PermissionSetAssignment", "AssigneeId", row["AssigneeId"]):
        if other["PermissionSetId"] == row["PermissionSetId"]:
            raise _twice("PermissionSetAssignment", other)


def _twice(what: str, other: Row) -> ApiError:
    message = f"duplicate value found: {what} duplicates value on record with id: {other['Id']}"
    return ApiError(400, "DUPLICATE_VALUE", message, [])
