"""Users, groups, the organization and permissions, and the tooling API's one object."""

from __future__ import annotations

from typing import Any

from crmbridge_salesforce.simulator import fields as f
from crmbridge_salesforce.simulator.catalogue_activities import event, task
from crmbridge_salesforce.simulator.catalogue_campaigns import campaign, campaign_member
from crmbridge_salesforce.simulator.catalogue_capture import CONNECTIONS, connections
from crmbridge_salesforce.simulator.catalogue_hours import business_hours, holiday
from crmbridge_salesforce.simulator.catalogue_people import account, contact, lead
from crmbridge_salesforce.simulator.catalogue_sales import (
    contact_role,
    field_history,
    opportunity,
    opportunity_history,
)
from crmbridge_salesforce.simulator.catalogue_statuses import status_tables
from crmbridge_salesforce.simulator.schema import Schema, SObject


def user() -> SObject:
    """Somebody, or a process, that can log in."""
    part: dict[str, Any] = {"permissionable": False}
    fields = [
        f.record_id("User ID"),
        f.text("Username", "Username", 80, nillable=False, unique=True, **part),
        f.text("LastName", "Last Name", 80, nillable=False, **part),
        f.text("FirstName", "First Name", 40, **part),
        f.text(
            "Name", "Full Name", 121, nillable=False, name_field=True, defaulted=True, **f.READ_ONLY
        ),
        f.text("CompanyName", "Company Name", 80),
        f.text("Department", "Department", 80),
        f.text("Title", "Title", 80),
        f.email(nillable=False, **part),
        f.phone("Phone", "Phone"),
        f.text("Alias", "Alias", 8, nillable=False, **part),
        f.boolean("IsActive", "Active", default=True, **part),
        f.picklist("TimeZoneSidKey", "Time Zone", length=40, nillable=False, **part),
        f.picklist("LocaleSidKey", "Locale", length=40, nillable=False, **part),
        f.picklist("LanguageLocaleKey", "Language", length=40, nillable=False, **part),
        f.picklist(
            "UserType",
            "User Type",
            ("Standard", "PowerPartner", "CSNOnly", "Guest", "AutomatedProcess"),
            40,
            restricted=True,
            **f.READ_ONLY,
        ),
        f.reference("ManagerId", "Manager ID", ("User",), "Manager"),
        *f.audit(),
    ]
    return f.make("User", "User", "Users", "005", fields, deletable=False, createable=False)


def group() -> SObject:
    """A public group or a queue."""
    fields = [
        f.record_id("Group ID"),
        f.text("Name", "Name", 40, nillable=False, name_field=True, permissionable=False),
        f.text("DeveloperName", "Developer Name", 80, permissionable=False),
        f.picklist("Type", "Type", ("Regular", "Queue", "Role", "Organization"), 40),
        f.email(),
        *f.audit(),
    ]
    return f.make("Group", "Group", "Group", "00G", fields, createable=False, deletable=False)


def organization() -> SObject:
    """The org itself; one row."""
    fixed = f.READ_ONLY
    fields = [
        f.record_id("Organization ID"),
        f.text("Name", "Name", 80, name_field=True, **fixed),
        f.text("Country", "Country", 80, **fixed),
        f.picklist("DefaultLocaleSidKey", "Locale", length=40, **fixed),
        f.picklist("TimeZoneSidKey", "Time Zone", length=40, **fixed),
        f.picklist("LanguageLocaleKey", "Language", length=40, **fixed),
        f.integer("FiscalYearStartMonth", "Fiscal Year Starts In", **fixed),
        f.picklist("OrganizationType", "Edition", length=40, **fixed),
        f.text("NamespacePrefix", "Namespace Prefix", 15, **fixed),
        f.text("InstanceName", "Instance Name", 5, **fixed),
        f.boolean("IsSandbox", "Is Sandbox", **fixed),
        f.instant("TrialExpirationDate", "Trial Expiration Date", **fixed),
        *f.audit(),
    ]
    return f.make(
        "Organization",
        "Organization",
        "Organizations",
        "00D",
        fields,
        createable=False,
        updateable=False,
        deletable=False,
    )


def record_type() -> SObject:
    """Record types; a fresh org has none."""
    fields = [
        f.record_id("Record Type ID"),
        f.text("Name", "Name", 80, name_field=True, **f.READ_ONLY),
        f.text("DeveloperName", "Record Type Name", 80, **f.READ_ONLY),
        f.picklist("SobjectType", "SObject Type Name", length=40, **f.READ_ONLY),
        f.boolean("IsActive", "Active", **f.READ_ONLY),
        *f.audit(),
    ]
    return f.make(
        "RecordType",
        "Record Type",
        "Record Types",
        "012",
        fields,
        createable=False,
        updateable=False,
        deletable=False,
    )


def permission_set() -> SObject:
    """A set of permissions that can be given to users."""
    fields = [
        f.record_id("PermissionSet ID"),
        f.text("Name", "Permission Set Name", 80, nillable=False, unique=True, name_field=True),
        f.text("Label", "Permission Set Label", 80, nillable=False),
        f.textarea("Description", "Description"),
        f.boolean("IsOwnedByProfile", "Is Owned By Profile", **f.READ_ONLY),
        *f.audit(),
    ]
    return f.make("PermissionSet", "Permission Set", "Permission Sets", "0PS", fields)


def field_permissions() -> SObject:
    """What a permission set allows on one field. Contract §14."""
    fields = [
        f.record_id("FieldPermissions ID"),
        f.reference(
            "ParentId",
            "Parent ID",
            ("PermissionSet",),
            "Parent",
            nillable=False,
            updateable=False,
            child_name="FieldPerms",
            cascade_delete=True,
        ),
        f.picklist("SobjectType", "Sobject Type Name", nillable=False, updateable=False),
        f.picklist("Field", "Field Name", nillable=False, updateable=False),
        f.boolean("PermissionsRead", "Read Field"),
        f.boolean("PermissionsEdit", "Edit Field"),
        f.instant("SystemModstamp", "System Modstamp", **f.READ_ONLY),
    ]
    label = "Field Permissions"
    return f.make("FieldPermissions", label, label, "01k", fields, replicateable=False)


def permission_set_assignment() -> SObject:
    """A permission set that a user has."""
    fields = [
        f.record_id("PermissionSetAssignment ID"),
        f.reference(
            "PermissionSetId",
            "PermissionSet ID",
            ("PermissionSet",),
            "PermissionSet",
            nillable=False,
            updateable=False,
            child_name="Assignments",
            cascade_delete=True,
        ),
        f.reference(
            "AssigneeId",
            "Assignee ID",
            ("User",),
            "Assignee",
            nillable=False,
            updateable=False,
            child_name="PermissionSetAssignments",
        ),
        f.instant("SystemModstamp", "System Modstamp", **f.READ_ONLY),
    ]
    label = "Permission Set Assignment"
    return f.make("PermissionSetAssignment", label, f"{label}s", "0Pa", fields, replicateable=False)


def name_object() -> SObject:
    """What a path through a polymorphic reference sees: fields any of its targets may have."""
    fixed = f.READ_ONLY
    fields = [
        f.record_id("Name ID"),
        f.text("Name", "Name", 121, name_field=True, **fixed),
        f.text("FirstName", "First Name", 40, **fixed),
        f.text("LastName", "Last Name", 80, **fixed),
        f.picklist("Type", "Type", length=40, **fixed),
        f.text("Alias", "Alias", 8, **fixed),
        f.email(**fixed),
        f.phone("Phone", "Phone", **fixed),
        f.text("Title", "Title", 128, **fixed),
    ]
    return f.make(
        "Name",
        "Name",
        "Names",
        "",
        fields,
        createable=False,
        updateable=False,
        deletable=False,
        queryable=False,
    )


def data_schema() -> Schema:
    """Every object of the data API."""
    schema = Schema(
        [
            account(),
            business_hours(),
            campaign(),
            campaign_member(),
            connections(),
            contact(),
            field_history("Contact", "ContactHistory"),
            event(),
            group(),
            holiday(),
            lead(),
            field_history("Lead", "LeadHistory"),
            name_object(),
            opportunity(),
            contact_role(),
            field_history("Opportunity", "OpportunityFieldHistory"),
            opportunity_history(),
            organization(),
            permission_set(),
            field_permissions(),
            permission_set_assignment(),
            record_type(),
            *status_tables(),
            task(),
            user(),
        ]
    )
    schema.dormant = frozenset({CONNECTIONS})
    return schema


def tooling_schema() -> Schema:
    """The tooling API's objects of this slice: custom fields, and what is known of every field.

    Contract §14, and the vendor's Tooling API guide for the columns.
    """
    fixed = f.READ_ONLY
    definitions = [
        f.record_id("Field Definition ID"),
        f.text("DurableId", "Durable ID", 80, **fixed),
        f.text("QualifiedApiName", "Qualified API Name", 80, name_field=True, **fixed),
        f.text("EntityDefinitionId", "Entity Definition ID", 80, **fixed),
        f.boolean("IsFieldHistoryTracked", "Is Field History Tracked", **fixed),
    ]
    fields = [
        f.record_id("Custom Field ID"),
        f.text("DeveloperName", "Custom Field Name", 40, name_field=True, **f.READ_ONLY),
        f.text("TableEnumOrId", "Entity", 40, **fixed),
        f.textarea("Description", "Description", 1000, **fixed),
        f.textarea("InlineHelpText", "Help Text", 510, **fixed),
        f.text("NamespacePrefix", "Namespace Prefix", 15, **f.READ_ONLY),
        *f.audit(),
    ]
    return Schema(
        [
            f.make(
                "CustomField", "Custom Field", "Custom Fields", "00N", fields, replicateable=False
            ),
            f.make(
                "FieldDefinition",
                "Field Definition",
                "Field Definitions",
                "",
                definitions,
                replicateable=False,
            ),
        ]
    )
