"""Journal entries as lines: for a reader, as JSON objects, or for a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from crmbridge.cli.csv_cells import csv_line
from crmbridge.core.journal import JournalEntry

_COLUMNS = ("seq", "at", "kind", "person", "by", "payload")


def as_text(entry: JournalEntry) -> str:
    """The entry's most telling parts."""
    return (
        f"{entry.seq:>6} {entry.at:%Y-%m-%d %H:%M:%S} {entry.kind:<8} "
        f"{entry.uid} {_digest(entry.payload)}"
    )


def as_json(entry: JournalEntry) -> str:
    """The whole entry."""
    return json.dumps(
        {
            "seq": entry.seq,
            "at": entry.at.isoformat(),
            "kind": entry.kind.value,
            "person": entry.uid,
            "payload": dict(entry.payload),
        }
    )


def as_csv(entry: JournalEntry) -> str:
    """The whole entry; what it says is one cell of JSON."""
    payload = json.dumps(dict(entry.payload), ensure_ascii=False, sort_keys=True)
    by = entry.payload.get("by", "")
    return csv_line((entry.seq, entry.at.isoformat(), entry.kind.value, entry.uid, by, payload))


WRITERS: Mapping[str, tuple[str, Callable[[JournalEntry], str]]] = {
    "text": ("", as_text),
    "json": ("", as_json),
    "csv": (csv_line(_COLUMNS), as_csv),
}
"""Format → the line above all entries, and how an entry is written."""


def _digest(payload: Mapping[str, object]) -> str:
    if "from" in payload:
        return f"{payload['from']} -> {payload['to']}: {payload['why']}"
    if "operation" in payload and "outcome" in payload:
        fields = payload.get("changes")
        names = ", ".join(c["field"] for c in fields) if isinstance(fields, list) else ""
        where = payload.get("list") or payload.get("record") or ""
        return f"{payload['operation']} {where} {names} [{payload['outcome']}]"
    if "reasons" in payload:
        reasons = payload["reasons"]
        return str(reasons[0]) if isinstance(reasons, list) and reasons else ""
    return ", ".join(f"{key}={value}" for key, value in payload.items())
