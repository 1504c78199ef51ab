"""Who is in the scope of a canary."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmbridge.core.model import (
    ListState,
    ObjectType,
    Owner,
    OwnerKind,
    Record,
    Ref,
    Side,
    SideView,
)
from crmbridge.core.scope import Scope
from crmbridge.core.view import PersonView

NOW = datetime(2026, 6, 1, tzinfo=UTC)
REP = Ref(system="salesforce", object_type=ObjectType.OWNER, id="005R")


def person(uid: str = "p1") -> PersonView:
    """A lead of Nora's, on one list."""
    lead = Ref(system="salesforce", object_type=ObjectType.LEAD, id="00Q1")
    nora = Owner(ref=REP, name="Nora", kind=OwnerKind.HUMAN, email="Nora@Acme.example")
    record = Record(ref=lead, version="1", modified_at=NOW, fields={"owner_id": REP.id})
    return PersonView(
        uid=uid,
        go_live=NOW,
        surfaces={},
        sales=SideView(record=record),
        owners={Side.SALES: {REP.id: nora}},
        lists=ListState(members=frozenset({"NL-PILOT"})),
    )


@pytest.mark.parametrize(
    ("scope", "inside"),
    [
        (Scope(), True),
        (Scope(owners=frozenset({"005R"})), True),
        (Scope(owners=frozenset({"nora@acme.example", "005X"})), True),
        (Scope(owners=frozenset({"005X"})), False),
        (Scope(countries=frozenset({"DE"})), True),
        (Scope(countries=frozenset({"FR"})), False),
        (Scope(lists=frozenset({"NL-PILOT"})), True),
        (Scope(lists=frozenset({"NL-OTHER"})), False),
        (Scope(countries=frozenset({"DE"}), lists=frozenset({"NL-OTHER"})), False),
    ],
)
def test_everything_that_is_given_must_be_met(scope: Scope, inside: bool) -> None:
    assert inside is scope.holds(person(), "DE")


def test_a_percentage_is_always_of_the_same_people_and_a_larger_one_adds_to_them() -> None:
    people = [person(f"p{n}") for n in range(2000)]
    tenth, third = (
        {each.uid for each in people if Scope(percent=percent).holds(each, None)}
        for percent in (10.0, 33.0)
    )

    assert tenth < third
    assert 0.08 < len(tenth) / len(people) < 0.12
    assert 0.30 < len(third) / len(people) < 0.36


def test_a_scope_is_said_in_words_and_told_from_others() -> None:
    scope = Scope(owners=frozenset({"b", "a"}), countries=frozenset({"DE"}), percent=5)

    assert "5 % of everybody, owned by a or b, from DE" == scope.sentence
    assert "" == Scope().sentence
    assert (
        scope.digest
        == Scope(owners=frozenset({"a", "b"}), countries=frozenset({"DE"}), percent=5.0).digest
    )
    assert scope.digest != Scope().digest
