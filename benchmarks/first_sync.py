"""The first cycle of a bridge over two full CRMs: memory, and processor time for each record.

Two thirds of the records are HubSpot contacts and one third Salesforce leads; of five people four
have a contact and two a lead, so that one is in both and is matched by e-mail. Every tenth contact
has once submitted a form. The bridge reads everything, normalises, matches, decides about everybody
under the packaged rule book, writes store and journal, and puts the first scores into the outbox,
where the packaged limits hold them for an operator's yes: nothing is written to a CRM. Its
processor time is set against a bare loop over the same pages in the same run (``bare_reading``):
for each vendor alone, at the smallest size, and for both together. CRMs, bridge and bare loops have
a process each, so that the memory is the bridge's own.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from bare_reading import SIDES
from recording import record
from two_crms import HOMES, two_crms

from crmbridge.app import nurture_lists, open_bridge
from crmbridge.sandbox.population import Home
from crmbridge.settings import load_settings

SIZES = (100_000, 300_000)
ACTED = 10
RECORDS_EACH = sum(2 if home is Home.BOTH else 1 for home in HOMES) / len(HOMES)


def sync(sections: dict[str, Any], now: datetime, profile: str | None) -> dict[str, Any]:
    """The first cycle, in this process."""
    with tempfile.TemporaryDirectory(prefix="crmbridge-first-") as folder:
        path = Path(folder) / "b.db"
        with open_bridge(load_settings(None, {**sections, "store": path})) as bridge:
            bridge.meet()
            for connector in bridge.connectors.values():
                connector.provision(nurture_lists(bridge.rules))
            profiler = cProfile.Profile() if profile else None
            begin, started = time.process_time(), time.perf_counter()
            if profiler is not None:
                report = profiler.runcall(bridge.run_cycle, now)
                profiler.dump_stats(str(profile))
            else:
                report = bridge.run_cycle(now)
            return {
                "cpu_seconds": time.process_time() - begin,
                "seconds": round(time.perf_counter() - started, 1),
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "records": report.records,
                "facts": report.facts,
                "persons": report.persons,
                "held": report.held,
                "store_mib": round(path.stat().st_size / 2**20),
            }


def bare(sections: dict[str, Any]) -> dict[str, Any]:
    """The bare loops over both CRMs, in this process."""
    spent, people = 0.0, 0
    for side_of in SIDES.values():
        side = side_of(sections)
        side.connect().provision({})
        read = side.bare()
        begin = time.process_time()
        people += read()[0]
        spent += time.process_time() - begin
    return {"cpu_seconds": spent, "records": people}


def measure(crms: str, size: int, profile: str | None) -> dict[str, Any]:
    """The bridge and the bare loops over CRMs with so many records."""
    contacts, leads = size * 2 // 3, size // 3
    sizes = {
        "both": {"people": round(size / RECORDS_EACH)},
        "hubspot": {"contacts": contacts},
        "salesforce": {"leads": leads},
    }[crms]
    with two_crms(**sizes, acted=ACTED) as world:
        given = json.dumps({"sections": world.sections, "now": world.advance(1).isoformat()})
        loop = _child(["--run", "bare"], given)
        found = _child(["--run", "sync", *(["--profile", profile] if profile else [])], given)
    if found["records"] != loop["records"]:
        raise SystemExit(f"{found['records']} records were read, but there are {loop['records']}")
    each = found["cpu_seconds"] / found["records"] * 1e6
    least = loop["cpu_seconds"] / loop["records"] * 1e6
    return {
        "crms": crms,
        **{name: found[name] for name in ("records", "persons", "facts", "held", "store_mib")},
        "peak_mib": round(found["peak_mib"]),
        "cpu_microseconds_each": round(each),
        "bare_microseconds_each": round(least, 1),
        "ratio": round(each / least, 1),
        "seconds": found["seconds"],
    }


def _child(options: list[str], given: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, *options],
        input=given,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure each vendor alone at the smallest size, and both at every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="records in all")
    parser.add_argument("--only", choices=("both", "hubspot", "salesforce"))
    parser.add_argument("--profile", help="file for cProfile's numbers")
    parser.add_argument("--run", choices=("sync", "bare"))
    given = parser.parse_args()
    if given.run is not None:
        wish = json.loads(sys.stdin.read())
        now = datetime.fromisoformat(wish["now"])
        run = given.run == "sync"
        found = sync(wish["sections"], now, given.profile) if run else bare(wish["sections"])
        print(json.dumps(found))
        return
    sizes = sorted(given.sizes)
    runs = [(crms, sizes[0]) for crms in ("hubspot", "salesforce")]
    runs += [("both", size) for size in sizes]
    rows = [measure(*run, given.profile) for run in runs if given.only in (None, run[0])]
    found = {
        "runs": rows,
        "largest_to_smallest_peak": round(
            rows[-1]["peak_mib"]
            / max(row["peak_mib"] for row in rows if row["records"] <= sizes[0]),
            2,
        ),
    }
    record(f"first-sync-{sizes[-1]}", found, list(rows[0]), rows)


if __name__ == "__main__":
    main()
