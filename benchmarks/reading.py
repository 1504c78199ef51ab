"""Reading people through a connector, against a bare loop over the same pages.

A simulated CRM with N people runs in a process of its own. Two more processes read it: the
connector, from checkpoint to checkpoint as the engine does, and a loop that follows the pages of
the same request and looks at nothing (see ``bare_reading``). Records people per second of the
reader's own processor time, the ratio, and what each needed in memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

from bare_reading import BEGINNING, SIDES
from recording import record
from two_crms import two_crms

SIZES = (10_000, 100_000, 300_000)


def read(crm: str, sections: dict[str, Any], how: str) -> dict[str, float]:
    """Read everything, and tell what it took."""
    side = SIDES[crm](sections)
    connector = side.connect()
    connector.provision({})
    bare = side.bare()
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
    kinds = {"hubspot": "contacts", "salesforce": "leads"}
    found = {}
    with two_crms(**{kinds[crm]: count}) as crms:
        for how in ("bare", "connector"):
            done = subprocess.run(
                [sys.executable, __file__, crm, "--read", how],
                input=json.dumps(crms.sections),
                capture_output=True,
                text=True,
                check=True,
            )
            found[how] = json.loads(done.stdout)
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
    parser.add_argument("--read", choices=("bare", "connector"))
    given = parser.parse_args()
    if given.read is not None:
        print(json.dumps(read(given.crm, json.loads(sys.stdin.read()), given.read)))
        return
    rows = [measure(given.crm, size) for size in sorted(given.sizes)]
    record(f"{given.crm}-reading-{max(given.sizes)}", {"sizes": rows}, list(rows[0]), rows)


if __name__ == "__main__":
    main()
