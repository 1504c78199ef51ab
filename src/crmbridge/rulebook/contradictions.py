"""Conditions that can never hold, as far as their parts show it by themselves."""

from __future__ import annotations

from crmbridge.rulebook.schema import ConditionSection, Operator

_LOWER = (Operator.AT_LEAST, Operator.MORE_THAN)
_UPPER = (Operator.AT_MOST, Operator.LESS_THAN)
_FILLED = frozenset(Operator) - {Operator.ABSENT, Operator.IS_NOT, Operator.NONE_OF}


def is_impossible(condition: ConditionSection) -> bool:
    """Whether no person can meet ``condition``; ``False`` where that cannot be seen."""
    if condition.any is not None:
        return all(is_impossible(part) for part in condition.any)
    if condition.all is None:
        return False
    if any(is_impossible(part) for part in condition.all):
        return True
    by_field: dict[str, list[ConditionSection]] = {}
    for part in condition.all:
        if part.field is not None:
            by_field.setdefault(part.field, []).append(part)
    return any(_exclude_each_other(parts) for parts in by_field.values())


def _exclude_each_other(parts: list[ConditionSection]) -> bool:
    operators = {part.op for part in parts}
    if Operator.ABSENT in operators and operators & _FILLED:
        return True
    return _no_value_left(parts) or _no_number_left(parts)


def _no_value_left(parts: list[ConditionSection]) -> bool:
    left: set[object] | None = None
    for part in parts:
        if part.op in (Operator.IS, Operator.ONE_OF):
            given = part.value if isinstance(part.value, list) else [part.value]
            values = {_folded(value) for value in given}
            left = values if left is None else left & values
    for part in parts:
        if left is not None and part.op in (Operator.IS_NOT, Operator.NONE_OF):
            given = part.value if isinstance(part.value, list) else [part.value]
            left -= {_folded(value) for value in given}
    return left is not None and not left


def _folded(value: object) -> object:
    return " ".join(value.split()).casefold() if isinstance(value, str) else value


def _no_number_left(parts: list[ConditionSection]) -> bool:
    low, high, open_ended = float("-inf"), float("inf"), False
    for part in parts:
        value = part.value
        if part.op is Operator.BETWEEN and isinstance(value, list):
            low, high = max(low, _number(value[0])), min(high, _number(value[-1]))
        elif part.op in _LOWER:
            low, open_ended = max(low, _number(value)), open_ended or part.op is Operator.MORE_THAN
        elif part.op in _UPPER:
            high, open_ended = (
                min(high, _number(value)),
                open_ended or part.op is Operator.LESS_THAN,
            )
    return low > high or (low == high and open_ended)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
