"""The same story gives the same journal on SQLite and PostgreSQL, crashes and faults included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from postgres import PostgresServer

from crmbridge.ordeal.running import run

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(900)]


@pytest.mark.parametrize("seed", [7, 11])
def test_an_ordeal_gives_the_same_journal_on_either(
    seed: int, tmp_path: Path, postgres: PostgresServer
) -> None:
    with postgres.database() as place:
        on_sqlite, on_postgresql = (
            replace(run(seed, 25, tmp_path, store=store), seconds=0.0) for store in (None, place)
        )

    assert [] == on_sqlite.broken
    assert 64 == len(on_sqlite.journal)
    assert on_sqlite == on_postgresql
