"""What is written where: nothing twice, nobody's edit trampled, everything explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from person import REP, EchoSurface, Person, account, at, default_rules

from crmbridge.core import fields as f
from crmbridge.core.decision import Decision
from crmbridge.core.facts import ConsentDetail, FactKind
from crmbridge.core.handoff_rules import Assignment
from crmbridge.core.identity import Proofs, match, normalise_email, uid_of
from crmbridge.core.model import (
    ListState,
    ObjectType,
    Owner,
    OwnerKind,
    Record,
    Ref,
    Side,
    Stage,
    Value,
)
from crmbridge.core.operations import Operation, OperationKind
from crmbridge.core.profile import build_profile, head_count, seniority
from crmbridge.core.rules import Rules, Source, SourceKind


def mql(rules: Rules | None = None) -> tuple[Person, Decision]:
    person = Person(rules).demo("06-09 15:00")
    return person, person.decide("06-09 15:05")


def creation(decision: Decision) -> Operation:
    return next(o for o in decision.operations if o.kind is OperationKind.CREATE)


def with_handoff(**changes: object) -> Rules:
    rules = default_rules()
    return replace(rules, handoff=replace(rules.handoff, **changes))  # type: ignore[arg-type]


def test_an_mql_that_sales_does_not_have_is_created_there_and_then_nothing_is_left() -> None:
    person, decision = mql()

    values = creation(decision).values
    assert ("u1", "MQL", "VP Operations") == (values[f.UID], values[f.STAGE], values[f.TITLE])
    assert "ada@northwind.example" == values[f.LAST_NAME], "a lead needs a last name"
    assert () == person.decide("06-09 15:10").operations


def test_an_operation_knows_when_it_was_wanted() -> None:
    _, decision = mql()

    assert {at("06-09 15:05")} == {each.wanted_at for each in decision.operations}


def test_no_lead_is_created_where_another_sync_does_it() -> None:
    _, decision = mql(with_handoff(create_leads=False))

    assert [] == [o for o in decision.operations if o.side is Side.SALES]


def test_a_lead_that_another_sync_creates_late_is_asked_about_until_it_is_there() -> None:
    person, early = mql(with_handoff(create_leads=False))

    assert [] == [review.kind for review in early.reviews]
    assert early.next_review_at is not None
    assert early.next_review_at <= at("06-09 15:35")
    (asked,) = person.decide("06-09 15:35").reviews
    assert "not_handed_over" == asked.kind
    person.with_lead()
    assert () == person.decide("06-09 15:40").reviews


def test_nobody_waits_for_a_lead_that_crmbridge_creates_or_that_was_deleted_since() -> None:
    assert () == mql()[0].decide("06-09 15:35").reviews
    deleted, _ = mql(with_handoff(create_leads=False))
    lead = deleted.with_lead().sales
    assert lead is not None
    deleted.sales = replace(lead, deleted=True, modified_at=at("06-09 15:20"))
    assert () == deleted.decide("06-09 15:35").reviews


def test_a_new_lead_goes_to_the_queue_that_the_rule_book_names() -> None:
    queue = with_handoff(assignment=Assignment.QUEUE, queue="New leads")
    lost = with_handoff(assignment=Assignment.QUEUE, queue="Nowhere")

    assert "00Gqueue" == creation(mql(queue)[1]).values[f.OWNER_ID]
    assert ["queue_unknown"] == [review.kind for review in mql(lost)[1].reviews]


def test_a_new_lead_goes_to_the_rep_of_the_marketing_owner() -> None:
    mapped = {"maya@crmbridge.example": "nora@crmbridge.example"}
    rules = with_handoff(assignment=Assignment.OWNER_MAP, owner_map=mapped)
    ref = Ref(system="hubspot", object_type=ObjectType.OWNER, id="77")
    maya = Owner(ref=ref, name="Maya", kind=OwnerKind.HUMAN, email="Maya@crmbridge.example")
    person = Person(rules, owner_id="77").demo("06-09 15:00")
    person.marketing_owners = {"77": maya}
    stranger = Person(rules, owner_id="78").demo("06-09 15:00")

    assert REP == creation(person.decide("06-09 15:05")).values[f.OWNER_ID]
    assert ["owner_unmapped"] == [r.kind for r in stranger.decide("06-09 15:05").reviews]


def test_the_company_of_a_new_lead_comes_from_the_company_record() -> None:
    person = Person().demo("06-09 15:00")
    person.accounts = {Side.MARKETING: account(Side.MARKETING, name="Northwind", employees=900)}

    assert "Northwind" == creation(person.decide("06-09 15:05")).values[f.COMPANY]


def test_a_lead_deleted_before_the_mql_is_created_again_one_deleted_later_is_not() -> None:
    before, after = Person().with_lead(), Person().with_lead()
    assert before.sales
    assert after.sales
    before.sales = replace(before.sales, deleted=True)
    before.demo("06-09 15:00")
    after.demo("06-09 15:00").decide("06-09 15:05")
    gone_at = at("06-09 16:00")
    after.sales = replace(after.sales, deleted=True, modified_at=gone_at)

    assert creation(before.decide("06-09 15:05")).side is Side.SALES
    assert [] == [o for o in after.decide("06-09 16:05").operations if o.side is Side.SALES]


def test_nobody_is_handed_over_whom_the_other_side_has_deleted() -> None:
    """An erased person must not come back as a lead, nor a deleted lead as a contact."""
    erased, lost = Person().demo("06-09 15:00"), Person().with_lead()
    assert erased.marketing
    erased.marketing = replace(erased.marketing, deleted=True)
    lost.marketing = None
    lost.status("06-09 10:00", "Working").decide("06-09 10:05")
    lost.status("06-10 10:00", "Disqualified", "BUDGET")
    assert lost.sales
    lost.sales = replace(lost.sales, deleted=True)

    for decision in (erased.decide("06-09 15:05"), lost.decide("06-10 10:05")):
        assert [] == [o for o in decision.operations if o.kind is OperationKind.CREATE]


def test_a_recycled_person_whom_marketing_lacks_is_created_there_then_enrolled() -> None:
    person = Person().with_lead()
    contact, person.marketing = person.marketing, None
    person.status("06-09 10:00", "Working").decide("06-09 10:05")
    person.status("06-10 10:00", "Disqualified", "BUDGET")

    decision = person.decide("06-10 10:05")

    assert Side.MARKETING is creation(decision).side
    assert contact is not None
    assert {"NL-BUDGET"} == (person.decide("06-10 10:10") and person.lists.members)


def test_a_person_without_an_address_is_not_invented_in_the_marketing_crm() -> None:
    person = Person().with_lead(email=None)
    person.marketing = None
    person.status("06-09 10:00", "Working").decide("06-09 10:05")
    person.status("06-10 10:00", "Disqualified", "BUDGET")

    assert [] == [o for o in person.decide("06-10 10:05").operations if o.side is Side.MARKETING]


def test_an_edited_field_of_ours_is_put_right_and_both_values_are_told() -> None:
    person, _ = mql()
    assert person.marketing
    fields = {**person.marketing.fields, f.STAGE: "CUSTOMER", f.SCORE: 3}
    person.marketing = replace(person.marketing, fields=fields)

    decision = person.decide("06-09 15:10")

    assert {(f.STAGE, "CUSTOMER", "MQL"), (f.SCORE, 3, 65)} == {
        (c.field, c.theirs, c.ours) for c in decision.conflicts
    }


def test_shared_fields_are_written_only_against_the_value_that_was_seen() -> None:
    person = Person(lifecycle="lead").demo("06-09 15:00")

    update = next(
        o for o in person.decide("06-09 15:05").operations if o.kind is OperationKind.UPDATE
    )

    assert "lead" == update.expected[f.LIFECYCLE]
    assert f.STAGE not in update.expected


def test_decay_is_rewritten_at_the_grade_or_after_five_points_and_foretold() -> None:
    person = Person().form("06-09 15:00", "Webinar: SLA")
    first = person.decide("06-09 15:05")
    due = first.next_review_at
    assert due is not None
    assert due > at("06-09 15:05")
    before = (due - timedelta(seconds=1)).strftime("%m-%d %H:%M")
    assert () == person.decide(before).operations
    later = (due + timedelta(minutes=1)).strftime("%m-%d %H:%M")
    assert person.decide(later).operations


def test_an_objection_goes_to_the_other_crm_and_only_the_person_lifts_it() -> None:
    person = Person().with_lead(opted_out=True)
    person.add(FactKind.OPT_OUT, "06-08 10:00", _consent())
    kinds = [o.kind for o in person.decide("06-08 10:05").operations if o.changes]
    assert OperationKind.OPT_OUT in kinds
    assert person.marketing
    assert person.marketing.fields[f.OPTED_OUT] is True
    assert OperationKind.OPT_OUT not in [o.kind for o in person.decide("06-08 11:00").operations]
    person.consent(FactKind.OPT_IN, "06-09 10:00")
    person.marketing = replace(
        person.marketing, fields={**person.marketing.fields, f.OPTED_OUT: False}
    )

    lifted = person.decide("06-09 10:05")

    assert [OperationKind.OPT_IN] == [
        o.kind for o in lifted.operations if o.kind is OperationKind.OPT_IN
    ]
    assert lifted.score is not None


def _consent() -> ConsentDetail:
    return ConsentDetail(source="salesforce")


def test_an_objection_without_an_address_cannot_be_carried_to_the_marketing_crm() -> None:
    person = Person(email=None).with_lead(opted_out=True)
    person.add(FactKind.OPT_OUT, "06-08 10:00", _consent())

    assert OperationKind.OPT_OUT not in [o.kind for o in person.decide("06-08 10:05").operations]


def test_a_marketers_hand_on_the_lists_is_undone_or_respected() -> None:
    person = Person().with_lead().demo("06-09 15:00").touch("06-09 15:30")
    person.decide("06-09 15:35")
    person.lists = ListState(members=frozenset({"NL-TIMING"}))
    stray = person.decide("06-09 16:00")
    assert [("members", "NL-TIMING")] == [(c.field, c.theirs) for c in stray.conflicts]
    assert frozenset() == person.lists.members
    person.status("06-10 10:00", "Disqualified", "BUDGET").decide("06-10 10:05")
    person.lists = ListState(agreed=person.lists.agreed)
    removed = person.decide("06-10 11:00")
    assert {OperationKind.UPDATE} == {o.kind for o in removed.operations}, "told, not enrolled"
    assert "by hand" in str(person.decide("06-10 11:05").reasons)
    person.lists = ListState(members=frozenset({"NL-BUDGET"}), agreed=person.lists.agreed)
    kinds = {o.kind for o in person.decide("06-10 12:00").operations}
    assert {OperationKind.UPDATE} == kinds, "put back by hand, which is where they belong"
    person.lists = ListState(agreed=person.lists.agreed)
    person.decide("06-10 12:30")
    person.status("06-11 10:00", "Qualified").decide("06-11 10:05")
    assert ListState() == person.lists


def test_a_side_that_is_not_connected_is_never_written() -> None:
    person = Person().with_lead().demo("06-09 15:00")
    person.surfaces = {Side.SALES: EchoSurface()}

    assert {Side.SALES} == {o.side for o in person.decide("06-09 15:05").operations}


def test_a_clock_without_an_owner_takes_the_first_humans_calendar_once() -> None:
    person = Person().form("06-09 10:00", "Webinar: SLA").form("06-09 10:10", "ROI calculator")
    person.page("06-09 10:20", "/pricing")
    first = person.decide("06-09 10:30")
    assert first.sla
    assert not first.sla.confirmed
    assert person.sales
    person.sales = replace(person.sales, fields={**person.sales.fields, f.OWNER_ID: "00Gqueue"})
    assert not getattr(person.decide("06-09 10:40").sla, "confirmed", True)
    person.sales = replace(person.sales, fields={**person.sales.fields, f.OWNER_ID: REP})
    settled = person.decide("06-09 11:00")
    assert ("DE", True) == (
        getattr(settled.sla, "calendar", None),
        getattr(settled.sla, "confirmed", None),
    )
    person.demo("06-09 12:00")
    hastened = person.decide("06-09 12:05")
    assert ("T0", at("06-09 13:00"), Stage.MQL, 1) == (
        getattr(hastened.sla, "tier", None),
        getattr(hastened.sla, "due", None),
        hastened.stage,
        hastened.standing.cycle,
    )
    person.demo("06-09 12:10")
    assert at("06-09 13:00") == getattr(person.decide("06-09 12:15").sla, "due", None)
    person.touch("06-09 14:00")
    late = person.decide("06-09 14:05")
    assert "60 minutes late" in " ".join(late.reasons)


def test_an_owner_whose_zone_no_calendar_lists_works_by_the_default_one() -> None:
    person = Person().with_lead().demo("06-09 15:00")
    person.owners[REP] = replace(person.owners[REP], time_zone="Australia/Perth")

    assert "US" == getattr(person.decide("06-09 15:05").sla, "calendar", None)


def test_a_hand_raise_while_disqualified_is_for_a_person_to_look_at() -> None:
    person = Person().with_lead().status("06-08 10:00", "Disqualified", "BUDGET")
    person.decide("06-08 10:05")
    person.demo("06-09 10:00")

    decision = person.decide("06-09 10:05")

    assert ["hand_raiser_disqualified"] == [r.kind for r in decision.reviews]


def test_a_recycled_person_who_asks_without_fit_is_for_a_person_to_look_at() -> None:
    person = Person().with_lead().demo("06-09 15:00").touch("06-09 15:30")
    person.decide("06-09 15:35")
    person.status("06-10 10:00", "Disqualified", "BUDGET").decide("06-10 10:05")
    person.demo("06-12 10:00")
    assert person.marketing
    assert person.sales
    poor: dict[str, Value] = {
        f.TITLE: "Analyst",
        f.INDUSTRY: "Retail",
        f.EMPLOYEES: 3,
        f.COUNTRY: "France",
    }
    person.marketing = replace(person.marketing, fields={**person.marketing.fields, **poor})
    person.sales = replace(person.sales, fields={**person.sales.fields, **poor})

    decision = person.decide("06-12 10:05")

    assert (Stage.RECYCLED, ["hand_raiser_low_fit"]) == (
        decision.stage,
        [review.kind for review in decision.reviews],
    )
    assert decision.next_review_at is not None


def test_proofs_of_identity_go_from_links_to_addresses_and_never_guess() -> None:
    linked = Proofs(linked="a", crossed=frozenset({"b"}), by_email=frozenset())
    crossed = Proofs(linked=None, crossed=frozenset({"b"}), by_email=frozenset({"c"}))
    torn = Proofs(linked=None, crossed=frozenset({"b", "c"}), by_email=frozenset())
    new = Proofs(linked=None, crossed=frozenset(), by_email=frozenset())

    assert ["a", "b", None, None] == [match(p).uid for p in (linked, crossed, torn, new)]
    assert frozenset({"b", "c"}) == match(torn).candidates
    assert (None, None, "a@b.c") == tuple(map(normalise_email, (" ", 5, " A@b.C ")))
    ref = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="1")
    written = Record(ref=ref, version="1", modified_at=at("06-01 08:00"), fields={f.UID: "p9"})
    assert "p9" == uid_of(written)
    assert uid_of(replace(written, fields={})).startswith("p")


def test_profiles_take_the_first_value_and_read_ranges_and_titles() -> None:
    rules = default_rules().normalisation

    profile = build_profile(
        {
            Source(side=Side.SALES, kind=SourceKind.ACCOUNT): {},
            Source(side=Side.MARKETING, kind=SourceKind.PERSON): {f.EMPLOYEES: 5},
            Source(side=Side.SALES, kind=SourceKind.PERSON): {f.EMPLOYEES: "1,000+"},
        },
        rules,
    )

    contact = Source(side=Side.MARKETING, kind=SourceKind.PERSON)
    assert 1000 == profile.employees
    assert (None, None, 50, 7) == (
        head_count(True),
        head_count(None),
        head_count("50-100"),
        head_count(7.9),
    )
    assert (None, "vp") == (seniority(5, rules.titles), seniority("Group VP, Sales", rules.titles))
    assert 5.0 == build_profile({contact: {f.ESTIMATED_VALUE: 5}}, rules).estimated_value
