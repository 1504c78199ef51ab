"""What a cycle costs in API calls, against the least that the vendors' sizes allow.

0, 10, 1,000 or 100,000 people change within half a minute. Contacts in HubSpot get new ``titles``
by an import, or ask for a ``paper``, or for a ``demo``, which makes them MQLs with a lead and a
task; or reps begin to ``work`` on leads in Salesforce. The next cycle reads that, decides, and
writes into both CRMs. Of five people four have a contact, two a lead, one both. The limits that
would hold so much are lifted; bulk jobs are as the settings have them, from 10,000 rows on.

The least is, in calls, every quotient rounded up:

- HubSpot: 1 search of companies; changed contacts / 200 searches, at least 1; contacts who acted
  / 50 histories; contacts on which a decision relied / 100, read again just before they are
  overwritten, for there is no compare-and-set; written contacts / 100 for each kind of write.
- Salesforce: changed leads / 2,000 composites, at least 1; leads relied on / 1,000 and creates
  / 1,000 for looking before writing; written leads and tasks / 1,000, which is 5 collections of 200
  in one composite, or a bulk job of 6 calls (make, upload, close, look, results, drop) for
  all updates where that is less.

``ratio`` is made calls / least; ``without looking`` counts looking before writing as waste.
``latency`` is the number of cycles after which everybody was written to wherever they were to be.
``afterwards`` are the calls of the cycles that follow: our own writes are read as they come back,
and once more when the overlap is.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recording import record
from two_crms import FORMS, Crms, two_crms

from crmbridge.app import nurture_lists, open_bridge
from crmbridge.core.limits import Effect
from crmbridge.core.model import Side
from crmbridge.core.operations import Operation, OperationKind
from crmbridge.engine.cycle import Bridge
from crmbridge.settings import load_settings

SIZES = (10, 1_000, 100_000)
CYCLE = 60
IDLE = 3
"""Two searches of HubSpot, one composite of Salesforce."""
BULK_JOB = 6
_OTHERS = 5
_SETTLING = 15
"""Cycles after which our own writes lie behind every overlap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A bridge at work, and to whom it may write for reasons of their own, with the side."""

    bridge: Bridge
    others: set[tuple[Side, str]]


class Watched:
    """A connector whose operations are counted."""

    def __init__(self, connector: Any) -> None:
        self._connector = connector
        self.sent: list[Operation] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)

    def apply(self, operations: list[Operation]) -> Any:
        """Hand them on."""
        self.sent += operations
        return self._connector.apply(operations)


@contextmanager
def watching(bridge: Bridge) -> Iterator[dict[Side, Watched]]:
    """The bridge's connectors, watched meanwhile."""
    connectors = dict(bridge.connectors)
    watched = {side: Watched(connector) for side, connector in connectors.items()}
    bridge.connectors = watched  # type: ignore[assignment]
    yield watched
    bridge.connectors = connectors


def take(watched: dict[Side, Watched]) -> dict[Side, list[Operation]]:
    """What was sent to each side since this was last asked."""
    taken = {side: each.sent for side, each in watched.items()}
    for each in watched.values():
        each.sent = []
    return taken


@contextmanager
def live_bridge(crms: Crms, folder: str, behind: int) -> Iterator[Live]:
    """A bridge that has read everything and written everything, and has made MQLs of some contacts
    ``behind`` so many; with limits that hold nothing. Its slow streams, census and comparison do
    not come up again."""
    settings = load_settings(
        None, {**crms.sections, "store": Path(folder) / "b.db", "slow_interval": 86_400}
    )
    with open_bridge(settings) as bridge:
        plenty = Effect(people=10**9, mqls=10**9, list_removals=10**9)
        limits = replace(bridge.rules.limits, cycle=plenty, day=plenty, share_from=10**9)
        bridge.rules = replace(bridge.rules, limits=limits)
        bridge.meet()
        for connector in bridge.connectors.values():
            connector.provision(nurture_lists(bridge.rules))
        bridge.run_cycle(crms.advance(CYCLE))
        with watching(bridge) as watched:
            # What a process asks for once, as the order of life-cycle stages, is no cost of a
            # change; what these people's clocks write later is not of anybody who changes.
            crms.act("demo", _OTHERS, CYCLE, behind=behind)
            settle(bridge, crms)
            others = _who(take(watched))
        yield Live(bridge=bridge, others=others)


def settle(bridge: Bridge, crms: Crms) -> list[int]:
    """Run cycles until our own writes have come back; what each cost."""
    return [sum(bridge.run_cycle(crms.advance(CYCLE)).calls.values()) for _ in range(_SETTLING)]


def measure(live: Live, crms: Crms, what: str, count: int) -> dict[str, Any]:
    """One burst and what follows it."""
    bridge = live.bridge
    now = crms.act(what, count, CYCLE / 2) if count else crms.advance(CYCLE / 2)
    now = crms.advance(CYCLE / 2)
    with watching(bridge) as watched:
        begin = time.perf_counter()
        burst = bridge.run_cycle(now)
        took = time.perf_counter() - begin
        sent = take(watched)
        reached = _who(sent)
        after, latency = [], 1 if reached else 0
        for number in range(2, _SETTLING + 2):
            after.append(sum(bridge.run_cycle(crms.advance(CYCLE)).calls.values()))
            late = _who(take(watched)) - live.others
            if not late <= reached:
                latency, reached = number, reached | late
    looking, rest = least(count, what, sent)
    made = sum(burst.calls.values())
    return {
        "what": what,
        "changed": count,
        "written": dict(burst.writes),
        "calls": dict(burst.calls),
        "least": looking + rest,
        "ratio": round(made / (looking + rest), 2),
        "without_looking": round(made / rest, 2),
        "latency": latency,
        "afterwards": after,
        "seconds": round(took, 1),
    }


def _who(sent: dict[Side, list[Operation]]) -> set[tuple[Side, str]]:
    return {(side, each.uid) for side, own in sent.items() for each in own}


def least(count: int, what: str, sent: dict[Side, list[Operation]]) -> tuple[int, int]:
    """The least calls: for looking before writing, and for the rest. See the module's text."""
    kinds = {side: Counter(each.kind for each in own) for side, own in sent.items()}
    relied = {side: sum(1 for each in own if each.expected) for side, own in sent.items()}
    marketing, sales = kinds[Side.MARKETING], kinds[Side.SALES]
    new = sales[OperationKind.CREATE] + sales[OperationKind.TASK]
    looking = _calls(relied[Side.MARKETING], 100) + _calls(relied[Side.SALES], 1_000)
    looking += _calls(new, 1_000)
    contacts, leads = (0, count) if what == "work" else (count, 0)
    reading = 1 + max(1, _calls(contacts, 200)) + max(1, _calls(leads, 2_000))
    reading += _calls(contacts, 50) if what in FORMS else 0
    writing = sum(_calls(rows, 100) for rows in marketing.values())
    writing += min(_calls(sales.total(), 1_000), _calls(new, 1_000) + BULK_JOB)
    return looking, reading + writing


def _calls(rows: int, size: int) -> int:
    return math.ceil(rows / size)


def main() -> None:
    """Measure every size of burst, of both kinds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="people changed")
    sizes = sorted(parser.parse_args().sizes)
    found = []
    for size in sizes:
        with (
            # Of five people four are contacts.
            two_crms(people=max((size + _OTHERS) * 5 // 4 + 1, 200)) as crms,
            tempfile.TemporaryDirectory() as folder,
            live_bridge(crms, folder, size) as live,
        ):
            if size == sizes[0]:
                found.append(measure(live, crms, "nothing", 0))
            found += [measure(live, crms, what, size) for what in ("titles", "paper", "demo")]
            found.append(measure(live, crms, "work", min(size, crms.leads)))
    columns = ("what", "changed", "written", "calls", "least", "ratio", "without_looking")
    record(f"api-calls-{sizes[-1]}", {"bursts": found}, (*columns, "latency", "seconds"), found)


if __name__ == "__main__":
    main()
