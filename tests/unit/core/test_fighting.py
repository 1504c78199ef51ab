"""What is changed by turns is left alone, and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from person import CONTACT, LEAD, Person, at, default_rules

from crmbridge.core import fields as f
from crmbridge.core.decide import decide
from crmbridge.core.decision import Decision
from crmbridge.core.fighting import fought_over
from crmbridge.core.handoff_rules import FieldRule
from crmbridge.core.model import ListState, Side, Value
from crmbridge.core.operations import OperationKind
from crmbridge.core.rules import Rules
from crmbridge.core.view import Edit, Flips

NOON = at("06-09 12:00")
STAGE = "field_fight:marketing:stage"


def disputed(
    flips: int,
    *,
    edit: Edit | None = None,
    lists: ListState | None = None,
    changed: Mapping[str, Value] | None = None,
    last: datetime = NOON,
    asked: bool = False,
) -> Decision:
    """Somebody whose fields in HubSpot are not what crmbridge wrote, changed so many times."""
    changed = {f.STAGE: "CUSTOMER"} if changed is None else changed
    person = Person()
    person.decide("06-09 11:00")
    assert person.marketing is not None
    record = person.marketing
    person.marketing = replace(record, fields={**record.fields, **changed})
    person.lists = lists or person.lists
    names = [*changed, "members:NL-TIMING"]
    view = replace(
        person.view(NOON),
        flips={Side.MARKETING: dict.fromkeys(names, Flips(times=flips, at=last))},
        edits={Side.MARKETING: dict.fromkeys(changed, edit)} if edit else {},
    )
    if asked:
        assert view.standing is not None
        view = replace(view, standing=replace(view.standing, reviews={STAGE: "asked"}))
    return decide(view, default_rules(), NOON)


def written(decision: Decision) -> set[str]:
    return {name for operation in decision.operations for name in operation.values}


@pytest.mark.parametrize(
    ("flips", "put_right", "wonders"),
    [(0, True, False), (2, True, False), (3, True, True), (4, False, True), (9, False, True)],
)
def test_a_field_is_put_right_so_often_and_no_more(
    flips: int, put_right: bool, wonders: bool
) -> None:
    decision = disputed(flips)
    assert put_right == (f.STAGE in written(decision))
    assert put_right == (STAGE not in {each.kind for each in decision.reviews})
    assert wonders == ((CONTACT, f.STAGE) in decision.wonders)


def test_what_was_long_ago_does_not_count_but_while_it_is_asked() -> None:
    long_ago = NOON - timedelta(hours=25)
    assert f.STAGE in written(disputed(4, last=long_ago))
    assert f.STAGE not in written(disputed(4, last=long_ago, asked=True))


def test_who_fights_is_named() -> None:
    decision = disputed(4, edit=Edit(at=NOON, by="AUTOMATION_PLATFORM Lead router"))
    (told,) = [each.why for each in decision.reviews if each.kind == STAGE]
    assert told.startswith(
        "crmbridge and AUTOMATION_PLATFORM Lead router keep changing stage in the marketing CRM, "
        "4 times"
    )
    assert frozenset() == decision.wonders
    (told,) = [each.why for each in disputed(4, edit=Edit(at=None)).reviews if each.kind == STAGE]
    assert "crmbridge and somebody in the marketing CRM keep" in told


def test_nothing_is_asked_where_nothing_is_to_be_put_right() -> None:
    assert STAGE not in {each.kind for each in disputed(9, changed={}).reviews}


@pytest.mark.parametrize("flips", [3, 4])
def test_a_list_is_left_alone_like_a_field(flips: int) -> None:
    on = ListState(members=frozenset({"NL-TIMING"}), agreed=frozenset())
    decision = disputed(flips, lists=on, changed={})
    kinds = {operation.kind for operation in decision.operations}
    assert (flips < 4) == (OperationKind.WITHDRAW in kinds)
    asked = "field_fight:marketing:members:NL-TIMING" in {each.kind for each in decision.reviews}
    assert (flips == 4) == asked
    assert frozenset() == decision.wonders
    refused = {fought_over(each) for each in decision.conflicts}
    assert (flips < 4) == ("members:NL-TIMING" in refused)


def mapped(rule: FieldRule) -> Rules:
    rules = default_rules()
    return replace(rules, handoff=replace(rules.handoff, mapping={f.TITLE: rule}))


def titled(marketing: str, sales: str, rule: FieldRule, flips: int = 0) -> Decision:
    person = Person(mapped(rule)).with_lead(**{f.TITLE: "Clerk"})
    person.decide("06-09 11:00")
    assert person.marketing is not None
    assert person.sales is not None
    for side in Side:
        person.base[side][f.TITLE] = "Clerk"
    for record, value in ((person.marketing, marketing), (person.sales, sales)):
        changed = replace(record, fields={**record.fields, f.TITLE: value})
        if record.ref == CONTACT:
            person.marketing = changed
        else:
            person.sales = changed
    view = replace(
        person.view(NOON), flips={Side.MARKETING: {f.TITLE: Flips(times=flips, at=NOON)}}
    )
    return decide(view, person.rules, NOON)


def test_a_mapped_field_is_carried_over_with_its_reason() -> None:
    decision = titled("CEO", "Clerk", FieldRule.NEWEST)
    (carried,) = [each for each in decision.operations if f.TITLE in each.values]
    assert (LEAD, "CEO", "Clerk") == (
        carried.target,
        carried.values[f.TITLE],
        carried.expected[f.TITLE],
    )
    (change,) = [each for each in carried.changes if each.field == f.TITLE]
    assert "title was edited in the marketing CRM" == change.reason
    assert [] == [each for each in decision.conflicts if each.field == f.TITLE]


def test_an_edit_that_the_rule_refuses_is_put_right_and_said() -> None:
    decision = titled("CEO", "Clerk", FieldRule.SALES)
    (told,) = [each for each in decision.conflicts if each.field == f.TITLE]
    assert (Side.MARKETING, "CEO", "Clerk", "the sales CRM decides title") == (
        told.side,
        told.theirs,
        told.ours,
        told.why,
    )


def test_two_edits_are_a_question_until_they_agree() -> None:
    decision = titled("CEO", "CFO", FieldRule.NEWEST)
    assert "field_conflict:title" in {each.kind for each in decision.reviews}
    assert {(CONTACT, f.TITLE), (LEAD, f.TITLE)} == decision.wonders
    assert f.TITLE not in written(decision)
    equal = titled("CEO", "CEO", FieldRule.NEWEST)
    assert "field_conflict:title" not in {each.kind for each in equal.reviews}
    assert {CONTACT: {f.TITLE: "CEO"}, LEAD: {f.TITLE: "CEO"}} == equal.agreed


def test_a_mapped_field_that_both_crms_change_by_turns_is_left_alone() -> None:
    decision = titled("CEO", "Clerk", FieldRule.NEWEST, flips=4)
    assert f.TITLE not in written(decision)
    assert "field_fight:sales:title" in {each.kind for each in decision.reviews}
