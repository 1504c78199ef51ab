"""Sales reps at work in Salesforce: they see what the CRM shows, and use nothing but its API."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crmbridge.sandbox.seeding import API, Rep
from crmbridge.simulation import SimulatorClient

_LOOKS = (9, 11, 14, 16)
"""The local hours at which a rep goes through the lead list."""

_LEADS = (
    "SELECT Id, Status, Email, CreatedDate, CRMBridge_Stage__c, CRMBridge_Cycle__c FROM Lead "
    "WHERE IsConverted = false AND CRMBridge_Stage__c IN ('MQL', 'ACTIVATION', 'QUALIFICATION') "
    "AND OwnerId = '{owner}' ORDER BY Id"
)
_DEALS = (
    "SELECT Id, StageName, CreatedDate FROM Opportunity "
    "WHERE IsClosed = false AND OwnerId = '{owner}' ORDER BY Id"
)
_Choice = tuple[str, str, int]
_REJECTIONS: tuple[_Choice, ...] = (
    ("BUDGET", "Budget frozen until the next fiscal year", 7),
    ("TIMING", "Wants to look at it again after the move", 7),
    ("NO_RESPONSE", "Called five times and left three messages", 6),
    ("NO_AUTHORITY", "Decision lies with the regional head office", 4),
    ("COMPETITOR_LOCKED", "Signed a two year contract with another vendor", 4),
    ("NOT_ICP", "Sells only through resellers, no team of their own", 3),
    ("STUDENT", "Writes a thesis about lead management", 2),
)
_LOSSES: tuple[_Choice, ...] = (
    ("BUDGET", "Board cut the whole project budget", 3),
    ("COMPETITOR_LOCKED", "Chose another vendor for its price", 2),
    ("TIMING", "Postponed until their new system is live", 2),
)


class RepAtWork:
    """One rep with a session of their own; ``holiday`` is a span without any work.

    What a rep does with a lead depends on the lead and the seed alone, so that the same
    world gives the same six weeks.
    """

    def __init__(
        self,
        org: SimulatorClient,
        rep: Rep,
        seed: int,
        holiday: tuple[datetime, datetime] | None = None,
    ) -> None:
        self._org = org
        self._rep = rep
        self._seed = seed
        self._holiday = holiday
        self._zone = ZoneInfo(rep.time_zone)
        self._last_look: tuple[int, int] | None = None

    def act(self, now: datetime) -> None:
        """Go through leads and deals if it is the hour for it; otherwise cost nothing."""
        local = now.astimezone(self._zone)
        look = (local.toordinal(), local.hour)
        if local.weekday() >= 5 or local.hour not in _LOOKS or look == self._last_look:
            return
        if self._holiday and self._holiday[0] <= now < self._holiday[1]:
            return
        self._last_look = look
        for lead in self._query(_LEADS):
            self._work(lead, now)
        for deal in self._query(_DEALS):
            self._pursue(deal, now)

    def _query(self, soql: str) -> list[dict[str, Any]]:
        answer = self._org.get(f"{API}/query", q=soql.format(owner=self._rep.user_id))
        answer.raise_for_status()
        return list(answer.json()["records"])

    def _dice(self, *about: object) -> random.Random:
        return random.Random("/".join(map(str, (self._seed, *about))))

    def _work(self, lead: dict[str, Any], now: datetime) -> None:
        cycle = int(lead["CRMBridge_Cycle__c"] or 0)
        dice = self._dice(lead["Email"], cycle)
        patience, eagerness, fate = dice.random(), dice.randint(2, 9), dice.random()
        if lead["CRMBridge_Stage__c"] == "MQL":
            # Some leads lie around for days; most are called at the next look.
            today = self._dice(lead["Email"], cycle, now.date()).random()
            if patience < 0.75 or today < 0.15:
                self._call(lead["Id"], "Intro call")
            return
        today = self._dice(lead["Email"], cycle, "progress", now.date()).random()
        if today > 1 / eagerness:
            return
        if fate < 0.30:
            self._convert(lead["Id"], deal=True)
        elif fate < 0.36:
            self._convert(lead["Id"], deal=False)
        elif fate < 0.46 and lead["CRMBridge_Stage__c"] == "ACTIVATION":
            self._change("Lead", lead["Id"], Status="Qualified")
        elif fate < 0.84:
            self._reject(lead["Id"], dice, now)
        elif today < 0.1:
            self._call(lead["Id"], "Follow-up call")

    def _call(self, lead_id: str, subject: str) -> None:
        task = {
            "WhoId": lead_id,
            "OwnerId": self._rep.user_id,
            "Subject": subject,
            "Status": "Completed",
            "TaskSubtype": "Call",
        }
        self._org.post(f"{API}/sobjects/Task", task).raise_for_status()

    def _change(self, sobject: str, identity: str, **values: object) -> None:
        path = f"{API}/sobjects/{sobject}/{identity}"
        headers = {"Sforce-Auto-Assign": "FALSE"}
        self._org.call("PATCH", path, values, headers=headers).raise_for_status()

    def _reject(self, lead_id: str, dice: random.Random, now: datetime) -> None:
        reason, details = _draw(_REJECTIONS, dice)
        values: dict[str, object] = {
            "Status": "Closed - Not Converted",
            "CRMBridge_Reason__c": reason,
            "CRMBridge_Reason_Details__c": details,
        }
        if reason == "TIMING":
            later = now + timedelta(days=dice.randint(20, 90))
            values["CRMBridge_Resume_Date__c"] = later.date().isoformat()
        self._change("Lead", lead_id, **values)

    def _convert(self, lead_id: str, *, deal: bool) -> None:
        """The button in the sales CRM: conversion has no REST resource."""
        self._org.sim(
            "convert",
            {
                "lead_id": lead_id,
                "user_id": self._rep.user_id,
                "create_opportunity": deal,
            },
        )

    def _pursue(self, deal: dict[str, Any], now: datetime) -> None:
        age = now - datetime.fromisoformat(deal["CreatedDate"])
        dice = self._dice(deal["CreatedDate"], "deal")
        if age < timedelta(days=dice.randint(3, 14)):
            return
        outcome = dice.random()
        if outcome < 0.45:
            self._change("Opportunity", deal["Id"], StageName="Closed Won")
        elif outcome < 0.75:
            reason, details = _draw(_LOSSES, dice)
            self._change(
                "Opportunity",
                deal["Id"],
                StageName="Closed Lost",
                CRMBridge_Loss_Reason__c=reason,
                CRMBridge_Loss_Details__c=details,
            )


def _draw(choices: tuple[_Choice, ...], dice: random.Random) -> tuple[str, str]:
    """A reason and a rep's words for it, by weight."""
    reason, details, _ = dice.choices(choices, weights=[weight for *_, weight in choices])[0]
    return reason, details
