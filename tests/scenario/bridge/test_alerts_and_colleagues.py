"""Alerts, colleagues and merges through both simulated CRMs: what people there see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crmbridge.app import nurture_lists, open_bridge
from crmbridge.clock import WorldClock
from crmbridge.engine.cycle import Bridge, CycleReport
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.seeding import API
from crmbridge.settings import load_settings

START = datetime(2026, 6, 9, 7, 0, tzinfo=UTC)


class Company:
    """A portal, an org, one rep and her manager, and a bridge between them."""

    def __init__(self, sandbox: Sandbox, bridge: Bridge) -> None:
        self.clock, self.bridge = sandbox.clock, bridge
        self.visitors = sandbox.hubspot_client()
        self.portal = sandbox.hubspot_client(sandbox.marketer_token)
        self.org = sandbox.salesforce_client(sandbox.connection()["salesforce"]["access_token"])
        zone = {"TimeZoneSidKey": "Europe/Berlin"}
        boss = self.org.sim("users", {"Name": "Mara Boss", **zone})["id"]
        rep = self.org.sim("users", {"Name": "Nora Rep", "ManagerId": boss, **zone})["id"]
        self.boss, self.rep = boss, rep
        self.org.sim("assignment", {"users": [rep]})

    def contact(self, email: str, **more: str) -> str:
        properties = {
            "email": email,
            "firstname": email.split("@")[0].title(),
            "lastname": "Abbott",
            "jobtitle": "VP Operations",
            "industry": "Logistics",
            "country": "Germany",
            **more,
        }
        answer = self.portal.post("/crm/v3/objects/contacts", {"properties": properties})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def form(self, email: str, name: str) -> None:
        self.visitors.sim("visitor/form", {"email": email, "form": name})

    def cycle(self, minutes: float = 1) -> CycleReport:
        self.clock.advance(timedelta(minutes=minutes).total_seconds())
        return self.bridge.run_cycle(self.clock.now())

    def query(self, soql: str) -> list[dict[str, Any]]:
        answer = self.org.get(f"{API}/query", q=soql)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["records"])

    def told_after(self, minutes: float) -> list[str]:
        """Run a cycle; the owners of every task that is there then, in order."""
        self.cycle(minutes)
        return sorted(row["OwnerId"] for row in self.query("SELECT OwnerId FROM Task"))

    def task_ids(self) -> list[str]:
        return [row["Id"] for row in self.query("SELECT Id FROM Task")]

    def stages(self) -> dict[str, int]:
        with self.bridge.store.read() as tx:
            return {name: count for name, count in tx.stage_counts().items() if count}


@contextmanager
def company(folder: Path) -> Iterator[Company]:
    with Sandbox(WorldClock(START), rate_limits=False) as sandbox:
        settings = load_settings(
            None, {**sandbox.sections(), "store": folder / "bridge.db", "slow_interval": 900}
        )
        with open_bridge(settings) as bridge:
            bridge.meet()
            for connector in bridge.connectors.values():
                connector.provision(nurture_lists(bridge.rules))
            made = Company(sandbox, bridge)
            made.cycle()
            yield made


def test_an_untouched_mql_is_brought_before_rep_and_manager_once(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        people.contact("ada@northwind.example")
        people.cycle()
        people.form("ada@northwind.example", "Request a demo")
        people.cycle(20)
        people.cycle()
        stage = people.stages()
        told = [people.told_after(minutes) for minutes in (10, 40, 15, 1, 24 * 60)]
        (lead,) = people.query("SELECT Id, OwnerId, CRMBridge_SLA_Status__c FROM Lead")
        tasks = people.query("SELECT WhoId, Subject FROM Task")
        # The manager ticks an alert off: that is no touch.
        people.org.call(
            "PATCH", f"{API}/sobjects/Task/{people.task_ids()[0]}", {"Status": "Completed"}
        )
        quiet = [people.cycle() for _ in range(3)]
        still = people.stages()

    rep, boss = people.rep, people.boss
    assert {"MQL": 1} == stage == still
    # The owner is warned; owner and manager are told at due; the manager a workday later.
    due = sorted([rep, rep, boss])
    assert [[], [rep], due, due, sorted([*due, boss])] == told
    assert (rep, "BREACHED") == (lead["OwnerId"], lead["CRMBridge_SLA_Status__c"])
    assert {lead["Id"]} == {task["WhoId"] for task in tasks}
    assert any("First touch due" in task["Subject"] for task in tasks)
    assert [0, 0, 0] == [sum(report.writes.values()) for report in quiet]


def test_colleagues_lift_the_best_fit_in_the_same_cycle(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        people.contact("dir@acme.example", jobtitle="Director Logistics", numemployees="500-1000")
        people.contact("bo@acme.example", jobtitle="Analyst")
        people.contact("cy@acme.example", jobtitle="Analyst")
        people.cycle()
        people.form("dir@acme.example", "Whitepaper")
        people.form("dir@acme.example", "ROI calculator")
        people.cycle()
        alone = people.stages()
        people.form("bo@acme.example", "Whitepaper")
        people.cycle()
        people.cycle()
        pair = people.stages()
        people.form("cy@acme.example", "Whitepaper")
        report = people.cycle()
        together = people.stages()

    assert {"LEAD": 3} == alone == pair
    assert {"LEAD": 2, "MQL": 1} == together
    assert 1 == report.moves


def test_merged_contacts_are_one_person_with_one_promise(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        first = people.contact("ada@northwind.example")
        second = people.contact("a.abbott@northwind.example")
        people.cycle()
        people.form("ada@northwind.example", "Request a demo")
        people.cycle()
        people.cycle()
        before = people.stages()
        answer = people.portal.post(
            "/crm/v3/objects/contacts/merge",
            {"primaryObjectId": second, "objectIdToMerge": first},
        )
        assert answer.status_code == 200, answer.text
        for _ in range(4):
            people.cycle()
        after = people.stages()
        leads = people.query("SELECT Id FROM Lead")

    assert {"LEAD": 1, "MQL": 1} == before
    assert {"MQL": 1} == after
    assert 1 == len(leads)
