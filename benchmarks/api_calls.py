"""What a cycle costs in API calls, against the least that the vendors' batch sizes allow.

Prints ratios of one run: quiet cycles, and a cycle in which N people did something at once. The
least for a burst is one call per hot stream, one page of 200 or history batch of 50 per so many
changed contacts, and one batch per 100 (HubSpot) or 200 (Salesforce) written records.
"""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crmbridge.app import nurture_lists, open_bridge
from crmbridge.clock import WorldClock
from crmbridge.core.limits import Effect
from crmbridge.engine.cycle import CycleReport
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.population import Home, make_people
from crmbridge.sandbox.seeding import make_team, seed_people
from crmbridge.settings import load_settings

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
HOT = 3


def main() -> None:
    """Measure and print one JSON object."""
    results = [measure(people) for people in (100, 400)]
    print(json.dumps(results, indent=2))


def measure(people: int) -> dict[str, object]:
    """Quiet cycles and one burst for a population of this size."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(WorldClock(START), rate_limits=False) as sandbox,
    ):
        population = make_people(people, 1)
        seed_people(sandbox, population, make_team(sandbox))
        settings = load_settings(
            None,
            {**sandbox.sections(), "store": Path(folder) / "b.db", "slow_interval": 86_400},
        )
        with open_bridge(settings) as bridge:
            # Everybody at once is what the limits are there to hold; here it is the question.
            plenty = Effect(people=people * 10, mqls=people * 10, list_removals=people * 10)
            limits = replace(bridge.rules.limits, cycle=plenty, day=plenty)
            bridge.rules = replace(bridge.rules, limits=limits)
            bridge.meet()
            for connector in bridge.connectors.values():
                connector.provision(nurture_lists(bridge.rules))

            def cycle() -> CycleReport:
                sandbox.clock.advance(60)
                return bridge.run_cycle(sandbox.clock.now())

            cycle()
            cycle()
            # Past the overlap in which the import and the first writes are read again.
            sandbox.clock.advance(timedelta(minutes=15).total_seconds())
            cycle()
            quiet = [sum(cycle().calls.values()) for _ in range(5)]
            visitors = sandbox.hubspot_client()
            active = [p for p in population if p.email and p.home is not Home.SALESFORCE]
            for person in active:
                visitors.sim("visitor/form", {"email": person.email, "form": "Request a demo"})
            burst = cycle()
            return _ratios(people, quiet, len(active), burst)


def _ratios(people: int, quiet: list[int], acted: int, burst: CycleReport) -> dict[str, object]:
    reads = HOT + math.ceil(acted / 200) - 1 + math.ceil(acted / 50)
    writes = math.ceil(burst.writes["hubspot"] / 100) + math.ceil(burst.writes["salesforce"] / 200)
    made = sum(burst.calls.values())
    return {
        "people": people,
        "quiet_calls_per_cycle": max(quiet),
        "quiet_ratio_to_minimum": round(max(quiet) / HOT, 2),
        "burst_people": acted,
        "burst_records_written": sum(burst.writes.values()),
        "burst_calls": made,
        "burst_minimum": reads + writes,
        "burst_ratio_to_minimum": round(made / (reads + writes), 2),
    }


if __name__ == "__main__":
    main()
