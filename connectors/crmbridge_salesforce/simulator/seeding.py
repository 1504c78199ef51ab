"""What a new org holds before anyone writes to it, and how people join it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.catalogue_activities import TASK_STATUSES
from crmbridge_salesforce.simulator.catalogue_people import LEAD_STATUSES
from crmbridge_salesforce.simulator.catalogue_sales import STAGES
from crmbridge_salesforce.simulator.office_hours import ROUND_THE_CLOCK, add_business_hours

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld

CONVERTED_STATUS = "Closed - Converted"
_FORECAST_NAMES = {"Pipeline": "Pipeline", "Closed": "Closed", "Omitted": "Omitted"}


def seed_org(world: SalesforceWorld) -> None:
    """Fill a new org with its own row, its status tables and its two users."""
    integration = world.ids.next_id("005")
    world.integration_user_id = integration
    add_user(
        world,
        {
            "Id": integration,
            "FirstName": "crmbridge",
            "LastName": "Integration",
            "Name": "crmbridge Integration",
            "Email": "crmbridge@example.com",
            "TimeZoneSidKey": world.time_zone,
        },
    )
    world.automated_process_id = add_user(
        world,
        {
            "LastName": "Automated Process",
            "Name": "Automated Process",
            "Email": "noreply@example.com",
            "UserType": "AutomatedProcess",
        },
    )
    _seed_organization(world)
    add_business_hours(world, "Default", world.time_zone, ROUND_THE_CLOCK, default=True)
    _seed_statuses(world)


def add_user(world: SalesforceWorld, values: dict[str, Any]) -> str:
    """Add a user and answer the id. ``Name`` is split into first and last name if need be."""
    name = str(values.get("Name") or values.get("LastName") or "User")
    first, _, last = name.rpartition(" ")
    if values.get("UserType") == "AutomatedProcess":
        first, last = "", name
    number = len(world.store.table("User"))
    defaults = {
        "Name": name,
        "FirstName": first or None,
        "LastName": last,
        "Email": f"user{number}@example.com",
        "Username": f"user{number}@{world.org_id[:15].lower()}.example",
        "Alias": last[:8].lower().strip(),
        "IsActive": True,
        "TimeZoneSidKey": world.time_zone,
        "LocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "UserType": "Standard",
    }
    creator = world.integration_user_id
    return str(world.insert("User", creator, {**defaults, **values})["Id"])


def add_queue(world: SalesforceWorld, name: str) -> str:
    """Add a queue that leads and tasks can belong to; answers its id."""
    developer_name = "_".join(name.split())
    values = {"Name": name, "DeveloperName": developer_name, "Type": "Queue"}
    return str(world.insert("Group", world.integration_user_id, values)["Id"])


def replace_statuses(
    world: SalesforceWorld, table: str, rows: list[dict[str, Any]], user_id: str
) -> None:
    """Give a status table these rows, in order, and its picklist their values."""
    for row in world.store.table(table).each():
        world.store.remove(table, row["Id"])
    for order, values in enumerate(rows, start=1):
        label = values["MasterLabel"]
        world.insert(table, user_id, {"ApiName": label, "SortOrder": order, **values})
    sobject, field = _PICKLISTS[table]
    labels = tuple(row["MasterLabel"] for row in rows)
    default = next((row["MasterLabel"] for row in rows if row.get("IsDefault")), None)
    world.schema.known(sobject).set_picklist(field, labels, default)
    world.schema_changed_at = world.now()


_PICKLISTS = {
    "LeadStatus": ("Lead", "Status"),
    "TaskStatus": ("Task", "Status"),
    "OpportunityStage": ("Opportunity", "StageName"),
}


def _seed_organization(world: SalesforceWorld) -> None:
    world.insert(
        "Organization",
        world.integration_user_id,
        {
            "Id": world.org_id,
            "Name": "Simulated Org",
            "Country": "US",
            "DefaultLocaleSidKey": "en_US",
            "TimeZoneSidKey": world.time_zone,
            "LanguageLocaleKey": "en_US",
            "FiscalYearStartMonth": 1,
            "OrganizationType": "Enterprise Edition",
            "InstanceName": "SIM1",
            "IsSandbox": True,
        },
    )


def _seed_statuses(world: SalesforceWorld) -> None:
    user_id = world.integration_user_id
    lead = [
        {
            "MasterLabel": status,
            "IsDefault": status == LEAD_STATUSES[0],
            "IsConverted": status == CONVERTED_STATUS,
        }
        for status in LEAD_STATUSES
    ]
    task = [
        {"MasterLabel": status, "IsClosed": closed, "IsDefault": default}
        for status, closed, default in TASK_STATUSES
    ]
    stages = [
        {
            "MasterLabel": stage,
            "IsActive": True,
            "IsClosed": closed,
            "IsWon": won,
            "DefaultProbability": float(probability),
            "ForecastCategory": category,
            "ForecastCategoryName": _FORECAST_NAMES[category],
        }
        for stage, closed, won, probability, category in STAGES
    ]
    replace_statuses(world, "LeadStatus", lead, user_id)
    replace_statuses(world, "TaskStatus", task, user_id)
    replace_statuses(world, "OpportunityStage", stages, user_id)
