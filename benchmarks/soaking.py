"""What every long campaign needs: its seeds, and a result file with them."""

from __future__ import annotations

import json
import os
from typing import Any

from recording import write


def seeds(default: str) -> range:
    """The range that ``SEEDS`` names as FIRST-LAST."""
    first, last = map(int, os.environ.get("SEEDS", default).split("-"))
    return range(first, last + 1)


def write_result(campaign: str, tried: range, measured: str, **found: Any) -> None:
    """Write and print what was found, as ``results/CAMPAIGN-FIRST-LAST.json``; ``measured`` is the
    commit at the start."""
    name = f"{campaign}-{tried.start}-{tried.stop - 1}"
    result = write(name, measured, {"seeds": [tried.start, tried.stop - 1], **found})
    print(json.dumps(result, indent=2))
