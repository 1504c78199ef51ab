"""One cause for each difference: which explanation holds, and which goes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from person import at, default_rules

from crmbridge.core import fields as f
from crmbridge.core.consent import Consent
from crmbridge.core.model import ObjectType, Ref, Side, Stage
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind
from crmbridge.core.reconciling import (
    NEEDS_SOMEBODY,
    Case,
    Cause,
    Difference,
    Reconciliation,
    Write,
    WriteState,
    explain,
    list_of,
    may_come,
    tally,
)
from crmbridge.core.standing import Recycle, Standing

NOW = at("06-09 12:00")
LEAD = Ref(system="salesforce", object_type=ObjectType.LEAD, id="00Q1")
OTHER = Ref(system="salesforce", object_type=ObjectType.LEAD, id="00Q2")
MISSING = Case(
    population="MQL", uid="p1", side=Side.SALES, system="salesforce", belongs=True, record=LEAD
)
SURPLUS = replace(MISSING, belongs=False, shown=(LEAD,))


def update(**more: object) -> Operation:
    operation = Operation(
        key="k",
        uid="p1",
        kind=OperationKind.UPDATE,
        side=Side.SALES,
        object_type=ObjectType.LEAD,
        target=LEAD,
        lane=Lane.STAGE,
        reason="test",
        changes=(FieldChange(field=f.STAGE, before=None, after="MQL"),),
    )
    return replace(operation, **more)  # type: ignore[arg-type] # keywords of Operation


def write(state: WriteState, why: str = "", operation: Operation | None = None) -> Write:
    return Write(operation=operation or update(), state=state, why=why)


def caused(case: Case) -> Difference:
    difference = explain(case)
    assert difference is not None
    return difference


@pytest.mark.parametrize(
    "case",
    [
        replace(MISSING, shown=(LEAD,)),
        replace(MISSING, belongs=False),
        replace(MISSING, belongs=False, record=None, gone=(LEAD,), edited=True, awaited=True),
    ],
)
def test_what_is_shown_as_it_should_be_is_no_difference(case: Case) -> None:
    assert explain(case) is None


@pytest.mark.parametrize(
    ("case", "cause", "why"),
    [
        (
            replace(MISSING, hidden="it cannot be seen"),
            Cause.MISSING_PERMISSION,
            "it cannot be seen",
        ),
        (
            replace(MISSING, writes=(write(WriteState.PARKED, "a flow failed"),)),
            Cause.PARKED,
            "salesforce refused the write: a flow failed",
        ),
        (
            replace(MISSING, writes=(write(WriteState.HELD, "3 MQLs are more than 2"),)),
            Cause.HELD,
            "the write waits for `crmbridge approve`: 3 MQLs are more than 2",
        ),
        (
            replace(MISSING, writes=(write(WriteState.RETRY),)),
            Cause.RETRY,
            "the write to salesforce is tried again",
        ),
        (
            replace(MISSING, writes=(write(WriteState.PENDING),)),
            Cause.PENDING,
            "the write to salesforce is on its way",
        ),
        (
            replace(MISSING, shadow="sales has not signed"),
            Cause.OUT_OF_SCOPE,
            "the rule book is not in force, so nothing is written: sales has not signed",
        ),
        (
            replace(SURPLUS, adopted=True),
            Cause.OUT_OF_SCOPE,
            "on the list since before crmbridge went live, and nothing has happened since",
        ),
        (
            replace(MISSING, record=None),
            Cause.OUT_OF_SCOPE,
            "the person has no record in salesforce that could show it",
        ),
        (
            replace(SURPLUS, uid="", claimed=True),
            Cause.DUPLICATE,
            "several people claim this record: a review waits for somebody to decide",
        ),
        (
            replace(MISSING, shown=(LEAD, OTHER)),
            Cause.DUPLICATE,
            f"the person has another record there, {OTHER}; {LEAD} is the one that counts",
        ),
        (replace(MISSING, shown=(OTHER,)), Cause.DUPLICATE, None),
        (replace(SURPLUS, shown=(OTHER,)), Cause.DUPLICATE, None),
        (
            replace(MISSING, record=None, gone=(LEAD,)),
            Cause.DELETED,
            "salesforce:lead:00Q1 was deleted or merged into another record",
        ),
        (
            replace(MISSING, edited=True, awaited=True),
            Cause.EDITED_BY_HAND,
            "somebody changed it in salesforce, and it has not been decided about yet",
        ),
        (
            replace(SURPLUS, awaited=True),
            Cause.UNREAD,
            "salesforce changed since it was last read",
        ),
        (
            MISSING,
            Cause.DRIFT,
            "no poll showed it: it is read again and decided anew in the next cycle",
        ),
        # Both records show it and neither should: which one counts is not the question.
        (replace(SURPLUS, shown=(LEAD, OTHER)), Cause.DRIFT, None),
        # Somebody changed it long ago, and no poll showed it.
        (replace(SURPLUS, edited=True), Cause.DRIFT, None),
        (replace(SURPLUS, record=None), Cause.DRIFT, None),
        (replace(SURPLUS, record=None, gone=(OTHER,)), Cause.DRIFT, None),
        (replace(MISSING, adopted=True), Cause.DRIFT, None),
    ],
)
def test_a_difference_has_the_cause_that_holds(case: Case, cause: Cause, why: str | None) -> None:
    found = caused(case)
    assert cause is found.cause
    if why is not None:
        assert why == found.why


def test_the_first_cause_in_order_goes_before_the_others() -> None:
    states = (WriteState.PENDING, WriteState.RETRY, WriteState.HELD, WriteState.PARKED)
    everything = replace(
        MISSING,
        hidden="it cannot be seen",
        writes=tuple(write(each) for each in states),
        shadow="sales has not signed",
        shown=(OTHER,),
        claimed=True,
        edited=True,
        paused="Olga",
        awaited=True,
    )
    seen = [caused(everything).cause]
    for less in (
        {"hidden": ""},
        {"writes": everything.writes[:3]},
        {"writes": everything.writes[:2]},
        {"paused": ""},
        {"writes": everything.writes[:1]},
        {"writes": ()},
        {"shadow": ""},
        {"claimed": False},
        {"shown": (), "record": None, "gone": (LEAD,)},
        {"record": LEAD},
        {"edited": False},
        {"awaited": False},
    ):
        everything = replace(everything, **less)
        seen.append(caused(everything).cause)
    assert list(Cause) == list(dict.fromkeys(seen))


@pytest.mark.parametrize(
    ("population", "more", "concerned"),
    [
        ("MQL", {}, True),
        ("MQL", {"side": Side.MARKETING}, False),
        ("MQL", {"changes": (FieldChange(field=f.SCORE, before=1, after=2),)}, False),
        ("MQL", {"kind": OperationKind.CREATE, "changes": ()}, True),
        ("MQL", {"kind": OperationKind.ENROL, "list_name": "NL-BUDGET"}, False),
        ("NL-BUDGET", {"kind": OperationKind.ENROL, "list_name": "NL-BUDGET"}, True),
        ("NL-TIMING", {"kind": OperationKind.ENROL, "list_name": "NL-BUDGET"}, False),
        ("NL-BUDGET", {}, False),
    ],
)
def test_only_a_write_that_concerns_the_population_explains(
    population: str, more: dict[str, object], *, concerned: bool
) -> None:
    waiting = write(WriteState.PENDING, operation=update(**more))
    case = replace(MISSING, population=population, writes=(waiting,))
    assert (Cause.PENDING if concerned else Cause.DRIFT) is caused(case).cause


def test_a_difference_names_every_record_once() -> None:
    case = replace(MISSING, shown=(LEAD, OTHER), gone=(replace(LEAD, id="00Q0"),))
    assert ["00Q1", "00Q2", "00Q0"] == [ref.id for ref in caused(case).records]


def test_a_tally_counts_people() -> None:
    differences = [
        caused(MISSING),
        caused(replace(MISSING, awaited=True)),
        caused(replace(MISSING, uid="p2")),
        caused(replace(MISSING, population="RECYCLED")),
    ]
    found = tally(
        "MQL", {"p1", "p2", "p3"}, {"hubspot": {"p1", "p2"}, "salesforce": {"p2"}}, differences
    )
    assert (3, {"hubspot": 2, "salesforce": 1}, 1) == (found.belong, found.shown, found.in_all)
    assert ["unread", "drift"] == list(found.causes)
    assert {"unread": 1, "drift": 2} == found.causes
    assert 0 == tally("MQL", {"p1"}, {}, ()).in_all


@pytest.mark.parametrize("cause", list(Cause))
def test_somebody_is_needed_where_a_cause_does_not_pass(cause: Cause) -> None:
    difference = replace(caused(MISSING), cause=cause)
    found = Reconciliation(at=NOW, tallies=(tally("MQL", set(), {}, [difference] * 2),))
    assert 2 == found.count(cause)
    assert (cause in NEEDS_SOMEBODY) is found.needs_somebody
    assert not Reconciliation(at=NOW, tallies=()).needs_somebody


WAITING = Recycle(reason="BUDGET", track="BUDGET", at=NOW, cooldown_until=None)
RECYCLED = Standing(stage=Stage.RECYCLED, since=NOW, decided_at=NOW, why="", recycle=WAITING)


@pytest.mark.parametrize(
    ("standing", "name"),
    [
        (RECYCLED, "NL-BUDGET"),
        (replace(RECYCLED, stage=Stage.LEAD), None),
        (replace(RECYCLED, recycle=None), None),
        (replace(RECYCLED, consent=Consent(opt_outs=(NOW,))), None),
        (replace(RECYCLED, recycle=replace(WAITING, removed_by_hand=True)), None),
        (replace(RECYCLED, recycle=replace(WAITING, track="GONE")), None),
    ],
)
def test_the_list_of_somebody_is_the_one_last_decided(standing: Standing, name: str | None) -> None:
    assert name == list_of(standing, default_rules())


def test_what_a_poll_reads_again_is_not_missed_yet() -> None:
    assert may_come(NOW, None)
    assert may_come(NOW, NOW + timedelta(minutes=9))
    assert not may_come(NOW, NOW + timedelta(minutes=10))
