"""A CRM kept in a file answers as one in memory does, whatever happens and in whatever order.

Hundreds of random requests go to both; the file is closed and opened again several times on the
way. A difference shows as the first request that two answers were given to.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from twins import START, Kind, Twins

from crmbridge_hubspot.simulator import HubSpotWorld
from crmbridge_hubspot.simulator import create_app as hubspot_app
from crmbridge_salesforce.simulator import SalesforceWorld
from crmbridge_salesforce.simulator import create_app as salesforce_app

ROOT = "/services/data/v67.0"
CONTACTS = "/crm/v3/objects/contacts"
STEPS, RESTARTS = 350, 4

SALESFORCE = Kind(
    make=lambda clock, path: SalesforceWorld(clock, state_path=path),
    serve=salesforce_app,
    token=lambda world: str(world.sessions.open(world.integration_user_id)),
)
HUBSPOT = Kind(
    make=lambda clock, path: HubSpotWorld(clock, enforce_rate_limits=False, state_path=path),
    serve=hubspot_app,
    token=lambda world: str(world.token("crmbridge")),
)


class Act:
    """One life with both CRMs of a kind: the ids that came up and how much time has passed."""

    def __init__(self, twins: Twins, seed: int) -> None:
        self.ask = twins.ask
        self.dice = random.Random(seed)
        self.ids: list[str] = []
        self.passed = 0

    def any_id(self) -> str:
        return self.dice.choice(self.ids)

    def email(self) -> str:
        """One of few addresses, in changing case, so that they meet again."""
        text = f"p{self.dice.randrange(40)}@c{self.dice.randrange(3)}.example"
        return text.upper() if self.dice.random() < 0.2 else text

    def wait(self) -> None:
        seconds = self.dice.choice((0, 1, 7, 3600))
        self.passed += seconds
        self.ask("POST", "/__sim__/clock", {"advance_seconds": seconds})

    def moment(self) -> str:
        """An instant of the time that has passed, or the very beginning."""
        instant = START + timedelta(seconds=self.dice.randrange(self.passed + 1))
        return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


class Org(Act):
    """What may happen to leads."""

    # Without one of these a life would prove little; "POST " counts what was refused.
    TELLING = frozenset(
        {
            "POST ",
            "POST /__sim__/convert",
            "POST /__sim__/late",
            "POST /__sim__/merge",
            f"DELETE {ROOT}/sobjects/Lead/{{id}}",
            f"GET {ROOT}/query",
            f"GET {ROOT}/queryAll",
            f"GET {ROOT}/sobjects/Lead/updated",
            f"POST {ROOT}/composite/sobjects",
        }
    )

    def prepare(self) -> None:
        label = {"label": "Uid", "type": "Text", "length": 40, "unique": True, "externalId": True}
        self.ask(
            "POST",
            f"{ROOT}/tooling/sobjects/CustomField",
            {"FullName": "Lead.Uid__c", "Metadata": label},
        )
        made = self.ask("POST", f"{ROOT}/sobjects/PermissionSet", {"Name": "x", "Label": "x"})
        grant = {"ParentId": made["id"], "SobjectType": "Lead", "Field": "Lead.Uid__c"}
        rights = {"PermissionsRead": True, "PermissionsEdit": True}
        self.ask("POST", f"{ROOT}/sobjects/FieldPermissions", {**grant, **rights})
        user = self.ask("GET", f"{ROOT}/query", q="SELECT Id FROM User ORDER BY Id LIMIT 1")
        user_id = user["records"][0]["Id"]
        assigned = {"PermissionSetId": made["id"], "AssigneeId": user_id}
        self.ask("POST", f"{ROOT}/sobjects/PermissionSetAssignment", assigned)
        self.ask("POST", "/__sim__/users", {"Name": "Rita Rep"})
        for _ in range(5):
            self.create()

    def lead(self) -> dict[str, Any]:
        wish = {"LastName": self.dice.choice("ABC"), "Company": "Acme", "Email": self.email()}
        extra: dict[str, Any] = self.dice.choice(
            ({}, {"AnnualRevenue": 10.5}, {"HasOptedOutOfEmail": True}, {"Uid__c": self.uid()})
        )
        return {**wish, **extra}

    def uid(self) -> str:
        return f"Uid-{self.dice.randrange(30)}"

    def create(self) -> None:
        made = self.ask("POST", f"{ROOT}/sobjects/Lead", self.lead())
        if isinstance(made, dict):
            self.ids.append(made["id"])

    def change(self) -> None:
        wish = self.dice.choice(({"Status": "Working - Contacted"}, {"Email": None}, self.lead()))
        self.ask("PATCH", f"{ROOT}/sobjects/Lead/{self.any_id()}", wish)

    def upsert(self) -> None:
        body = {"LastName": "Upserted", "Company": "Acme"}
        self.ask("PATCH", f"{ROOT}/sobjects/Lead/Uid__c/{self.uid()}", body)

    def all_or_none(self) -> None:
        """Two creates and a refused one: the org must be as it was before, indexes too."""
        rows = [{"attributes": {"type": "Lead"}, **self.lead()} for _ in range(2)]
        bad = {"attributes": {"type": "Lead"}, "LastName": "No company"}
        whole = self.dice.random() < 0.6
        body = {"allOrNone": whole, "records": [*rows, bad]}
        for each in self.ask("POST", f"{ROOT}/composite/sobjects", body):
            if each.get("success"):
                self.ids.append(each["id"])

    def delete(self) -> None:
        if self.dice.random() < 0.4:
            self.ask("DELETE", f"{ROOT}/sobjects/Lead/{self.any_id()}")

    def merge(self) -> None:
        body = {"object": "Lead", "master_id": self.any_id(), "loser_ids": [self.any_id()]}
        self.ask("POST", "/__sim__/merge", body)

    def convert(self) -> None:
        if self.dice.random() < 0.2:
            user = self.ask("GET", f"{ROOT}/query", q="SELECT Id FROM User ORDER BY Id LIMIT 1")
            body = {"lead_id": self.any_id(), "user_id": user["records"][0]["Id"]}
            self.ask("POST", "/__sim__/convert", body)

    def late(self) -> None:
        body = {"object": "Lead", "id": self.any_id(), "seconds_older": self.dice.randrange(500)}
        self.ask("POST", "/__sim__/late", body)

    def purge(self) -> None:
        if self.dice.random() < 0.2:
            self.ask("POST", "/__sim__/purge", {"object": "Lead", "id": self.any_id()})

    def query(self) -> None:
        since, until = sorted((self.moment(), self.moment()))
        fields = "SELECT Id, Email, Status, Owner.Name, SystemModstamp FROM Lead"
        span = f"WHERE SystemModstamp >= {since} AND SystemModstamp <= {until}"
        later = f"WHERE SystemModstamp > {since} AND Status != 'Nothing'"
        in_order = "ORDER BY SystemModstamp, Id"
        grouped = "SELECT Status, COUNT(Id) n, MAX(Email) m FROM Lead GROUP BY Status"
        soql = self.dice.choice(
            (
                f"{fields} WHERE SystemModstamp >= {since} {in_order}",
                f"{fields} {span} {in_order}",
                f"{fields} {later} {in_order} LIMIT 7 OFFSET 2",
                f"{fields} WHERE SystemModstamp < {until} ORDER BY SystemModstamp DESC, Id DESC",
                f"{fields} {in_order}",
                f"{fields} WHERE Email = '{self.email()}'",
                f"{fields} WHERE Email IN ('{self.email()}', '{self.email()}') LIMIT 3",
                f"{fields} WHERE Uid__c = '{self.uid()}'",
                f"{fields} LIMIT 9",
                fields,
                "SELECT Id, (SELECT Field, NewValue FROM Histories) FROM Lead ORDER BY Id",
                "SELECT COUNT() FROM Lead",
                f"SELECT COUNT() FROM Lead WHERE SystemModstamp >= {since}",
                f"SELECT COUNT() FROM Lead WHERE SystemModstamp < {until} AND Email != null",
                f"{grouped} ORDER BY Status",
            )
        )
        self.ask("GET", f"{ROOT}/{self.dice.choice(('query', 'queryAll'))}", q=soql)

    def replicate(self) -> None:
        until = START + timedelta(seconds=self.passed + 60)
        span = {"start": START.isoformat(), "end": until.isoformat()}
        self.ask("GET", f"{ROOT}/sobjects/Lead/{self.dice.choice(('updated', 'deleted'))}", **span)

    def deeds(self) -> list[Callable[[], None]]:
        """What may happen, what is asked often more than once."""
        writes = (self.create, self.change, self.upsert, self.all_or_none, self.delete)
        rare = (self.merge, self.convert, self.late, self.purge, self.wait, self.replicate)
        return [*writes, *writes, *rare, *[self.query] * 8]


class Portal(Act):
    """What may happen to contacts."""

    TELLING = frozenset(
        {
            "POST ",
            "POST /__sim__/visitor/form",
            "POST /__sim__/visitor/unsubscribe",
            f"DELETE {CONTACTS}/{{id}}",
            f"GET {CONTACTS}/{{id}}",
            f"POST {CONTACTS}/gdpr-delete",
            f"POST {CONTACTS}/merge",
            f"POST {CONTACTS}/search",
            "PUT /crm/v3/lists/{id}/memberships/add",
        }
    )

    def prepare(self) -> None:
        body = {"name": "By hand", "objectTypeId": "0-1", "processingType": "MANUAL"}
        self.ask("POST", "/crm/v3/lists/", body)
        company = self.ask(
            "POST", "/crm/v3/objects/companies", {"properties": {"domain": "acme.example"}}
        )
        self.company = company["id"]
        for _ in range(5):
            self.create()

    def create(self) -> None:
        values = {"email": self.email(), "lastname": self.dice.choice("ABC")}
        made = self.ask("POST", CONTACTS, {"properties": values})
        if "id" in made:
            self.ids.append(made["id"])

    def change(self) -> None:
        values: dict[str, str] = self.dice.choice(
            (
                {"jobtitle": self.dice.choice(("CFO", "CTO", ""))},
                {"email": self.email()},
                {"lifecyclestage": self.dice.choice(("lead", "opportunity", ""))},
            )
        )
        self.ask("PATCH", f"{CONTACTS}/{self.any_id()}", {"properties": values})

    def batch(self) -> None:
        inputs = [
            {"id": self.email(), "idProperty": "email", "properties": {"city": self.any_id()}}
            for _ in range(3)
        ]
        self.ask("POST", f"{CONTACTS}/batch/upsert", {"inputs": inputs})

    def burst(self) -> None:
        inputs = [
            {"id": each, "properties": {"city": "Bonn"}}
            for each in dict.fromkeys(self.any_id() for _ in range(6))
        ]
        self.ask("POST", f"{CONTACTS}/batch/update", {"inputs": inputs})

    def archive(self) -> None:
        if self.dice.random() < 0.5:
            self.ask("DELETE", f"{CONTACTS}/{self.any_id()}")

    def erase(self) -> None:
        if self.dice.random() < 0.2:
            self.ask("POST", f"{CONTACTS}/gdpr-delete", {"objectId": self.any_id()})

    def merge(self) -> None:
        body = {"primaryObjectId": self.any_id(), "objectIdToMerge": self.any_id()}
        made = self.ask("POST", f"{CONTACTS}/merge", body)
        if "id" in made:
            self.ids.append(made["id"])

    def form(self) -> None:
        form = self.dice.choice(("Demo request", "Newsletter"))
        self.ask("POST", "/__sim__/visitor/form", {"email": self.email(), "form": form})

    def opt_out(self) -> None:
        if self.dice.random() < 0.5:
            self.ask("POST", "/__sim__/visitor/unsubscribe", {"id": self.any_id()})
        address = self.email().lower()
        self.ask("GET", f"/communication-preferences/v4/statuses/{address}", channel="EMAIL")

    def associate(self) -> None:
        contact, company = self.any_id(), self.company
        way = f"/crm/v4/objects/contacts/{contact}/associations"
        if self.dice.random() < 0.7:
            self.ask("PUT", f"{way}/default/companies/{company}")
        elif self.dice.random() < 0.5:
            self.ask("DELETE", f"{way}/companies/{company}")
        self.ask("GET", f"{way}/companies")
        self.ask("GET", f"/crm/v4/objects/companies/{company}/associations/contacts")

    def membership(self) -> None:
        way = "/crm/v3/lists/1/memberships"
        self.ask("PUT", f"{way}/{self.dice.choice(('add', 'remove'))}", [self.any_id()])
        self.ask("GET", way)
        self.ask("GET", f"{way}/join-order")

    def lag(self) -> None:
        seconds = self.dice.choice((0, 0, 5, 30))
        self.ask("POST", "/__sim__/config", {"index_lag_seconds": seconds})

    def search(self) -> None:
        since, until = sorted((self.moment(), self.moment()))
        date = "lastmodifieddate"
        filters: list[dict[str, Any]] = self.dice.choice(
            (
                [],
                [{"propertyName": date, "operator": "GTE", "value": since}],
                [{"propertyName": date, "operator": "LT", "value": until}],
                [
                    {
                        "propertyName": date,
                        "operator": "BETWEEN",
                        "value": since,
                        "highValue": until,
                    }
                ],
                [
                    {"propertyName": date, "operator": "GTE", "value": since},
                    {"propertyName": "hs_object_id", "operator": "GT", "value": self.any_id()},
                ],
                [{"propertyName": "email", "operator": "EQ", "value": self.email()}],
                [{"propertyName": "jobtitle", "operator": "HAS_PROPERTY"}],
            )
        )
        body: dict[str, Any] = {
            "limit": self.dice.choice((3, 100)),
            "after": self.dice.choice((0, 0, 2)),
            "properties": ["email", "jobtitle", "city", "hs_merged_object_ids"],
        }
        if filters:
            body["filterGroups"] = [{"filters": filters}]
        sort = self.dice.choice((None, date, date, "hs_object_id", "email", "createdate"))
        if sort:
            way = self.dice.choice(("ASCENDING", "DESCENDING"))
            body["sorts"] = [{"propertyName": sort, "direction": way}]
        if self.dice.random() < 0.2:
            body["query"] = "c1"
        self.ask("POST", f"{CONTACTS}/search", body)

    def read(self) -> None:
        history = "jobtitle,email,recent_conversion_event_name"
        archived = self.dice.choice(("true", "false"))
        self.ask(
            "GET", f"{CONTACTS}/{self.any_id()}", propertiesWithHistory=history, archived=archived
        )
        self.ask("GET", CONTACTS, limit=7, after=self.any_id(), archived=archived)

    def deeds(self) -> list[Callable[[], None]]:
        """What may happen, what is asked often more than once."""
        writes = (self.create, self.change, self.batch, self.burst, self.form)
        rare = (self.archive, self.erase, self.merge, self.opt_out, self.lag)
        asked = (self.associate, self.membership, self.read, self.wait)
        return [*writes, *writes, *rare, *rare, *asked, *[self.search] * 6]


@contextmanager
def twins_of(kind: Kind, path: Path) -> Iterator[Twins]:
    with Twins(kind, path).served() as both:
        yield both


@pytest.mark.parametrize(("kind", "life"), [(SALESFORCE, Org), (HUBSPOT, Portal)])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_life_is_told_the_same_by_both(
    kind: Kind, life: type[Org | Portal], seed: int, tmp_path: Path
) -> None:
    with twins_of(kind, tmp_path / "state.sqlite") as both:
        act = life(both, seed)
        act.prepare()
        for step in range(STEPS):
            if step % (STEPS // RESTARTS) == STEPS // RESTARTS - 1:
                if isinstance(act, Portal):
                    act.ask("POST", "/__sim__/config", {"index_lag_seconds": 0})
                both.restart()
            act.dice.choice(act.deeds())()

    done = {deed for deed in life.TELLING if both.succeeded[deed]}
    assert life.TELLING == done
