"""Which steps sales may take, what deals and conversions mean, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from person import DEAL, LEAD, OURS, ROBOT, Person, at

from crmbridge.core import fields as f
from crmbridge.core.facts import FactKind
from crmbridge.core.model import ObjectType, Record, Ref, Stage
from crmbridge.core.standing import SlaStatus

OTHER = Ref(system="salesforce", object_type=ObjectType.DEAL, id="007")


def mql() -> Person:
    """An MQL since 9 June 15:05, owned by a rep in Berlin."""
    person = Person().with_lead().demo("06-09 15:00", seen="06-09 15:05")
    person.decide("06-09 15:05")
    return person


def activated() -> Person:
    person = mql().touch("06-10 08:00")
    person.decide("06-10 08:05")
    return person


@pytest.mark.parametrize(
    ("status", "stage"),
    [("Working", Stage.ACTIVATION), ("Qualified", Stage.QUALIFICATION)],
)
def test_a_rep_who_works_a_lead_is_accepted_without_an_mql(status: str, stage: Stage) -> None:
    person = Person().with_lead().status("06-09 10:00", status)

    decision = person.decide("06-09 10:05")

    assert (stage, 0, None) == (decision.stage, decision.standing.cycle, decision.sla)
    assert at("06-09 10:00") == decision.standing.first_touch_at


@pytest.mark.parametrize("status", ["Opportunity", "Recycled"])
def test_a_step_that_is_not_allowed_is_a_conflict_with_both_values(status: str) -> None:
    person = Person().with_lead().status("06-09 10:00", status)

    decision = person.decide("06-09 10:05")

    assert Stage.LEAD is decision.stage
    assert [(status, "LEAD")] == [(c.theirs, c.ours) for c in decision.conflicts]
    assert decision.standing.first_touch_at is None


def test_a_status_without_meaning_or_set_by_ourselves_says_nothing() -> None:
    person = mql().status("06-09 16:00", "Sunny").status("06-09 16:01", "Qualified", by=OURS)
    person.status("06-09 16:02", "Working", by=ROBOT, history_missing=True)

    decision = person.decide("06-09 16:05")

    assert Stage.ACTIVATION is decision.stage
    assert decision.standing.first_touch_at is None, "an automation's step is no touch"
    assert {"history_missing"} <= decision.flags


def test_skipped_stages_are_stamped_as_inferred() -> None:
    decision = mql().status("06-09 15:30", "Opportunity").decide("06-09 15:35")

    assert Stage.OPPORTUNITY is decision.stage
    inferred = {stage for stage, stamp in decision.standing.stamps.items() if stamp.inferred}
    assert {Stage.ACTIVATION, Stage.QUALIFICATION} == inferred
    assert SlaStatus.MET is getattr(decision.sla, "status", None)


def test_a_recycled_person_is_reopened_by_a_rep_without_a_new_cycle() -> None:
    person = activated().status("06-11 10:00", "Disqualified", "BUDGET")
    person.decide("06-11 10:05")
    person.status("06-20 10:00", "Qualified")

    decision = person.decide("06-20 10:05")

    assert (Stage.QUALIFICATION, 1) == (decision.stage, decision.standing.cycle)
    assert 1 == decision.standing.recycle_count
    assert frozenset() == person.lists.members


@pytest.mark.parametrize(
    ("marketable", "flags", "ends"),
    [
        (False, {"not_mailable"}, "No marketing contact: gets no mail."),
        (True, set(), "UTC."),
        (None, set(), "UTC."),
    ],
)
def test_who_gets_no_mail_is_listed_all_the_same_and_it_is_said(
    marketable: bool | None, flags: set[str], ends: str
) -> None:
    person = activated()
    assert person.marketing is not None
    shown = {**person.marketing.fields, f.MARKETABLE: marketable}
    person.marketing = replace(person.marketing, fields=shown)
    person.status("06-11 10:00", "Disqualified", "BUDGET")

    decision = person.decide("06-11 10:05")

    assert flags == set(decision.flags) & {"not_mailable"}
    assert 1 == len(person.lists.members)
    assert str(person.marketing.fields[f.NURTURE_REASON]).endswith(ends)


def test_a_disqualified_person_is_reopened_as_a_lead_whose_past_no_longer_counts() -> None:
    person = activated().status("06-11 10:00", "Disqualified", "NOT_ICP")
    person.decide("06-11 10:05")
    person.status("06-12 10:00", "Re-opened")

    decision = person.decide("06-12 10:05")

    assert Stage.LEAD is decision.stage
    assert 0.0 == getattr(decision.score, "signals", None)
    person.demo("06-13 10:00")
    assert (Stage.MQL, 2) == (
        (again := person.decide("06-13 10:05")).stage,
        again.standing.cycle,
    )


def test_a_corrected_reason_recycles_a_disqualified_person() -> None:
    person = activated().status("06-11 10:00", "Disqualified", "VENDOR")
    assert Stage.DISQUALIFIED is person.decide("06-11 10:05").stage
    person.status("06-11 11:00", "Disqualified", "BUDGET")

    assert Stage.RECYCLED is person.decide("06-11 11:05").stage


def test_the_same_rejection_twice_says_nothing_new() -> None:
    person = activated().status("06-11 10:00", "Disqualified", "NOT_ICP")
    first = person.decide("06-11 10:05")
    person.status("06-11 12:00", "Disqualified", "NOT_ICP").status(
        "06-11 12:01", "Disqualified", None
    )

    assert first.standing.since == person.decide("06-11 12:05").standing.since


def test_a_new_reason_while_recycled_changes_track_and_cool_down_but_not_the_count() -> None:
    person = activated().status("06-11 10:00", "Disqualified", "NO_RESPONSE")
    person.decide("06-11 10:05")
    person.status("06-12 10:00", "Disqualified", "TIMING", resume=date(2026, 10, 1))

    decision = person.decide("06-12 10:05")

    assert ("TIMING", at("06-11 10:00"), 1) == (
        getattr(decision.recycle, "track", None),
        getattr(decision.recycle, "at", None),
        decision.standing.recycle_count,
    )
    assert at("09-30 22:00") == getattr(decision.recycle, "cooldown_until", None)
    assert {"NL-TIMING"} == person.lists.members


@pytest.mark.parametrize("resume", [None, date(2026, 6, 1)])
def test_timing_without_a_future_date_waits_ninety_days(resume: date | None) -> None:
    person = activated().status("06-12 10:00", "Disqualified", "TIMING", resume=resume)

    decision = person.decide("06-12 10:05")

    assert at("09-10 10:00") == getattr(decision.recycle, "cooldown_until", None)


def test_a_date_in_a_zone_nobody_knows_is_read_in_the_calendars_zone() -> None:
    person = activated()
    person.owners["005rep"] = replace(person.owners["005rep"], time_zone="Mars/Olympus")
    person.status("06-12 10:00", "Disqualified", "TIMING", resume=date(2026, 10, 1))

    decision = person.decide("06-12 10:05")

    assert at("10-01 04:00") == getattr(decision.recycle, "cooldown_until", None)


def test_a_missing_reason_is_waited_for_then_a_good_fit_is_recycled() -> None:
    person = activated().status("06-11 10:00", "Disqualified", None, None)
    first = person.decide("06-11 10:05")

    assert Stage.DISQUALIFIED is first.stage
    assert ["reason_missing"] == [review.kind for review in first.reviews]
    assert at("06-15 10:00") == first.next_review_at
    assert Stage.DISQUALIFIED is person.decide("06-18 09:59").stage
    late = person.decide("06-18 10:00")
    assert (Stage.RECYCLED, "UNSPECIFIED") == (late.stage, getattr(late.recycle, "reason", ""))


def test_a_missing_reason_for_a_poor_fit_stays_out() -> None:
    person = Person(title="Analyst", industry="Retail", employees=60).with_lead(
        title="Analyst", industry="Retail", employees=60
    )
    person.demo("06-09 15:00")
    person.decide("06-09 15:05")
    person.status("06-10 10:00", "Disqualified", "mystery").decide("06-10 10:05")

    assert Stage.DISQUALIFIED is person.decide("06-25 10:00").stage


def test_thin_details_are_asked_about_but_move_at_once() -> None:
    decision = (
        activated().status("06-11 10:00", "Disqualified", "BUDGET", "n/a").decide("06-11 10:05")
    )

    assert Stage.RECYCLED is decision.stage
    assert ["details_missing"] == [review.kind for review in decision.reviews]


def test_a_lead_rejected_before_it_was_ever_an_mql_is_not_recycled() -> None:
    decision = (
        Person().with_lead().status("06-09 10:00", "Disqualified", "BUDGET").decide("06-09 10:05")
    )

    assert Stage.DISQUALIFIED is decision.stage


def test_a_reason_for_better_fits_only_does_not_recycle_a_poor_one() -> None:
    person = Person(title="Analyst", employees=60, industry="Retail").with_lead(
        title="Analyst", employees=60, industry="Retail"
    )
    person.demo("06-09 15:00").decide("06-09 15:05")
    person.status("06-10 10:00", "Disqualified", "UNSPECIFIED")

    assert Stage.DISQUALIFIED is person.decide("06-10 10:05").stage


def test_a_rep_who_says_opt_out_ends_marketing_for_good() -> None:
    decision = activated().status("06-11 10:00", "Disqualified", "OPT_OUT").decide("06-11 10:05")

    assert decision.standing.opted_out
    assert decision.score is None
    kinds = {operation.kind.value for operation in decision.operations}
    assert "opt_out" in kinds


def deal(ref: Ref, **fields: object) -> Record:
    return Record(ref=ref, version="1", modified_at=at("06-10 09:00"), fields=fields)  # type: ignore[arg-type]


def test_deals_lift_from_anywhere_and_the_last_lost_one_lets_go() -> None:
    person = mql()
    person.deals = (deal(DEAL), deal(OTHER))
    person.deal(FactKind.DEAL_OPENED, "06-10 09:00")
    person.deal(FactKind.DEAL_OPENED, "06-10 09:30", OTHER)
    assert Stage.OPPORTUNITY is person.decide("06-10 10:00").stage
    person.deal(FactKind.DEAL_LOST, "06-12 09:00", DEAL, "BUDGET")
    assert Stage.OPPORTUNITY is person.decide("06-12 10:00").stage
    person.status("06-12 11:00", "Recycled", "BUDGET")
    assert ["Recycled"] == [c.theirs for c in person.decide("06-12 11:05").conflicts]
    person.deal(FactKind.DEAL_LOST, "06-13 09:00", OTHER, "COMPETITOR_LOCKED")

    decision = person.decide("06-13 10:00")

    assert (Stage.RECYCLED, "COMPETITOR") == (
        decision.stage,
        getattr(decision.recycle, "track", None),
    )


def test_a_lost_deal_without_a_reason_stays_an_opportunity_until_answered() -> None:
    person = mql().deal(FactKind.DEAL_OPENED, "06-10 09:00")
    person.deal(FactKind.DEAL_LOST, "06-12 09:00", DEAL, None, None)

    assert Stage.OPPORTUNITY is person.decide("06-12 10:00").stage
    assert Stage.RECYCLED is person.decide("06-20 10:00").stage


def test_a_won_deal_makes_a_customer_whom_nothing_moves() -> None:
    person = mql().deal(FactKind.DEAL_WON, "06-10 07:00")
    won = person.decide("06-10 07:30")
    person.status("06-11 09:00", "Disqualified", "BUDGET").convert("06-11 10:00")
    person.deal(FactKind.DEAL_OPENED, "06-11 11:00", OTHER).plain(FactKind.BOUNCE, "06-11 12:00")

    decision = person.decide("06-11 13:00")

    assert (Stage.CUSTOMER, Stage.CUSTOMER) == (won.stage, decision.stage)
    assert SlaStatus.MET is getattr(won.sla, "status", None)
    assert "Disqualified" in [conflict.theirs for conflict in decision.conflicts]


def test_a_deal_out_of_scope_means_nothing() -> None:
    person = mql()
    person.deals = (deal(OTHER), deal(DEAL, deal_type="Renewal"))
    for kind in (FactKind.DEAL_OPENED, FactKind.DEAL_LOST, FactKind.DEAL_WON):
        person.deal(kind, "06-10 09:00")
    person.convert("06-10 10:00", DEAL)

    assert Stage.QUALIFICATION is person.decide("06-10 11:00").stage


def test_a_deal_won_by_someone_sales_found_needs_no_clock() -> None:
    decision = Person().with_lead().deal(FactKind.DEAL_WON, "06-10 09:00").decide("06-10 10:00")

    assert (Stage.CUSTOMER, None) == (decision.stage, decision.sla)


def test_a_conversion_never_moves_backwards() -> None:
    person = mql().deal(FactKind.DEAL_OPENED, "06-10 09:00").convert("06-10 10:00")

    assert Stage.OPPORTUNITY is person.decide("06-10 11:00").stage


def test_a_deleted_sales_record_cancels_the_promise_and_stops_the_timers() -> None:
    person = mql()
    person.sales = replace(person.sales, deleted=True) if person.sales else None
    person.plain(FactKind.DELETED, "06-09 15:30")

    decision = person.decide("06-20 10:00")

    assert (Stage.MQL, SlaStatus.CANCELLED) == (
        decision.stage,
        getattr(decision.sla, "status", None),
    )
    assert all(operation.target != LEAD for operation in decision.operations)


def test_a_deletion_that_was_undone_cancels_nothing() -> None:
    decision = mql().plain(FactKind.DELETED, "06-09 15:30").decide("06-09 15:35")

    assert SlaStatus.OPEN is getattr(decision.sla, "status", None)


def test_touches_before_the_mql_or_by_machines_count_for_nothing() -> None:
    person = Person().with_lead().touch("06-08 10:00").demo("06-09 15:00", seen="06-09 15:05")
    person.touch("06-09 14:00", seen="06-09 15:10").touch("06-09 15:20", by=ROBOT)
    person.touch("06-09 15:21", automated=True).touch("06-09 15:22", subject="[sequence] Hi")
    person.touch("06-09 15:23", by=OURS)

    assert Stage.MQL is person.decide("06-09 15:30").stage


def test_a_touch_between_the_request_and_our_seeing_it_meets_the_promise() -> None:
    person = Person().with_lead().demo("06-09 10:00", seen="06-09 11:00").touch("06-09 10:30")

    decision = person.decide("06-09 11:00")

    assert (Stage.ACTIVATION, SlaStatus.MET) == (
        decision.stage,
        getattr(decision.sla, "status", None),
    )


def test_a_rep_nobody_has_told_us_about_is_a_human() -> None:
    assert Stage.ACTIVATION is mql().touch("06-09 15:30", by="005new").decide("06-09 15:35").stage


def test_hard_bounces_block_early_and_are_reviewed_late() -> None:
    early = mql().plain(FactKind.BOUNCE, "06-09 15:30").decide("06-09 15:35")
    late = activated().plain(FactKind.BOUNCE, "06-10 09:00").decide("06-10 09:05")
    gone = activated().status("06-11 10:00", "Disqualified", "VENDOR")
    gone.plain(FactKind.BOUNCE, "06-11 11:00")

    assert (Stage.DISQUALIFIED, None) == (early.stage, early.score)
    assert (Stage.ACTIVATION, ["hard_bounce"]) == (late.stage, [r.kind for r in late.reviews])
    assert [] == [r for r in gone.decide("06-11 12:00").reviews if r.kind == "hard_bounce"]


def test_a_competitor_with_a_deal_is_for_a_person_to_look_at() -> None:
    person = mql().deal(FactKind.DEAL_OPENED, "06-10 09:00")
    person.decide("06-10 09:05")
    assert person.sales
    fields = {**person.sales.fields, f.EMAIL: "x@rivalsoft.com"}
    person.sales = replace(person.sales, fields=fields)

    decision = person.decide("06-10 10:00")

    assert (Stage.OPPORTUNITY, ["blocked_too_late"]) == (
        decision.stage,
        [review.kind for review in decision.reviews],
    )


def test_a_new_reason_on_the_old_status_lets_go_of_the_present_cycle() -> None:
    person = activated().status("06-11 10:00", "Disqualified", "NO_RESPONSE")
    person.decide("06-11 10:05")
    person.demo("06-20 10:00").touch("06-20 11:00")
    assert Stage.ACTIVATION is person.decide("06-20 11:05").stage
    person.status("06-11 10:00", "Disqualified", "BUDGET")
    person.facts[-1] = replace(person.facts[-1], observed_at=at("06-22 09:00"))

    decision = person.decide("06-22 09:00")

    assert (Stage.RECYCLED, "BUDGET", at("06-22 09:00"), 2) == (
        decision.stage,
        getattr(decision.recycle, "track", None),
        getattr(decision.recycle, "at", None),
        decision.standing.recycle_count,
    )
