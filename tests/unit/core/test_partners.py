"""Leads that a partner registered: who is told, and when it is over."""

from __future__ import annotations

from dataclasses import replace

from person import Person, at, default_rules, tasks, user

from crmbridge.core import fields as f
from crmbridge.core.operations import OperationKind


def test_the_partner_manager_is_told_once_and_not_after_the_registration_is_gone() -> None:
    rules = default_rules()
    rules = replace(rules, partners=replace(rules.partners, manager="pia"))
    registered = {f.LEAD_SOURCE: "Partner", f.DEAL_REGISTRATION: "DR-1"}
    person = Person(rules, **registered).with_lead(**registered)
    person.owners = {**person.owners, "pia": user("pia")}

    first = person.decide("06-09 07:00")
    second = person.decide("06-10 07:00")

    assert ["pia"] == [
        op.values[f.OWNER_ID] for op in first.operations if op.kind is OperationKind.TASK
    ]
    assert ({"partner"}, None) == (set(first.flags), first.score)
    assert () == second.operations
    for side in ("sales", "marketing"):
        record = getattr(person, side)
        setattr(person, side, replace(record, fields={**record.fields, f.DEAL_REGISTRATION: None}))
    assert person.decide("06-11 07:00").score is not None


def test_a_partner_lead_from_before_going_live_tells_nobody() -> None:
    registered = {f.LEAD_SOURCE: "Partner", f.DEAL_REGISTRATION: "DR-1"}
    person = Person(**registered)
    person.go_live = at("06-05 00:00")

    decision = person.decide("06-09 07:00")

    assert ({"partner"}, {}) == (set(decision.flags), tasks(decision))
