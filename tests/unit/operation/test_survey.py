"""One look at the bridge: what it costs, and when it counts again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from crmbridge.core.forecasting import Allowance
from crmbridge.operation.survey import Surveyor
from crmbridge.store import Store

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "bridge.db") as opened:
        yield opened


def statements(store: Store, surveyor: Surveyor, minutes: int, *, changed: bool) -> list[str]:
    """What a look asks, and how SQLite answers it."""
    asked: list[str] = []

    def note(_c: object, _cursor: object, text: str, *_more: object) -> None:
        asked.append(text)

    event.listen(store._engine, "before_cursor_execute", note)
    try:
        surveyor.look(NOON + minutes * MINUTE, changed=changed)
    finally:
        event.remove(store._engine, "before_cursor_execute", note)
    return asked


def counts_people(asked: list[str]) -> bool:
    return any("GROUP BY persons.stage" in " ".join(text.split()) for text in asked)


def test_people_are_counted_again_only_after_a_change_and_not_at_every_cycle(
    store: Store,
) -> None:
    surveyor = Surveyor(store)
    assert counts_people(statements(store, surveyor, 0, changed=False)), "nothing is known yet"
    for minute in range(1, 60):
        assert not counts_people(statements(store, surveyor, minute, changed=False))
    assert counts_people(statements(store, surveyor, 61, changed=True))
    assert not counts_people(statements(store, surveyor, 62, changed=True))
    assert not counts_people(statements(store, surveyor, 64, changed=False))
    assert counts_people(statements(store, surveyor, 66, changed=False)), "what was left is counted"
    assert not counts_people(statements(store, surveyor, 99, changed=False))


def test_an_idle_look_asks_little_and_reads_no_large_table(store: Store) -> None:
    surveyor = Surveyor(store)
    surveyor.look(NOON)
    asked = [
        text
        for text in statements(store, surveyor, 1, changed=False)
        if text.lstrip().startswith("SELECT")
    ]
    assert 5 <= len(asked) <= 9
    plans: list[str] = []
    with store.read() as tx:
        for text in asked:
            held = text.replace("?", "'x'")
            rows = tx._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {held}").all()
            plans += [str(row[-1]) for row in rows]
    small = ("SCAN outages", "SCAN pauses", "SCAN checkpoints", "SCAN allowances")
    scans = [each for each in plans if each.startswith("SCAN")]
    assert [] == [each for each in scans if not each.startswith(small)]


def test_what_a_crm_told_last_of_its_calls_is_shown_at_once(store: Store) -> None:
    def tell(used: int, minutes: int) -> None:
        told = Allowance(limit=1000, used=used, reserve=0.1, told_at=NOON + minutes * MINUTE)
        with store.transaction() as tx:
            tx.keep_allowance("hubspot", told)

    surveyor = Surveyor(store)
    tell(10, 0)
    (first,) = surveyor.look(NOON).forecasts
    tell(20, 1)
    (second,) = surveyor.look(NOON + MINUTE, changed=False).forecasts
    assert (10, 20) == (first.allowance.used, second.allowance.used)
