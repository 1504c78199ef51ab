"""A million leads and a million contacts in the simulators' state files.

For each CRM one process fills a file, stops at every size, lets 200 records change and asks over
HTTP for one page of the latest changes, as a poll does. Prints one JSON object for each: how fast
the file filled, how large it is, what the process needed in memory, how long a poll took and how
many records were read for it, and at the end the largest size against the smallest.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorClient, SimulatorServer, StateFile
from crmbridge_hubspot.simulator import HubSpotWorld
from crmbridge_hubspot.simulator import create_app as hubspot_app
from crmbridge_hubspot.simulator.object_types import CONTACTS
from crmbridge_hubspot.simulator.records import Source
from crmbridge_hubspot.simulator.writing import create_record, update_record
from crmbridge_salesforce.simulator import SalesforceWorld
from crmbridge_salesforce.simulator import create_app as salesforce_app

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SIZES = (10_000, 100_000, 1_000_000)
CHANGED, POLLS, COMMIT = 200, 21, 200
_IMPORT = Source(type="IMPORT")


class Leads:
    """An org: its leads with one row of history each, and its polls."""

    def __init__(self, path: Path) -> None:
        self.clock = WorldClock(NOON)
        self.world = SalesforceWorld(self.clock, state_path=path, enforce_limits=False)
        self.app = salesforce_app(self.world)
        self.token = self.world.sessions.open(self.world.integration_user_id)
        self._ids: list[str] = []

    def make(self, number: int) -> None:
        """Store one more lead."""
        user = self.world.integration_user_id
        values = {
            "OwnerId": user,
            "LastName": f"Doe {number}",
            "Company": f"Company {number % 5000}",
            "Email": f"p{number}@company{number % 5000}.example",
            "Title": "VP Operations",
            "Status": "Open - Not Contacted",
        }
        row = self.world.insert("Lead", user, values)
        self.world.insert("LeadHistory", user, {"LeadId": row["Id"], "Field": "created"})
        if number < CHANGED:
            self._ids.append(row["Id"])

    def change(self) -> None:
        """Let the first leads change now."""
        for record_id in self._ids:
            row = self.world.store.table("Lead").get(record_id)
            assert row is not None
            self.world.touch("Lead", row, {"Status": "Working - Contacted"})

    def poll(self, client: SimulatorClient) -> int:
        """One page of what changed; how many came."""
        since = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        return self._page(client, f"WHERE SystemModstamp >= {since}")

    def begin(self, client: SimulatorClient) -> int:
        """The first page of everything, as a first sync asks for it; how many there are."""
        return self._page(client, "WHERE SystemModstamp >= 2000-01-01T00:00:00Z")

    def _page(self, client: SimulatorClient, where: str) -> int:
        soql = f"SELECT Id, Email, Status FROM Lead {where} ORDER BY SystemModstamp, Id"
        return int(client.get("/services/data/v67.0/queryAll", q=soql).json()["totalSize"])


class Contacts:
    """A portal: its contacts, and its polls."""

    def __init__(self, path: Path) -> None:
        self.clock = WorldClock(NOON)
        self.world = HubSpotWorld(self.clock, state_path=path, enforce_rate_limits=False)
        self.app = hubspot_app(self.world)
        self.token = self.world.token("crmbridge")
        self._ids: list[int] = []

    def make(self, number: int) -> None:
        """Store one more contact, as an import does."""
        values = {
            "firstname": "Jo",
            "lastname": f"Doe {number}",
            "company": f"Company {number % 5000}",
            "email": f"p{number}@company{number % 5000}.example",
            "jobtitle": "VP Operations",
        }
        record = create_record(self.world, CONTACTS, values, _IMPORT)
        if number < CHANGED:
            self._ids.append(record.id)

    def change(self) -> None:
        """Let the first contacts change now."""
        for record_id in self._ids:
            record = self.world.store(CONTACTS).get(record_id)
            assert record is not None
            update_record(self.world, record, {"jobtitle": "CFO"}, _IMPORT)

    def poll(self, client: SimulatorClient) -> int:
        """One page of what changed; how many came."""
        return self._page(client, int(self.clock.now().timestamp() * 1000))

    def begin(self, client: SimulatorClient) -> int:
        """The first page of everything, as a first sync asks for it; how many there are."""
        return self._page(client, 0)

    def _page(self, client: SimulatorClient, since: int) -> int:
        changed = {"propertyName": "lastmodifieddate", "operator": "GTE", "value": str(since)}
        body = {
            "filterGroups": [{"filters": [changed]}],
            "sorts": [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}],
            "properties": ["email", "jobtitle"],
            "limit": 200,
        }
        return int(client.post("/crm/v3/objects/contacts/search", body).json()["total"])


CROWDS: dict[str, Callable[[Path], Leads | Contacts]] = {"leads": Leads, "contacts": Contacts}


def fill(what: str, sizes: list[int], folder: Path) -> list[dict[str, Any]]:
    """One file from empty to the largest size, and what was seen at each."""
    crowd = CROWDS[what](folder / f"{what}.sqlite")
    state = crowd.world.state
    assert state is not None
    seen, made, spent = [], 0, 0.0
    for size in sizes:
        begin = time.perf_counter()
        for number in range(made, size):
            crowd.make(number)
            if number % COMMIT == 0:
                state.commit()
                crowd.clock.advance(1)
        state.commit()
        spent += time.perf_counter() - begin
        made = size
        seen.append({"size": size, "fill_seconds": round(spent, 1), **ask(crowd, state, size)})
    state.close()
    seen[-1]["file_mib"] = round(state.path.stat().st_size / 2**20)
    return seen


def ask(crowd: Leads | Contacts, state: StateFile, size: int) -> dict[str, Any]:
    """Polls of a crowd of this size, and what they cost."""
    with (
        SimulatorServer(state.saving(crowd.app)) as server,
        SimulatorClient(server.base_url, crowd.token) as client,
    ):
        begin = time.perf_counter()
        assert size == crowd.begin(client)
        first = time.perf_counter() - begin
        crowd.clock.advance(3600)
        crowd.change()
        before = state.rows_read
        # The first poll lets the index take over what changed, and reads what no cache holds.
        assert CHANGED == crowd.poll(client)
        read, took = state.rows_read - before, []
        for _ in range(POLLS):
            begin = time.perf_counter()
            assert CHANGED == crowd.poll(client)
            took.append(time.perf_counter() - begin)
    return {
        "poll_milliseconds": round(statistics.median(took) * 1000, 1),
        "records_read_by_a_poll": read,
        "first_page_of_all_milliseconds": round(first * 1000, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def measure(what: str, sizes: list[int]) -> dict[str, Any]:
    """A crowd in a process of its own, so that the memory measured is the crowd's."""
    command = [sys.executable, __file__, "--fill", what, "--sizes", *map(str, sizes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    smallest, largest = seen[0], seen[-1]
    return {
        "what": what,
        "seen": seen,
        "made_per_second": round(largest["size"] / largest["fill_seconds"]),
        "bytes_each": round(largest["file_mib"] * 2**20 / largest["size"]),
        "largest_to_smallest": {
            name: round(largest[name] / smallest[name], 2)
            for name in ("size", "poll_milliseconds", "records_read_by_a_poll", "peak_mib")
        },
    }


def main() -> None:
    """Measure both CRMs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--fill", choices=tuple(CROWDS))
    given = parser.parse_args()
    if given.fill is None:
        print(json.dumps([measure(what, sorted(given.sizes)) for what in CROWDS], indent=1))
        return
    with tempfile.TemporaryDirectory(prefix="crmbridge-state-") as folder:
        print(json.dumps(fill(given.fill, sorted(given.sizes), Path(folder))))


if __name__ == "__main__":
    main()
