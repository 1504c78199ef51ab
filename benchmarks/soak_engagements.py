"""Tens of thousands of acts in a portal, read through a lagging index: none lost, none doubled.

``SEEDS`` (default 1-1) names the range, as FIRST-LAST; ``PEOPLE``, ``ACTS`` and ``DAYS`` the size
of each run. Writes a result file with the counts and the commit.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from engagement_lives import live
from recording import commit
from soaking import seeds, write_result


def main() -> None:
    """Run every seed; exit code 1 if an act was lost or invented."""
    tried, measured = seeds("1-1"), commit()
    size = {
        "people": int(os.environ.get("PEOPLE", "10000")),
        "acts": int(os.environ.get("ACTS", "50000")),
        "days": int(os.environ.get("DAYS", "30")),
    }
    runs = [_run(seed, size) for seed in tried]
    write_result("engagements", tried, measured, **size, runs=runs)
    sys.exit(1 if any(run["lost"] or run["invented"] for run in runs) else 0)


def _run(seed: int, size: dict[str, int]) -> dict[str, int]:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        lives = live(seed, folder=Path(folder), **size)
    unkept = sum(
        (acts - lives.read[who]).total() for who, acts in lives.lived.items() if who in lives.unkept
    )
    return {
        "seed": seed,
        "lived": sum(acts.total() for acts in lives.lived.values()),
        "read": sum(acts.total() for acts in lives.read.values()),
        "lost": lives.lost,
        "invented": lives.invented,
        "not_kept_by_hubspot": unkept,
        "merges": lives.merges,
        "archives": lives.archives,
        "polls": lives.polls,
        "calls": lives.calls,
        "seconds": round(time.monotonic() - began),
    }


if __name__ == "__main__":
    main()
