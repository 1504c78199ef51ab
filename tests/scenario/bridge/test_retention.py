"""The store lets go of what is old while the bridge runs, once a day and in portions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from company import Company, company
from drill import ADA

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.engine import pruning
from crmbridge.engine.pruning import Retention

DAY = 24 * 60


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path) as made:
        assert Retention(journal=timedelta(days=400), outbox=timedelta(days=30)) == (
            made.bridge.retention
        )
        made.bridge.retention = Retention(journal=timedelta(days=30), outbox=timedelta(days=7))
        made.contact(ADA)
        made.cycle()
        made.form(ADA, "Request a demo")
        for _ in range(3):
            made.cycle(20)
        yield made


def first(people: Company) -> int:
    """The number of the oldest entry that is there, proved."""
    with people.bridge.store.read() as tx:
        assert tx.verify_journal() is None
        return tx.journal(limit=1)[0].seq


def test_a_cycle_lets_go_of_what_is_old_and_repeats_nothing(people: Company) -> None:
    for _ in range(8):
        people.cycle(DAY)
    with people.bridge.store.read() as tx:
        written = [each for each in tx.journal() if each.kind is JournalKind.WRITTEN]
        assert 0 < tx.row_counts()["outbox"] < len(written)
        assert 1 == first(people)
    for _ in range(26):
        people.cycle(DAY)
    assert 1 < first(people)
    with people.bridge.store.read() as tx:
        assert JournalKind.PRUNED in {each.kind for each in tx.journal()}
        assert tx.row_counts()["cycles"] < 34
    assert 1 == len(people.query("SELECT Id FROM Lead"))
    writes = [sum(people.cycle(20).writes.values()) for _ in range(10)]
    assert [0] * 10 == writes


def test_it_is_done_once_a_day_and_goes_on_in_the_next_cycle_where_it_is_much(
    people: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "PORTION", 2)
    monkeypatch.setattr(pruning, "MOST", 1)
    people.cycle(DAY)
    people.bridge.retention = Retention(journal=timedelta(0))
    seen = first(people)
    people.cycle(20)
    assert seen == first(people)
    people.cycle(DAY)
    assert seen + 2 == first(people)
    people.cycle(1)
    assert seen + 4 == first(people)


def test_an_entry_is_not_old_before_its_day(people: Company) -> None:
    with people.bridge.store.transaction() as tx:
        entry = JournalEntry(kind=JournalKind.MOVED, uid="u", at=people.clock.now(), payload={})
        number = tx.write_journal(entry)
    people.cycle(29 * DAY)
    assert first(people) <= number
    people.cycle(2 * DAY)
    assert number < first(people)
