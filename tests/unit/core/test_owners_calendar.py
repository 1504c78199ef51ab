"""Whose calendar a first touch is owed by, where the owner becomes known late."""

from __future__ import annotations

import pytest
from person import REP, Person, at

from crmbridge.core.standing import SlaClock, SlaStatus


def created_by_us(touched: str) -> tuple[SlaClock, SlaClock]:
    """The clock of somebody whose lead is created in the US, on whose calendar it runs until an
    owner is known; then as the owner, of Berlin, and a touch are news to one look."""
    person = Person().demo("06-09 05:30")
    first = person.decide("06-09 05:30").sla
    person.with_lead(owner_id=REP).touch(touched)
    second = person.decide(touched).sla
    assert first is not None
    assert second is not None
    return first, second


def test_a_touch_that_is_seen_with_the_owner_is_held_against_the_owners_calendar() -> None:
    before, after = created_by_us("06-09 07:30")

    assert ("US", at("06-09 14:00"), SlaStatus.OPEN) == (
        before.calendar,
        before.due,
        before.status,
    )
    assert ("DE", at("06-09 08:00"), SlaStatus.MET) == (after.calendar, after.due, after.status)


@pytest.mark.parametrize("touched", ["06-09 08:30", "06-09 14:30"])
def test_where_a_due_has_come_already_nothing_is_changed_behind_anybodys_back(touched: str) -> None:
    """When the owner came is not known: at the time nobody may have been there to be late."""
    before, after = created_by_us(touched)

    assert (before.calendar, before.due) == (after.calendar, after.due)
