"""Where a measurement goes: a file in ``results/``, and a table for whoever waits."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def commit() -> str:
    """The commit that is measured."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def write(name: str, measured: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Write ``results/NAME.json``, and give back what stands there; ``measured`` is the commit."""
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    result = {"benchmark": name, "commit": measured, "finished": finished, **found}
    path = Path(__file__).parent / "results" / f"{name}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    return result


def record(
    name: str, found: Mapping[str, Any], columns: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write the result file and print these columns of the rows."""
    write(name, commit(), found)
    table = [[column.replace("_", " ") for column in columns]]
    table += [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    print(f"{name}:")
    for line in table:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name}={each:,}" for name, each in value.items())
    return f"{value:,}" if isinstance(value, int | float) else str(value)
