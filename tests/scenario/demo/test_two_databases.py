"""A demo leaves the same journal and the same people in SQLite and in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from postgres import PostgresServer

from crmbridge.core.journal import JournalEntry
from crmbridge.demo.runner import prepare, run
from crmbridge.store_place import StorePlace

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(900)]

PEOPLE, DAYS = 40, 6


def live(store: StorePlace) -> tuple[list[JournalEntry], dict[str, int], dict[str, int]]:
    with prepare(store, people=PEOPLE, seed=7, days=DAYS) as demo:
        run(demo, DAYS)
        with demo.bridge.store.read() as tx:
            assert tx.verify_journal() is None
            return tx.journal(), tx.row_counts(), tx.stage_counts()


def test_the_demo_is_the_same_on_either(tmp_path: Path, postgres: PostgresServer) -> None:
    on_sqlite = live(StorePlace(path=tmp_path / "demo.db"))
    with postgres.database() as place:
        on_postgresql = live(place)

    assert len(on_sqlite[0]) > 200
    assert on_sqlite == on_postgresql
