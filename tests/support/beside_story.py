"""A few days in which three people take every way through the lead standard, with or without
HubSpot's own sync beside the bridge, told by what both CRMs show in the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from company import Company, company
from populations import patch_contact

from crmbridge.demo.rules_beside import leave_creation
from crmbridge.rulebook.locating import packaged
from crmbridge.sandbox.native_sync import FieldMapping, NativeSync
from crmbridge.sandbox.seeding import API

ADA, BEN, CLEO = "ada@northwind.example", "ben@northwind.example", "cleo@northwind.example"
PEOPLE = (ADA, BEN, CLEO)
_REJECTED = {
    "Status": "Closed - Not Converted",
    "CRMBridge_Reason__c": "BUDGET",
    "CRMBridge_Reason_Details__c": "Budget frozen until the next fiscal year",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What both CRMs show: by address stage, due date and list; then records, questions, and what
    was written in the quiet cycles at the end."""

    stages: dict[str, tuple[str, str]]
    dues: dict[str, tuple[str, str]]
    lists: dict[str, set[str]]
    contacts: int
    sales_records: int
    persons: int
    questions: list[str] = field(default_factory=list)
    quiet_writes: int = 0


class Beside:
    """The company with time that passes a quarter of an hour at a time: a cycle, HubSpot's own
    sync where there is one, a cycle."""

    def __init__(self, people: Company, native: NativeSync | None) -> None:
        self.people, self.native = people, native
        self.writes = 0

    def pass_time(self, quarters: int = 1) -> None:
        """So many quarters of an hour."""
        for _ in range(quarters):
            self.writes += sum(self.people.cycle(15).writes.values())
            if self.native is not None:
                self.writes += self.native.run().wrote
            self.writes += sum(self.people.cycle(0).writes.values())

    def lead_of(self, email: str) -> str:
        (row,) = self.people.query(
            f"SELECT Id FROM Lead WHERE Email = '{email}' AND IsConverted = false"
        )
        return str(row["Id"])

    def call(self, email: str) -> None:
        """The rep calls, and says so in Salesforce."""
        body = {
            "WhoId": self.lead_of(email),
            "OwnerId": self.people.rep,
            "Subject": "Intro call",
            "Status": "Completed",
            "TaskSubtype": "Call",
        }
        self._org_of_rep().post(f"{API}/sobjects/Task", body).raise_for_status()

    def change(self, email: str, **values: object) -> None:
        """The rep edits the lead."""
        self._org_of_rep().call(
            "PATCH",
            f"{API}/sobjects/Lead/{self.lead_of(email)}",
            values,
            headers={"Sforce-Auto-Assign": "FALSE"},
        ).raise_for_status()

    def convert(self, email: str) -> str:
        """The rep converts the lead with a deal; the deal's id."""
        wish = {"lead_id": self.lead_of(email), "user_id": self.people.rep}
        return str(self.people.org.sim("convert", wish)["opportunity_id"])

    def _org_of_rep(self) -> Any:
        token = self.people.org.sim("session", {"user_id": self.people.rep})["access_token"]
        return self.people.sandbox.salesforce_client(token)


@contextmanager
def beside(folder: Path, mapping: Sequence[FieldMapping] | None) -> Iterator[Beside]:
    """A company, with HubSpot's own sync where there is a ``mapping``."""
    folder.mkdir(exist_ok=True)
    rules = leave_creation(packaged(), folder / "rules") if mapping is not None else None
    with company(
        folder,
        hubspot={"deals": True},
        settings={"rules": rules},
        native_connector=mapping is not None,
    ) as people:
        native = NativeSync.connect(people.sandbox, mapping) if mapping is not None else None
        _let_the_rep_see(people)
        yield Beside(people, native)


def _let_the_rep_see(people: Company) -> None:
    soql = "SELECT Id FROM PermissionSet WHERE Name LIKE 'CRMBridge%'"
    for found in people.query(soql):
        body = {"AssigneeId": people.rep, "PermissionSetId": found["Id"]}
        people.org.post(f"{API}/sobjects/PermissionSetAssignment", body).raise_for_status()


def tell(world: Beside) -> Ending:
    """Ada is rejected and goes to a nurture list, Ben, whom sales knew before, is called, Cleo
    becomes a customer; a rep and a marketer correct data on the way."""
    people = world.people
    for email in PEOPLE:
        people.contact(email, company="Northwind")
    lead = {"LastName": "Abbott", "Company": "Northwind", "Email": BEN, "OwnerId": people.rep}
    people.org.post(f"{API}/sobjects/Lead", lead).raise_for_status()
    world.pass_time()
    for email in PEOPLE:
        people.form(email, "Request a demo")
    world.pass_time(2)
    world.call(ADA)
    world.call(CLEO)
    world.change(BEN, Phone="+49 30 1234")
    patch_contact(people, CLEO, city="Hamburg")
    world.pass_time(3)
    world.change(ADA, **_REJECTED)
    world.call(BEN)
    deal = world.convert(CLEO)
    world.pass_time(4)
    won = people.org.call(
        "PATCH", f"{API}/sobjects/Opportunity/{deal}", {"StageName": "Closed Won"}
    )
    won.raise_for_status()
    world.pass_time(3)
    world.writes = 0
    world.pass_time(3)
    return _ending(world)


def _ending(world: Beside) -> Ending:
    people = world.people
    contacts = _contacts(people)
    leads = people.query(
        "SELECT Email, CRMBridge_Stage__c, CRMBridge_SLA_Due__c FROM Lead WHERE IsConverted = false"
    )
    sales = leads + people.query(
        "SELECT Email, CRMBridge_Stage__c, CRMBridge_SLA_Due__c FROM Contact"
    )
    shown = {row["Email"]: row for row in sales}
    with people.bridge.store.read() as tx:
        persons, questions = len(tx.uids()), [each.kind for each in tx.open_reviews()]
    return Ending(
        stages={
            email: (told["crmbridge_stage"], shown[email]["CRMBridge_Stage__c"])
            for email, told in contacts.items()
        },
        dues={
            email: (
                (told["crmbridge_sla_due"] or "")[:19],
                (shown[email]["CRMBridge_SLA_Due__c"] or "")[:19],
            )
            for email, told in contacts.items()
        },
        lists=_lists(people, {told["hs_object_id"]: email for email, told in contacts.items()}),
        contacts=len(contacts),
        sales_records=len(sales),
        persons=persons,
        questions=questions,
        quiet_writes=world.writes,
    )


def _contacts(people: Company) -> dict[str, dict[str, Any]]:
    names = "email,crmbridge_stage,crmbridge_sla_due"
    answer = people.portal.get("/crm/v3/objects/contacts", limit=100, properties=names)
    return {each["properties"]["email"]: each["properties"] for each in answer.json()["results"]}


def _lists(people: Company, emails: dict[str, str]) -> dict[str, set[str]]:
    answer = people.portal.post("/crm/v3/lists/search", {"query": "NL-", "count": 100})
    found: dict[str, set[str]] = {}
    for item in answer.json()["lists"]:
        path = f"/crm/v3/lists/{item['listId']}/memberships"
        members = people.portal.get(path, limit=250).json()["results"]
        found[item["name"]] = {emails[str(row["recordId"])] for row in members}
    return found
