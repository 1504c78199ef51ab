"""Compiles WHERE clauses into tests of a row, checking every value's type. Contract §4."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.ids import full_id
from crmbridge_salesforce.simulator.schema import (
    ID_TYPES,
    NUMBER_TYPES,
    PICKLIST_TYPES,
    TEXT_TYPES,
    Field,
)
from crmbridge_salesforce.simulator.soql import syntax
from crmbridge_salesforce.simulator.soql.bound import Column, Predicate, Scope
from crmbridge_salesforce.simulator.soql.columns import invalid_field
from crmbridge_salesforce.simulator.soql.dates import day_range, midnight
from crmbridge_salesforce.simulator.soql.parsing import query_error
from crmbridge_salesforce.simulator.table import Row

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = {
    "boolean": "boolean",
    "int": "int",
    "double": "double",
    "currency": "double",
    "percent": "double",
    "date": "date",
    "datetime": "dateTime",
}
_KINDS = {
    "boolean": {"boolean"},
    "date": {"date", "dateword"},
    "datetime": {"datetime", "dateword"},
    **{number: {"number"} for number in NUMBER_TYPES},
}


def compare(scope: Scope, column: Column, how: str, literal: syntax.Literal) -> Predicate:
    """The test ``column how literal``; raises ``ApiError`` if the types do not fit."""
    _check_operator(scope, column, how)
    _check_kind(scope, column, literal)
    test = _value_test(scope, column, how, literal)
    store = scope.store
    if not column.hops:
        name = column.field.name
        return lambda row: test(row.get(name))
    return lambda row: test(column.read(store, row))


def belongs(
    scope: Scope, column: Column, how: str, literals: tuple[syntax.Literal, ...]
) -> Predicate:
    """The test ``column IN|NOT IN|INCLUDES|EXCLUDES (literals)``."""
    _check_operator(scope, column, how)
    for literal in literals:
        _check_kind(scope, column, literal)
    if how in ("INCLUDES", "EXCLUDES"):
        return _includes(scope, column, how, literals)
    if any(literal.kind == "dateword" for literal in literals):
        tests = [compare(scope, column, "=", literal) for literal in literals]
        wanted = how == "IN"
        return lambda row: any(test(row) for test in tests) == wanted
    plain = {_plain(scope, column, literal) for literal in literals}
    return among(scope, column, how, plain)


def among(scope: Scope, column: Column, how: str, values: Iterable[Any]) -> Predicate:
    """The test that the column's folded value is, or is not, one of ``values``."""
    known, store, fold = set(values), scope.store, _fold(column.field)
    if how == "IN":
        return lambda row: fold(column.read(store, row)) in known
    return lambda row: fold(column.read(store, row)) not in known


def literal_values(
    scope: Scope, column: Column, literals: tuple[syntax.Literal, ...]
) -> list[Any] | None:
    """The exact values of these literals for an index; None if they are not exact."""
    if any(literal.kind in ("dateword", "null") for literal in literals):
        return None
    return [_plain(scope, column, literal) for literal in literals]


def _check_operator(scope: Scope, column: Column, how: str) -> None:
    field = column.field
    if not field.filterable:
        message = f"field '{field.name}' can not be filtered in a query call"
        raise query_error(scope.text, column.place, "INVALID_FIELD", message)
    texts = TEXT_TYPES | {"picklist"}
    fits = {
        "LIKE": field.type in texts,
        "INCLUDES": field.type == "multipicklist",
        "EXCLUDES": field.type == "multipicklist",
    }.get(how, True)
    if how in _ORDER and field.type in ("boolean", "multipicklist"):
        fits = False
    if how in ("IN", "NOT IN") and field.type == "multipicklist":
        fits = False
    if not fits:
        kind = "id" if field.type in ID_TYPES else field.type
        message = f"invalid operator on {kind} field"
        raise query_error(scope.text, column.place, "INVALID_QUERY_FILTER_OPERATOR", message)


def _check_kind(scope: Scope, column: Column, literal: syntax.Literal) -> None:
    field = column.field
    if literal.kind == "null" or literal.kind in _KINDS.get(field.type, {"string"}):
        return
    word = _WORDS.get(field.type, "string")
    quotes = "should" if word == "string" else "should not"
    raise _wrong_type(scope, column, f"must be of type {word} and {quotes} be enclosed in quotes")


def _wrong_type(scope: Scope, column: Column, what: str) -> ApiError:
    path = syntax.Path(parts=column.key, place=column.place)
    message = f"value of filter criterion for field '{column.field.name}' {what}"
    return invalid_field(scope, path, message)


def _plain(scope: Scope, column: Column, literal: syntax.Literal) -> Any:
    """The literal as it compares with a folded field value."""
    if literal.kind == "null":
        return None
    if literal.kind != "string":
        return literal.value
    text = re.sub(r"\\(.)", r"\1", str(literal.value), flags=re.DOTALL)
    if column.field.type not in ID_TYPES:
        return _fold(column.field)(text)
    record_id = full_id(text)
    if record_id is None and text:
        message = f"invalid ID field: {text}"
        raise query_error(scope.text, column.place, "INVALID_QUERY_FILTER_OPERATOR", message)
    return record_id


def _fold(field: Field) -> Callable[[Any], Any]:
    """Text compares without case, except on case-sensitive unique fields. Contract §4."""
    if field.type in TEXT_TYPES | PICKLIST_TYPES and not field.case_sensitive:
        return lambda value: value.casefold() if isinstance(value, str) else value
    return lambda value: value


def _value_test(
    scope: Scope, column: Column, how: str, literal: syntax.Literal
) -> Callable[[Any], bool]:
    if isinstance(literal.value, syntax.DateWord):
        return _range_test(scope, column, how, literal.value)
    if how == "LIKE":
        return _like(str(literal.value or ""))
    wanted = _plain(scope, column, literal)
    if wanted is None and column.field.type == "boolean":
        wanted = False
    fold = _fold(column.field)
    if how == "=":
        return lambda value: fold(value) == wanted
    if how == "!=":
        return lambda value: fold(value) != wanted
    ordered = _ORDER[how]
    if wanted is None:
        return lambda value: False
    return lambda value: value is not None and ordered(fold(value), wanted)


def _range_test(
    scope: Scope, column: Column, how: str, word: syntax.DateWord
) -> Callable[[Any], bool]:
    first, after = day_range(word, scope.now.astimezone(scope.zone).date())
    low: Any = first
    high: Any = after
    if column.field.type == "datetime":
        low, high = midnight(first, scope.zone), midnight(after, scope.zone)
    tests: dict[str, Callable[[Any], bool]] = {
        "=": lambda value: low <= value < high,
        "!=": lambda value: not low <= value < high,
        "<": lambda value: value < low,
        "<=": lambda value: value < high,
        ">": lambda value: value >= high,
        ">=": lambda value: value >= low,
    }
    test = tests[how]
    return lambda value: how == "!=" if value is None else test(value)


def _like(pattern: str) -> Callable[[Any], bool]:
    pieces: list[str] = []
    for match in re.finditer(r"\\(.)|(.)", pattern, re.DOTALL):
        escaped, char = match.groups()
        pieces.append({"%": ".*", "_": "."}.get(char or "", re.escape(escaped or char)))
    compiled = re.compile("".join(pieces), re.IGNORECASE | re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _includes(
    scope: Scope, column: Column, how: str, literals: tuple[syntax.Literal, ...]
) -> Predicate:
    """Each literal names one or more values (``a;b``) that must all be chosen."""
    wanted = [
        {part.casefold() for part in str(literal.value or "").split(";")} for literal in literals
    ]
    store, positive = scope.store, how == "INCLUDES"

    def test(row: Row) -> bool:
        chosen = set((column.read(store, row) or "").casefold().split(";"))
        return any(parts <= chosen for parts in wanted) == positive

    return test
