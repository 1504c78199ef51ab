"""Reading leads through the Salesforce connector, against a bare loop over the same pages.

A simulated org with N changed leads runs in a process of its own. Two more processes read it: the
connector, from checkpoint to checkpoint as the engine does, and a loop of `requests` that follows
the pages of the same query and looks at nothing. Prints one JSON object: leads per second of the
reader's own processor time, the ratio, and what each needed in memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import requests
from pydantic import SecretStr

from crmbridge.clock import WorldClock
from crmbridge.ports import FieldNames
from crmbridge.simulation import SimulatorServer
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.settings import SalesforceSettings
from crmbridge_salesforce.simulator import SalesforceWorld, create_app

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
SIZES = (10_000, 100_000, 300_000)


def serve(count: int) -> None:
    """An org with so many leads, until standard input ends; says where it is."""
    world = SalesforceWorld(WorldClock(NOON))
    for number in range(count):
        values = {
            "LastName": f"Doe {number}",
            "Company": f"Company {number % 5000}",
            "Email": f"p{number}@company{number % 5000}.example",
            "Title": "VP Operations",
            "Status": "Open - Not Contacted",
        }
        row = world.insert("Lead", world.integration_user_id, values)
        world.insert(
            "LeadHistory", world.integration_user_id, {"LeadId": row["Id"], "Field": "created"}
        )
    world.clock.advance(3600)
    with SimulatorServer(create_app(world)) as server:
        where = {
            "base_url": server.base_url,
            "client_id": world.consumer_key,
            "client_secret": world.consumer_secret,
        }
        print(json.dumps(where), flush=True)
        sys.stdin.read()


def read(where: dict[str, str], how: str) -> dict[str, float]:
    """Read everything, and tell what it took."""
    settings = SalesforceSettings(
        base_url=where["base_url"],
        client_id=where["client_id"],
        client_secret=SecretStr(where["client_secret"]),
    )
    connector = SalesforceConnector(settings, FieldNames())
    connector.provision({})
    soql = _query(connector)
    begin, before = time.process_time(), connector.calls
    if how == "connector":
        position, leads = connector.start("changes", BEGINNING), 0
        for page in connector.poll("changes", position):
            leads += len(page.records)
        calls = connector.calls - before
    else:
        leads, calls = _bare(where, soql)
    spent = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"leads": leads, "calls": calls, "cpu_seconds": spent, "peak_mib": peak}


def _query(connector: SalesforceConnector) -> str:
    """What the connector asks for leads."""
    from crmbridge_salesforce.soql import changed_rows

    return changed_rows(connector._fetcher.schema(), "Lead", BEGINNING)  # noqa: SLF001


def _bare(where: dict[str, str], soql: str) -> tuple[int, int]:
    session = requests.Session()
    session.trust_env = False
    granted = session.post(
        f"{where['base_url']}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(where["client_id"], where["client_secret"]),
    ).json()
    session.headers["Authorization"] = f"Bearer {granted['access_token']}"
    answer = session.get(f"{where['base_url']}/services/data/v67.0/queryAll", params={"q": soql})
    body, leads, calls = answer.json(), 0, 1
    while True:
        leads += len(body["records"])
        if body["done"]:
            return leads, calls
        body = session.get(where["base_url"] + body["nextRecordsUrl"]).json()
        calls += 1


def measure(count: int) -> dict[str, Any]:
    """Both readers over one org."""
    command = [sys.executable, __file__, "--serve", str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as org:
        assert org.stdout is not None
        where = org.stdout.readline()
        found = {}
        for how in ("bare", "connector"):
            done = subprocess.run(
                [sys.executable, __file__, "--read", how],
                input=where,
                capture_output=True,
                text=True,
                check=True,
            )
            found[how] = json.loads(done.stdout)
        org.communicate()
    rates = {how: each["leads"] / each["cpu_seconds"] for how, each in found.items()}
    return {
        "leads": count,
        "connector_leads_per_cpu_second": round(rates["connector"]),
        "bare_leads_per_cpu_second": round(rates["bare"]),
        "ratio": round(rates["connector"] / rates["bare"], 2),
        "connector_calls": found["connector"]["calls"],
        "bare_calls": found["bare"]["calls"],
        "connector_peak_mib": round(found["connector"]["peak_mib"]),
        "bare_peak_mib": round(found["bare"]["peak_mib"]),
    }


def main() -> None:
    """Measure every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--serve", type=int)
    parser.add_argument("--read", choices=("bare", "connector"))
    given = parser.parse_args()
    if given.serve is not None:
        serve(given.serve)
    elif given.read is not None:
        print(json.dumps(read(json.loads(sys.stdin.read()), given.read)))
    else:
        print(json.dumps([measure(size) for size in given.sizes], indent=1))


if __name__ == "__main__":
    main()
