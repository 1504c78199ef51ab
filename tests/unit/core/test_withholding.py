"""Paused fields: decided about as ever, not written, and said to be missing."""

from __future__ import annotations

from person import Person

from crmbridge.core import fields as f
from crmbridge.core.decision import Decision
from crmbridge.core.model import Side
from crmbridge.core.operations import OperationKind
from crmbridge.core.withholding import Withheld, withheld_sentences


def written(decision: Decision, side: Side) -> set[str]:
    return {name for each in decision.operations if each.side is side for name in each.values}


def test_a_paused_field_is_left_out_of_updates_and_of_new_records() -> None:
    person = Person().demo("06-09 15:00")
    person.paused = {side: {f.STAGE: "Olga"} for side in Side}

    decision = person.decide("06-09 15:05")

    assert {OperationKind.CREATE, OperationKind.UPDATE} <= {o.kind for o in decision.operations}
    for side in Side:
        assert f.STAGE not in written(decision, side)
        assert {f.STAGE_REASON, f.SCORE} <= written(decision, side)
    expected = tuple(Withheld(side=side, field=f.STAGE, by="Olga") for side in sorted(Side))
    assert expected == decision.withheld
    assert "Not written in the sales CRM: stage: paused by Olga." in decision.reasons
    assert () == person.decide("06-09 15:10").operations


def test_a_field_that_is_right_is_not_said_to_be_missing() -> None:
    person = Person().demo("06-09 15:00")
    person.decide("06-09 15:05")
    person.paused = {side: {f.STAGE: "Olga"} for side in Side}

    assert () == person.decide("06-09 15:10").withheld


def test_a_paused_score_does_not_have_its_reason_written_with_every_look() -> None:
    person = Person().demo("06-09 15:00")
    person.decide("06-09 15:05")
    person.paused = {side: {f.SCORE: "Olga"} for side in Side}
    person.decide("06-10 17:00")
    for minute in range(6):
        person.page(f"06-10 18:{10 + minute}", "/pricing").page(f"06-10 18:{20 + minute}", "/x")

    decision = person.decide("06-10 19:00")

    assert {Side.MARKETING, Side.SALES} == {each.side for each in decision.withheld}
    assert {f.SCORE} == {each.field for each in decision.withheld}
    assert () == decision.operations


def test_it_is_written_once_it_is_not_paused_any_more() -> None:
    person = Person().demo("06-09 15:00")
    person.paused = {Side.MARKETING: {f.STAGE: "Olga", f.SCORE: "Max"}}
    person.decide("06-09 15:05")
    person.paused = {}

    decision = person.decide("06-09 15:10")

    assert {f.STAGE, f.SCORE} <= written(decision, Side.MARKETING)
    assert () == decision.withheld


def test_each_side_and_each_operator_get_a_sentence() -> None:
    found = [
        Withheld(side=Side.SALES, field="stage", by="Olga"),
        Withheld(side=Side.SALES, field="score", by="Olga"),
        Withheld(side=Side.SALES, field="grade", by="Max"),
        Withheld(side=Side.MARKETING, field="stage", by="Olga"),
        Withheld(side=Side.MARKETING, field="stage", by="Olga"),
    ]
    assert (
        "Not written in the marketing CRM: stage: paused by Olga.",
        "Not written in the sales CRM: grade: paused by Max.",
        "Not written in the sales CRM: score, stage: paused by Olga.",
    ) == withheld_sentences(found)
