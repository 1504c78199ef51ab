"""The ordeal over many seeds: every act, trouble and crash counted, every promise checked.

``SEEDS`` (default 1-20) names the range, as FIRST-LAST; ``CYCLES`` (default 150) the length of
each run. Writes a result file with the counts and the commit.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from recording import commit
from soaking import seeds, write_result

from crmbridge.logs import quiet
from crmbridge.ordeal.crashes import Moment
from crmbridge.ordeal.running import ACTS, EDITED_UNDER, run
from crmbridge.ordeal.troubles import TROUBLES


def main() -> None:
    """Run every seed; exit code 1 if one broke a promise."""
    quiet()
    tried, measured = seeds("1-20"), commit()
    cycles = int(os.environ.get("CYCLES", "150"))
    counts: Counter[str] = Counter(
        dict.fromkeys((*ACTS, EDITED_UNDER, *TROUBLES, *map(str, Moment)), 0)
    )
    broken: dict[int, list[str]] = {}
    lived, written, stopped, seconds = 0, 0, 0, 0.0
    for seed in tried:
        with tempfile.TemporaryDirectory() as folder:
            outcome = run(seed, cycles, Path(folder))
        for found in (outcome.acts, outcome.troubles, outcome.crashes):
            counts.update({str(name): count for name, count in found.items()})
        lived, written = lived + outcome.cycles, written + outcome.writes
        stopped, seconds = stopped + outcome.stopped, seconds + outcome.seconds
        if outcome.broken:
            broken[seed] = outcome.broken
    crashes = sum(counts[str(each)] for each in Moment)
    write_result(
        "ordeal",
        tried,
        measured,
        cycles=lived,
        writes=written,
        stopped_by_a_crm=stopped,
        cycles_per_second=round(lived / seconds, 1),
        crashes_between_write_and_receipt=round(
            counts[str(Moment.BEFORE_RECEIPT)] / max(crashes, 1), 3
        ),
        counts=dict(sorted(counts.items())),
        broken=broken,
    )
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
