"""What the engine relies on: nothing fetched is lost, nothing intended is done twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.core.decision import Review
from crmbridge.core.facts import ConsentDetail, EngagementDetail, Evidence, Fact, FactKind
from crmbridge.core.handoff_rules import Assignment
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import ListState, ObjectType, Owner, OwnerKind, Record, Ref, Side, Value
from crmbridge.core.operations import (
    FieldChange,
    Lane,
    Operation,
    OperationKind,
)
from crmbridge.errors import ConfigError
from crmbridge.ports import Checkpoint, Page
from crmbridge.store import Store, codec, copy_store, open_existing
from crmbridge.store.tables import metadata
from crmbridge.store_place import StorePlace

Tamper = Callable[[str], None]
NOW = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
ADA = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="501")
LEAD = Ref(system="salesforce", object_type=ObjectType.LEAD, id="00Q1")


def record(ref: Ref = ADA, version: str = "1", minutes: int = 0, **fields: Value) -> Record:
    at = NOW + timedelta(minutes=minutes)
    return Record(ref=ref, version=version, modified_at=at, created_at=NOW, fields=fields)


def form(key: str = "k1", name: str = "Demo") -> Fact:
    return Fact(
        key=key,
        ref=ADA,
        kind=FactKind.ENGAGEMENT,
        at=NOW,
        detail=EngagementDetail(evidence=Evidence.FORM, name=name),
    )


def page(*records: Record, facts: tuple[Fact, ...] = (), cursor: str = "c1") -> Page:
    position = Checkpoint(system="hubspot", stream="contacts", cursor=cursor, watermark=NOW)
    return Page(records=records, facts=facts, checkpoint=position)


def test_a_page_and_its_position_are_stored_together(store: Store) -> None:
    with store.transaction() as tx:
        result = tx.put_page(page(record(email="a@b.example"), facts=(form(),)), NOW)

    with store.read() as tx:
        assert {ADA} == result.changed
        assert 1 == result.new_facts
        assert [ADA] == tx.dirty_refs()
        assert "c1" == getattr(tx.checkpoint("hubspot", "contacts"), "cursor", None)
        assert [ADA] == [found.ref for found in tx.find_by_email("a@b.example")]


def test_a_page_that_is_put_twice_changes_nothing_the_second_time(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_page(page(record(), facts=(form(),)), NOW)
        tx.clear_dirty([ADA])
        again = tx.put_page(page(record(), facts=(form(name="Other"),)), NOW + timedelta(hours=1))

        assert (frozenset(), 0) == (again.changed, again.new_facts)
        assert [] == tx.dirty_refs()
        assert [NOW] == [fact.observed_at for fact in tx.facts_of([ADA])]


def test_an_exception_undoes_the_whole_transaction(store: Store) -> None:
    def interrupted() -> None:
        with store.transaction() as tx:
            tx.put_page(page(record()), NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    with store.read() as tx:
        assert tx.record(ADA) is None
        assert tx.checkpoint("hubspot", "contacts") is None


def test_what_was_merged_stays_so_when_its_crm_forgets_it(store: Store) -> None:
    """Once the winner is erased, too, the loser is simply gone; it may not be linked by then."""
    winner = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="9")
    merged = replace(record(version="merged", minutes=1), deleted=True, merged_into=winner)
    with store.transaction() as tx:
        tx.put_page(page(record()), NOW)
        tx.put_page(page(merged), NOW)
        gone = replace(record(version="gone", minutes=2), fields={}, deleted=True)
        assert frozenset() == tx.put_page(page(gone), NOW).changed
        kept = tx.record(ADA)
        back = record(version="back", minutes=3)
        tx.put_page(page(back), NOW)
        assert back == tx.record(ADA)
    assert merged == kept


def test_an_older_version_never_overwrites_a_newer_one(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_page(page(record(version="2", minutes=5, title="new")), NOW)
        tx.put_page(page(record(version="1", minutes=0, title="old")), NOW)

        assert "new" == getattr(tx.record(ADA), "fields", {})["title"]


def test_our_own_write_coming_back_asks_for_no_decision(store: Store) -> None:
    with store.transaction() as tx:
        tx.put_page(page(record(uid="u1")), NOW)
        tx.clear_dirty([ADA])
        tx.patch_record(ADA, {"stage": "MQL"}, None, NOW)
        result = tx.put_page(page(record(version="2", minutes=1, uid="u1", stage="MQL")), NOW)

        assert frozenset() == result.changed


def test_a_record_known_only_from_a_receipt_begins_with_what_was_written(store: Store) -> None:
    with store.transaction() as tx:
        tx.patch_record(LEAD, {"stage": "MQL"}, None, NOW)
        tx.advance_base(LEAD, {"stage": "MQL"})
        tx.advance_base(LEAD, {"score": 67})

        assert {"stage": "MQL"} == getattr(tx.record(LEAD), "fields", None)
        assert {"stage": "MQL", "score": 67} == tx.base(LEAD)


def test_records_are_found_by_what_joins_them(store: Store) -> None:
    deal = Ref(system="salesforce", object_type=ObjectType.DEAL, id="006")
    contact = Ref(system="salesforce", object_type=ObjectType.CONTACT, id="003")
    account = Ref(system="salesforce", object_type=ObjectType.ACCOUNT, id="001")
    with store.transaction() as tx:
        tx.put_page(
            page(
                record(LEAD, converted_contact_id="003", converted_deal_id="006"),
                record(deal, contact_ids=("003", "003")),
                record(contact, account_id="001"),
                record(ADA, peer_lead_id="00Q1"),
            ),
            NOW,
        )

        assert {contact: [LEAD], deal: [LEAD]} == tx.leads_converted_to([contact, deal, ADA])
        (found,) = tx.deals_of_contacts([contact, ADA])[contact]
        assert deal == found.ref
        assert [contact] == tx.records_of_account(account)
        assert {LEAD: [ADA]} == tx.peers_of([LEAD, ADA])
        assert 4 == len(tx.records([LEAD, deal, contact, ADA, account]))
        many = [Ref(system="hubspot", object_type=ObjectType.CONTACT, id=str(n)) for n in range(9)]
        assert [] == tx.records(many)
        assert [] == tx.facts_of(many)


def test_links_unite_when_two_people_turn_out_to_be_one(store: Store) -> None:
    with store.transaction() as tx:
        tx.set_link(ADA, "u1")
        tx.set_link(LEAD, "u2")
        tx.mark_folded({"u2": {"k1"}})
        tx.unite("u2", "u1", frozenset())

        assert [ADA, LEAD] == tx.links("u1")
        assert "u1" == tx.link(LEAD)
        assert {"k1"} == tx.folded(["u1"])["u1"]
        assert frozenset({"u1"}) == tx.persons_of([ADA, LEAD])
        assert ["u1"] == tx.persons_with_record("00Q1")


def test_lists_tell_what_the_crm_shows_from_what_was_agreed(store: Store) -> None:
    snapshot = Ref(system="hubspot", object_type=ObjectType.LIST, id="7")
    other = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="502")
    with store.transaction() as tx:
        tx.agree_list(ADA, "NL-BUDGET", member=True)
        result = tx.put_page(page(record(snapshot, name="NL-BUDGET", members=("502",))), NOW)

        assert {ADA, other} == result.changed
        assert ListState(agreed=frozenset({"NL-BUDGET"})) == tx.list_state(ADA)
        assert {"NL-BUDGET": 1} == tx.list_counts()
        tx.agree_list(ADA, "NL-BUDGET", member=False)
        assert frozenset() == tx.list_state(ADA).agreed


def test_a_list_that_takes_the_name_of_another_owes_it_nothing(store: Store) -> None:
    """Nobody was taken off the new list by hand: all are to be decided about again."""
    former, present = (
        Ref(system="hubspot", object_type=ObjectType.LIST, id=each) for each in ("7", "8")
    )
    with store.transaction() as tx:
        tx.put_page(page(record(former, name="NL-BUDGET", members=("501",))), NOW)
        tx.agree_list(ADA, "NL-BUDGET", member=True)
        assert {"NL-BUDGET": former} == tx.list_refs()
        result = tx.put_page(page(record(present, name="NL-BUDGET", members=())), NOW)

        assert {ADA} == result.changed
        assert ListState() == tx.list_state(ADA)
        assert {"NL-BUDGET": present} == tx.list_refs()


def entry(uid: str = "u1", text: str = "moved") -> JournalEntry:
    return JournalEntry(kind=JournalKind.MOVED, uid=uid, at=NOW, payload={"why": text, "on": NOW})


def test_the_journal_is_in_order_and_proves_itself(store: Store) -> None:
    with store.transaction() as tx:
        assert [1, 2] == [tx.write_journal(entry("u1")), tx.write_journal(entry("u2"))]

        assert tx.verify_journal() is None
        assert [2] == [each.seq for each in tx.journal("u2")]
        assert [2] == [each.seq for each in tx.journal(after=1, limit=5)]
        assert {"why": "moved", "on": NOW.isoformat()} == tx.journal()[0].payload


def test_tampering_with_the_journal_is_found(store: Store, tamper: Tamper) -> None:
    with store.transaction() as tx:
        for _ in range(3):
            tx.write_journal(entry())
    tamper("UPDATE journal_values SET payload = '{}' WHERE seq = 2")

    with store.read() as tx:
        assert 2 == tx.verify_journal()


def test_erasing_what_was_said_keeps_the_proof(store: Store) -> None:
    with store.transaction() as tx:
        tx.write_journal(entry("u1"))
        tx.write_journal(entry("u2"))

        assert 1 == tx.erase_journal_values("u1")
        assert tx.verify_journal() is None
        assert {} == tx.journal("u1")[0].payload
        assert 2 == tx.journal_length()


def test_reviews_open_once_and_close_when_their_cause_is_gone(store: Store) -> None:
    low = Review(kind="hand_raiser_low_fit", why="low")
    with store.transaction() as tx:
        assert {"u1": ["hand_raiser_low_fit"]} == tx.set_reviews({"u1": [low]}, NOW)
        assert {"u1": []} == tx.set_reviews({"u1": [low]}, NOW + timedelta(hours=1))
        tx.open_review("u1", "identity_ambiguous:x", "two", NOW)
        tx.set_reviews({"u1": []}, NOW)

        assert ["identity_ambiguous:x"] == [review.kind for review in tx.open_reviews()]


def test_owners_are_replaced_by_later_knowledge(store: Store) -> None:
    ref = Ref(system="salesforce", object_type=ObjectType.OWNER, id="005")
    owner = Owner(ref=ref, name="Nora", kind=OwnerKind.HUMAN, time_zone="Europe/Berlin")
    later = Owner(ref=ref, name="Nora", kind=OwnerKind.HUMAN, active=False)
    with store.transaction() as tx:
        tx.put_page(Page(owners=(owner,)), NOW)
        assert {"005": owner} == tx.owners("salesforce")
        tx.put_page(Page(owners=(later,)), NOW)
        assert {"005": later} == tx.owners("salesforce")


def test_the_store_belongs_to_the_accounts_it_first_met(store: Store) -> None:
    with store.transaction() as tx:
        tx.bind("hubspot", "1")
        tx.bind("hubspot", "1")
        assert {"hubspot": "1"} == tx.bound_accounts()
        with pytest.raises(ConfigError, match="hubspot account 1, not 2"):
            tx.bind("hubspot", "2")
        assert tx.go_live() is None
        tx.begin_go_live(NOW)
        tx.begin_go_live(NOW + timedelta(days=1))
        assert NOW == tx.go_live()


def test_the_migrations_make_exactly_the_tables(store: Store) -> None:
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        difference = compare_metadata(context, metadata)

    assert [] == difference


@pytest.mark.parametrize("release", ["0001", "0007"])
def test_a_store_of_an_earlier_release_is_brought_up_to_date(
    empty: StorePlace, release: str
) -> None:
    with Store.open(empty, migrate=False) as old:
        old.upgrade(release)
    with Store.open(empty) as opened, opened.read() as tx:
        assert frozenset() == tx.find_erased("anybody")
        assert [] == tx.open_reviews()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"this is not a database at all, but a text" * 30, "cannot be used"),
        (None, "belongs to a newer crmbridge"),
        (b"", "something else"),
    ],
)
def test_a_file_that_is_no_store_of_ours_is_refused(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.db"
    if content:
        path.write_bytes(content)
    else:
        with sqlite3.connect(path) as raw:
            if content is None:
                raw.execute("CREATE TABLE alembic_version (version_num TEXT)")
                raw.execute("INSERT INTO alembic_version VALUES ('9999')")
            else:
                raw.execute("CREATE TABLE cats (name TEXT)")
        raw.close()

    with pytest.raises(ConfigError, match=message):
        Store.open(path)


def test_a_store_in_a_missing_folder_or_not_there_yet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        Store.open(tmp_path / "nowhere" / "bridge.db")
    with pytest.raises(ConfigError, match="run `crmbridge once` first"):
        open_existing(tmp_path / "bridge.db")


def test_a_copy_holds_what_the_store_held(store: Store, place: StorePlace, tmp_path: Path) -> None:
    with store.transaction() as tx:
        tx.bind("hubspot", "1")
    copy_store(place, tmp_path / "copy.db")
    copy_store(StorePlace(path=tmp_path / "missing.db"), tmp_path / "none.db")

    with open_existing(tmp_path / "copy.db") as copied, copied.read() as tx:
        assert {"hubspot": "1"} == tx.bound_accounts()
    assert not (tmp_path / "none.db").exists()


def test_a_store_in_memory_needs_no_file() -> None:
    with Store.open(":memory:") as store, store.transaction() as tx:
        tx.begin_go_live(NOW)
        assert NOW == tx.go_live()


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(st.text()).map(tuple),
)


@given(fields=st.dictionaries(st.text(min_size=1), VALUES))
def test_every_value_comes_back_as_it_went(fields: dict[str, Value]) -> None:
    back = codec.decode_fields(codec.encode_fields(fields))

    assert fields == back
    assert {name: type(value) for name, value in fields.items()} == {
        name: type(value) for name, value in back.items()
    }


def test_operations_and_details_come_back_as_they_went() -> None:
    creation = Operation(
        key="k",
        uid="u",
        kind=OperationKind.CREATE,
        side=Side.SALES,
        object_type=ObjectType.LEAD,
        target=None,
        lane=Lane.STAGE,
        reason="r",
        changes=(FieldChange(field="resume_date", before=None, after=date(2026, 10, 1)),),
        assignment=Assignment.RULE_ID,
        assignment_rule_id="01Q",
    )
    detail = ConsentDetail(source="hubspot")

    assert creation == codec.decode_operation(codec.encode_operation(creation))
    assert detail == codec.decode_detail(FactKind.OPT_OUT, codec.encode_detail(detail))
    with pytest.raises(ValueError, match="not a stored value"):
        codec.decode_value([1])
    with pytest.raises(TypeError):
        codec.encode_payload({"a": object()})
