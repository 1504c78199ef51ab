"""Every table is a part of a person or has a reason not to be; export and erasure follow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table

from crmbridge.core.model import ObjectType, Ref
from crmbridge.store import Store, Transaction
from crmbridge.store import tables as t
from crmbridge.store.holdings import PARTS, WITHOUT_PEOPLE, Fate, Traces
from crmbridge.store.tables import metadata

NOW = datetime(2026, 6, 9, 14, 30, tzinfo=UTC)


def ref(object_type: ObjectType, identity: str, system: str = "salesforce") -> Ref:
    return Ref(system=system, object_type=object_type, id=identity)


CONTACT = ref(ObjectType.CONTACT, "501", "hubspot")
DEAL, SHARED = ref(ObjectType.DEAL, "0061"), ref(ObjectType.DEAL, "0062")
HERS, HIS = ref(ObjectType.CONTACT, "0031"), ref(ObjectType.CONTACT, "0032")


def insert_row(tx: Transaction, table: Table, **given: Any) -> None:
    """A row with something in every column."""
    plain: dict[str, Any] = {
        "Integer": 7,
        "Float": 0.5,
        "Boolean": False,
        "Instant": NOW,
        "String": "x",
        "Text": "{}",
    }
    row = {column.name: plain[type(column.type).__name__] for column in table.columns}
    if table is t.records:
        # Other records; a reference of one character is none.
        row |= dict.fromkeys(("email", "merged_into", "converted_contact", "converted_deal"))
    tx._connection.execute(table.insert(), {**row, **given})


def fill(tx: Transaction, uid: str, contact: Ref, deal: Ref, number: int) -> None:
    """One row about a person in every table that holds people, made from the catalogue."""
    for table in dict.fromkeys(part.table for part in PARTS):
        names = {column.name for column in table.columns}
        given: dict[str, Any] = {}
        if "uid" in names:
            given["uid"] = uid
        if "ref" in names:
            given["ref"] = str(contact)
        if "contact" in names:
            given["contact"] = str(contact)
        if "deal" in names:
            given["deal"] = str(deal)
        for name in {"n", "seq"} & names:
            given[name] = number
        if table in (t.facts, t.outbox):
            given["key"] = f"key{number}"
        insert_row(tx, table, **given)
    insert_row(tx, t.journal_values, seq=number, payload='{"why": "told"}')
    insert_row(tx, t.records, ref=str(deal))
    insert_row(tx, t.deal_contacts, deal=str(SHARED), contact=str(contact))


def traces_of(tx: Transaction, uid: str = "u1") -> Traces:
    return tx.traces(uid)


def counts(tx: Transaction, uid: str) -> dict[str, int]:
    return {part.name: count for part, count in tx.holding_counts(tx.traces(uid))}


def test_every_table_is_part_of_a_person_or_has_a_reason_not_to_be() -> None:
    told = {part.table for part in PARTS}
    assert set(metadata.tables.values()) == told | set(WITHOUT_PEOPLE)
    assert set() == told & set(WITHOUT_PEOPLE)
    assert all(WITHOUT_PEOPLE.values())


def test_a_table_that_bears_a_persons_id_is_not_called_impersonal() -> None:
    bearing = {
        table
        for table in metadata.tables.values()
        if {"uid", "ref", "contact", "email"} & {column.name for column in table.columns}
    }
    left_after_an_erasure = {t.erasures, t.erased_records, t.erased_addresses}
    names_of_lists = {t.lists}
    expected = left_after_an_erasure | names_of_lists
    assert expected == bearing & set(WITHOUT_PEOPLE)


def test_the_export_tells_of_every_table_and_of_nobody_else(store: Store) -> None:
    with store.transaction() as tx:
        fill(tx, "u1", CONTACT, DEAL, 1)
        fill(tx, "u2", HIS, ref(ObjectType.DEAL, "0063"), 2)
        insert_row(tx, t.records, ref=str(SHARED))
        holdings = tx.holdings(traces_of(tx))
    assert {part.name for part in PARTS} == {each.part.name for each in holdings if each.rows}
    whole = str([each.rows for each in holdings])
    assert "u2" not in whole
    assert str(HIS) not in whole
    assert {"why": "told"} in [
        row["payload"] for each in holdings if each.part.table is t.journal for row in each.rows
    ]


def test_an_erasure_leaves_no_row_of_any_table_and_leaves_others_alone(store: Store) -> None:
    roles = '{"contact_ids": {"$all": ["0031", "0032", "0033"]}}'
    with store.transaction() as tx:
        fill(tx, "u1", HERS, DEAL, 1)
        fill(tx, "u2", HIS, ref(ObjectType.DEAL, "0063"), 2)
        insert_row(tx, t.records, ref=str(SHARED), fields=roles)
        insert_row(tx, t.deal_contacts, deal=str(SHARED), contact="salesforce:contact:0033")
        before = counts(tx, "u2")
        tx.erase_person(traces_of(tx), NOW)
        after = tx.holding_counts(traces_of(tx))
        assert before == counts(tx, "u2")
        moved = tx._connection.execute(t.moves.select().where(t.moves.c.n == 1)).one()
        clocks = tx._connection.execute(t.sla_clocks.select()).all()
    left = {part.fate for part, count in after if count}
    assert {Fate.EMPTIED} == left
    assert moved.uid.startswith("erased-")
    assert ("", "", datetime(2026, 6, 9, tzinfo=UTC)) == (moved.why, moved.cause, moved.at)
    assert {moved.uid, "u2"} == {row.uid for row in clocks}
