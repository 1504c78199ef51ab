"""What reps do in Salesforce, and what their managers and admins do to their records."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crmbridge.ordeal.company import Company
from crmbridge.ordeal.truth import Truth
from crmbridge.ordeal.visiting import Act
from crmbridge.sandbox.seeding import API

_LEADS = "SELECT Id, Email, Status, OwnerId FROM Lead WHERE IsConverted = false ORDER BY Id"
_REASONS = (
    ("BUDGET", "Said the budget is frozen this year"),
    ("TIMING", "Wants to look at it again after the move"),
    ("NO_RESPONSE", "Called five times and left three messages"),
    ("STUDENT", "Writes a thesis about lead management"),
    ("NOT_ICP", "no"),
)


def _lead(company: Company, dice: random.Random) -> dict[str, Any] | None:
    found = company.query(_LEADS)
    return dice.choice(found) if found else None


def call_lead(company: Company, truth: Truth, dice: random.Random) -> bool:
    """A completed call."""
    lead = _lead(company, dice)
    if lead is None:
        return False
    rep = dice.choice(company.team.reps)
    more = {"WhoId": lead["Id"], "OwnerId": rep.user_id, "Subject": "Call", "Status": "Completed"}
    task = company.create(rep, "Task", TaskSubtype="Call", **more)
    if task is not None:
        truth.touches.add(task)
    return task is not None


def work_lead(company: Company, truth: Truth, dice: random.Random) -> bool:
    """A status by hand."""
    lead = _lead(company, dice)
    status = dice.choice(("Working - Contacted", "Qualified", "Open - Not Contacted"))
    return lead is not None and company.change(
        dice.choice(company.team.reps), "Lead", lead["Id"], Status=status
    )


def reject_lead(company: Company, truth: Truth, dice: random.Random) -> bool:
    """Let a lead go, with a reason and words that may be too few."""
    lead = _lead(company, dice)
    if lead is None:
        return False
    reason, details = dice.choice(_REASONS)
    values: dict[str, Any] = {
        "Status": "Closed - Not Converted",
        "CRMBridge_Reason__c": reason,
        "CRMBridge_Reason_Details__c": details,
    }
    if reason == "TIMING":
        later = company.clock.now() + timedelta(days=dice.randint(1, 40))
        values["CRMBridge_Resume_Date__c"] = later.date().isoformat()
    return company.change(dice.choice(company.team.reps), "Lead", lead["Id"], **values)


def retitle_lead(company: Company, truth: Truth, dice: random.Random) -> bool:
    """An edit that bears on the fit."""
    lead = _lead(company, dice)
    title = dice.choice(("Chief Operating Officer", "Intern", "Head of Logistics"))
    return lead is not None and company.change(
        dice.choice(company.team.reps), "Lead", lead["Id"], Title=title
    )


def hand_over(company: Company, truth: Truth, dice: random.Random) -> bool:
    """Another owner, or the queue."""
    lead = _lead(company, dice)
    owners = [rep.user_id for rep in company.team.reps] + [company.team.queue_id]
    return lead is not None and company.change(
        company.team.manager, "Lead", lead["Id"], OwnerId=dice.choice(owners)
    )


def convert_lead(company: Company, truth: Truth, dice: random.Random) -> bool:
    """With or without an opportunity."""
    lead = _lead(company, dice)
    if lead is None:
        return False
    wish = {
        "lead_id": lead["Id"],
        "user_id": dice.choice(company.team.reps).user_id,
        "create_opportunity": dice.random() < 0.7,
    }
    return company.org.call("POST", "/__sim__/convert", wish).status_code == 200


def close_deal(company: Company, truth: Truth, dice: random.Random) -> bool:
    """Won or lost."""
    deals = company.query("SELECT Id FROM Opportunity WHERE IsClosed = false ORDER BY Id")
    if not deals:
        return False
    values = dice.choice(
        (
            {"StageName": "Closed Won"},
            {
                "StageName": "Closed Lost",
                "CRMBridge_Loss_Reason__c": "BUDGET",
                "CRMBridge_Loss_Details__c": "Board cut the whole project budget",
            },
        )
    )
    deal = dice.choice(deals)
    return company.change(dice.choice(company.team.reps), "Opportunity", deal["Id"], **values)


def create_lead(company: Company, truth: Truth, dice: random.Random) -> bool:
    """A rep types somebody in whom marketing may know already."""
    alive = truth.alive()
    known = bool(alive) and dice.random() < 0.5
    email = dice.choice(alive).email if known else f"typed{dice.randrange(10**6)}@contoso.example"
    rep = dice.choice(company.team.reps)
    made = company.create(rep, "Lead", LastName="Typed", Company="Contoso", Email=email)
    return made is not None


def merge_leads(company: Company, truth: Truth, dice: random.Random) -> bool:
    """Two leads with one address become one."""
    by_email: dict[str, list[str]] = {}
    for lead in company.query(_LEADS):
        by_email.setdefault(str(lead["Email"]), []).append(lead["Id"])
    doubles = [ids for ids in by_email.values() if len(ids) > 1]
    if not doubles:
        return False
    master, loser, *_ = dice.sample(dice.choice(doubles), 2)
    wish = {"object": "Lead", "master_id": master, "loser_ids": [loser]}
    return company.org.call("POST", "/__sim__/merge", wish).status_code == 200


def delete_lead(company: Company, truth: Truth, dice: random.Random) -> bool:
    """Into the recycle bin; sometimes out of it again, sometimes for ever."""
    lead = _lead(company, dice)
    if lead is None:
        return False
    answer = company.org.call("DELETE", f"{API}/sobjects/Lead/{lead['Id']}")
    if answer.status_code != 204:
        return False
    then = dice.choice((None, "undelete", "purge"))
    if then:
        company.org.sim(then, {"object": "Lead", "id": lead["Id"]})
    return True


SALES: Mapping[str, Act] = {
    "rep: calls": call_lead,
    "rep: sets a status": work_lead,
    "rep: rejects": reject_lead,
    "rep: edits a title": retitle_lead,
    "manager: changes the owner": hand_over,
    "rep: converts": convert_lead,
    "rep: closes a deal": close_deal,
    "rep: types a lead": create_lead,
    "admin: merges leads": merge_leads,
    "admin: deletes a lead": delete_lead,
}
"""Name → act; it answers whether anything happened."""
