"""Journal entries as an operator reads them, exports them, and asks for them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime

import click
import pytest

from crmbridge.cli.csv_cells import csv_line
from crmbridge.cli.instants import instant
from crmbridge.cli.journal_lines import WRITERS, as_csv, as_json, as_text
from crmbridge.core.journal import JournalEntry, JournalKind

AT = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
MOVE = {"from": "LEAD", "to": "MQL", "why": "demo"}


def entry(kind: JournalKind, **payload: object) -> JournalEntry:
    return JournalEntry(seq=7, kind=kind, uid="u1", at=AT, payload=payload)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            entry(JournalKind.MOVED, **MOVE),
            "LEAD -> MQL: demo",
        ),
        (
            entry(
                JournalKind.WRITTEN,
                operation="update",
                outcome="done",
                record="hubspot:contact:1",
                changes=[{"field": "stage"}],
            ),
            "update hubspot:contact:1 stage [done]",
        ),
        (entry(JournalKind.DROPPED, operation="create", by="Olga"), "operation=create, by=Olga"),
        (entry(JournalKind.DECIDED, reasons=["score 70", "fit A"]), "score 70"),
        (entry(JournalKind.DECIDED, reasons=[]), ""),
        (entry(JournalKind.WRITTEN), ""),
    ],
    ids=["a move", "a write", "a dropped write", "a decision", "no reason", "erased"],
)
def test_a_line_tells_the_most_telling(told: JournalEntry, expected: str) -> None:
    line = as_text(told)
    assert line.startswith("     7 2026-06-09 14:00:00 ")
    assert line.endswith(f"u1 {expected}")


def test_every_format_tells_the_whole_entry() -> None:
    told = entry(JournalKind.PAUSED, by="Olga", scope="all")
    assert "seq,at,kind,person,by,payload" == WRITERS["csv"][0]
    (row,) = csv.reader([as_csv(told)])
    payload = {"by": "Olga", "scope": "all"}
    assert ["7", AT.isoformat(), "paused", "u1", "Olga"] == row[:5]
    assert payload == json.loads(row[5])
    assert payload == json.loads(as_json(told))["payload"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " ="])
def test_no_cell_is_a_formula_for_a_spreadsheet(start: str) -> None:
    evil = f'{start}HYPERLINK("http://evil.example")'
    (row,) = csv.reader([csv_line([evil, "plain", -7, "a=b"])])
    assert [f"'{evil}", "plain", "-7", "a=b"] == row


def test_a_day_is_its_beginning_and_utc_unless_told_otherwise() -> None:
    assert datetime(2026, 6, 9, tzinfo=UTC) == instant("2026-06-09")
    assert datetime(2026, 6, 9, 12, 0, tzinfo=UTC) == instant("2026-06-09T14:00+02:00")
    with pytest.raises(click.BadParameter, match="write a day"):
        instant("yesterday")
