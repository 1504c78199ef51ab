"""``crmbridge chaos`` on the wall clock, with a result file: acts, faults and kills counted.

``MINUTES`` (default 10) says how long, ``SEEDS`` (default 1-1) with which seed, as FIRST-LAST.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from recording import commit
from soaking import seeds, write_result

from crmbridge.logs import quiet
from crmbridge.ordeal.chaos import rage


def main() -> None:
    """Rage with every seed; exit code 1 if one broke a promise."""
    quiet()
    tried, measured = seeds("1-1"), commit()
    minutes = float(os.environ.get("MINUTES", "10"))
    outcomes = []
    for seed in tried:
        with tempfile.TemporaryDirectory(prefix="crmbridge-") as folder:
            outcomes.append(rage(seed, minutes, Path(folder), lambda _: None))
    runs = [outcome.plain() for outcome in outcomes]
    write_result("chaos", tried, measured, minutes=minutes, runs=runs)
    sys.exit(1 if any(outcome.broken for outcome in outcomes) else 0)


if __name__ == "__main__":
    main()
