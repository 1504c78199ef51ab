"""How fast the default rule book decides, against a bare loop over the same facts.

100,000 people with 12 facts each, made one after the other from a seed. The bare loop is
written by hand and does the decay arithmetic of the same facts and nothing else: no caps a day,
no scanners, no stage, no clock, no writing. Against it stand the numbers of a score without its
reasons (signals, scanners, daily limits, decay, caps, grade), the same at another instant, and
whole decisions. Prints one JSON object: the ratios of processor times, decisions per second on one
core, and what `rules try` needs in memory for files of two lengths. `--people N` shortens it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crmbridge.core import fields as f
from crmbridge.core.decide import decide
from crmbridge.core.engagements import History
from crmbridge.core.facts import EngagementDetail, Evidence, Fact, FactKind
from crmbridge.core.model import ObjectType, Record, Ref, Side, SideView
from crmbridge.core.rules import Rules
from crmbridge.core.scoring import weigh
from crmbridge.core.view import PersonView
from crmbridge.rulebook import load
from crmbridge.rulebook.cases.surface import PlainSurface
from crmbridge.rulebook.locating import packaged

NOW = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
GO_LIVE = datetime(2020, 1, 1, tzinfo=UTC)
FACTS = 12
EVENTS = (
    (Evidence.FORM, "Webinar registration", 12.0, 30.0),
    (Evidence.FORM, "Whitepaper", 8.0, 30.0),
    (Evidence.CLICK, "Mail", 3.0, 14.0),
    (Evidence.PAGE, "https://www.example.com/blog", 2.0, 14.0),
    (Evidence.PAGE, "https://www.example.com/pricing", 10.0, 14.0),
    (Evidence.OPEN, "Mail", 0.0, 14.0),
)
MIDDLING_FIT = 24.0
SURFACES = {side: PlainSurface() for side in Side}


def people(count: int, seed: int) -> Iterator[tuple[PersonView, list[tuple[float, float, float]]]]:
    """A view and, for the bare loop, (points, half-life, age in days) of the same facts."""
    dice = random.Random(seed)
    for number in range(count):
        ref = Ref(system="hubspot", object_type=ObjectType.CONTACT, id=str(number))
        facts, bare = [], []
        for place in range(FACTS):
            evidence, name, points, half_life = dice.choice(EVENTS)
            age = dice.uniform(0, 90)
            facts.append(
                Fact(
                    key=f"{number}:{place}",
                    ref=ref,
                    kind=FactKind.ENGAGEMENT,
                    at=NOW - timedelta(days=age),
                    detail=EngagementDetail(evidence=evidence, name=name, target=name),
                )
            )
            bare.append((points, half_life, age))
        record = Record(
            ref=ref,
            version="1",
            modified_at=NOW - timedelta(days=91),
            created_at=NOW - timedelta(days=91),
            fields={
                f.EMAIL: f"p{number}@company{number % 5000}.example",
                f.TITLE: dice.choice(("VP Ops", "Analyst", "Warehouse Manager")),
                f.INDUSTRY: dice.choice(("Logistics", "Retail", "Hospitality")),
                f.EMPLOYEES: dice.choice((20, 120, 800, 5000)),
                f.COUNTRY: dice.choice(("US", "Germany", "Japan")),
            },
        )
        view = PersonView(
            uid=f"p{number}",
            go_live=GO_LIVE,
            surfaces=SURFACES,
            marketing=SideView(record=record),
            facts=tuple(facts),
            fresh=frozenset(fact.key for fact in facts),
        )
        yield view, bare


def bare_score(facts: list[tuple[float, float, float]]) -> float:
    """Nothing but the decay."""
    total = 0.0
    for points, half_life, age in facts:
        total += points * math.pow(0.5, age / half_life)
    return total


def measure(rules: Rules, count: int) -> dict[str, float]:
    """Processor seconds of both, in slices so that memory stays small and noise is shared."""
    first = again = bare = scores = moments = 0.0
    source = people(count, 1)
    while batch := list(itertools.islice(source, 2000)):
        begin = time.process_time()
        histories = [History(view.facts, rules.score) for view, _ in batch]
        for history in histories:
            weigh(MIDDLING_FIT, history, rules, NOW)
        scores += time.process_time() - begin
        begin = time.process_time()
        for history in histories:
            weigh(MIDDLING_FIT, history, rules, NOW + timedelta(days=1))
        moments += time.process_time() - begin
        begin = time.process_time()
        decisions = [decide(view, rules, NOW) for view, _ in batch]
        first += time.process_time() - begin
        later = NOW + timedelta(minutes=1)
        known = [
            (view, decision.standing) for (view, _), decision in zip(batch, decisions, strict=True)
        ]
        views = [_with(view, standing) for view, standing in known]
        begin = time.process_time()
        for view in views:
            decide(view, rules, later)
        again += time.process_time() - begin
        begin = time.process_time()
        for _, facts in batch:
            bare_score(facts)
        bare += time.process_time() - begin
    return {
        "scores_per_second": round(count / scores),
        "ratio_score": round(scores / bare, 1),
        "ratio_score_at_another_instant": round(moments / bare, 1),
        "first_decisions_per_second": round(count / first),
        "later_decisions_per_second": round(count / again),
        "bare_loops_per_second": round(count / bare),
        "ratio_first": round(first / bare, 1),
        "ratio_later": round(again / bare, 1),
    }


def _with(view: PersonView, standing: object) -> PersonView:
    from dataclasses import replace

    return replace(view, standing=standing, fresh=frozenset())  # type: ignore[arg-type]


def try_memory(count: int) -> dict[str, float]:
    """Peak memory and speed of `rules try` over a file of ``count`` people."""
    dice = random.Random(2)
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", delete=False) as file:
        for number in range(count):
            happens = [
                {
                    "at": (NOW - timedelta(days=dice.uniform(0, 90))).isoformat(),
                    "what": "form",
                    "name": "Whitepaper",
                }
                for _ in range(FACTS)
            ]
            person = {"email": f"p{number}@x.example", "title": "VP", "industry": "Logistics"}
            file.write(json.dumps({"id": str(number), "person": person, "happens": happens}) + "\n")
    command = [
        sys.executable,
        "-m",
        "crmbridge",
        "rules",
        "try",
        file.name,
        "--now",
        NOW.isoformat(),
    ]
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - begin
    Path(file.name).unlink()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"people": count, "people_per_second": round(count / seconds), "peak_mib": round(peak)}


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    count = parser.parse_args().people
    result = {
        "people": count,
        "facts_each": FACTS,
        **measure(load(packaged()), count),
        # The short file first: the peak is that of the largest child so far.
        "rules_try": [try_memory(max(count // 20, 100)), try_memory(count)],
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
