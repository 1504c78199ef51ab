"""What every long campaign needs: its seeds, and a result file with them and the commit."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def seeds(default: str) -> range:
    """The range that ``SEEDS`` names as FIRST-LAST."""
    first, last = map(int, os.environ.get("SEEDS", default).split("-"))
    return range(first, last + 1)


def commit() -> str:
    """The commit that is measured."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def write_result(campaign: str, tried: range, measured: str, **found: Any) -> None:
    """Write and print what was found, as ``results/CAMPAIGN-FIRST-LAST.json``; ``measured`` is the
    commit at the start."""
    result = {
        "campaign": campaign,
        "commit": measured,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seeds": [tried.start, tried.stop - 1],
        **found,
    }
    path = Path(__file__).parent / "results" / f"{campaign}-{tried.start}-{tried.stop - 1}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))
