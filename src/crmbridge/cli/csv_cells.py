"""Rows for a spreadsheet, in which nothing is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""With these a spreadsheet takes a cell for a formula, whoever wrote the text."""


def csv_line(cells: Iterable[object]) -> str:
    """One line of CSV without its end. A text that would be a formula gets an apostrophe before
    it; numbers stay as they are."""
    target = io.StringIO()
    csv.writer(target, lineterminator="").writerow([_safe(cell) for cell in cells])
    return target.getvalue()


def _safe(cell: object) -> object:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_STARTS):
        return f"'{cell}"
    return cell
