"""The read-only tables behind status picklists. Salesforce contract §12."""

from __future__ import annotations

from crmbridge_salesforce.simulator import fields as f
from crmbridge_salesforce.simulator.catalogue_sales import FORECAST_CATEGORIES, FORECAST_NAMES
from crmbridge_salesforce.simulator.schema import Field, SObject


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
    return f.make(
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
