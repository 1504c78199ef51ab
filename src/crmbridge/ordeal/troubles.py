"""What goes wrong between the bridge and the CRMs, and whether it did."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from crmbridge.ordeal.company import Company

Evidence = Callable[[], bool]
"""Whether a trouble has struck."""

Trouble = Callable[[Company, random.Random], Evidence | None]
"""Makes trouble; ``None`` where there was no occasion for it."""

HUBSPOT, SALESFORCE = "crmbridge", "integration"
_HTML = "<html><body>Something went wrong</body></html>"
_LATE = 300


def _fault(side: str, action: str, **rule: object) -> Trouble:
    """A rule of a simulator's fault machinery against the bridge's own calls."""

    def trouble(company: Company, dice: random.Random) -> Evidence:
        office = company.visitors if side == HUBSPOT else company.org
        world = (
            company.sandbox.hubspot_world if side == HUBSPOT else company.sandbox.salesforce_world
        )
        wish = {
            "action": action,
            "token": side,
            "skip": dice.randrange(4),
            "times": dice.randint(1, 3),
            **rule,
        }
        identity = office.sim("faults", wish)["id"]
        armed = next(each for each in world.faults.armed() if each.id == identity)
        return lambda: armed.fired > 0

    return trouble


def _failure(name: str) -> Trouble:
    """One of HubSpot's own ways to fail."""

    def trouble(company: Company, dice: random.Random) -> Evidence:
        wish = {
            "name": name,
            "token": HUBSPOT,
            "skip": dice.randrange(4),
            "times": dice.randint(1, 3),
            "retry_after": dice.choice((1, 5)),
        }
        identity = company.visitors.sim("failures", wish)["id"]
        faults = company.sandbox.hubspot_world.faults
        armed = next(each for each in faults.armed() if each.id == identity)
        return lambda: armed.fired > 0

    return trouble


def _omission(company: Company, dice: random.Random) -> Evidence:
    company.visitors.sim("omissions", {"rows": 1, "times": dice.randint(1, 2)})
    world = company.sandbox.hubspot_world
    omission = world.omission
    return lambda: bool(omission.fired)


def _index_lag(company: Company, dice: random.Random) -> Evidence:
    seconds = dice.choice((5, 30, 120))
    company.visitors.sim("config", {"index_lag_seconds": seconds})
    began = company.clock.now()
    return lambda: company.clock.now() > began


def _token_expires(company: Company, dice: random.Random) -> Evidence:
    user = company.sandbox.salesforce_world.integration_user_id
    ended = company.org.sim("expire", {"user_id": user})["expired"]
    return lambda: bool(ended)


def _locked_rows(company: Company, dice: random.Random) -> Evidence:
    times = dice.randint(1, 4)
    body = {"object": "Lead", "code": "UNABLE_TO_LOCK_ROW", "message": "no", "times": times}
    company.org.sim("row_faults", body)
    fault = company.sandbox.salesforce_world.switches.row_faults[-1]
    return lambda: fault.times < times


def _lost_pages(company: Company, dice: random.Random) -> Evidence:
    company.org.sim("pages", {"rows": 1, "lost": 1})
    switches = company.sandbox.salesforce_world.switches
    return lambda: not switches.lost_pages


def _late_row(company: Company, dice: random.Random) -> Evidence | None:
    began = company.clock.now() - timedelta(seconds=_LATE)
    # A transaction holds its rows: nobody else has written them since it began.
    leads = [
        row
        for row in company.rows("Lead", "SystemModstamp")
        if not row["IsConverted"] and datetime.fromisoformat(row["SystemModstamp"]) <= began
    ]
    if not leads:
        return None
    lead = dice.choice(leads)["Id"]
    rep = dice.choice(company.team.reps)
    company.change(rep, "Lead", lead, Title=dice.choice(("VP Freight", "Buyer")))
    company.org.sim("late", {"object": "Lead", "id": lead, "seconds_older": _LATE})
    return lambda: True


def _skew(company: Company, dice: random.Random) -> Evidence:
    company.skew = timedelta(minutes=dice.choice((-10, -3, 3, 10)))
    return lambda: bool(company.skew)


def _hidden_field(company: Company, dice: random.Random) -> Evidence:
    company.org.sim("hidden", {"fields": [["Lead", "CRMBridge_SLA_Status__c"]]})
    return lambda: True


_BUSY = [{"errorCode": "SERVER_UNAVAILABLE", "message": "busy"}]
_TOO_MANY = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "no more calls"}]

TROUBLES: Mapping[str, Trouble] = {
    "HubSpot: too many calls": _failure("ten_secondly"),
    "HubSpot: too many searches": _failure("search_secondly"),
    "HubSpot: locked": _failure("locked"),
    "HubSpot: bad gateway": _failure("bad_gateway"),
    "HubSpot: timed out": _failure("timed_out"),
    "HubSpot: connection lost before": _fault(HUBSPOT, "drop_before"),
    "HubSpot: connection lost after": _fault(HUBSPOT, "drop_after"),
    "HubSpot: write done, answer lost": _fault(
        HUBSPOT, "drop_after", path="batch/(update|upsert)|memberships", skip=0
    ),
    "HubSpot: rows left out": _omission,
    "HubSpot: slow index": _index_lag,
    "Salesforce: busy": _fault(SALESFORCE, "status", status=503, body=_BUSY),
    "Salesforce: an HTML page": _fault(SALESFORCE, "status", status=502, body=_HTML),
    "Salesforce: too many calls": _fault(SALESFORCE, "status", status=403, body=_TOO_MANY),
    "Salesforce: connection lost before": _fault(SALESFORCE, "drop_before"),
    "Salesforce: connection lost after": _fault(SALESFORCE, "drop_after"),
    "Salesforce: write done, answer lost": _fault(
        SALESFORCE, "drop_after", path="composite", says='"records"', skip=0
    ),
    "Salesforce: rows locked": _locked_rows,
    "Salesforce: a page lost": _lost_pages,
    "Salesforce: a row late": _late_row,
    "Salesforce: token expired": _token_expires,
    "Salesforce: a field hidden": _hidden_field,
    "our clock is wrong": _skew,
}
"""Name → trouble. Batch answers of HubSpot come in no order at all times."""


def heal(company: Company) -> None:
    """Everything is well again."""
    company.visitors.sim("faults", method="DELETE")
    company.org.sim("faults", method="DELETE")
    company.visitors.sim("config", {"index_lag_seconds": 0})
    company.visitors.sim("omissions", {"rows": 0})
    company.org.sim("pages")
    company.org.sim("hidden", {"fields": []})
    company.sandbox.salesforce_world.switches.row_faults.clear()
    company.skew = timedelta(0)
