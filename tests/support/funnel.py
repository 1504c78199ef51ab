"""The real funnel as dated acts: form fills in HubSpot, conversions and wins in Salesforce."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.seeding import API
from crmbridge.simulation import SimulatorClient

_LEADS = "olist_marketing_qualified_leads_dataset.csv"
_DEALS = "olist_closed_deals_dataset.csv"
_ARRIVAL, _WIN = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelLead:
    """One lead; ``won_at`` where it became a seller. First contacts have no time of day."""

    mql_id: str
    first_contact: datetime
    landing_page: str
    origin: str
    won_at: datetime | None

    @property
    def email(self) -> str:
        """An address made of the id: the real ones were never published."""
        return f"{self.mql_id}@sellers.example"


def read_funnel(folder: Path) -> list[FunnelLead]:
    """Every lead in order of first contact."""
    won = {row["mql_id"]: row["won_date"] for row in _rows(folder / _DEALS)}
    leads = [
        FunnelLead(
            mql_id=row["mql_id"],
            first_contact=datetime.combine(
                datetime.fromisoformat(row["first_contact_date"]).date(), time(12), UTC
            ),
            landing_page=row["landing_page_id"],
            origin=row["origin"] or "unknown",
            won_at=(
                datetime.fromisoformat(won[row["mql_id"]]).replace(tzinfo=UTC)
                if row["mql_id"] in won
                else None
            ),
        )
        for row in _rows(folder / _LEADS)
    ]
    return sorted(leads, key=lambda lead: (lead.first_contact, lead.mql_id))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


class Marketplace:
    """Plays the funnel day by day through the CRMs' own doors."""

    def __init__(self, sandbox: Sandbox, leads: Sequence[FunnelLead]) -> None:
        self._clock = sandbox.clock
        self._visitors = sandbox.hubspot_client()
        token = sandbox.connection()["salesforce"]["access_token"]
        setup = sandbox.salesforce_client()
        self._rep = setup.sim(
            "users", {"Name": "Sales Development", "TimeZoneSidKey": "America/Sao_Paulo"}
        )["id"]
        session = setup.sim("session", {"user_id": self._rep})
        self._org: SimulatorClient = sandbox.salesforce_client(session["access_token"] or token)
        arrivals = [(lead.first_contact, _ARRIVAL, lead) for lead in leads]
        wins = [(lead.won_at, _WIN, lead) for lead in leads if lead.won_at is not None]
        self._acts = sorted(arrivals + wins, key=lambda act: (act[0], act[1], act[2].mql_id))

    def days(self) -> Iterator[datetime]:
        """Play one day after the other; gives the end of each day on which anything
        happened, with the world's clock standing there."""
        while self._acts:
            end = self._acts[0][0].replace(hour=23, minute=59, second=0) + timedelta(seconds=59)
            today: list[tuple[datetime, int, FunnelLead]] = []
            while self._acts and self._acts[0][0] <= end:
                today.append(self._acts.pop(0))
            for at, kind, lead in today:
                if kind == _ARRIVAL:
                    self._reach(at)
                    self._arrive(lead)
            wins = [lead for _, kind, lead in today if kind == _WIN]
            if wins:
                self._win(wins)
            self._reach(end)
            yield end

    def _reach(self, at: datetime) -> None:
        if at > self._clock.now():
            self._clock.set(at)

    def _arrive(self, lead: FunnelLead) -> None:
        self._visitors.sim(
            "visitor/form",
            {
                "email": lead.email,
                "form": f"Landing page {lead.landing_page}",
                "fields": {"lastname": lead.mql_id, "hs_lead_status": "NEW"},
            },
        )

    def _win(self, leads: Sequence[FunnelLead]) -> None:
        """A contact, an opportunity that is won, and the role that joins them."""
        contacts = self._create(
            [
                {"attributes": _type("Contact"), "LastName": x.mql_id, "Email": x.email}
                for x in leads
            ]
        )
        deals = self._create(
            [
                {
                    "attributes": _type("Opportunity"),
                    "Name": f"Seller {lead.mql_id}",
                    "StageName": "Closed Won",
                    "CloseDate": lead.won_at.date().isoformat() if lead.won_at else None,
                }
                for lead in leads
            ]
        )
        self._create(
            [
                {
                    "attributes": _type("OpportunityContactRole"),
                    "OpportunityId": deal,
                    "ContactId": contact,
                    "IsPrimary": True,
                }
                for deal, contact in zip(deals, contacts, strict=True)
            ]
        )

    def _create(self, records: list[dict[str, Any]]) -> list[str]:
        body = {"allOrNone": True, "records": records}
        answer = self._org.post(f"{API}/composite/sobjects", body)
        answer.raise_for_status()
        return [row["id"] for row in answer.json()]


def _type(name: str) -> dict[str, str]:
    return {"type": name}
