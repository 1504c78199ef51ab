"""Opportunities, their contact roles and the history tables. Salesforce contract §12."""

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
_MONEY: dict[str, Any] = {"type": "currency", "scale": 2}
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


def opportunity() -> SObject:
    """A deal; whether it is closed or won follows from its stage."""
    fields = [
        f.record_id("Opportunity ID"),
        f.deleted_flag(),
        *_deal(),
        *_stage(),
        *f.audit(),
        f.day("LastActivityDate", "Last Activity", **f.READ_ONLY),
    ]
    return f.make(
        "Opportunity",
        "Opportunity",
        "Opportunities",
        "006",
        fields,
        history_object="OpportunityFieldHistory",
    )


def _deal() -> list[Field]:
    types = (
        "Existing Customer - Upgrade",
        "Existing Customer - Replacement",
        "Existing Customer - Downgrade",
        "New Customer",
    )
    children = {"child_name": "Opportunities"}
    name = {"nillable": False, "name_field": True, "id_lookup": True, "permissionable": False}
    contact = {"updateable": False, "permissionable": False}
    return [
        f.reference(
            "AccountId", "Account ID", ("Account",), "Account", cascade_delete=True, **children
        ),
        f.boolean("IsPrivate", "Private"),
        f.text("Name", "Name", 120, **name),
        f.textarea("Description", "Description", 32000),
        f.number("Amount", "Amount", **_MONEY),
        f.number("ExpectedRevenue", "Expected Amount", **_MONEY, **f.READ_ONLY),
        f.day("CloseDate", "Close Date", nillable=False, permissionable=False),
        f.picklist("Type", "Opportunity Type", types),
        f.text("NextStep", "Next Step", 255),
        f.picklist("LeadSource", "Lead Source", LEAD_SOURCES),
        f.reference("CampaignId", "Campaign ID", ("Campaign",), "Campaign", **children),
        f.owner(),
        f.reference("ContactId", "Contact ID", ("Contact",), "", **children, **contact),
    ]


def _stage() -> list[Field]:
    names = tuple(stage[0] for stage in STAGES)
    fixed = {"restricted": True, "nillable": False, **f.READ_ONLY}
    chosen = {"restricted": True, "defaulted": True}
    return [
        f.picklist("StageName", "Stage", names, nillable=False, permissionable=False),
        f.number("Probability", "Probability (%)", 3, 0, "percent", defaulted=True),
        f.boolean("IsClosed", "Closed", **f.READ_ONLY),
        f.boolean("IsWon", "Won", **f.READ_ONLY),
        f.picklist("ForecastCategory", "Forecast Category", FORECAST_CATEGORIES, 40, **fixed),
        f.picklist("ForecastCategoryName", "Forecast Category", FORECAST_NAMES, **chosen),
        f.instant("LastStageChangeDate", "Last Stage Change Date", **f.READ_ONLY),
    ]


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
    return f.make(
        "OpportunityContactRole",
        "Opportunity Contact Role",
        "Opportunity Contact Role",
        "00K",
        fields,
    )


def opportunity_history() -> SObject:
    """One row per change of stage, amount, date or probability."""
    fixed = f.READ_ONLY
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
        f.number("Amount", "Amount", **_MONEY, **fixed),
        f.number("ExpectedRevenue", "Expected Revenue", **_MONEY, **fixed),
        f.day("CloseDate", "Close Date", **fixed),
        f.number("Probability", "Probability", 3, 0, "percent", **fixed),
        f.picklist("ForecastCategory", "To ForecastCategory", FORECAST_CATEGORIES, 40, **fixed),
        f.number("PrevAmount", "Previous Amount", **_MONEY, **fixed),
        f.day("PrevCloseDate", "Previous Close Date", **fixed),
        f.instant("SystemModstamp", "System Modstamp", **fixed),
        f.deleted_flag(),
    ]
    return f.make(
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
    return f.make(
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
