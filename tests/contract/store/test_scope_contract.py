"""Since when the bridge acts for whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crmbridge.core.model import ObjectType, Ref
from crmbridge.store import Store, Transaction
from crmbridge.store.tables import persons

NOW = datetime(2026, 6, 9, 7, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
ADA = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="1")
BEN = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="2")


def since(tx: Transaction) -> dict[str, datetime | None]:
    return tx.entered(["a", "b"])


def known(tx: Transaction) -> None:
    """Two people, of whom ``a`` was decided about."""
    tx.set_links({ADA: "a", BEN: "b"})
    row = {column.name: None for column in persons.c} | {
        "uid": "a",
        "stage": "LEAD",
        "cycle": 0,
        "recycle_count": 0,
        "opted_out": False,
        "decided_at": NOW,
        "reasons": "[]",
        "contributions": "[]",
        "standing": "{}",
    }
    tx._add(persons, [row])  # a decision would need a rule book


def test_another_scope_has_everybody_looked_at_and_the_same_one_nobody(store: Store) -> None:
    with store.transaction() as tx:
        known(tx)
        tx.begin_scope("x", NOW)
        assert ["a", "b"] == tx.dirty_persons()
        tx.clear_dirty([ADA, BEN])
        tx.begin_scope("x", LATER)
        assert ([], NOW) == (tx.dirty_persons(), tx.scope_since())
        tx.mark_dirty([ADA])
        tx.begin_scope("y", LATER)
        assert (["a", "b"], LATER) == (tx.dirty_persons(), tx.scope_since())
        assert [ADA] == tx.dirty_refs_of(["a"])["a"]


def test_going_live_after_a_canary_keeps_who_was_in_and_forgets_who_was_outside(
    store: Store,
) -> None:
    with store.transaction() as tx:
        known(tx)
        tx.begin_scope("x", NOW)
        tx.note_scope({"a": NOW, "b": None})
        assert (1, 1) == tx.scope_counts()
        assert tx.go_live() is None
        tx.begin_go_live(LATER)

        assert (LATER, None) == (tx.go_live(), tx.scope_since())
        assert {"a": NOW} == since(tx)


def test_going_live_again_keeps_the_instant_of_whom_was_decided_about(store: Store) -> None:
    with store.transaction() as tx:
        tx.begin_go_live(NOW)
        tx.begin_go_live(LATER)
        assert NOW == tx.go_live()
        known(tx)
        tx.begin_scope("x", LATER)
        tx.note_scope({"b": None})
        tx.begin_go_live(LATER)

        assert LATER == tx.go_live()
        assert {"a": NOW} == since(tx)


def test_of_two_who_are_one_the_bridge_acts_for_whichever_it_did(store: Store) -> None:
    with store.transaction() as tx:
        tx.note_scope({"a": NOW, "b": None})
        tx.unite_scope("a", "b")
        assert {"b": NOW} == since(tx)
        tx.note_scope({"a": None})
        tx.unite_scope("a", "b")
        assert {"b": NOW} == since(tx)
