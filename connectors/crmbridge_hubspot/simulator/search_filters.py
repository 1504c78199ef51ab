"""Whether one indexed value satisfies one filter. HubSpot contract §5.

Text compares without case; enumerations compare with it; IN and NOT_IN on text only know
lower-case values. A record whose property is empty satisfies no comparison at all, NEQ and
NOT_IN included: a search that wants those too must ask for NOT_HAS_PROPERTY in a group of
its own (what HubSpot does there is not documented; this is the stricter reading).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from crmbridge_hubspot.simulator.definitions import PropertyDefinition
from crmbridge_hubspot.simulator.errors import validation_error
from crmbridge_hubspot.simulator.instants import parse_milliseconds
from crmbridge_hubspot.simulator.search_request import Filter, Operator

Comparable = float | str
_TOKEN = re.compile(r"[\w*]+")


def compile_filter(definition: PropertyDefinition, wanted: Filter) -> Callable[[str], bool]:
    """A test of stored values ("" when empty); 400 if the filter's own values make no sense."""
    match wanted.operator:
        case Operator.HAS_PROPERTY:
            return bool
        case Operator.NOT_HAS_PROPERTY:
            return lambda stored: not stored
        case Operator.CONTAINS_TOKEN:
            return lambda stored: bool(stored) and contains_token(stored, wanted.value)
        case Operator.NOT_CONTAINS_TOKEN:
            return lambda stored: bool(stored) and not contains_token(stored, wanted.value)
        case Operator.IN:
            return _membership(definition, wanted.values, inside=True)
        case Operator.NOT_IN:
            return _membership(definition, wanted.values, inside=False)
        case _:
            return _comparison(definition, wanted)


def contains_token(stored: str, pattern: str) -> bool:
    """Whether every word of ``pattern`` (``*`` stands for anything) is a word of ``stored``."""
    text, sought = stored.lower(), pattern.lower()
    if fnmatchcase(text, sought):
        return True
    words = _TOKEN.findall(text)
    return all(any(fnmatchcase(word, piece) for word in words) for piece in _TOKEN.findall(sought))


def comparable(definition: PropertyDefinition, text: str) -> Comparable | None:
    """The value to compare and sort by; None for text that is no value of the type."""
    match definition.type:
        case "number":
            try:
                return float(text)
            except ValueError:
                return None
        case "datetime" | "date":
            moment = parse_milliseconds(text)
            return None if moment is None else float(moment)
        case "enumeration" | "bool":
            return text
        case _:
            return text.lower()


def _operand(definition: PropertyDefinition, text: str) -> Comparable:
    value = comparable(definition, text)
    if value is None:
        raise validation_error(
            f"{text} is not a value of property {definition.name} ({definition.type})"
        )
    return value


def _choices(definition: PropertyDefinition, stored: str) -> list[str]:
    return stored.split(";") if definition.multiple else [stored]


def _membership(
    definition: PropertyDefinition, values: tuple[str, ...], *, inside: bool
) -> Callable[[str], bool]:
    if definition.type in ("enumeration", "bool"):
        allowed = set(values)
        return lambda stored: (
            bool(stored) and inside == bool(allowed & set(_choices(definition, stored)))
        )
    if definition.type in ("string", "phone_number"):
        # The sought values are not lower-cased: HubSpot wants them lower-case already.
        sought = set(values)
        return lambda stored: bool(stored) and inside == (stored.lower() in sought)
    operands = {_operand(definition, value) for value in values}
    return lambda stored: bool(stored) and inside == (comparable(definition, stored) in operands)


def _comparison(definition: PropertyDefinition, wanted: Filter) -> Callable[[str], bool]:
    low = _operand(definition, wanted.value)
    if definition.multiple:
        equal = wanted.operator is Operator.EQ
        return lambda stored: (
            bool(stored) and equal == (wanted.value in _choices(definition, stored))
        )
    high = _operand(definition, wanted.high_value) if wanted.high_value else low
    test = _TESTS[wanted.operator]

    def satisfied(stored: str) -> bool:
        value = comparable(definition, stored) if stored else None
        return value is not None and test(value, low, high)

    return satisfied


# Both sides have the property's type, so that they can be ordered.
_TESTS: dict[Operator, Callable[[Comparable, Comparable, Comparable], bool]] = {
    Operator.EQ: lambda value, low, high: value == low,
    Operator.NEQ: lambda value, low, high: value != low,
    Operator.LT: lambda value, low, high: _before(value, low),
    Operator.LTE: lambda value, low, high: not _before(low, value),
    Operator.GT: lambda value, low, high: _before(low, value),
    Operator.GTE: lambda value, low, high: not _before(value, low),
    Operator.BETWEEN: lambda value, low, high: not _before(value, low) and not _before(high, value),
}


def _before(one: Comparable, other: Comparable) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return str(one) < str(other)
    return one < other
