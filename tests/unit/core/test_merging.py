"""Fields that people edit in both CRMs: whose edit it was, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.core import fields as f
from crmbridge.core.handoff_rules import FieldRule
from crmbridge.core.merging import Merge, Verdict, agreed, merge
from crmbridge.core.model import ObjectType, Record, Ref, Side, SideView, Value
from crmbridge.core.view import Edit, PersonView

NOW = datetime(2026, 6, 9, 12, tzinfo=UTC)
MAPPED = NOW - timedelta(days=10)
CONTACT = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="1")
LEAD = Ref(system="salesforce", object_type=ObjectType.LEAD, id="00Q1")
NEVER = object()
"""No value was ever agreed."""


class Surface:
    """Texts of ten characters; the title can be written, the industry only in marketing."""

    def __init__(self, side: Side) -> None:
        self._side = side

    def project(self, object_type: ObjectType, field: str, value: Value) -> Value:
        return value[:10] if isinstance(value, str) else value

    def writable(self, object_type: ObjectType) -> frozenset[str]:
        names = {f.TITLE, f.LAST_NAME}
        return frozenset(names if self._side is Side.SALES else names | {f.INDUSTRY})


def shown(ref: Ref, name: str, value: Value, base: object, born: datetime) -> SideView:
    record = Record(ref=ref, version="1", modified_at=NOW, created_at=born, fields={name: value})
    return SideView(record=record, base={} if base is NEVER else {name: base})  # type: ignore[dict-item] # a value


def view(
    marketing: tuple[Value, object],
    sales: tuple[Value, object],
    *,
    name: str = f.TITLE,
    born: datetime = MAPPED - timedelta(days=99),
    edits: Mapping[Side, datetime | None] | None = None,
    whole: bool = False,
) -> PersonView:
    return PersonView(
        uid="p",
        go_live=NOW,
        surfaces={side: Surface(side) for side in Side},
        marketing=shown(CONTACT, name, *marketing, born),
        sales=shown(LEAD, name, *sales, born),
        edits={side: {name: Edit(at=at)} for side, at in (edits or {}).items()},
        mapped_since={name: MAPPED},
        mapped_whole=frozenset({name} if whole else ()),
    )


def outcome(seen: PersonView, rule: FieldRule, name: str = f.TITLE) -> Merge:
    (found,) = merge(seen, {name: rule})
    return found


def test_equal_values_are_agreed_also_where_one_crm_cuts_them() -> None:
    both = view(("Head of Operations", NEVER), ("Head of Op", "Clerk"))
    found = outcome(both, FieldRule.ASK)
    assert Verdict.EQUAL is found.verdict
    assert {
        CONTACT: {f.TITLE: "Head of Operations"},
        LEAD: {f.TITLE: "Head of Op"},
    } == agreed(both, [found])
    settled = view(("CEO", "CEO"), ("CEO", "CEO"))
    assert {} == agreed(settled, merge(settled, {f.TITLE: FieldRule.ASK}))


def test_what_differed_before_it_was_mapped_is_the_starting_point() -> None:
    old = view(("CEO", NEVER), ("Clerk", NEVER))
    for rule in FieldRule:
        assert Verdict.ADOPT is outcome(old, rule).verdict
    assert {CONTACT: {f.TITLE: "CEO"}, LEAD: {f.TITLE: "Clerk"}} == agreed(
        old, [outcome(old, FieldRule.ASK)]
    )
    agreed_upon = view(("CEO", "CEO"), ("Clerk", "Clerk"))
    found = outcome(agreed_upon, FieldRule.SALES)
    assert Verdict.LEAVE is found.verdict
    assert {} == agreed(agreed_upon, [found])


def test_one_whom_only_one_crm_has_is_the_starting_point() -> None:
    alone = replace(view(("CEO", NEVER), ("Clerk", NEVER)), sales=None)
    found = outcome(alone, FieldRule.ASK)
    assert Verdict.ADOPT is found.verdict
    assert {CONTACT: {f.TITLE: "CEO"}} == agreed(alone, [found])
    assert [] == merge(replace(alone, marketing=None), {f.TITLE: FieldRule.ASK})
    assert [] == merge(alone, {f.PHONE: FieldRule.ASK})


S, M = Side.SALES, Side.MARKETING


@pytest.mark.parametrize(
    ("rule", "marketing", "sales", "target", "value", "reverts"),
    [
        # one edit
        (FieldRule.NEWEST, ("CEO", "Clerk"), ("Clerk", "Clerk"), S, "CEO", False),
        (FieldRule.NEWEST, ("Clerk", "Clerk"), (None, "Clerk"), M, None, False),
        (FieldRule.ASK, ("Clerk", "Clerk"), ("CEO", "Clerk"), M, "CEO", False),
        (FieldRule.SALES_UNLESS_BLANK, ("CEO", "Clerk"), ("Clerk", "Clerk"), S, "CEO", False),
        (FieldRule.SALES_UNLESS_BLANK, (None, "Clerk"), ("Clerk", "Clerk"), M, "Clerk", False),
        (FieldRule.MARKETING_UNLESS_BLANK, ("Clerk", "Clerk"), (None, "Clerk"), S, "Clerk", False),
        # always one side's
        (FieldRule.SALES, ("CEO", "Clerk"), ("Clerk", "Clerk"), M, "Clerk", True),
        (FieldRule.SALES, ("Clerk", "Clerk"), (None, "Clerk"), M, None, False),
        (FieldRule.MARKETING, ("Clerk", "Clerk"), ("CEO", "Clerk"), S, "Clerk", True),
        # two edits
        (FieldRule.SALES_UNLESS_BLANK, ("CEO", "Clerk"), ("CFO", "Clerk"), M, "CFO", False),
        (FieldRule.SALES_UNLESS_BLANK, ("CEO", "Clerk"), (None, "Clerk"), S, "CEO", False),
        (FieldRule.MARKETING_UNLESS_BLANK, ("CEO", "Clerk"), ("CFO", "Clerk"), S, "CEO", False),
    ],
)
def test_edits_go_where_the_rule_says(
    rule: FieldRule,
    marketing: tuple[Value, object],
    sales: tuple[Value, object],
    target: Side,
    value: Value,
    reverts: bool,
) -> None:
    found = outcome(view(marketing, sales), rule)
    assert (Verdict.WRITE, target, value, reverts) == (
        found.verdict,
        found.target,
        found.value,
        found.reverts,
    )
    assert f.TITLE in found.why


def test_of_two_edits_people_decide_where_the_rule_says_so() -> None:
    found = outcome(view(("CEO", "Clerk"), ("CFO", "Clerk")), FieldRule.ASK)
    assert (Verdict.ASK, "title was edited in both CRMs") == (found.verdict, found.why)
    assert () == found.wonders


@pytest.mark.parametrize(
    ("marketing", "sales", "target"),
    [
        (0, -11, S),
        (-11, 0, M),
        (0, -10, None),
        (0, 10, None),
    ],
)
def test_of_two_edits_the_later_counts_where_the_clocks_can_tell(
    marketing: int, sales: int, target: Side | None
) -> None:
    at = {
        M: NOW + timedelta(minutes=marketing),
        S: NOW + timedelta(minutes=sales),
    }
    found = outcome(view(("CEO", "Clerk"), ("CFO", "Clerk"), edits=at), FieldRule.NEWEST)
    assert (Verdict.WRITE if target else Verdict.ASK, target) == (found.verdict, found.target)
    assert () == found.wonders


def test_when_fields_were_edited_is_asked_for_and_not_guessed() -> None:
    two = ("CEO", "Clerk"), ("CFO", "Clerk")
    found = outcome(view(*two), FieldRule.NEWEST)
    assert (Verdict.ASK, {CONTACT, LEAD}) == (found.verdict, set(found.wonders))
    told = view(*two, edits={Side.MARKETING: NOW, Side.SALES: None})
    found = outcome(told, FieldRule.NEWEST)
    assert (Verdict.ASK, ()) == (found.verdict, found.wonders)


def test_a_new_pair_is_merged_as_if_both_had_been_edited() -> None:
    new = view(("CEO", "CEO"), ("Clerk", NEVER), born=MAPPED)
    assert Verdict.ASK is outcome(new, FieldRule.ASK).verdict
    assert "Clerk" == outcome(new, FieldRule.SALES_UNLESS_BLANK).value


def test_a_field_that_is_aligned_is_merged_whatever_was_agreed() -> None:
    for known in (("CEO", NEVER), ("Clerk", NEVER)), (("CEO", "CEO"), ("Clerk", "Clerk")):
        seen = view(*known, whole=True)
        assert (Side.MARKETING, "Clerk") == (
            outcome(seen, FieldRule.SALES).target,
            outcome(seen, FieldRule.SALES).value,
        )
        assert Verdict.ASK is outcome(seen, FieldRule.ASK).verdict


def test_what_a_crm_cannot_take_is_left() -> None:
    towards_sales = view(("Mining", "Retail"), ("Retail", "Retail"), name=f.INDUSTRY)
    assert Verdict.LEAVE is outcome(towards_sales, FieldRule.NEWEST, f.INDUSTRY).verdict
    nameless = view((None, "Abbott"), ("Abbott", "Abbott"), name=f.LAST_NAME)
    assert Verdict.LEAVE is outcome(nameless, FieldRule.MARKETING, f.LAST_NAME).verdict
