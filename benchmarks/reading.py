"""Reading people through a connector, against a bare loop over the same pages.

A simulated CRM with N people runs in a process of its own. Two more processes read it: the
connector, from checkpoint to checkpoint as the engine does, and a loop that follows the pages of
the same request and looks at nothing: `requests` for Salesforce, `urllib3` and `json` for HubSpot.
Prints one JSON array: people per second of the reader's own processor time, the ratio, and what
each needed in memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests
import urllib3
from pydantic import SecretStr
from starlette.types import ASGIApp

from crmbridge.clock import WorldClock
from crmbridge.ports import Connector, FieldNames
from crmbridge.simulation import SimulatorServer
from crmbridge_hubspot import plugin as hubspot_plugin
from crmbridge_hubspot.settings import HubSpotSettings
from crmbridge_hubspot.simulator import HubSpotWorld
from crmbridge_hubspot.simulator import create_app as hubspot_app
from crmbridge_hubspot.simulator.object_types import CONTACTS
from crmbridge_hubspot.simulator.records import Source
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.settings import SalesforceSettings
from crmbridge_salesforce.simulator import SalesforceWorld
from crmbridge_salesforce.simulator import create_app as salesforce_app

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
SIZES = (10_000, 100_000, 300_000)

Where = dict[str, str]
Bare = Callable[[], tuple[int, int]]


class SalesforceSide:
    """Leads whose status history says that they were created."""

    stream = "changes"

    def serve(self, count: int) -> tuple[ASGIApp, Where]:
        """An org with so many leads, and what a reader must know of it."""
        world = SalesforceWorld(WorldClock(NOON))
        us = world.integration_user_id
        for number in range(count):
            values = {
                "LastName": f"Doe {number}",
                "Company": f"Company {number % 5000}",
                "Email": f"p{number}@company{number % 5000}.example",
                "Title": "VP Operations",
                "Status": "Open - Not Contacted",
            }
            row = world.insert("Lead", us, values)
            world.insert("LeadHistory", us, {"LeadId": row["Id"], "Field": "created"})
        world.clock.advance(3600)
        return salesforce_app(world), {
            "client_id": world.consumer_key,
            "client_secret": world.consumer_secret,
        }

    def connect(self, where: Where) -> Connector:
        """The connector to the org."""
        settings = SalesforceSettings(
            base_url=where["base_url"],
            client_id=where["client_id"],
            client_secret=SecretStr(where["client_secret"]),
        )
        self._connector = SalesforceConnector(settings, FieldNames())
        return self._connector

    def bare(self, where: Where) -> Bare:
        """Follows the pages of the query that the connector asks."""
        from crmbridge_salesforce.soql import changed_rows

        schema = self._connector._fetcher.schema()  # noqa: SLF001
        soql = changed_rows(schema, "Lead", BEGINNING)
        session = requests.Session()
        session.trust_env = False

        def read() -> tuple[int, int]:
            granted = session.post(
                f"{where['base_url']}/services/oauth2/token",
                data={"grant_type": "client_credentials"},
                auth=(where["client_id"], where["client_secret"]),
            ).json()
            session.headers["Authorization"] = f"Bearer {granted['access_token']}"
            address = f"{where['base_url']}/services/data/v67.0/queryAll"
            body, people, calls = session.get(address, params={"q": soql}).json(), 0, 1
            while True:
                people += len(body["records"])
                if body["done"]:
                    return people, calls
                body = session.get(where["base_url"] + body["nextRecordsUrl"]).json()
                calls += 1

        return read


class HubSpotSide:
    """Contacts who have done nothing yet."""

    stream = "contacts"

    def serve(self, count: int) -> tuple[ASGIApp, Where]:
        """A portal with so many contacts, and what a reader must know of it."""
        world = HubSpotWorld(WorldClock(NOON), enforce_rate_limits=False)
        store, source = world.store(CONTACTS), Source(type="IMPORT")
        for number in range(count):
            values = {
                "email": f"p{number}@company{number % 5000}.example",
                "firstname": "Jo",
                "lastname": f"Doe {number}",
                "company": f"Company {number % 5000}",
                "jobtitle": "VP Operations",
                "lifecyclestage": "lead",
            }
            store.insert(values, at=NOON, source=source)
        world.clock.advance(3600)
        return hubspot_app(world), {"token": world.token("crmbridge")}

    def connect(self, where: Where) -> Connector:
        """The connector to the portal."""
        settings = HubSpotSettings(
            token=SecretStr(where["token"]),
            base_url=where["base_url"],
            searches_per_second=100_000,
        )
        return hubspot_plugin.plugin.connect(settings, FieldNames())

    def bare(self, where: Where) -> Bare:
        """Follows the pages of the list that the connector asks for."""
        from crmbridge.core.model import ObjectType
        from crmbridge_hubspot.layout import Layout
        from crmbridge_hubspot.polling import wanted

        names = ",".join(wanted(Layout(FieldNames()), ObjectType.CONTACT))
        pool = urllib3.PoolManager()
        headers = {"Authorization": f"Bearer {where['token']}"}

        def read() -> tuple[int, int]:
            people, calls, after = 0, 0, None
            while True:
                fields = {
                    "limit": "100",
                    "properties": names,
                    **({"after": after} if after else {}),
                }
                answer = pool.request(
                    "GET",
                    f"{where['base_url']}/crm/v3/objects/contacts",
                    fields=fields,
                    headers=headers,
                )
                body = json.loads(answer.data)
                people, calls = people + len(body["results"]), calls + 1
                after = ((body.get("paging") or {}).get("next") or {}).get("after")
                if not after:
                    return people, calls

        return read


SIDES: dict[str, Any] = {"salesforce": SalesforceSide, "hubspot": HubSpotSide}


def serve(crm: str, count: int) -> None:
    """Serve the CRM until standard input ends; says where it is."""
    app, where = SIDES[crm]().serve(count)
    with SimulatorServer(app) as server:
        print(json.dumps({"base_url": server.base_url, **where}), flush=True)
        sys.stdin.read()


def read(crm: str, where: Where, how: str) -> dict[str, float]:
    """Read everything, and tell what it took."""
    side = SIDES[crm]()
    connector: Connector = side.connect(where)
    connector.provision({})
    bare: Bare = side.bare(where)
    begin, before = time.process_time(), connector.calls
    if how == "connector":
        position, people = connector.start(side.stream, BEGINNING), 0
        for page in connector.poll(side.stream, position):
            people += len(page.records)
        calls = connector.calls - before
    else:
        people, calls = bare()
    spent = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"people": people, "calls": calls, "cpu_seconds": spent, "peak_mib": peak}


def measure(crm: str, count: int) -> dict[str, Any]:
    """Both readers over one CRM."""
    me = [sys.executable, __file__, crm]
    with subprocess.Popen(
        [*me, "--serve", str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        where = server.stdout.readline()
        found = {}
        for how in ("bare", "connector"):
            done = subprocess.run(
                [*me, "--read", how], input=where, capture_output=True, text=True, check=True
            )
            found[how] = json.loads(done.stdout)
        server.communicate()
    rates = {how: each["people"] / each["cpu_seconds"] for how, each in found.items()}
    return {
        "people": count,
        "connector_people_per_cpu_second": round(rates["connector"]),
        "bare_people_per_cpu_second": round(rates["bare"]),
        "ratio": round(rates["connector"] / rates["bare"], 2),
        "connector_calls": found["connector"]["calls"],
        "bare_calls": found["bare"]["calls"],
        "connector_peak_mib": round(found["connector"]["peak_mib"]),
        "bare_peak_mib": round(found["bare"]["peak_mib"]),
    }


def main() -> None:
    """Measure every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("crm", choices=sorted(SIDES))
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--serve", type=int)
    parser.add_argument("--read", choices=("bare", "connector"))
    given = parser.parse_args()
    if given.serve is not None:
        serve(given.crm, given.serve)
    elif given.read is not None:
        print(json.dumps(read(given.crm, json.loads(sys.stdin.read()), given.read)))
    else:
        print(json.dumps([measure(given.crm, size) for size in given.sizes], indent=1))


if __name__ == "__main__":
    main()
