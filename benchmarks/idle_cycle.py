"""Processor time of a cycle in which nothing happened, by how many people the store holds.

A bridge reads and decides about 1,000 people in two CRMs and settles. Then the store is made to
hold more of them: every row about a person is copied under other ids, due for its next review
later. The CRMs stay as they are, for an idle cycle asks them what has changed and is told: nothing.
A cycle is timed from end to end, as the daemon runs it: turn, both polls, decisions, journal, and
the look at everything that monitors and alerts are told of.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

from api_calls import CYCLE, IDLE, live_bridge
from recording import record
from two_crms import Crms, two_crms

from crmbridge.engine.cycle import Bridge, CycleReport
from crmbridge.engine.daemon import Daemon
from crmbridge.logs import quiet
from crmbridge.operation.watch import Watch
from crmbridge.settings import load_settings
from crmbridge.store.tables import metadata

PEOPLE = 1_000
SIZES = (1_000, 100_000, 1_000_000)
CYCLES = 100
_ABOUT_PEOPLE = (
    "records", "facts", "folded", "links", "bases", "persons", "activities", "sla_clocks", "moves"
)  # fmt: skip
_NAMES = frozenset({"ref", "key", "uid", "fact", "email", "account", "merged_into"})
"""Columns that hold an id; a copy's has a suffix."""


class Clock:
    """The CRMs' time; a cycle begins as soon as the one before has ended."""

    def __init__(self, crms: Crms) -> None:
        self._crms = crms
        self._now = crms.advance(CYCLE)
        self.begun = time.process_time()

    def now(self) -> datetime:
        """The time, which stands still within a cycle."""
        return self._now

    def wait_until(self, instant: datetime, stop: Any) -> None:
        """Time goes by in the CRMs, and nobody here waits."""
        self._now = self._crms.advance(CYCLE)
        self.begun = time.process_time()


def multiply(path: Path, times: int, held: int) -> None:
    """Have the store hold ``times`` as many people as at first, where it holds ``held`` times."""
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TEMP TABLE copy (n INTEGER)")
        raw.executemany("INSERT INTO copy VALUES (?)", [(n,) for n in range(held, times)])
        for table in _ABOUT_PEOPLE:
            columns = [each.name for each in metadata.tables[table].columns if each.name != "n"]
            told = [_copied(name) for name in columns]
            names = ", ".join(f'"{name}"' for name in columns)
            original = " AND ".join(
                f"instr(t.\"{name}\", '~') = 0" for name in columns if name in ("ref", "uid")
            )
            raw.execute(
                f'INSERT INTO "{table}" ({names}) SELECT {", ".join(told)} '
                f'FROM "{table}" AS t, copy WHERE {original}'
            )
        raw.execute("ANALYZE")


def _copied(name: str) -> str:
    if name in _NAMES:
        return f"t.\"{name}\" || '~' || copy.n"
    if name == "next_review_at":
        return f"'2099' || substr(t.\"{name}\", 5)"
    return f't."{name}"'


def idle(bridge: Bridge, crms: Crms, path: Path) -> dict[str, Any]:
    """What one idle cycle takes."""
    clock = Clock(crms)
    settings = load_settings(None, {**crms.sections, "store": path})
    watch = Watch(bridge.store, clock, settings)
    spent: list[float] = []

    def note(report: CycleReport) -> None:
        took = time.process_time() - clock.begun
        # Now and then somebody's score fades, or a promise is at risk.
        if report.is_idle:
            assert sum(report.calls.values()) == IDLE
            spent.append(took)
        if len(spent) > CYCLES:
            daemon.stop()

    with watch.leading(bridge, settings):
        daemon = Daemon(bridge, clock, timedelta(seconds=CYCLE), watcher=watch)
        daemon.run(note)
    with bridge.store.read() as tx:
        people = sum(tx.stage_counts().values())
    return {
        "people": people,
        # The first one counts everybody, to tell monitors.
        "milliseconds": round(fmean(spent[1:]) * 1_000, 2),
        "store_mib": round(path.stat().st_size / 2**20),
    }


def main() -> None:
    """Measure every size, each against the first."""
    quiet()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="people in the store")
    sizes = sorted(parser.parse_args().sizes)
    found: list[dict[str, Any]] = []
    with (
        two_crms(people=PEOPLE) as crms,
        tempfile.TemporaryDirectory() as folder,
        live_bridge(crms, folder, 0) as live,
    ):
        path, held = Path(folder) / "b.db", 1
        for size in sizes:
            multiply(path, size // PEOPLE, held)
            held = size // PEOPLE
            found.append(idle(live.bridge, crms, path))
    for each in found:
        each["ratio"] = round(each["milliseconds"] / found[0]["milliseconds"], 2)
    record("idle-cycle", {"cycles": found}, ("people", "milliseconds", "store_mib", "ratio"), found)


if __name__ == "__main__":
    main()
