"""A merge hands a contact's history on under a new id: every act stays one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crmbridge.core.copies import without_copies
from crmbridge.core.facts import EngagementDetail, Evidence, Fact, FactKind, NoDetail
from crmbridge.core.model import ObjectType, Ref

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def contact(identity: str, system: str = "hubspot") -> Ref:
    return Ref(system=system, object_type=ObjectType.CONTACT, id=identity)


def form(identity: str, name: str = "Demo", minutes: int = 0, nth: int = 1) -> Fact:
    at = AT + timedelta(minutes=minutes)
    return Fact(
        key=f"{identity}:form:{minutes}:{nth}",
        ref=contact(identity),
        kind=FactKind.ENGAGEMENT,
        at=at,
        detail=EngagementDetail(evidence=Evidence.FORM, name=name),
    )


def test_of_equal_acts_on_two_records_the_first_stays() -> None:
    facts = [form("1"), form("2"), form("3", minutes=1)]
    assert [facts[0], facts[2]] == without_copies(facts)


def test_equal_acts_on_one_record_are_two() -> None:
    facts = [form("1"), form("1", nth=2)]
    assert facts == without_copies(facts)


def test_whatever_differs_is_another_act() -> None:
    facts = [form("1"), form("2", name="Webinar"), form("2", minutes=1)]
    facts.append(replace(form("2"), key="salesforce", ref=contact("2", "salesforce")))
    assert facts == without_copies(facts)


def test_what_is_no_act_of_the_person_is_never_dropped() -> None:
    ended = [
        Fact(key=each, ref=contact(each), kind=FactKind.DELETED, at=AT, detail=NoDetail())
        for each in ("1", "2")
    ]
    assert ended == without_copies(ended)
