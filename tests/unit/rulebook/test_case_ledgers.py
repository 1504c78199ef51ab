"""Everything decided in every case stays as it is: moves, stamps, writes, tasks, reasons.

A changed line is a changed decision. If it is meant, `python tests/support/ledger.py` writes the
files anew, and the difference belongs into the review.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger import GOLDEN, case_files, ledger

from crmbridge.core.rules import Rules


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_the_ledger_of_a_case_file_stays_as_it_is(path: Path, default_rules: Rules) -> None:
    kept = (GOLDEN / f"{path.stem}.txt").read_text(encoding="utf-8")

    assert kept.splitlines() == ledger(default_rules, path).splitlines()


def test_no_ledger_is_left_of_a_file_that_is_gone() -> None:
    assert {path.stem for path in case_files()} == {path.stem for path in GOLDEN.glob("*.txt")}
