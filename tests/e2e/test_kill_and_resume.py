"""kill -9, or a store that fails, at the worst moments: in the end neither CRM shows it."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from daemon_process import Life, crmbridge, write_config
from postgres import PostgresServer

from crmbridge.clock import WorldClock
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.seeding import API
from crmbridge.simulation import SimulatorClient

pytestmark = pytest.mark.campaign

START = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
ADA, BEN = "ada@northwind.example", "ben@northwind.example"
State = dict[str, Any]


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


class World:
    """Two prospects, a rep, and half a day."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.visitors = sandbox.hubspot_client()
        self.portal = sandbox.hubspot_client(sandbox.marketer_token)
        self.org = sandbox.salesforce_client(sandbox.connection()["salesforce"]["access_token"])
        rep = self.org.sim("users", {"Name": "Nora Whitfield", "TimeZoneSidKey": "Europe/Berlin"})
        self.org.sim("assignment", {"users": [rep["id"]]})
        self.rep = rep["id"]
        token = self.org.sim("session", {"user_id": self.rep})["access_token"]
        self.as_rep = sandbox.salesforce_client(token)
        for name, email in (("Ada", ADA), ("Ben", BEN)):
            self._contact(name, email)

    def _contact(self, name: str, email: str) -> None:
        properties = {
            "email": email,
            "firstname": name,
            "lastname": "Abbott",
            "jobtitle": "VP Operations",
            "company": "Northwind",
            "industry": "Logistics",
            "country": "Germany",
        }
        answer = self.portal.post("/crm/v3/objects/contacts", {"properties": properties})
        assert answer.status_code == 201, answer.text

    def form(self, email: str, name: str) -> Callable[[], None]:
        def act() -> None:
            self.visitors.sim("visitor/form", {"email": email, "form": name})

        return act

    def change_lead(self, email: str, **values: str) -> Callable[[], None]:
        def act() -> None:
            answer = self.as_rep.call(
                "PATCH",
                f"{API}/sobjects/Lead/{self._lead(email)}",
                values,
                headers={"Sforce-Auto-Assign": "FALSE"},
            )
            assert answer.status_code == 204, answer.text

        return act

    def call_lead(self, email: str) -> Callable[[], None]:
        def act() -> None:
            task = {
                "WhoId": self._lead(email),
                "OwnerId": self.rep,
                "Subject": "Call",
                "Status": "Completed",
            }
            assert self.as_rep.post(f"{API}/sobjects/Task", task).status_code == 201

        return act

    def _lead(self, email: str) -> str:
        return str(_query(self.org, f"SELECT Id FROM Lead WHERE Email = '{email}'")[0]["Id"])

    def grant_reps(self) -> None:
        for found in _query(self.org, "SELECT Id FROM PermissionSet WHERE Name LIKE 'CRMBridge%'"):
            body = {"AssigneeId": self.rep, "PermissionSetId": found["Id"]}
            self.org.post(f"{API}/sobjects/PermissionSetAssignment", body)

    def acts(self) -> dict[datetime, Callable[[], None]]:
        rejected = "Closed - Not Converted"
        words = "Called five times and left messages"
        return {
            at(10): self.form(ADA, "Request a demo"),
            at(11): self.form(BEN, "Request a demo"),
            at(30): self.call_lead(ADA),
            at(40): self.change_lead(
                ADA,
                Status=rejected,
                CRMBridge_Reason__c="NO_RESPONSE",
                CRMBridge_Reason_Details__c=words,
            ),
            at(55): self.change_lead(
                ADA,
                CRMBridge_Reason__c="BUDGET",
                CRMBridge_Reason_Details__c="Said the budget is frozen this year",
            ),
        }


def _query(org: SimulatorClient, soql: str) -> list[State]:
    answer = org.get(f"{API}/query", q=soql)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["records"])


def final_state(world: World) -> State:
    """Everything both CRMs show of the two people, apart from stamps of the moment."""
    properties = world.portal.get("/crm/v3/properties/contacts").json()["results"]
    names = [p["name"] for p in properties if p["name"].startswith("crmbridge_")]
    names += ["email", "lifecyclestage", "hs_lead_status", "hs_email_optout"]
    found = world.portal.post(
        "/crm/v3/objects/contacts/search", {"filterGroups": [], "properties": names, "limit": 100}
    ).json()["results"]
    contacts = {
        item["properties"]["email"]: {name: item["properties"].get(name) for name in names}
        for item in found
    }
    emails = {str(item["id"]): item["properties"]["email"] for item in found}
    lists = {}
    for item in world.portal.post("/crm/v3/lists/search", {"query": "NL-"}).json()["lists"]:
        members = world.portal.get(f"/crm/v3/lists/{item['listId']}/memberships").json()
        lists[item["name"]] = sorted(emails[str(row["recordId"])] for row in members["results"])
    described = world.org.get(f"{API}/sobjects/Lead/describe").json()["fields"]
    ours = [field["name"] for field in described if field["name"].startswith("CRMBridge_")]
    soql = f"SELECT Email, Status, OwnerId, HasOptedOutOfEmail, {', '.join(ours)} FROM Lead"
    leads = [
        {name: value for name, value in row.items() if name != "attributes"}
        for row in _query(world.org, soql)
    ]
    return {"contacts": contacts, "lists": lists, "leads": sorted(leads, key=str)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreTrouble:
    """What befalls the store of a process for a while; where it lies, unless in the folder."""

    begin: Callable[[int], object]
    end: Callable[[int], object]
    place: str | None = None


def run_life(
    folder: Path,
    fault: dict[str, Any] | None = None,
    system: str = "hubspot",
    trouble: StoreTrouble | None = None,
) -> State:
    """The half day with a kill at ``fault``, if one is given; or with ``trouble`` instead."""
    folder.mkdir()
    with Sandbox(WorldClock(START), rate_limits=False) as sandbox:
        world = World(sandbox)
        elsewhere = {"store": trouble.place} if trouble and trouble.place else {}
        config = write_config(folder, sandbox, **elsewhere)
        applied = crmbridge("setup", "apply", "--yes", "--config", str(config), folder=folder)
        assert applied.returncode == 0, applied.stderr
        world.grant_reps()
        client = sandbox.hubspot_client() if system == "hubspot" else sandbox.salesforce_client()
        life = Life(sandbox, config)
        acts = world.acts()

        def is_held() -> bool:
            return any(each["holding"] for each in client.sim("faults", method="GET")["faults"])

        def suffer() -> bool:
            """The store fails while the daemon waits for a CRM, and is mended once it has seen so;
            the daemon itself is left alone."""
            if trouble is not None and is_held():
                trouble.begin(life.daemon.pid)
                client.sim("faults", method="DELETE")
                wait_for("cycle_failed", folder / "daemon.log")
                trouble.end(life.daemon.pid)
            return False

        if fault is not None:
            instant = fault.pop("from")
            arm = {instant: lambda: client.sim("faults", fault)}
            life.live(at(120), {**acts, **arm}, crash=suffer if trouble else is_held)
            assert trouble or life.kills == 1, "the fault never held a request"
        else:
            life.live(at(120), acts)
        return final_state(world)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> State:
    return run_life(tmp_path_factory.mktemp("undisturbed") / "run")


def test_the_undisturbed_half_day_shows_the_whole_loop(undisturbed: State) -> None:
    ada, ben = undisturbed["contacts"][ADA], undisturbed["contacts"][BEN]

    assert ("RECYCLED", "BUDGET", "MET") == (
        ada["crmbridge_stage"],
        ada["crmbridge_recycle_reason"],
        ada["crmbridge_sla_status"],
    )
    assert [ADA] == undisturbed["lists"]["NL-BUDGET"]
    assert [] == undisturbed["lists"]["NL-REENGAGE"]
    assert ("MQL", "BREACHED") == (ben["crmbridge_stage"], ben["crmbridge_sla_status"])
    assert 2 == len(undisturbed["leads"])


LEADS = {"path": "composite", "says": '"LastName"'}
"""Calls that create leads."""
KILLS: dict[str, tuple[str, dict[str, Any]]] = {
    "right after a poll": (
        "hubspot",
        {"from": at(9), "method": "POST", "path": "contacts/batch/update", "action": "hold_before"},
    ),
    "while a poll is being answered": (
        "salesforce",
        {
            "from": at(12),
            "method": "POST",
            "path": "/composite$",
            "says": "queryAll",
            "action": "hold_after",
        },
    ),
    "after a HubSpot write, before its receipt": (
        "hubspot",
        {"from": at(9), "method": "POST", "path": "contacts/batch/update", "action": "hold_after"},
    ),
    "after creating a lead, before its receipt": (
        "salesforce",
        {
            "from": at(9),
            **LEADS,
            "action": "hold_after",
        },
    ),
    "before a lead is created": (
        "salesforce",
        {
            "from": at(9),
            **LEADS,
            "action": "hold_before",
        },
    ),
    "between the halves of a list change": (
        "hubspot",
        {"from": at(54), "method": "PUT", "path": "memberships/add", "action": "hold_before"},
    ),
    "after the first half of a list change": (
        "hubspot",
        {"from": at(54), "method": "PUT", "path": "memberships/remove", "action": "hold_after"},
    ),
}


@pytest.mark.parametrize("moment", KILLS)
def test_kill_minus_nine_and_a_restart_end_as_if_nothing_had_happened(
    moment: str, undisturbed: State, tmp_path: Path
) -> None:
    system, fault = KILLS[moment]

    assert undisturbed == run_life(tmp_path / "run", dict(fault), system)


AFTER_SENDING = [
    "after a HubSpot write, before its receipt",
    "after creating a lead, before its receipt",
    "while a poll is being answered",
]


def wait_for(event: str, log: Path) -> None:
    give_up = time.monotonic() + 60
    while event not in log.read_text():
        assert time.monotonic() < give_up, log.read_text()
        time.sleep(0.05)


def check_log(log: str, reason: str) -> None:
    """One line says what is wrong, and one that it is over."""
    failed = [line for line in log.splitlines() if "cycle_failed" in line]
    assert len(failed) == 1
    assert re.search(reason, failed[0]), failed
    assert "cycle_recovered" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("moment", AFTER_SENDING)
def test_a_restart_of_postgresql_in_mid_cycle_ends_as_if_nothing_had_happened(
    moment: str, undisturbed: State, tmp_path: Path, postgres: PostgresServer
) -> None:
    system, fault = KILLS[moment]
    with postgres.database() as place:
        trouble = StoreTrouble(
            begin=lambda _: postgres.stop(), end=lambda _: postgres.start(), place=place.url
        )
        assert undisturbed == run_life(tmp_path / "run", dict(fault), system, trouble)
    check_log((tmp_path / "run" / "daemon.log").read_text(), "postgresql://.* does not answer")


def test_a_disk_without_room_in_mid_cycle_ends_as_if_nothing_had_happened(
    undisturbed: State, tmp_path: Path
) -> None:
    def limit(process: int, size: int) -> None:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    system, fault = KILLS["after creating a lead, before its receipt"]
    trouble = StoreTrouble(
        # The log beside the store is shorter than that, the store's own log is longer.
        begin=lambda process: limit(process, 64 * 1024),
        end=lambda process: limit(process, resource.RLIM_INFINITY),
    )
    assert undisturbed == run_life(tmp_path / "run", dict(fault), system, trouble)
    check_log(
        (tmp_path / "run" / "daemon.log").read_text(), "bridge.db (is full|cannot be read or writ)"
    )
