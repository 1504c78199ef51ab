"""What a rep reads of the online activity of a person and of others at the company."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from person import CONTACT, EchoSurface, Person, at

from crmbridge.core import fields as f
from crmbridge.core.decide import decide
from crmbridge.core.facts import EngagementDetail, Evidence, FactKind
from crmbridge.core.model import ObjectType, Side
from crmbridge.core.operations import Lane, Operation
from crmbridge.core.view import Colleague


class WithInsight(EchoSurface):
    """A CRM that has the field for the text."""

    def writable(self, object_type: ObjectType) -> frozenset[str]:
        return super().writable(object_type) | {f.INSIGHT}


def person(**fields: str) -> Person:
    made = Person(**{f.FIRST_NAME: "Ada", f.LAST_NAME: "Abbott", **fields}).with_lead()
    made.surfaces = {side: WithInsight() for side in Side}
    return made


def text(who: Person, when: str, *colleagues: Colleague) -> object:
    decision = decide(replace(who.view(at(when)), colleagues=colleagues), who.rules, at(when))
    return written(decision.operations).get(Side.SALES)


def written(operations: tuple[Operation, ...]) -> dict[Side, object]:
    return {each.side: each.values[f.INSIGHT] for each in operations if f.INSIGHT in each.values}


def colleague(uid: str, latest: str, until: str = "06-20 09:00") -> Colleague:
    return Colleague(
        uid=uid,
        fit=0.0,
        known_since=at("06-01 09:00"),
        active_from=at(until) - timedelta(days=14),
        active_until=at(until),
        name=uid.title(),
        latest=latest,
    )


def test_acts_are_told_day_by_day_the_latest_first() -> None:
    ada = person().page("06-08 09:00", "/pricing").page("06-08 09:05", "/pricing")
    ada.form("06-08 10:00", "Whitepaper").demo("06-09 09:00")
    assert (
        "Tue 9 Jun 2026: form “Request a demo”. "
        "Mon 8 Jun 2026: form “Whitepaper”, page /pricing (2 times)."
    ) == text(ada, "06-09 10:00")


def test_only_the_sales_side_is_told() -> None:
    ada = person().demo("06-09 09:00")
    assert {Side.SALES} == set(written(ada.decide("06-09 10:00").operations))


def test_who_did_nothing_has_no_text() -> None:
    assert text(person(), "06-09 10:00") is None


def test_an_act_that_is_still_to_come_is_not_told() -> None:
    ada = person().form("06-09 12:00", "Whitepaper", seen="06-09 09:00")
    assert text(ada, "06-09 10:00") is None


def test_five_days_and_four_kinds_of_acts_a_day_are_told() -> None:
    ada = person()
    for day in range(1, 8):
        ada.form(f"06-0{day} 09:00", "Newsletter")
    for number in range(6):
        ada.page(f"06-07 10:0{number}", f"/p{number}")
    told = str(text(ada, "06-08 10:00"))
    assert told.startswith("Sun 7 Jun 2026: page /p5, page /p4, page /p3, page /p2, 3 more.")
    assert "Wed 3 Jun" in told
    assert "Tue 2 Jun" not in told


def test_a_long_text_is_cut_at_a_visible_place() -> None:
    ada = person()
    for day in range(1, 6):
        ada.form(f"06-0{day} 09:00", "x" * 400)
    told = str(text(ada, "06-08 10:00"))
    assert (1000, "…") == (len(told), told[-1])


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (Evidence.CLICK, "click in a mail"),
        (Evidence.OPEN, "mail opened"),
        (Evidence.REPLY, "reply to a mail"),
        (Evidence.MEETING, "meeting booked"),
        (Evidence.VISIT, "visit"),
        (Evidence.PAGE, "page Fair"),
        (Evidence.FORM, "form “Fair”"),
        (Evidence.CAMPAIGN, "campaign “Fair”"),
        (Evidence.EVENT, "event “Fair”"),
    ],
)
def test_every_act_has_words(evidence: Evidence, words: str) -> None:
    detail = EngagementDetail(evidence=evidence, name="Fair")
    ada = person().add(FactKind.ENGAGEMENT, "06-09 09:00", detail, ref=CONTACT)
    assert f"Tue 9 Jun 2026: {words}." == text(ada, "06-09 10:00")


def test_colleagues_are_told_those_first_who_were_active_last() -> None:
    others = [
        colleague("bo", "form “Webinar”, Mon 8 Jun 2026", "06-19 09:00"),
        colleague("cy", "page /docs, Tue 9 Jun 2026", "06-20 09:00"),
        colleague("di", "", "06-21 09:00"),
        colleague("ed", "visit, Wed 1 Jul 2026", "07-15 09:00"),
    ]
    assert (
        "At northwind.example: Cy (page /docs, Tue 9 Jun 2026); "
        "Bo (form “Webinar”, Mon 8 Jun 2026)."
    ) == text(person(), "06-10 10:00", *others)


def test_what_colleagues_are_told_of_a_person() -> None:
    ada = person().page("06-08 09:00", "/docs").demo("06-09 09:00")
    known = ada.decide("06-09 10:00").activity
    assert known is not None
    assert ("Ada Abbott", "form “Request a demo”, Tue 9 Jun 2026") == (known.name, known.latest)
    nobody = Person().demo("06-09 09:00").decide("06-09 10:00").activity
    assert nobody is not None
    assert "somebody" == nobody.name


def test_a_text_alone_may_wait_where_calls_are_scarce() -> None:
    ada = person().page("06-01 09:00", "/docs")
    ada.decide("06-01 10:00")
    ada.page("06-01 11:00", "/docs")
    told = [each for each in ada.decide("06-01 12:00").operations if f.INSIGHT in each.values]
    assert [Lane.INSIGHT] == [each.lane for each in told]
    assert [] == [each for each in ada.decide("06-02 12:00").operations if f.INSIGHT in each.values]
