"""Whoever was there at go-live is adopted as they stood; nothing fires from before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from person import DEAL, Person, at

from crmbridge.core import fields as f
from crmbridge.core.facts import FactKind
from crmbridge.core.model import ListState, ObjectType, Record, Ref, Stage, Value

GO = "06-05 08:00"


def old(**contact: Value) -> Person:
    """Someone who was in HubSpot before the bridge went live on 5 June."""
    person = Person(**contact)
    person.go_live = at(GO)
    return person


def deal(created: str = "06-01 09:00", /, **fields: Value) -> Record:
    moment = at(created)
    return Record(ref=DEAL, version="1", modified_at=moment, created_at=moment, fields=fields)


@pytest.mark.parametrize(
    ("contact", "lead", "stage"),
    [
        ({}, None, Stage.LEAD),
        ({f.LIFECYCLE: "marketingqualifiedlead"}, None, Stage.MQL),
        ({f.LIFECYCLE: "customer"}, None, Stage.CUSTOMER),
        ({f.STAGE: "QUALIFICATION"}, None, Stage.QUALIFICATION),
        ({f.STAGE: "NONSENSE"}, {}, Stage.LEAD),
        ({f.LIFECYCLE: "lead"}, {f.STATUS: "Working"}, Stage.ACTIVATION),
        ({}, {f.STATUS: "Disqualified", f.REASON: "NOT_ICP"}, Stage.DISQUALIFIED),
        ({}, {f.STATUS: "Disqualified", f.REASON: "riddle"}, Stage.DISQUALIFIED),
        ({}, {f.STATUS: "Recycled", f.REASON: "BUDGET"}, Stage.RECYCLED),
        ({}, {f.STATUS: "Recycled"}, Stage.RECYCLED),
        ({}, {f.CONVERTED: True, f.STATUS: "Closed - Converted"}, Stage.QUALIFICATION),
    ],
)
def test_the_furthest_stage_that_either_crm_shows_is_adopted(
    contact: dict[str, Value], lead: dict[str, Value] | None, stage: Stage
) -> None:
    person = old(**contact)
    if lead is not None:
        person.with_lead(**lead)
    person.demo("06-02 10:00").touch("06-02 11:00")

    decision = person.decide(GO)

    assert stage is decision.stage
    assert ((), None, 0) == (decision.moves, decision.sla, decision.standing.cycle)
    assert not decision.standing.armed


@pytest.mark.parametrize(
    ("fields", "stage"),
    [
        ({f.IS_WON: True, f.IS_CLOSED: True}, Stage.CUSTOMER),
        ({}, Stage.OPPORTUNITY),
        ({f.IS_CLOSED: True}, Stage.LEAD),
        ({f.DEAL_TYPE: "Renewal"}, Stage.LEAD),
    ],
)
def test_deals_from_before_go_live_are_adopted(fields: dict[str, Value], stage: Stage) -> None:
    person = old().with_lead()
    person.deals = (deal(**fields),)
    person.deal(FactKind.DEAL_OPENED, "06-01 09:00")

    assert stage is person.decide(GO).stage


def test_a_deal_from_after_go_live_moves_as_usual() -> None:
    person = old().with_lead()
    person.deals = (deal("06-06 09:00"),)
    person.deal(FactKind.DEAL_OPENED, "06-06 09:00")

    assert Stage.OPPORTUNITY is person.decide("06-06 10:00").stage


def test_someone_on_a_nurture_list_stays_there_as_recycled() -> None:
    person = old()
    person.lists = ListState(members=frozenset({"NL-BUDGET"}))

    decision = person.decide(GO)

    assert (Stage.RECYCLED, "BUDGET") == (
        decision.stage,
        getattr(decision.recycle, "track", None),
    )
    assert {"NL-BUDGET"} == person.lists.members
    assert 1 == decision.standing.recycle_count


def test_what_crmbridge_wrote_before_a_new_store_is_taken_up_again() -> None:
    person = old(stage="ACTIVATION", cycle=2, recycle_count=1)

    standing = person.decide(GO).standing

    assert (Stage.ACTIVATION, 2, 1) == (standing.stage, standing.cycle, standing.recycle_count)


def test_old_engagement_scores_but_makes_no_mql_until_something_new_happens() -> None:
    person = old().demo("06-02 10:00")

    assert Stage.LEAD is person.decide(GO).stage
    person.page("06-06 10:00", "/pricing")
    assert Stage.MQL is person.decide("06-06 10:05").stage


def test_a_better_fit_after_go_live_is_something_new() -> None:
    person = old(title="Analyst").demo("06-02 10:00")
    person.decide(GO)
    assert person.marketing
    record = person.marketing
    person.marketing = Record(
        ref=record.ref,
        version="2",
        modified_at=record.modified_at + timedelta(days=6),
        created_at=record.created_at,
        fields={**record.fields, f.TITLE: "VP Operations"},
    )

    assert Stage.MQL is person.decide("06-07 10:00").stage


def test_an_objection_from_before_go_live_counts() -> None:
    decision = old().consent(FactKind.OPT_OUT, "06-02 10:00").decide(GO)

    assert decision.standing.opted_out
    assert decision.score is None


def test_someone_known_only_by_a_deal_fact_starts_with_it() -> None:
    person = Person()
    person.marketing = None
    person.deal(FactKind.DEAL_WON, "06-10 09:00")

    assert Stage.CUSTOMER is person.decide("06-10 10:00").stage


def test_a_competitor_adopted_at_go_live_is_left_where_they_were() -> None:
    person = old(email="x@rivalsoft.com")

    assert Stage.LEAD is person.decide(GO).stage
    assert Ref(system="x", object_type=ObjectType.LEAD, id="1") == Ref.parse("x:lead:1")
