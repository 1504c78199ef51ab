"""The demo's promises over many seeds; writes a result file with seeds, counts and commit.

``SEEDS`` (default 2-13) names the range, as FIRST-LAST.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from promises import check_lists, check_report, check_sides, six_weeks
from recording import commit
from soaking import seeds, write_result


def main() -> None:
    """Run every seed; exit code 1 if one breaks a promise."""
    tried, measured = seeds("2-13"), commit()
    outcomes = {seed: _try(seed) for seed in tried}
    broken = {seed: text for seed, text in outcomes.items() if text}
    write_result("demo", tried, measured, broken=broken)
    sys.exit(1 if broken else 0)


def _try(seed: int) -> str:
    """Empty if every promise holds."""
    with tempfile.TemporaryDirectory() as folder:
        shown = six_weeks(seed, Path(folder))
        try:
            check_report(shown.report)
            check_sides(shown)
            check_lists(shown)
        except AssertionError as broken:
            return str(broken).splitlines()[0]
    return ""


if __name__ == "__main__":
    main()
