"""What a stage means, stage history and contact roles. Salesforce contract §12."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge_salesforce.simulator.table import live

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.actor import Actor
    from crmbridge_salesforce.simulator.table import Row
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_WATCHED = ("StageName", "Amount", "CloseDate", "Probability", "ForecastCategory")


def before_opportunity(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Derive closed, won, probability and forecast from the stage."""
    staged = old is None or old["StageName"] != row["StageName"]
    stage = stage_of(world, row["StageName"])
    row["IsClosed"] = bool(stage and stage["IsClosed"])
    row["IsWon"] = bool(stage and stage["IsWon"])
    if staged:
        if old is not None:
            row["LastStageChangeDate"] = world.now()
        given = (
            row["Probability"] is not None
            if old is None
            else (row["Probability"] != old["Probability"])
        )
        if stage and not given:
            row["Probability"] = stage["DefaultProbability"]
        if stage:
            row["ForecastCategory"] = stage["ForecastCategory"]
            row["ForecastCategoryName"] = stage["ForecastCategoryName"]
    row["Probability"] = row["Probability"] or 0.0
    amount = row["Amount"]
    row["ExpectedRevenue"] = None if amount is None else round(amount * row["Probability"] / 100, 2)


def after_opportunity(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """Write stage history; a new one with a ContactId also gets its primary contact role."""
    if old is None or any(old[name] != row[name] for name in _WATCHED):
        names = ("StageName", "Amount", "ExpectedRevenue", "CloseDate", "Probability")
        values = {name: row[name] for name in (*names, "ForecastCategory")}
        values["OpportunityId"] = row["Id"]
        values["PrevAmount"] = old["Amount"] if old else None
        values["PrevCloseDate"] = old["CloseDate"] if old else None
        world.insert("OpportunityHistory", actor.user_id, values)
    if old is None and row["ContactId"]:
        world.insert(
            "OpportunityContactRole",
            actor.user_id,
            {"OpportunityId": row["Id"], "ContactId": row["ContactId"], "IsPrimary": True},
        )


def after_contact_role(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """An opportunity has one primary contact: a new one takes the mark from the other."""
    if not row["IsPrimary"]:
        return
    roles = world.store.children("OpportunityContactRole", "OpportunityId", row["OpportunityId"])
    for other in live(roles):
        if other["IsPrimary"] and other["Id"] != row["Id"]:
            world.touch("OpportunityContactRole", other, {"IsPrimary": False})


def stage_of(world: SalesforceWorld, name: str | None) -> Row | None:
    """The stage table's row for a stage; None for a value that is not in it."""
    for stage in world.store.table("OpportunityStage").rows():
        if stage["ApiName"] == name:
            return stage
    return None
