"""What comes twice, at once or out of place changes nothing."""

from __future__ import annotations

from dataclasses import replace

from person import Person, at, default_rules

from crmbridge.core.decide import decide
from crmbridge.core.facts import FactKind, PauseDetail
from crmbridge.core.model import Stage


def test_a_fact_that_is_handed_over_twice_counts_once() -> None:
    view = Person().with_lead().demo("06-09 07:00").view(at("06-09 07:05"))
    twice = replace(view, facts=(*view.facts, *view.facts))

    decision = decide(twice, default_rules(), at("06-09 07:05"))

    assert decision == decide(view, default_rules(), at("06-09 07:05"))


def test_two_requests_at_one_instant_are_one_mql() -> None:
    decision = Person().with_lead().demo("06-09 07:00").demo("06-09 07:00").decide("06-09 07:05")

    assert Stage.MQL is decision.stage
    assert 1 == decision.standing.cycle


def test_a_hold_without_a_promise_is_none() -> None:
    person = Person().with_lead()
    person.add(FactKind.PAUSED, "06-09 07:00", PauseDetail(reason="Legal hold"))

    decision = person.decide("06-09 07:05")

    assert decision.sla is None
    assert Stage.LEAD is decision.stage
