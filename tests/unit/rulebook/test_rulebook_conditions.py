"""Conditions: what each operator says of a value, of none, and of the wrong kind."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from crmbridge.core.model import Value
from crmbridge.rulebook.conditions import compile_condition, fields_of
from crmbridge.rulebook.contradictions import is_impossible
from crmbridge.rulebook.faults import Fault
from crmbridge.rulebook.schema import ConditionSection

PLACE = ("scoring", "when")


def holds(condition: dict[str, Any], fields: dict[str, Value]) -> bool:
    return compile_condition(ConditionSection.model_validate(condition), PLACE)(fields)


@pytest.mark.parametrize(
    ("field", "op", "value", "meets", "fails"),
    [
        ("language", "is", "De", "de ", "en"),
        ("language", "is_not", "de", "en", "DE"),
        ("language", "one_of", ["de", "fr"], "FR", "en"),
        ("language", "none_of", ["de", "fr"], "en", "fr"),
        ("title", "contains", "sales", "Head of SALES", "Head of IT"),
        ("title", "starts_with", "head", "Head of IT", "The head"),
        ("title", "ends_with", "it", "Head of IT", "IT head"),
        ("title", "like", "head*it", "Head of IT", "Head of HR"),
        ("title", "like", "[a]", "[A]", "a"),
        ("email", "domain_is", "acme.com", "a@acme.com", "a@sub.acme.com"),
        ("email", "domain_in", ["acme.com", "b.org"], "x@b.org", "b.org"),
        ("employees", "is", 5, 5.0, 6),
        ("employees", "one_of", [5, 7], 7, 6),
        ("employees", "at_least", 5, 5, 4),
        ("employees", "at_most", 5, 5, 6),
        ("employees", "more_than", 5, 6, 5),
        ("employees", "less_than", 5, 4, 5),
        ("employees", "between", [5, 7], 7, 8),
        ("marketable", "is", True, True, False),
        ("marketable", "is_not", True, False, True),
        ("resume_date", "before", "2026-06-09", date(2026, 6, 8), date(2026, 6, 9)),
        ("resume_date", "after", "2026-06-09", datetime(2026, 6, 10, tzinfo=UTC), date(2026, 6, 9)),
        ("resume_date", "is", "2026-06-09", date(2026, 6, 9), date(2026, 6, 8)),
    ],
)
def test_an_operator_holds_and_does_not(
    field: str, op: str, value: Any, meets: Value, fails: Value
) -> None:
    condition = {"field": field, "op": op, "value": value}

    assert holds(condition, {field: meets})
    assert not holds(condition, {field: fails})
    # Nothing known, or something of another kind: only a negation holds.
    negation = op in ("is_not", "none_of")
    for strange in (None, ("a", "b")):
        assert negation is holds(condition, {field: strange})
    assert negation is holds(condition, {})


def test_presence_all_any_and_not() -> None:
    there: dict[str, Any] = {"field": "phone", "op": "present"}
    gone: dict[str, Any] = {"field": "phone", "op": "absent"}

    assert holds(there, {"phone": "1"})
    assert not holds(there, {"phone": ""})
    assert holds(gone, {})
    assert holds({"not": there}, {})
    both = {"all": [there, {"field": "title", "op": "present"}]}
    assert not holds(both, {"phone": "1"})
    assert holds({"any": both["all"]}, {"phone": "1"})
    names = list(fields_of(ConditionSection.model_validate({"not": both})))
    assert ["phone", "title"] == names


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({}, "exactly one of"),
        ({"field": "title", "op": "present", "any": []}, "exactly one of"),
        ({"all": []}, "must not be empty"),
        ({"all": [{"field": "title", "op": "present"}], "op": "is"}, "go with field"),
        ({"field": "titel", "op": "present"}, "is no field"),
        ({"field": "title"}, "needs an op"),
        ({"field": "title", "op": "at_least", "value": 5}, "title is a text"),
        ({"field": "employees", "op": "contains", "value": "5"}, "employees is a number"),
        ({"field": "title", "op": "is"}, "needs a value"),
        ({"field": "title", "op": "present", "value": "x"}, "takes no value"),
        ({"field": "title", "op": "is", "value": ["x"]}, "takes one value"),
        ({"field": "title", "op": "one_of", "value": "x"}, "takes a list"),
        ({"field": "title", "op": "one_of", "value": []}, "at least one value"),
        ({"field": "employees", "op": "between", "value": [1]}, "two values"),
        ({"field": "employees", "op": "between", "value": [2, 1]}, "must be the lesser"),
        ({"field": "employees", "op": "is", "value": "many"}, "must be a number"),
        ({"field": "title", "op": "is", "value": 5}, "must be a text"),
        ({"field": "marketable", "op": "is", "value": "yes"}, "must be a flag"),
        ({"field": "resume_date", "op": "before", "value": "soon"}, "is no date"),
    ],
)
def test_what_does_not_go_together_is_refused(condition: dict[str, Any], message: str) -> None:
    with pytest.raises(Fault) as caught:
        compile_condition(ConditionSection.model_validate(condition), PLACE)

    assert message in caught.value.message


def test_a_misspelt_field_has_a_suggestion() -> None:
    section = ConditionSection.model_validate({"field": "industri", "op": "present"})

    with pytest.raises(Fault) as caught:
        compile_condition(section, PLACE)

    assert "industry" == caught.value.suggestion


@pytest.mark.parametrize(
    ("parts", "impossible"),
    [
        ([("title", "is", "a"), ("title", "is", "b")], True),
        ([("title", "is", "a"), ("title", "is", "A")], False),
        ([("title", "one_of", ["a", "b"]), ("title", "none_of", ["b", "a"])], True),
        ([("title", "absent", None), ("title", "contains", "a")], True),
        ([("title", "absent", None), ("title", "is_not", "a")], False),
        ([("employees", "more_than", 5), ("employees", "at_most", 5)], True),
        ([("employees", "at_least", 5), ("employees", "at_most", 5)], False),
        ([("employees", "between", [1, 3]), ("employees", "at_least", 4)], True),
        ([("title", "is", "a"), ("phone", "is", "b")], False),
    ],
)
def test_contradictions_are_seen(parts: list[tuple[str, str, Any]], impossible: bool) -> None:
    each = [
        {"field": field, "op": op, **({"value": value} if value is not None else {})}
        for field, op, value in parts
    ]

    section = ConditionSection.model_validate({"any": [{"all": each}]})

    assert impossible is is_impossible(section)
