"""Which rule book was in force on a store, so that an older one is noticed."""

from __future__ import annotations

from datetime import UTC, datetime

from crmbridge.store import Store

FIRST, SECOND = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


def test_the_newest_rule_book_is_remembered() -> None:
    """By its first day, then by its version; an older one that comes back changes nothing."""
    with Store.open(":memory:") as store:
        with store.read() as tx:
            assert tx.rulebook() is None
        for version, since, kept in (
            ("2026.1", FIRST, ("2026.1", FIRST)),
            ("2026.2 of June", SECOND, ("2026.2 of June", SECOND)),
            ("2026.3", FIRST, ("2026.2 of June", SECOND)),
            ("2026.3", SECOND, ("2026.3", SECOND)),
        ):
            with store.transaction() as tx:
                tx.keep_rulebook(version, since)
            with store.read() as tx:
                assert kept == tx.rulebook()
