"""Both simulated CRMs, full of people, in a process of their own.

Their memory and processor time are nobody's who is measured beside them. Many people are on disk.
Whoever opens them speaks HTTP with them, and tells them by a line of JSON what people do: time goes
by, a marketer imports new titles, visitors submit forms, reps work on leads.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmbridge.clock import WorldClock
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.population import Home, Person, people_in_blocks
from crmbridge.sandbox.seeding import API, make_team
from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.simulator.engagement import submit_form
from crmbridge_hubspot.simulator.object_types import CONTACTS
from crmbridge_hubspot.simulator.records import Record, Source
from crmbridge_hubspot.simulator.writing import update_record

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
IN_MEMORY = 20_000
"""Up to so many people fit into memory, where they are found faster."""
_IMPORT = Source(type="IMPORT")
FORMS = {"paper": "Whitepaper", "demo": "Request a demo"}
HOMES = (Home.HUBSPOT, Home.HUBSPOT, Home.HUBSPOT, Home.BOTH, Home.SALESFORCE)
"""Of five people four are contacts and two are leads: 1.2 records each."""


class Crms:
    """A handle on the process: the settings' ``sections``, the clock, and what people do."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        found = self._read()
        self.sections: dict[str, Any] = found["sections"]
        self.contacts: int = found["contacts"]
        self.leads: int = found["leads"]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def tell(self, **wish: Any) -> datetime:
        """Have something done; the world's time afterwards."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wish) + "\n")
        self._process.stdin.flush()
        return datetime.fromisoformat(self._read()["now"])

    def advance(self, seconds: float) -> datetime:
        """Let time go by."""
        return self.tell(do="advance", seconds=seconds)

    def act(self, what: str, count: int, seconds: float, *, behind: int = 0) -> datetime:
        """Within so many seconds the first ``count`` contacts ``behind`` so many get new
        ``titles``, or ask for a ``paper`` or a ``demo``; or reps begin ``work`` on such leads."""
        return self.tell(do=what, count=count, seconds=seconds, behind=behind)


@contextmanager
def two_crms(
    *, people: int = 0, contacts: int = 0, leads: int = 0, acted: int = 0
) -> Iterator[Crms]:
    """Both CRMs with so many ``people`` at home in one or both; or with the first so many
    ``contacts`` and ``leads`` of them, who are all different. Every n-th contact has ``acted``."""
    sizes = {"people": people, "contacts": contacts, "leads": leads, "acted": acted}
    options = [text for name, size in sizes.items() for text in (f"--{name}", str(size))]
    with subprocess.Popen(
        [sys.executable, __file__, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Crms(process)
        process.communicate()


def who(people: int, contacts: int, leads: int) -> Iterator[Person]:
    """Everybody, with where they are at home."""
    if people:
        homes = itertools.cycle(HOMES)
        for block in people_in_blocks(people, 1):
            yield from (
                replace(person, home=home) for person, home in zip(block, homes, strict=False)
            )
        return
    everybody = itertools.chain.from_iterable(people_in_blocks(contacts + leads, 1))
    for number, person in enumerate(everybody):
        yield replace(person, home=Home.HUBSPOT if number < contacts else Home.SALESFORCE)


class _Crowd:
    """Puts people into a sandbox past its APIs, which would take hours, and lets them act."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._portal, self._org = sandbox.hubspot_world, sandbox.salesforce_world
        self._owner = self._org.integration_user_id
        self._ids: list[int] = []
        self._leads: list[str] = []
        self._rep: SimulatorClient | None = None

    def settle(self, everybody: Iterator[Person], acted: int) -> tuple[int, int]:
        """Let everybody move in; how many contacts and how many leads there are."""
        team = make_team(self._sandbox)
        self._owner = team.manager.user_id
        self._rep = self._sandbox.salesforce_client(team.manager.token)
        for number, person in enumerate(everybody):
            if person.home is not Home.SALESFORCE:
                record = self._contact(person, team.marketer_ids[0])
                self._ids.append(record.id)
                if acted and len(self._ids) % acted == 0:
                    self._submit(record, FORMS["paper"])
            if person.home is not Home.HUBSPOT:
                self._lead(person)
            if number % 200 == 199:
                self._sandbox.clock.advance(0.1)
                self.commit()
        self.commit()
        return len(self._ids), len(self._leads)

    def _contact(self, person: Person, owner: str) -> Record:
        values = {
            "email": person.email or f"{person.last_name}@{person.company.domain}".lower(),
            "firstname": person.first_name,
            "lastname": person.last_name,
            "jobtitle": person.title,
            "company": person.company.name,
            "industry": person.company.industry,
            "country": person.company.country,
            "lifecyclestage": "lead",
            "hubspot_owner_id": owner,
        }
        store = self._portal.store(CONTACTS)
        return store.insert(values, at=self._sandbox.clock.now(), source=_IMPORT)

    def _lead(self, person: Person) -> None:
        values = {
            "OwnerId": self._owner,
            "FirstName": person.first_name,
            "LastName": person.last_name,
            "Company": person.company.name,
            "Title": person.title,
            "Email": person.email,
            "Country": person.company.country,
            "Industry": person.company.industry,
            "NumberOfEmployees": person.company.employees,
            "LeadSource": "Web",
            "Status": "Open - Not Contacted",
        }
        row = self._org.insert("Lead", self._owner, values)
        self._org.insert("LeadHistory", self._owner, {"LeadId": row["Id"], "Field": "created"})
        self._leads.append(row["Id"])

    def act(self, what: str, count: int, seconds: float, behind: int) -> None:
        """They do it one after the other, evenly spread over the time."""
        there = (self._leads if what == "work" else self._ids)[behind:]
        if count > len(there):
            raise ValueError(f"there are only {len(there)} to {what}")
        if what == "work":
            self._work(there[:count], seconds)
            return
        for number, identity in enumerate(there[:count]):
            record = self._portal.store(CONTACTS).get(identity)
            assert record is not None
            if what == "titles":
                title = record.value("jobtitle")
                other = "VP Operations" if title != "VP Operations" else "Data Analyst"
                update_record(self._portal, record, {"jobtitle": other}, _IMPORT)
            else:
                self._submit(record, FORMS[what])
            self._sandbox.clock.advance(seconds / count)
            if number % 200 == 199:
                self.commit()
        self.commit()

    def _work(self, leads: Sequence[str], seconds: float) -> None:
        """A rep has spoken with these leads, and says so in the sales CRM."""
        assert self._rep is not None
        for start in range(0, len(leads), 200):
            rows = [
                {"attributes": {"type": "Lead"}, "id": each, "Status": "Working - Contacted"}
                for each in leads[start : start + 200]
            ]
            body = {"allOrNone": False, "records": rows}
            self._rep.call("PATCH", f"{API}/composite/sobjects", body).raise_for_status()
            self._sandbox.clock.advance(seconds * len(rows) / len(leads))

    def _submit(self, record: Record, form: str) -> None:
        submit_form(
            self._portal,
            record,
            email=record.value("email") or "",
            form=form,
            fields={},
            traffic_source="ORGANIC_SEARCH",
        )

    def commit(self) -> None:
        """Write down what happened, where it is kept on disk."""
        for state in (self._portal.state, self._org.state):
            if state is not None:
                state.commit()


def serve(people: int, contacts: int, leads: int, acted: int) -> None:
    """Serve both CRMs until standard input ends, and do what it says."""
    on_disk = max(people, contacts + leads) > IN_MEMORY
    clock = WorldClock(START)
    with tempfile.TemporaryDirectory(prefix="crmbridge-crms-") as folder:
        state = Path(folder) if on_disk else None
        with Sandbox(clock, rate_limits=False, state=state) as sandbox:
            crowd = _Crowd(sandbox)
            found = crowd.settle(who(people, contacts, leads), acted)
            clock.advance(3600)
            known = {"sections": sandbox.sections(), "contacts": found[0], "leads": found[1]}
            print(json.dumps(known), flush=True)
            for line in sys.stdin:
                wish = json.loads(line)
                if wish["do"] == "advance":
                    clock.advance(wish["seconds"])
                else:
                    crowd.act(wish["do"], wish["count"], wish["seconds"], wish["behind"])
                print(json.dumps({"now": clock.now().isoformat()}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("people", "contacts", "leads", "acted"):
        parser.add_argument(f"--{name}", type=int, default=0)
    serve(**vars(parser.parse_args()))
