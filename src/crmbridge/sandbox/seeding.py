"""Puts people into both simulated CRMs through the CRMs' own APIs, as imports would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from crmbridge.sandbox.population import Home, Person
from crmbridge.sandbox.servers import Sandbox
from crmbridge.simulation import SimulatorClient

API = "/services/data/v67.0"
_REPS = (
    ("Nora Whitfield", "America/New_York"),
    ("Sam Ortega", "America/Chicago"),
    ("Lars Petersen", "Europe/Berlin"),
    ("Katrin Vogel", "Europe/Berlin"),
    ("Rina Hartono", "Asia/Jakarta"),
)
_MARKETERS = (("Maya", "Lindqvist"), ("Tom", "Achterberg"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """A sales user with an open session of their own."""

    user_id: str
    name: str
    time_zone: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The people who work in the sandbox's sales CRM."""

    reps: tuple[Rep, ...]
    manager: Rep
    automation: Rep
    queue_id: str
    marketer_ids: tuple[str, ...] = field(default=())


def make_team(sandbox: Sandbox) -> Team:
    """Reps in three zones under a manager, an automation user, a queue, HubSpot owners, and
    an assignment rule that deals new leads out to the reps."""
    org = sandbox.salesforce_client()

    def hire(name: str, zone: str, manager: str | None = None) -> Rep:
        body: dict[str, Any] = {
            "Name": name,
            "TimeZoneSidKey": zone,
            "Email": f"{name.split(maxsplit=1)[0].lower()}@crmbridge.example",
        }
        if manager:
            body["ManagerId"] = manager
        user_id = org.sim("users", body)["id"]
        token = org.sim("session", {"user_id": user_id})["access_token"]
        return Rep(user_id=user_id, name=name, time_zone=zone, token=token)

    manager = hire("Ingrid Solberg", "America/New_York")
    reps = tuple(hire(name, zone, manager.user_id) for name, zone in _REPS)
    automation = hire("Outreach Automation", "America/New_York")
    queue_id = org.sim("queues", {"Name": "New leads"})["id"]
    # By address, so that a lead's owner does not hang on which of two came first.
    org.sim("assignment", {"users": [rep.user_id for rep in reps], "by": "Email"})
    portal = sandbox.hubspot_client()
    marketers = tuple(
        str(
            portal.sim(
                "owners",
                {
                    "email": f"{first.lower()}@crmbridge.example",
                    "firstName": first,
                    "lastName": last,
                },
            )["id"]
        )
        for first, last in _MARKETERS
    )
    return Team(
        reps=reps,
        manager=manager,
        automation=automation,
        queue_id=queue_id,
        marketer_ids=marketers,
    )


def seed_people(sandbox: Sandbox, people: Sequence[Person], team: Team | None = None) -> None:
    """Import everyone where they are at home: HubSpot in batches of 100, Salesforce of 200.

    HubSpot's rate limits rest meanwhile: they run on real time, and would be met at 20,000.
    """
    with _unlimited(sandbox):
        _seed_hubspot(sandbox, [p for p in people if p.home is not Home.SALESFORCE], team)
    _seed_salesforce(sandbox, [p for p in people if p.home is not Home.HUBSPOT], team)


@contextmanager
def _unlimited(sandbox: Sandbox) -> Iterator[None]:
    portal, switch = sandbox.hubspot_client(), "enforce_rate_limits"
    before = portal.get("/__sim__/config").json()[switch]
    portal.sim("config", {switch: False})
    try:
        yield
    finally:
        portal.sim("config", {switch: before})


def _seed_hubspot(sandbox: Sandbox, people: Sequence[Person], team: Team | None) -> None:
    portal = sandbox.hubspot_client(sandbox.marketer_token)
    companies = {person.company.domain: person.company for person in people}
    ids: dict[str, str] = {}
    rows = [
        {
            "properties": {
                "name": company.name,
                "domain": company.domain,
                "numberofemployees": str(company.employees),
                "country": company.country,
            }
        }
        for company in companies.values()
    ]
    for item in _batches(portal, "/crm/v3/objects/companies/batch/create", rows, 100):
        ids[item["properties"]["domain"]] = item["id"]
    contacts = []
    for index, person in enumerate(people):
        properties = {
            "email": person.email,
            "firstname": person.first_name,
            "lastname": person.last_name,
            "jobtitle": person.title,
            "company": person.company.name,
            "industry": person.company.industry,
            "country": person.company.country,
        }
        if team is not None:
            properties["hubspot_owner_id"] = team.marketer_ids[index % len(team.marketer_ids)]
        contacts.append(
            {
                "properties": properties,
                "associations": [
                    {
                        "to": {"id": ids[person.company.domain]},
                        "types": [
                            {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
                        ],
                    }
                ],
            }
        )
    list(_batches(portal, "/crm/v3/objects/contacts/batch/create", contacts, 100))


def _batches(
    portal: SimulatorClient, path: str, rows: list[dict[str, Any]], size: int
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for begin in range(0, len(rows), size):
        answer = portal.post(path, {"inputs": rows[begin : begin + size]})
        answer.raise_for_status()
        found += answer.json()["results"]
    return found


def _seed_salesforce(sandbox: Sandbox, people: Sequence[Person], team: Team | None) -> None:
    owner = team.manager if team else None
    token = owner.token if owner else sandbox.connection()["salesforce"]["access_token"]
    org = sandbox.salesforce_client(token)
    rows = [
        {
            "attributes": {"type": "Lead"},
            "FirstName": person.first_name,
            "LastName": person.last_name,
            "Company": person.company.name,
            "Title": person.title,
            "Email": person.email,
            "Country": person.company.country,
            "Industry": person.company.industry,
            "NumberOfEmployees": person.company.employees,
            "LeadSource": "Trade Show" if person.home is Home.SALESFORCE else "Web",
        }
        for person in people
    ]
    for begin in range(0, len(rows), 200):
        answer = org.post(
            f"{API}/composite/sobjects", {"allOrNone": False, "records": rows[begin : begin + 200]}
        )
        answer.raise_for_status()
