"""Opportunities, campaigns and the stage tables. Salesforce contract §12."""

from __future__ import annotations

from typing import Any

from crmbridge_salesforce.simulator import fields as f
from crmbridge_salesforce.simulator.catalogue_people import LEAD_SOURCES
from crmbridge_salesforce.simulator.schema import Field, SObject

STAGES = (
    # name, closed, won, probability, forecast category
    ("Prospecting", False, False, 10, "Pipeline"),
    ("Qualification", False, False, 10, "Pipeline"),
    ("Needs Analysis", False, False, 20, "Pipeline"),
    ("Value Proposition", False, False, 50, "Pipeline"),
    ("Id. Decision Makers", False, False, 60, "Pipeline"),
    ("Perception Analysis", False, False, 70, "Pipeline"),
    ("Proposal/Price Quote", False, False, 75, "Pipeline"),
    ("Negotiation/Review", False, False, 90, "Pipeline"),
    ("Closed Won", True, True, 100, "Closed"),
    ("Closed Lost", True, False, 0, "Omitted"),
)
FORECAST_CATEGORIES = ("Omitted", "Pipeline", "BestCase", "MostLikely", "Forecast", "Closed")
FORECAST_NAMES = ("Omitted", "Pipeline", "Best Case", "Commit", "Closed")
CONTACT_ROLES = (
    "Business User",
    "Decision Maker",
    "Economic Buyer",
    "Economic Decision Maker",
    "Evaluator",
    "Executive Sponsor",
    "Influencer",
    "Technical Buyer",
    "Other",
)
MEMBER_STATUSES = ("Sent", "Responded")


def make(
    name: str, label: str, plural: str, prefix: str, fields: list[Field], **more: Any
) -> SObject:
    """An object with these fields; ``more`` are attributes of ``SObject``."""
    sobject = SObject(
        name=name,
        label=label,
        label_plural=plural,
        key_prefix=prefix,
        **more,
    )
    for added in fields:
        sobject.put_field(added)
    return sobject


def opportunity() -> SObject:
    """A deal; whether it is closed or won follows from its stage."""
    money: dict[str, Any] = {"type": "currency", "scale": 2}
    fields = [
        f.record_id("Opportunity ID"),
        f.deleted_flag(),
        f.reference(
            "AccountId",
            "Account ID",
            ("Account",),
            "Account",
            child_name="Opportunities",
            cascade_delete=True,
        ),
        f.boolean("IsPrivate", "Private"),
        f.text(
            "Name",
            "Name",
            120,
            nillable=False,
            name_field=True,
            id_lookup=True,
            permissionable=False,
        ),
        f.textarea("Description", "Description", 32000),
        f.picklist(
            "StageName",
            "Stage",
            tuple(stage[0] for stage in STAGES),
            nillable=False,
            permissionable=False,
        ),
        f.number("Amount", "Amount", **money),
        f.number("Probability", "Probability (%)", 3, 0, "percent", defaulted=True),
        f.number("ExpectedRevenue", "Expected Amount", **money, **f.READ_ONLY),
        f.day("CloseDate", "Close Date", nillable=False, permissionable=False),
        f.picklist(
            "Type",
            "Opportunity Type",
            (
                "Existing Customer - Upgrade",
                "Existing Customer - Replacement",
                "Existing Customer - Downgrade",
                "New Customer",
            ),
        ),
        f.text("NextStep", "Next Step", 255),
        f.picklist("LeadSource", "Lead Source", LEAD_SOURCES),
        f.boolean("IsClosed", "Closed", **f.READ_ONLY),
        f.boolean("IsWon", "Won", **f.READ_ONLY),
        f.picklist(
            "ForecastCategory",
            "Forecast Category",
            FORECAST_CATEGORIES,
            40,
            restricted=True,
            nillable=False,
            **f.READ_ONLY,
        ),
        f.picklist(
            "ForecastCategoryName",
            "Forecast Category",
            FORECAST_NAMES,
            restricted=True,
            defaulted=True,
        ),
        f.reference(
            "CampaignId", "Campaign ID", ("Campaign",), "Campaign", child_name="Opportunities"
        ),
        f.owner(),
        *f.audit(),
        f.day("LastActivityDate", "Last Activity", **f.READ_ONLY),
        f.instant("LastStageChangeDate", "Last Stage Change Date", **f.READ_ONLY),
        f.reference(
            "ContactId", "Contact ID", ("Contact",), "", updateable=False, permissionable=False
        ),
        f.boolean(
            "HasOpenActivity", "Has Open Activity", filterable=False, sortable=False, **f.READ_ONLY
        ),
    ]
    return make(
        "Opportunity",
        "Opportunity",
        "Opportunities",
        "006",
        fields,
        history_object="OpportunityFieldHistory",
    )


def contact_role() -> SObject:
    """Which contact plays which part in an opportunity."""
    fields = [
        f.record_id("Contact Role ID"),
        f.reference(
            "OpportunityId",
            "Opportunity ID",
            ("Opportunity",),
            "Opportunity",
            nillable=False,
            updateable=False,
            child_name="OpportunityContactRoles",
            cascade_delete=True,
        ),
        f.reference(
            "ContactId",
            "Contact ID",
            ("Contact",),
            "Contact",
            nillable=False,
            child_name="OpportunityContactRoles",
            cascade_delete=True,
        ),
        f.picklist("Role", "Role", CONTACT_ROLES, 40),
        f.boolean("IsPrimary", "Primary"),
        *f.audit(),
        f.deleted_flag(),
    ]
    return make(
        "OpportunityContactRole",
        "Opportunity Contact Role",
        "Opportunity Contact Role",
        "00K",
        fields,
    )


def opportunity_history() -> SObject:
    """One row per change of stage, amount, date or probability."""
    fixed = f.READ_ONLY
    money: dict[str, Any] = {"type": "currency", "scale": 2}
    fields = [
        f.record_id("Opportunity History ID"),
        f.reference(
            "OpportunityId",
            "Opportunity ID",
            ("Opportunity",),
            "Opportunity",
            child_name="OpportunityHistories",
            cascade_delete=True,
            **fixed,
        ),
        f.reference("CreatedById", "Created By ID", ("User",), "CreatedBy", **fixed),
        f.instant("CreatedDate", "Created Date", **fixed),
        f.picklist("StageName", "Stage Name", **fixed),
        f.number("Amount", "Amount", **money, **fixed),
        f.number("ExpectedRevenue", "Expected Revenue", **money, **fixed),
        f.day("CloseDate", "Close Date", **fixed),
        f.number("Probability", "Probability", 3, 0, "percent", **fixed),
        f.picklist("ForecastCategory", "To ForecastCategory", FORECAST_CATEGORIES, 40, **fixed),
        f.number("PrevAmount", "Previous Amount", **money, **fixed),
        f.day("PrevCloseDate", "Previous Close Date", **fixed),
        f.instant("SystemModstamp", "System Modstamp", **fixed),
        f.deleted_flag(),
    ]
    return make(
        "OpportunityHistory",
        "Opportunity: Stage History",
        "Opportunity: Stage History",
        "008",
        fields,
        createable=False,
        updateable=False,
        deletable=False,
    )


def field_history(parent: str, name: str) -> SObject:
    """One row per change of a tracked field of the parent."""
    fixed = f.READ_ONLY
    hidden: dict[str, Any] = {"filterable": False, "sortable": False, "groupable": False}
    fields = [
        f.record_id("History ID"),
        f.deleted_flag(),
        f.reference(
            f"{parent}Id",
            f"{parent} ID",
            (parent,),
            parent,
            child_name="Histories",
            cascade_delete=True,
            **fixed,
        ),
        f.reference("CreatedById", "Created By ID", ("User",), "CreatedBy", **fixed),
        f.instant("CreatedDate", "Created Date", **fixed),
        f.picklist("Field", "Changed Field", **fixed),
        f.picklist("DataType", "Datatype", length=40, **fixed),
        Field(name="OldValue", label="Old Value", type="anyType", length=255, **hidden, **fixed),
        Field(name="NewValue", label="New Value", type="anyType", length=255, **hidden, **fixed),
    ]
    return make(
        name,
        f"{parent} History",
        f"{parent} History",
        "017",
        fields,
        createable=False,
        updateable=False,
        deletable=False,
        stamp_field="CreatedDate",
    )


def campaign() -> SObject:
    """A marketing campaign."""
    fields = [
        f.record_id("Campaign ID"),
        f.deleted_flag(),
        f.text("Name", "Name", 80, nillable=False, name_field=True, permissionable=False),
        f.reference("ParentId", "Parent Campaign ID", ("Campaign",), "Parent"),
        f.picklist("Type", "Type", ("Conference", "Webinar", "Email", "Other"), 40),
        f.picklist("Status", "Status", ("Planned", "In Progress", "Completed", "Aborted"), 40),
        f.day("StartDate", "Start Date"),
        f.day("EndDate", "End Date"),
        f.boolean("IsActive", "Active"),
        f.textarea("Description", "Description", 32000),
        f.integer("NumberOfLeads", "Leads in Campaign", **f.READ_ONLY),
        f.integer("NumberOfContacts", "Contacts in Campaign", **f.READ_ONLY),
        f.owner(),
        *f.audit(),
    ]
    return make("Campaign", "Campaign", "Campaigns", "701", fields)


def campaign_member() -> SObject:
    """A lead or contact in a campaign; one row per person and campaign."""
    link = {"child_name": "CampaignMembers", "cascade_delete": True}
    fields = [
        f.record_id("Campaign Member ID"),
        f.deleted_flag(),
        f.reference(
            "CampaignId",
            "Campaign ID",
            ("Campaign",),
            "Campaign",
            nillable=False,
            updateable=False,
            **link,
        ),
        f.reference("LeadId", "Lead ID", ("Lead",), "Lead", updateable=False, **link),
        f.reference("ContactId", "Contact ID", ("Contact",), "Contact", updateable=False, **link),
        f.reference(
            "LeadOrContactId",
            "Related Record ID",
            ("Contact", "Lead"),
            "LeadOrContact",
            **f.READ_ONLY,
        ),
        f.picklist(
            "Status",
            "Status",
            MEMBER_STATUSES,
            40,
            nillable=False,
            defaulted=True,
            default=MEMBER_STATUSES[0],
        ),
        f.boolean("HasResponded", "Responded", **f.READ_ONLY),
        f.day("FirstRespondedDate", "First Responded Date", **f.READ_ONLY),
        *f.audit(),
    ]
    return make("CampaignMember", "Campaign Member", "Campaign Members", "00v", fields)


def status_table(name: str, label: str, prefix: str, flags: list[Field]) -> SObject:
    """The read-only table behind a status picklist."""
    fields = [
        f.record_id(f"{label} ID"),
        f.text("MasterLabel", "Master Label", 255, name_field=True, **f.READ_ONLY),
        f.text("ApiName", "API Name", 255, **f.READ_ONLY),
        f.integer("SortOrder", "Sort Order", **f.READ_ONLY),
        *flags,
        *f.audit(),
    ]
    return make(
        name, label, label, prefix, fields, createable=False, updateable=False, deletable=False
    )


def status_tables() -> list[SObject]:
    """LeadStatus, TaskStatus and OpportunityStage."""
    default = f.boolean("IsDefault", "Is Default", **f.READ_ONLY)
    stage = [
        f.boolean("IsActive", "Is Active", **f.READ_ONLY),
        f.boolean("IsClosed", "Closed", **f.READ_ONLY),
        f.boolean("IsWon", "Won", **f.READ_ONLY),
        f.number("DefaultProbability", "Probability (%)", 3, 0, "percent", **f.READ_ONLY),
        f.picklist("ForecastCategory", "Forecast Category", FORECAST_CATEGORIES, 40, **f.READ_ONLY),
        f.picklist("ForecastCategoryName", "Forecast Category Name", FORECAST_NAMES, **f.READ_ONLY),
    ]
    converted = f.boolean("IsConverted", "Converted", **f.READ_ONLY)
    closed = f.boolean("IsClosed", "Closed", **f.READ_ONLY)
    return [
        status_table("LeadStatus", "Lead Status Value", "01J", [default, converted]),
        status_table("TaskStatus", "Task Status Value", "01T", [default, closed]),
        status_table("OpportunityStage", "Opportunity Stage", "01S", stage),
    ]
