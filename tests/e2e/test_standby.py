"""Two daemons on one store: whatever becomes of the one at work, the other goes on, and nothing is
written twice."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from daemon_process import crmbridge, start_daemon, write_config

from crmbridge.clock import WorldClock
from crmbridge.core.journal import JournalKind
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.population import make_people
from crmbridge.sandbox.seeding import API, Rep, make_team, seed_people
from crmbridge.store import open_existing

pytestmark = pytest.mark.campaign

START = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
LEASE = 5
_PATIENCE = 60.0
"""Seconds of real time for anything that takes a few."""

LEADS = {"path": "composite", "says": '"LastName"'}
"""Calls that create leads."""


class Pair:
    """A daemon at work and a standby, both CRMs, and people who ask for a demo."""

    def __init__(self, sandbox: Sandbox, folder: Path, rep: Rep) -> None:
        self.rep = rep
        self.sandbox = sandbox
        self.folder = folder
        self.hubspot = sandbox.hubspot_client()
        self.portal = sandbox.hubspot_client(sandbox.marketer_token)
        self.org = sandbox.salesforce_client(sandbox.connection()["salesforce"]["access_token"])
        self.config = write_config(folder, sandbox, lease=LEASE)
        self.processes: list[subprocess.Popen[str]] = []
        self.first = self.start("first.log")
        self.wait_until_asleep()
        self.second = self.start("second.log", "--standby")
        self.wait(lambda: "standing_by" in self.log("second.log"))

    def start(self, log: str, *options: str) -> subprocess.Popen[str]:
        self.processes.append(start_daemon(self.config, *options, log=log))
        return self.processes[-1]

    def log(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    def wait(self, happened: Callable[[], object]) -> None:
        give_up = time.monotonic() + _PATIENCE
        while not happened():
            told = self.log("first.log") + self.log("second.log")
            assert time.monotonic() < give_up, told
            time.sleep(0.01)

    def wait_until_asleep(self) -> None:
        clock = self.sandbox.clock

        def asleep() -> bool:
            wakes = clock.waiting_until
            return wakes is not None and wakes > clock.now()

        self.wait(asleep)

    def cycle(self) -> None:
        """Let the one at work do its next cycle, to its end."""
        self.begin_cycle()
        self.wait_until_asleep()

    def begin_cycle(self) -> None:
        wakes = self.sandbox.clock.waiting_until
        assert wakes is not None
        self.sandbox.clock.set(wakes)

    def hold(self, client: Any, **fault: object) -> None:
        """Let the next cycle begin, until such a request of it hangs."""
        client.sim("faults", fault)
        self.begin_cycle()
        self.wait(
            lambda: any(each["holding"] for each in client.sim("faults", method="GET")["faults"])
        )
        self.sandbox.clock.announce_waiting(None)

    def ask_for_demos(self, emails: list[str]) -> None:
        for email in emails:
            self.hubspot.sim("visitor/form", {"email": email, "form": "Request a demo"})

    def writes(self) -> tuple[Counter[str], list[str]]:
        """How often each route was called that can change a record and nothing else; and when
        records of the org were changed last, for a composite may do either."""
        found: Counter[str] = Counter()
        reads = ("GET ", "search", "batch/read", "oauth2", "POST /services/data/v67.0/composite ")
        for client in (self.hubspot, self.org):
            for route, count in client.sim("calls", method="GET")["by_route"].items():
                if not any(word in f"{route} " for word in reads):
                    found[route] += count
        return found, [
            str(row["SystemModstamp"])
            for table in ("Lead", "Contact", "Task")
            for row in self._query(
                f"SELECT SystemModstamp FROM {table} ORDER BY SystemModstamp DESC LIMIT 1"
            )
        ]

    def grant_rep(self) -> None:
        for found in self._query("SELECT Id FROM PermissionSet WHERE Name LIKE 'CRMBridge%'"):
            body = {"AssigneeId": self.rep.user_id, "PermissionSetId": found["Id"]}
            answer = self.org.post(f"{API}/sobjects/PermissionSetAssignment", body)
            assert answer.status_code == 201, answer.text

    def reject(self, email: str) -> None:
        """A rep gives the lead back for want of a budget."""
        found = self._query(f"SELECT Id FROM Lead WHERE Email = '{email}'")
        answer = self.sandbox.salesforce_client(self.rep.token).call(
            "PATCH",
            f"{API}/sobjects/Lead/{found[0]['Id']}",
            {
                "Status": "Closed - Not Converted",
                "CRMBridge_Reason__c": "BUDGET",
                "CRMBridge_Reason_Details__c": "Said the budget is frozen this year",
            },
            headers={"Sforce-Auto-Assign": "FALSE"},
        )
        assert answer.status_code == 204, answer.text

    def stage(self, email: str) -> str | None:
        """What marketing sees."""
        condition = {"propertyName": "email", "operator": "EQ", "value": email}
        body = {"filterGroups": [{"filters": [condition]}], "properties": ["crmbridge_stage"]}
        found = self.portal.post("/crm/v3/objects/contacts/search", body).json()["results"]
        return found[0]["properties"].get("crmbridge_stage") if found else None

    def _query(self, soql: str) -> list[dict[str, Any]]:
        answer = self.org.get(f"{API}/query", q=soql)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["records"])

    def leads(self) -> list[str]:
        """The address of every lead, once for each."""
        return [str(row["Email"]) for row in self._query("SELECT Email FROM Lead ORDER BY Email")]

    def written(self) -> list[tuple[Any, ...]]:
        """What the journal says was written, one for each field."""
        with open_existing(self.folder / "bridge.db") as store, store.read() as tx:
            return [
                (entry.payload["record"], change["field"], change["before"], change["after"])
                for entry in tx.journal()
                if entry.kind is JournalKind.WRITTEN
                for change in entry.payload.get("changes", [])  # type: ignore[attr-defined]
            ]

    def holder(self) -> int | None:
        with open_existing(self.folder / "bridge.db") as store, store.read() as tx:
            holder = tx.lease("writer").holder
            return holder.process if holder else None

    def freeze(self) -> None:
        """SIGSTOP, but not while the renewing thread is within a transaction, which nobody could
        break."""

        def frozen() -> bool:
            self.first.send_signal(signal.SIGSTOP)
            try:
                with closing(sqlite3.connect(self.folder / "bridge.db", timeout=0)) as raw:
                    raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                self.first.send_signal(signal.SIGCONT)
                return False
            return True

        self.wait(frozen)

    def end(self) -> None:
        for client in (self.hubspot, self.org):
            client.sim("faults", method="DELETE")
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(_PATIENCE)


ASKING = [person.email for person in make_people(12, 4)[:6] if person.email]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with Sandbox(WorldClock(START), rate_limits=False) as sandbox:
        team = make_team(sandbox)
        seed_people(sandbox, make_people(12, 4), team)
        config = write_config(tmp_path, sandbox)
        assert (
            crmbridge(
                "setup", "apply", "--yes", "--config", str(config), folder=tmp_path
            ).returncode
            == 0
        )
        made = Pair(sandbox, tmp_path, team.reps[0])
        made.grant_rep()
        yield made
        made.end()


def assert_nothing_was_done_twice(pair: Pair) -> None:
    """Every lead and every change is there once, and nothing is left to do."""
    assert Counter(pair.leads()).most_common(1)[0][1] == 1
    assert Counter(pair.written()).most_common(1)[0][1] == 1
    before = pair.writes()
    pair.cycle()
    pair.cycle()
    assert before == pair.writes()


def test_a_standby_takes_over_at_once_from_one_that_ends(pair: Pair) -> None:
    settings = pair.config.read_text()
    pair.config.write_text(settings.replace("interval: 300", "interval: 900"))
    pair.sandbox.clock.announce_waiting(None)
    pair.first.send_signal(signal.SIGTERM)
    pair.wait_until_asleep()

    assert 0 == pair.first.wait(_PATIENCE)
    assert pair.second.pid == pair.holder()
    assert 1 == pair.log("second.log").count("standing_by")
    wakes = pair.sandbox.clock.waiting_until
    assert wakes is not None
    assert 900 == (wakes - pair.sandbox.clock.now()).total_seconds(), "it read the settings again"
    pair.second.send_signal(signal.SIGTERM)
    assert 0 == pair.second.wait(_PATIENCE)
    assert pair.holder() is None


def test_kill_minus_nine_between_a_write_and_its_receipt(pair: Pair) -> None:
    known = set(pair.leads())
    pair.ask_for_demos(ASKING)
    pair.hold(pair.org, **LEADS, action="hold_after")
    made = set(pair.leads()) - known
    pair.first.send_signal(signal.SIGKILL)
    pair.first.wait(_PATIENCE)
    for client in (pair.org, pair.hubspot):
        client.sim("faults", method="DELETE")
    pair.wait_until_asleep()
    pair.cycle()

    assert made, "the write had been done"
    assert pair.second.pid == pair.holder()
    assert_nothing_was_done_twice(pair)


def test_one_that_was_frozen_writes_nothing_when_it_wakes_up(pair: Pair) -> None:
    pair.ask_for_demos(ASKING)
    pair.hold(pair.hubspot, path="contacts/search", action="hold_before")
    pair.freeze()
    pair.hubspot.sim("faults", method="DELETE")
    began = time.monotonic()
    pair.wait_until_asleep()
    took = time.monotonic() - began
    pair.cycle()
    before, journal = pair.writes(), pair.written()
    pair.first.send_signal(signal.SIGCONT)

    assert 5 == pair.first.wait(_PATIENCE)
    last = pair.log("first.log").splitlines()[-1]
    assert last.startswith("crmbridge: crmbridge run on ")
    assert f"process {pair.second.pid} has taken over" in last
    assert "Traceback" not in pair.log("first.log")
    assert took >= LEASE - 1
    assert before == pair.writes()
    assert journal == pair.written()
    assert pair.second.pid == pair.holder()
    assert_nothing_was_done_twice(pair)


def test_one_that_was_frozen_while_it_was_writing_sends_no_more(pair: Pair) -> None:
    """It wakes up with the answer to what it had sent, and with more to send."""
    pair.ask_for_demos(ASKING)
    pair.hold(pair.org, **LEADS, action="hold_before")
    pair.freeze()
    pair.org.sim("faults", method="DELETE")
    pair.wait_until_asleep()
    pair.cycle()
    before = pair.writes()
    pair.first.send_signal(signal.SIGCONT)

    assert 5 == pair.first.wait(_PATIENCE)
    assert before == pair.writes()
    assert_nothing_was_done_twice(pair)


def test_an_old_value_that_still_arrives_is_put_right(pair: Pair) -> None:
    """The request had left when its sender froze, and the CRM takes it an hour later."""
    ada = ASKING[0]
    pair.ask_for_demos([ada])
    pair.hold(
        pair.hubspot, method="POST", path="contacts/batch/update", action="hold_before", times=1
    )
    pair.freeze()
    pair.wait_until_asleep()
    pair.cycle()
    before = pair.stage(ada)
    pair.reject(ada)
    pair.cycle()
    pair.cycle()
    rejected = pair.stage(ada)
    pair.hubspot.sim("faults", method="DELETE")
    pair.wait(lambda: pair.stage(ada) != rejected)
    pair.first.send_signal(signal.SIGCONT)

    assert 5 == pair.first.wait(_PATIENCE)
    pair.cycle()
    pair.cycle()
    assert ("MQL", "RECYCLED", "RECYCLED") == (before, rejected, pair.stage(ada))
