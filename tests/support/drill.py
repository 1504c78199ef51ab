"""The failure drill: one short story in two CRMs, with one switch of a simulated CRM thrown.

A story has a beginning, then the switch is thrown, the story goes on, and the bridge runs until it
has nothing left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from company import Company, company

from crmbridge.core.model import Side
from crmbridge.core.operations import Operation, Receipt
from crmbridge.engine.replaying import replay
from crmbridge.errors import CrmBridgeError
from crmbridge.sandbox.seeding import API

ADA, BO = "ada@northwind.example", "bo@contoso.example"
HTML = "<html><body>Something went wrong</body></html>"
_SHOWN = ("crmbridge_stage", "crmbridge_sla_status", "crmbridge_cycle", "lifecyclestage")
_LEAD = ("Email", "Status", "OwnerId", "CRMBridge_Stage__c", "CRMBridge_SLA_Status__c")
_ROUNDS = 14


class Drill:
    """One run of a story; ``side`` is the CRM whose switches are thrown."""

    def __init__(self, people: Company, side: Side) -> None:
        self.people = people
        self.side = side
        self.errors: list[str] = []
        self.seen: list[str] = []
        self.lead = ""
        self.evidence: Callable[[], object] = lambda: True

    @property
    def world(self) -> Any:
        """The simulated CRM itself."""
        sandbox = self.people.sandbox
        return sandbox.salesforce_world if self.side is Side.SALES else sandbox.hubspot_world

    @property
    def connector(self) -> Any:
        """The connector under test."""
        return self.people.bridge.connectors[self.side]

    def sim(self, act: str, **body: Any) -> dict[str, Any]:
        """An act of the CRM's admin."""
        office = self.people.org if self.side is Side.SALES else self.people.visitors
        return dict(office.sim(act, body))

    def fault(self, action: str = "status", **rule: Any) -> None:
        """Strike the bridge's own calls; the evidence is that it happened."""
        self.strike("faults", action=action, **rule)

    def strike(self, act: str, **rule: Any) -> None:
        """The same with a fault that the simulator knows by another act."""
        token = "integration" if self.side is Side.SALES else "crmbridge"
        answer = self.sim(act, **{"token": token, **rule})
        armed = next(each for each in self.world.faults.armed() if each.id == answer["id"])
        self.evidence = lambda: armed.fired

    def row_fault(self, code: str, times: int) -> None:
        """Make single rows of the bridge's next writing fail."""
        body = {"object": "Lead", "code": code, "message": "no", "times": times}
        self.before_next_write(lambda: self.people.org.sim("row_faults", body))
        faults = self.world.switches.row_faults
        self.evidence = lambda: faults and faults[-1].times < times

    def change(self, sobject: str, identity: str, **values: Any) -> None:
        """An edit by the rep."""
        headers = {"Sforce-Auto-Assign": "FALSE"}
        path = f"{API}/sobjects/{sobject}/{identity}"
        token = self.people.org.sim("session", {"user_id": self.people.rep})["access_token"]
        with self.people.sandbox.salesforce_client(token) as rep:
            answer = rep.call("PATCH", path, values, headers=headers)
        assert answer.status_code == 204, answer.text

    def before_next_write(self, act: Callable[[], object]) -> None:
        """Let ``act`` happen between the decision and its writing."""
        connector, real = self.connector, self.connector.apply

        def apply(operations: Sequence[Operation]) -> list[Receipt]:
            connector.apply = real
            act()
            return list(real(operations))

        connector.apply = apply
        self.evidence = lambda: connector.apply == real

    def settle(self) -> None:
        """Cycles until two in a row are idle; what an operator would read is kept."""
        idle = 0
        for _ in range(_ROUNDS):
            try:
                report = self.people.cycle(3)
            except CrmBridgeError as error:
                self.errors.append(str(error))
                idle = 0
                continue
            idle = idle + 1 if report.is_idle else 0
            if idle == 2:
                return

    def retry_parked(self) -> None:
        """What the operator does once the cause is gone."""
        with self.people.bridge.store.transaction() as tx:
            assert replay(tx, tx.parked(), "Olga", self.people.clock.now())
        self.settle()

    def go_by_themselves(self) -> None:
        """Long enough for the bridge to notice that the cause of what is parked is gone."""
        assert self.parked()
        self.people.cycle(20)
        assert self.parked() == []

    def parked(self) -> list[str]:
        """The refused writes, as `crmbridge parked` tells them."""
        with self.people.bridge.store.read() as tx:
            return sorted({item.message for item in tx.parked()})

    def state(self) -> dict[str, Any]:
        """What both CRMs show of Ada and Bo, apart from instants."""
        leads = self.people.query(
            f"SELECT {', '.join(_LEAD)} FROM Lead WHERE IsConverted = false ORDER BY Email, Id"
        )
        contacts = self.people.portal.get(
            "/crm/v3/objects/contacts", properties=",".join(("email", *_SHOWN))
        ).json()["results"]
        return {
            "leads": [[row[name] for name in _LEAD] for row in leads],
            "contacts": sorted(
                [each["properties"].get(name) for name in ("email", *_SHOWN)] for each in contacts
            ),
            "stages": self.people.stages(),
            "lists": self.lists(),
        }

    def lists(self) -> dict[str, list[str]]:
        """Nurture list → the addresses of its members, for lists that have any."""
        portal = self.people.portal
        body = {"processingTypes": ["MANUAL"], "count": 100}
        known = portal.post("/crm/v3/lists/search", body).json()["lists"]
        found = {}
        for each in known:
            path = f"/crm/v3/lists/{each['listId']}/memberships"
            ids = [row["recordId"] for row in portal.get(path, limit=100).json()["results"]]
            found[each["name"]] = sorted(
                str(portal.get(f"/crm/v3/objects/contacts/{i}").json()["properties"]["email"])
                for i in ids
            )
        return {name: members for name, members in found.items() if members}


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One row of the drill: ``did`` what the connector does about it, ``saw`` what the operator
    sees (part of it; empty: nothing), ``ends`` the end state, ``undisturbed`` or told in words
    and checked by ``check``; ``mend`` is what somebody does afterwards."""

    number: str
    name: str
    throw: Callable[[Drill], object]
    did: str
    saw: str = ""
    ends: str = "undisturbed"
    mend: Callable[[Drill], object] | None = None
    check: Callable[[Drill, dict[str, Any]], object] | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens before a switch of the CRM of this ``side`` is thrown, and after."""

    side: Side
    before: Callable[[Drill], object]
    after: Callable[[Drill], object]


def play(folder: Path, story: Story, switch: Switch | None) -> tuple[Drill, dict[str, Any]]:
    """The story with a switch thrown, or undisturbed; the state at the end."""
    folder.mkdir()
    with company(folder) as people:
        drill = Drill(people, story.side)
        story.before(drill)
        if switch is not None:
            switch.throw(drill)
        story.after(drill)
        drill.settle()
        thrown, drill.seen = bool(drill.evidence()), drill.parked()
        if switch is not None and switch.mend is not None:
            switch.mend(drill)
            drill.settle()
        state = drill.state()
        assert thrown, "the switch had no effect"
        if switch is not None and switch.check is not None:
            assert switch.check(drill, state), (switch.name, state, drill.errors, drill.parked())
        return drill, state


def check_end(
    switch: Switch, drill: Drill, state: dict[str, Any], undisturbed: dict[str, Any]
) -> None:
    """The operator saw what the table says and no more, and the state is the one it promises."""
    seen = told(drill)
    if switch.saw:
        assert any(is_same(switch.saw, line) for line in seen), seen
    else:
        assert seen == []
    if switch.ends == "undisturbed":
        assert undisturbed == state


def told(drill: Drill) -> list[str]:
    """Everything that an operator saw."""
    return [*drill.errors, *(f"parked: {each}" for each in drill.seen)]


def is_same(saw: str, line: str) -> bool:
    """Whether a line is the one that a table tells of."""
    kind, _, words = saw.rpartition(": ")
    return words in line and line.startswith(kind)


def rows(switches: Sequence[Switch]) -> list[str]:
    """The published table's rows."""
    return [
        f"| {each.number} | {each.name} | {each.did} | {each.saw or 'nothing'} | {each.ends} |"
        for each in switches
    ]


def published(page: Path) -> list[str]:
    """The rows that a page of the docs shows."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("| ")][1:]


def two_days(drill: Drill) -> None:
    """Long enough for everything that is done once a day."""
    for _ in range(2):
        drill.people.cycle(24 * 60)


def contact_row(state: dict[str, Any], email: str) -> list[Any]:
    """What the state shows of a contact, the address first."""
    return next(row for row in state["contacts"] if row[0] == email)


def stage_of(state: dict[str, Any], email: str) -> str:
    """The stage that the contact shows."""
    return str(contact_row(state, email)[1])


def hands_go_up(drill: Drill) -> None:
    """Ada and Bo are known, Ada asks for a demo and gets a lead."""
    people = drill.people
    people.contact(ADA)
    people.contact(BO)
    people.cycle()
    people.form(ADA, "Request a demo")
    for _ in range(3):
        people.cycle()
    drill.lead = people.query("SELECT Id FROM Lead")[0]["Id"]
