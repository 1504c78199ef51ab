"""``crmbridge sandbox --state``: both CRMs are found again, and their size costs no memory."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sandbox_process import killed_sandbox, run_sandbox, running_sandbox

from crmbridge.clock import WorldClock
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.population import make_people, people_in_blocks
from crmbridge.simulation import SimulatorClient, StateFile
from crmbridge_hubspot.simulator.object_types import CONTACTS
from crmbridge_hubspot.simulator.records import Source
from crmbridge_hubspot.simulator.writing import create_record

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CONTACT_PATH = "/crm/v3/objects/contacts"


def _counts(told: dict[str, Any]) -> tuple[int, int]:
    portal = SimulatorClient(told["hubspot"]["base_url"], told["hubspot"]["token"])
    org = SimulatorClient(told["salesforce"]["base_url"], told["salesforce"]["access_token"])
    contacts = portal.post(f"{CONTACT_PATH}/search", {"limit": 1}).json()["total"]
    leads = org.get("/services/data/v67.0/query", q="SELECT COUNT() FROM Lead").json()
    portal.close()
    org.close()
    return int(contacts), int(leads["totalSize"])


def test_a_sandbox_that_was_killed_is_found_again_with_every_answered_write(
    tmp_path: Path,
) -> None:
    with killed_sandbox("--state", str(tmp_path)) as told:
        before = _counts(told)
        portal = SimulatorClient(told["hubspot"]["base_url"], told["hubspot"]["token"])
        body = {"properties": {"email": "late@sandbox.example"}}
        made = portal.post(CONTACT_PATH, body).json()["id"]
        portal.close()
        token = told["salesforce"]["access_token"]

    with running_sandbox("--state", str(tmp_path)) as told:
        after = _counts(told)
        portal = SimulatorClient(told["hubspot"]["base_url"], told["hubspot"]["token"])
        found = portal.get(f"{CONTACT_PATH}/{made}").json()["properties"]["email"]
        portal.close()
        still_in = _counts({**told, "salesforce": {**told["salesforce"], "access_token": token}})

    assert before[0] > 0
    assert before[1] > 0
    assert (before[0] + 1, before[1]) == after
    assert "late@sandbox.example" == found
    assert after == still_in


def test_a_folder_in_use_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    with running_sandbox("--state", str(tmp_path)):
        result = run_sandbox("--state", str(tmp_path))

    assert 1 == result.returncode
    assert 1 == len(result.stderr.strip().splitlines()), result.stderr
    assert "in use" in result.stderr


def test_the_clock_goes_on_from_where_it_was(tmp_path: Path) -> None:
    with Sandbox(WorldClock(NOON), state=tmp_path) as first:
        first.hubspot_client().sim("clock", {"advance_seconds": 3600})
    clock = WorldClock(NOON)
    with Sandbox(clock, state=tmp_path):
        assert 3600 == (clock.now() - NOON).total_seconds()


def test_people_in_blocks_share_no_address_and_begin_as_always() -> None:
    blocks = list(people_in_blocks(20_500, 3))
    addresses = [person.email for block in blocks for person in block if person.email]

    assert [10_000, 10_000, 500] == [len(block) for block in blocks]
    assert make_people(10_000, 3) == blocks[0]
    assert len(set(addresses)) == len(addresses)


class Crowd:
    """Both CRMs of a size; what a request reads and holds."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._org = sandbox.salesforce_client(sandbox.connection()["salesforce"]["access_token"])
        self._portal = sandbox.hubspot_client(sandbox.hubspot_token)

    def changed(self) -> tuple[int, int]:
        """Records decoded for the latest 20 changes, in the org and in the portal."""
        clock = self._sandbox.clock
        clock.advance(60)
        since = clock.now()
        _fill(self._sandbox, 20)
        org, portal = self._files()
        before = org.rows_read, portal.rows_read
        found = self._leads(f"WHERE SystemModstamp >= {since:%Y-%m-%dT%H:%M:%SZ}")
        assert 20 == found["totalSize"]
        assert 20 == self._contacts(int(since.timestamp() * 1000))
        return org.rows_read - before[0], portal.rows_read - before[1]

    def peak(self) -> int:
        """Bytes held at most while everything is asked for from the beginning."""
        tracemalloc.start()
        found = self._leads("WHERE SystemModstamp >= 2000-01-01T00:00:00Z")
        while not found["done"]:
            found = self._org.get(found["nextRecordsUrl"]).json()
        self._contacts(0)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    def _leads(self, where: str) -> dict[str, Any]:
        soql = f"SELECT Id FROM Lead {where} ORDER BY SystemModstamp, Id"
        return dict(self._org.get("/services/data/v67.0/queryAll", q=soql).json())

    def _contacts(self, since: int) -> int:
        date = "lastmodifieddate"
        body = {
            "filterGroups": [
                {"filters": [{"propertyName": date, "operator": "GTE", "value": str(since)}]}
            ],
            "sorts": [{"propertyName": date, "direction": "ASCENDING"}],
        }
        return int(self._portal.post(f"{CONTACT_PATH}/search", body).json()["total"])

    def _files(self) -> tuple[StateFile, StateFile]:
        org, portal = self._sandbox.salesforce_world.state, self._sandbox.hubspot_world.state
        assert org is not None
        assert portal is not None
        return org, portal


def _fill(sandbox: Sandbox, count: int) -> None:
    org, portal = sandbox.salesforce_world, sandbox.hubspot_world
    for _ in range(count):
        org.insert("Lead", org.integration_user_id, {"LastName": "Doe", "Company": "Acme"})
        create_record(portal, CONTACTS, {"lastname": "Doe"}, Source(type="IMPORT"))


def test_a_poll_reads_what_changed_and_holds_a_page_whatever_the_size(tmp_path: Path) -> None:
    reads, peaks = [], []
    with Sandbox(WorldClock(NOON), rate_limits=False, state=tmp_path) as sandbox:
        crowd = Crowd(sandbox)
        for more in (4_000, 8_000):
            _fill(sandbox, more)
            peaks.append(crowd.peak())
            reads.append(crowd.changed())

    assert reads[0] == reads[1]
    assert (20, 10) == reads[0]
    assert peaks[1] < 1.2 * peaks[0]


def test_without_a_folder_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Sandbox(WorldClock(NOON)) as sandbox:
        assert sandbox.new

    assert [] == list(tmp_path.iterdir())
