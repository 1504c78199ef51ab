"""The demo's promises over many seeds; writes a result file with seeds, counts and commit.

``SEEDS`` (default 4-13) names the range, as FIRST-LAST.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from promises import check_lists, check_report, check_sides, six_weeks


def main() -> None:
    """Run every seed; exit code 1 if one breaks a promise."""
    first, last = map(int, os.environ.get("SEEDS", "4-13").split("-"))
    outcomes = {seed: _try(seed) for seed in range(first, last + 1)}
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    result = {
        "campaign": "demo",
        "commit": commit,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seeds": [first, last],
        "broken": {seed: text for seed, text in outcomes.items() if text},
    }
    path = Path(__file__).parent / "results" / f"demo-{first}-{last}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
    sys.exit(1 if result["broken"] else 0)


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
