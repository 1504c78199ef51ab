"""What the store holds about a person can be told in full, removed in full, and stays away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crmbridge.core.accounts import Activity
from crmbridge.core.facts import EngagementDetail, Evidence, Fact, FactKind
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import ObjectType, Record, Ref, Side, Value
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind, Outcome, Receipt
from crmbridge.engine.erasing import erase, foresee, readmit
from crmbridge.ports import Page, Span
from crmbridge.store import Store
from crmbridge.store.suppressing import NOT_TOLD
from crmbridge.store.tables import metadata
from crmbridge.store_place import StorePlace

NOW = datetime(2026, 6, 9, 14, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NAME, ADDRESS = "Müriel Quist", "muriel@northwind.example"


def ref(object_type: ObjectType, identity: str, system: str = "salesforce") -> Ref:
    return Ref(system=system, object_type=object_type, id=identity)


CONTACT = ref(ObjectType.CONTACT, "501", "hubspot")
LEAD = ref(ObjectType.LEAD, "00Q1")
BO = ref(ObjectType.LEAD, "00Q2")
DEAL, SHARED = ref(ObjectType.DEAL, "0061"), ref(ObjectType.DEAL, "0062")
HERS, HIS = ref(ObjectType.CONTACT, "0031"), ref(ObjectType.CONTACT, "0032")
PERSON: dict[str, Any] = {"email": ADDRESS, "first_name": "Müriel", "last_name": "Quist"}


def record(what: Ref, version: str = "1", *, deleted: bool = False, **fields: Value) -> Record:
    return Record(
        ref=what, version=version, modified_at=NOW, created_at=NOW, fields=fields, deleted=deleted
    )


def form(what: Ref, key: str, name: str = "Quist wants a demo") -> Fact:
    detail = EngagementDetail(evidence=Evidence.FORM, name=name)
    return Fact(key=key, ref=what, kind=FactKind.ENGAGEMENT, at=NOW, detail=detail)


def operation(uid: str, text: str, target: Ref = LEAD) -> Operation:
    return Operation(
        key=f"{uid}/1/x",
        uid=uid,
        kind=OperationKind.UPDATE,
        side=Side.SALES,
        object_type=ObjectType.LEAD,
        target=target,
        lane=Lane.INSIGHT,
        reason="because",
        changes=(FieldChange(field="insight", before=None, after=text),),
    )


def entry(uid: str, text: str, kind: JournalKind = JournalKind.WRITTEN) -> JournalEntry:
    return JournalEntry(kind=kind, uid=uid, at=NOW, payload={"changes": text})


@pytest.fixture
def known(store: Store) -> Store:
    """Müriel, known to both CRMs, and Bo at the same company, whose rep was told of her."""
    with store.transaction() as tx:
        tx.bind("hubspot", "1")
        tx.bind("salesforce", "2")
        snapshot = record(
            ref(ObjectType.LIST, "7", "hubspot"), name="NL-BUDGET", members=("501", "502")
        )
        tx.put_page(
            Page(
                records=(
                    record(CONTACT, **PERSON),
                    record(LEAD, **PERSON, converted_contact_id=HERS.id),
                    record(HERS, email=ADDRESS),
                    record(HIS, email="bo@northwind.example"),
                    record(BO, email="bo@northwind.example", insight=f"At x: {NAME} (visit)."),
                    record(DEAL, contact_ids=(HERS.id,), name="Quist's deal"),
                    record(SHARED, contact_ids=(HIS.id, HERS.id)),
                    snapshot,
                ),
                facts=(form(CONTACT, "k1"), form(DEAL, "k2"), form(SHARED, "k3", "Fair")),
            ),
            NOW,
        )
        for each in (CONTACT, LEAD, HERS):
            tx.set_link(each, "u1")
        for each in (BO, HIS):
            tx.set_link(each, "u2")
        tx.clear_dirty(tx.dirty_refs())
        tx.advance_base(BO, {"insight": f"At x: {NAME} (visit)."})
        tx.advance_base(CONTACT, {"feedback": "Quist has no budget"})
        active = Activity(
            uid="u1",
            domain="northwind.example",
            fit=1.0,
            known_since=NOW,
            active_from=NOW,
            active_until=LATER,
            name=NAME,
            latest="visit",
        )
        tx.save_activities({"u1": active})
        tx.enqueue([operation("u1", "Quist"), operation("u2", f"{NAME} (visit)", BO)])
        tx.write_journal(entry("u1", f"told of {NAME}"))
        tx.write_journal(entry("u2", f"told of {NAME}"))
        tx.write_journal(entry("u2", "told of somebody else"))
    return store


def everything(store: Store) -> str:
    with store.reading() as connection:
        rows = [connection.execute(select(table)).all() for table in metadata.sorted_tables]
    return str(rows)


def test_after_an_erasure_neither_name_nor_address_is_anywhere_in_tables_or_files(
    known: Store, place: StorePlace
) -> None:
    assert "Quist" in everything(known)
    with known.transaction() as tx:
        erase(tx, "u1", "Olga", NOW)
        assert tx.verify_journal() is None
        assert [{}, {}, {"changes": "told of somebody else"}] == [
            each.payload for each in tx.journal() if each.kind is JournalKind.WRITTEN
        ]
        (told,) = [each for each in tx.journal() if each.kind is JournalKind.ERASED]
        assert ("u1", "Olga") == (told.uid, told.payload["by"])
    assert known.forget_deleted()
    for text in (everything(known), *(p.read_bytes().decode("latin1") for p in files(place))):
        assert "Quist" not in text
        assert "M\\u00fcriel" not in text
        assert ADDRESS not in text


def files(place: StorePlace) -> list[Path]:
    return list(place.path.parent.glob(f"{place.path.name}*")) if place.path else []


def test_who_was_told_of_the_person_is_decided_about_anew(known: Store) -> None:
    with known.transaction() as tx:
        erase(tx, "u1", "Olga", NOW)
        assert HIS in tx.dirty_refs()
        assert NOT_TOLD == getattr(tx.record(BO), "fields", {})["insight"]
        assert NOT_TOLD == tx.base(BO)["insight"]
        (waiting,) = tx.proposed()
        assert f"{NOT_TOLD} (visit)" == waiting.changes[0].after
        assert {"northwind.example": {}} == tx.activities_at(["northwind.example"])
        fields: dict[str, Any] = {"email": "bo@northwind.example", "title": "x"}
        again = record(BO, "2", **fields, insight=f"At x: {NAME} (visit).")
        tx.put_page(Page(records=(again,)), LATER)
        assert {**fields, "insight": NOT_TOLD} == getattr(tx.record(BO), "fields", {})
        tx.patch_record(BO, {"insight": None}, None, LATER)
        tx.put_page(Page(records=(record(BO, "3", **fields, insight="visit"),)), LATER)
        assert "visit" == getattr(tx.record(BO), "fields", {})["insight"]


def test_whose_score_she_lifted_is_decided_about_anew(known: Store) -> None:
    cy = ref(ObjectType.LEAD, "00Q7")
    with known.transaction() as tx:
        tx.set_link(cy, "u7")
        active = Activity(
            uid="u7",
            domain="northwind.example",
            fit=1.0,
            known_since=NOW,
            active_from=NOW,
            active_until=LATER,
        )
        tx.save_activities({"u7": active})
        erase(tx, "u1", "Olga", NOW)
        assert cy in tx.dirty_refs()


def test_the_name_by_which_others_were_told_goes_though_no_record_bears_it_any_more(
    known: Store,
) -> None:
    with known.transaction() as tx:
        married = {**PERSON, "last_name": "Roe"}
        tx.put_page(
            Page(records=tuple(record(each, "2", **married) for each in (CONTACT, LEAD))), LATER
        )
        erase(tx, "u1", "Olga", NOW)
    assert NAME not in everything(known)


def test_a_deal_of_others_stays_without_the_person_and_her_own_goes(known: Store) -> None:
    with known.transaction() as tx:
        foreseen = foresee(tx, "u1")
        assert foreseen.has_deal
        erase(tx, "u1", "Olga", NOW)
        assert tx.record(DEAL) is None
        assert (HIS.id,) == getattr(tx.record(SHARED), "fields", {})["contact_ids"]
        assert ["k3"] == [each.key for each in tx.facts_of([DEAL, SHARED])]


@pytest.mark.parametrize(
    "back",
    [
        record(CONTACT, "2", **PERSON),
        record(CONTACT, "2", email="else@northwind.example"),
        record(ref(ObjectType.LEAD, "00Q9"), email=f" {ADDRESS.upper()} "),
        record(ref(ObjectType.CONTACT, "599", "hubspot"), uid="u1"),
        record(ref(ObjectType.CONTACT, "599", "hubspot"), peer_lead_id=LEAD.id),
        record(ref(ObjectType.LEAD, "00Q9"), converted_contact_id=HERS.id),
    ],
    ids=["as it was", "another address", "a new lead", "our id", "a peer", "a conversion"],
)
def test_an_erased_person_does_not_come_back_with_any_reading(known: Store, back: Record) -> None:
    with known.transaction() as tx:
        erase(tx, "u1", "Olga", NOW)
        tx.clear_dirty(tx.dirty_refs())
        result = tx.put_page(Page(records=(back,), facts=(form(back.ref, "k9"),)), LATER)
        assert (frozenset(), 0) == (result.changed, result.new_facts)
        assert tx.record(back.ref) is None
        assert [] == tx.dirty_refs()
        assert [] == tx.facts_of([back.ref])


def test_what_came_before_its_record_goes_with_it(known: Store) -> None:
    late = ref(ObjectType.LEAD, "00Q9")
    with known.transaction() as tx:
        erase(tx, "u1", "Olga", NOW)
        tx.put_page(Page(facts=(form(late, "k9"),)), LATER)
        assert late in tx.dirty_refs()
        tx.put_page(Page(records=(record(late, email=ADDRESS),)), LATER)
        assert late not in tx.dirty_refs()
        assert [] == tx.facts_of([late])


def test_her_lead_converts_into_nobody(known: Store) -> None:
    """The contact bears no address, and comes in the same page or in a later one."""
    born = ref(ObjectType.CONTACT, "0039")
    became = record(LEAD, "2", **PERSON, converted_contact_id=born.id)
    with known.transaction() as tx:
        erase(tx, "u1", "Olga", NOW)
        tx.put_page(Page(records=(became,)), LATER)
        tx.put_page(Page(records=(record(born),)), LATER)
        assert tx.record(born) is None


def test_lists_and_deals_come_without_an_erased_person(known: Store) -> None:
    with known.transaction() as tx:
        erase(tx, "u1", "Olga", NOW)
        snapshot = record(
            ref(ObjectType.LIST, "7", "hubspot"), "2", name="NL-BUDGET", members=("501", "502")
        )
        deals = (
            record(DEAL, "2", contact_ids=(HERS.id,)),
            record(SHARED, "2", contact_ids=(HERS.id, HIS.id)),
            record(ref(ObjectType.DEAL, "0069"), contact_ids=(HERS.id,)),
        )
        tx.put_page(Page(records=(snapshot, *deals), facts=(form(DEAL, "k8"),)), LATER)
        assert {"NL-BUDGET": 1} == tx.list_counts()
        assert [SHARED] == [each.ref for each in tx.records(each.ref for each in deals)]
        assert [SHARED] == [each.ref for each in tx.deals_of_contacts([HIS])[HIS]]
        assert [] == tx.facts_of([DEAL])
        joined = record(DEAL, "3", contact_ids=(HERS.id, HIS.id))
        tx.put_page(Page(records=(joined,), facts=(form(DEAL, "k8"),)), LATER)
        assert [DEAL, SHARED] == [each.ref for each in tx.deals_of_contacts([HIS])[HIS]]
        assert ["k8"] == [each.key for each in tx.facts_of([DEAL])]


def test_whoever_is_known_with_the_same_address_stays_known(known: Store) -> None:
    other = ref(ObjectType.LEAD, "00Q5")
    with known.transaction() as tx:
        tx.put_page(Page(records=(record(other, email=ADDRESS),)), NOW)
        tx.set_link(other, "u5")
        assert ("u5",) == foresee(tx, "u1").same_address
        erase(tx, "u1", "Olga", NOW)
        tx.put_page(Page(records=(record(other, "2", email=ADDRESS, title="x"),)), LATER)
        assert "x" == getattr(tx.record(other), "fields", {})["title"]


def test_a_record_that_several_people_claim_goes_with_the_one_whose_address_it_bears(
    known: Store,
) -> None:
    claimed = ref(ObjectType.LEAD, "00Q6")
    with known.transaction() as tx:
        tx.put_page(Page(records=(record(claimed, email=ADDRESS),)), NOW)
        tx.open_review("u2", f"identity_ambiguous:{claimed}", "two people claim it", NOW)
        tx.open_review("u2", "hard_bounce", "bounced", NOW)
        erase(tx, "u1", "Olga", NOW)
        assert tx.record(claimed) is None
        assert ["hard_bounce"] == [each.kind for each in tx.open_reviews()]


def test_what_was_journalled_under_a_former_id_is_emptied_too(store: Store) -> None:
    """Two records were two people before they were merged; the journal still bears both ids."""
    former = "p" + "2f7a"  # written on the record by an earlier bridge
    with store.transaction() as tx:
        tx.put_page(Page(records=(record(CONTACT, email=ADDRESS), record(LEAD, uid=former))), NOW)
        tx.set_link(CONTACT, "u1")
        tx.set_link(LEAD, former)
        tx.write_journal(entry(former, "told"))
        tx.unite(former, "u1", frozenset())
        erase(tx, "u1", "Olga", NOW)
        assert [{}] == [each.payload for each in tx.journal(former)]


def test_both_sides_go_on_agreeing_in_number(known: Store) -> None:
    """The daily count must not find erased records missing, and not read them every day."""
    leads, contacts = (Span(object_type=each) for each in (ObjectType.LEAD, ObjectType.CONTACT))
    with known.transaction() as tx:
        erase(tx, "u1", "Olga", NOW)
        assert 2 == tx.count_living("salesforce", leads)
        assert ["00Q1", "00Q2"] == tx.living_ids("salesforce", leads)
        assert ["501"] == tx.living_ids("hubspot", contacts)
        gone = record(LEAD, "2", deleted=True)
        tx.put_page(Page(records=(gone, record(CONTACT, "2", deleted=True))), LATER)
        assert ["00Q2"] == tx.living_ids("salesforce", leads)
        assert 0 == tx.count_living("hubspot", contacts)


def test_an_operator_may_have_a_person_taken_up_again(known: Store) -> None:
    with known.transaction() as tx:
        erase(tx, "u1", "Olga", NOW)
        for who in ("u1", str(LEAD), "501", ADDRESS.title()):
            assert {"u1"} == tx.find_erased(who)
        for who in ("u2", "50", "bo@northwind.example"):
            assert frozenset() == tx.find_erased(who)
        assert {"u1"} == tx.erased_people(["u1", "u2"])
        refs = readmit(tx, "u1", "Olga", LATER)
        assert {CONTACT, LEAD, HERS} <= set(refs)
        assert refs == tx.doubted()
        assert frozenset() == tx.erased_people(["u1"]) | tx.find_erased(ADDRESS)
        tx.put_page(Page(records=(record(CONTACT, "2", **PERSON),)), LATER)
        assert ADDRESS == getattr(tx.record(CONTACT), "fields", {})["email"]
        kinds = [each.kind for each in tx.journal("u1")]
        assert [JournalKind.ERASED, JournalKind.READMITTED] == kinds[1:]
        erase(tx, "u1", "Olga", LATER)
        assert ["Olga"] * 3 == [each.payload["by"] for each in tx.journal("u1")[1:]]


def test_an_address_is_kept_as_a_digest_that_another_store_would_not_make(
    known: Store, tmp_path: Path
) -> None:
    with known.transaction() as tx, Store.open(tmp_path / "other.db") as other:
        tx.make_salt()
        ours = tx.address_digest(ADDRESS)
        tx.make_salt()
        assert ours == tx.address_digest(ADDRESS)
        with other.transaction() as theirs:
            theirs.make_salt()
            assert ours != theirs.address_digest(ADDRESS)


def test_a_receipt_of_somebody_unknown_to_the_outbox_changes_nothing(known: Store) -> None:
    with known.transaction() as tx:
        erase(tx, "u1", "Olga", NOW)
        tx.settle(Receipt(key="u1/1/x", outcome=Outcome.DONE), LATER)
        assert 1 == len(list(tx.proposed()))
