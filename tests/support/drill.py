"""The failure drill: one short story in two CRMs, with one switch of the simulated org thrown.

Ada asks for a demo, a lead is made and a rep starts working it; then the switch is thrown, the
rep goes on, Bo asks for a demo, too, and the bridge runs until it has nothing left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from company import Company, company

from crmbridge.core.model import Side
from crmbridge.core.operations import Operation, Receipt
from crmbridge.errors import CrmBridgeError
from crmbridge.sandbox.seeding import API

ADA, BO = "ada@northwind.example", "bo@contoso.example"
HTML = "<html><body>Something went wrong</body></html>"
_SHOWN = ("crmbridge_stage", "crmbridge_sla_status", "crmbridge_cycle", "lifecyclestage")
_LEAD = ("Email", "Status", "OwnerId", "CRMBridge_Stage__c", "CRMBridge_SLA_Status__c")
_ROUNDS = 14


class Drill:
    """One run of the story."""

    def __init__(self, people: Company) -> None:
        self.people = people
        self.world = people.sandbox.salesforce_world
        self.errors: list[str] = []
        self.seen: list[str] = []
        self.lead = ""
        self.evidence: Callable[[], object] = lambda: True

    @property
    def sales(self) -> Any:
        """The connector under test."""
        return self.people.bridge.connectors[Side.SALES]

    def fault(self, action: str = "status", **rule: Any) -> None:
        """Strike the bridge's own calls; the evidence is that it happened."""
        given = {"action": action, "token": "integration", **rule}
        answer = self.people.org.sim("faults", given)
        armed = next(each for each in self.world.faults.armed() if each.id == answer["id"])
        self.evidence = lambda: armed.fired

    def row_fault(self, code: str, times: int) -> None:
        """Make single rows of the bridge's next writing fail."""
        body = {"object": "Lead", "code": code, "message": "no", "times": times}
        self.before_next_write(lambda: self.people.org.sim("row_faults", body))
        faults = self.world.switches.row_faults
        self.evidence = lambda: faults and faults[-1].times < times

    def sim(self, act: str, **body: Any) -> dict[str, Any]:
        """An act of the org's admin."""
        return dict(self.people.org.sim(act, body))

    def change(self, sobject: str, identity: str, **values: Any) -> None:
        """An edit by the rep."""
        headers = {"Sforce-Auto-Assign": "FALSE"}
        path = f"{API}/sobjects/{sobject}/{identity}"
        token = self.sim("session", user_id=self.people.rep)["access_token"]
        with self.people.sandbox.salesforce_client(token) as rep:
            answer = rep.call("PATCH", path, values, headers=headers)
        assert answer.status_code == 204, answer.text

    def before_next_write(self, act: Callable[[], object]) -> None:
        """Let ``act`` happen between the decision and its writing."""
        connector, real = self.sales, self.sales.apply

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
            assert tx.unpark()
        self.settle()

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
        }


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


def play(folder: Path, switch: Switch | None) -> tuple[Drill, dict[str, Any]]:
    """The story with a switch thrown, or undisturbed; the state at the end."""
    folder.mkdir()
    with company(folder) as people:
        drill = Drill(people)
        people.contact(ADA)
        people.contact(BO)
        people.cycle()
        people.form(ADA, "Request a demo")
        for _ in range(3):
            people.cycle()
        drill.lead = people.query("SELECT Id FROM Lead")[0]["Id"]
        if switch is not None:
            switch.throw(drill)
        people.clock.advance(timedelta(minutes=2).total_seconds())
        row = people.query(f"SELECT Id, IsDeleted FROM Lead WHERE Id = '{drill.lead}'")
        if row and not people.query(
            f"SELECT Id FROM Lead WHERE Id = '{drill.lead}' AND IsConverted = true"
        ):
            drill.change("Lead", drill.lead, Status="Working - Contacted")
        people.form(BO, "Request a demo")
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
