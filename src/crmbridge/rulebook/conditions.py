"""Conditions as data: typed against the field catalogue when loaded, then plain closures.

A condition is total: a missing field holds for nothing but ``absent``, ``is_not`` and
``none_of``. Texts are compared casefolded, with single spaces. ``like`` knows ``*`` and ``?``
and nothing else, so that no pattern can hang.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from fnmatch import fnmatchcase

from crmbridge.core.model import Value
from crmbridge.core.profile import email_domain
from crmbridge.core.rules import Condition
from crmbridge.rulebook.catalogue import FIELDS, Kind
from crmbridge.rulebook.faults import Fault, globs
from crmbridge.rulebook.schema import ConditionSection, Operator
from crmbridge.rulebook.source import Place, nearest, quoted

_ANY = frozenset({Operator.PRESENT, Operator.ABSENT})
_TEXT = frozenset(
    {
        Operator.IS,
        Operator.IS_NOT,
        Operator.ONE_OF,
        Operator.NONE_OF,
        Operator.CONTAINS,
        Operator.STARTS_WITH,
        Operator.ENDS_WITH,
        Operator.LIKE,
    }
)
_TAKES: dict[Kind, frozenset[Operator]] = {
    Kind.TEXT: _ANY | _TEXT,
    Kind.EMAIL: _ANY | _TEXT | {Operator.DOMAIN_IS, Operator.DOMAIN_IN},
    Kind.NUMBER: _ANY
    | {
        Operator.IS,
        Operator.IS_NOT,
        Operator.ONE_OF,
        Operator.NONE_OF,
        Operator.AT_LEAST,
        Operator.AT_MOST,
        Operator.MORE_THAN,
        Operator.LESS_THAN,
        Operator.BETWEEN,
    },
    Kind.FLAG: _ANY | {Operator.IS, Operator.IS_NOT},
    Kind.DATE: _ANY | {Operator.IS, Operator.IS_NOT, Operator.BEFORE, Operator.AFTER},
}
_LISTS = frozenset({Operator.ONE_OF, Operator.NONE_OF, Operator.DOMAIN_IN, Operator.BETWEEN})
_NEGATIVE = {Operator.IS_NOT: Operator.IS, Operator.NONE_OF: Operator.ONE_OF}
_PAIR = 2

Test = Callable[[Value], bool]


def compile_condition(section: ConditionSection, place: Place) -> Condition:
    """The condition as a function of a person's canonical fields; raises ``Fault`` where a
    field, an operator or a value does not go together."""
    forms = [
        name
        for name, part in (
            ("all", section.all),
            ("any", section.any),
            ("not", section.negated),
            ("field", section.field),
        )
        if part is not None
    ]
    if len(forms) != 1:
        raise Fault(place, "a condition has exactly one of all, any, not, or field")
    if forms != ["field"] and (section.op is not None or section.value is not None):
        raise Fault(place, f"op and value go with field, not with {forms[0]}")
    if section.negated is not None:
        inner = compile_condition(section.negated, (*place, "not"))
        return lambda fields: not inner(fields)
    if section.all is not None:
        every = _compile_each(section.all, (*place, "all"))
        return lambda fields: all(part(fields) for part in every)
    if section.any is not None:
        some = _compile_each(section.any, (*place, "any"))
        return lambda fields: any(part(fields) for part in some)
    return _compare(section, place)


def fields_of(section: ConditionSection) -> Iterator[str]:
    """The canonical fields at which a condition looks."""
    for part in (*(section.all or ()), *(section.any or ())):
        yield from fields_of(part)
    if section.negated is not None:
        yield from fields_of(section.negated)
    if section.field is not None:
        yield section.field


def _compile_each(parts: list[ConditionSection], place: Place) -> list[Condition]:
    if not parts:
        raise Fault(place, "must not be empty")
    return [compile_condition(part, (*place, index)) for index, part in enumerate(parts)]


def _compare(section: ConditionSection, place: Place) -> Condition:
    name = str(section.field)
    kind = FIELDS.get(name)
    if kind is None:
        message = f"{quoted(name)} is no field that a condition can look at"
        raise Fault((*place, "field"), message, nearest(name, FIELDS))
    op = section.op
    if op is None:
        raise Fault(place, f"field {name} needs an op")
    if op not in _TAKES[kind]:
        allowed = ", ".join(sorted(_TAKES[kind]))
        raise Fault((*place, "op"), f"{name} is a {kind}: op must be one of {allowed}, not {op}")
    if op in _ANY:
        if section.value is not None:
            raise Fault((*place, "value"), f"op {op} takes no value")
        wanted = op is Operator.PRESENT
        return lambda fields: (fields.get(name) not in (None, "", ())) is wanted
    test = _test(_NEGATIVE.get(op, op), kind, _values(section, op, kind, place))
    expected = op not in _NEGATIVE

    def holds(fields: Mapping[str, Value]) -> bool:
        value = fields.get(name)
        found = value is not None and _fits(value, kind) and test(_shaped(value, kind))
        return found is expected

    return holds


def _values(section: ConditionSection, op: Operator, kind: Kind, place: Place) -> list[Value]:
    given, here = section.value, (*place, "value")
    if given is None:
        raise Fault(place, f"op {op} needs a value")
    if isinstance(given, list) is not (op in _LISTS):
        raise Fault(here, f"op {op} takes " + ("a list" if op in _LISTS else "one value"))
    values: list[Value] = list(given) if isinstance(given, list) else [given]
    if not values or (op is Operator.BETWEEN and len(values) != _PAIR):
        raise Fault(here, f"op {op} takes " + ("two values" if values else "at least one value"))
    shaped = [_read(value, kind, here) for value in values]
    if op is Operator.BETWEEN and shaped[0] > shaped[1]:  # type: ignore[operator]
        raise Fault(here, "the first of the two values must be the lesser")
    return shaped


def _read(value: Value, kind: Kind, place: Place) -> Value:
    if kind is Kind.DATE:
        try:
            return date.fromisoformat(str(value))
        except ValueError as error:
            raise Fault(place, f"{quoted(str(value))} is no date such as 2026-12-25") from error
    if not _fits(value, kind):
        raise Fault(place, f"must be a {kind}, not {quoted(str(value))}")
    return _shaped(value, kind)


def _fits(value: Value, kind: Kind) -> bool:
    if kind is Kind.FLAG:
        return isinstance(value, bool)
    if kind is Kind.NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, date) if kind is Kind.DATE else isinstance(value, str)


def _shaped(value: Value, kind: Kind) -> Value:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str) and kind is not Kind.DATE:
        return " ".join(value.split()).casefold()
    return value


def _test(op: Operator, kind: Kind, values: list[Value]) -> Test:
    first = values[0]
    if op in (Operator.IS, Operator.ONE_OF):
        wanted = frozenset(values)
        return lambda value: value in wanted
    if op in (Operator.DOMAIN_IS, Operator.DOMAIN_IN):
        domains = frozenset(values)
        return lambda value: email_domain(value) in domains
    if kind in (Kind.NUMBER, Kind.DATE):
        return _ordered(op, values)
    text = str(first)
    if op is Operator.LIKE:
        glob = globs([text])[0]
        return lambda value: fnmatchcase(str(value), glob)
    if op is Operator.CONTAINS:
        return lambda value: text in str(value)
    if op is Operator.STARTS_WITH:
        return lambda value: str(value).startswith(text)
    return lambda value: str(value).endswith(text)


def _ordered(op: Operator, values: list[Value]) -> Test:
    """Comparisons of numbers with numbers and dates with dates, as the catalogue ensures."""
    low, high = _rank(values[0]), _rank(values[-1])
    match op:
        case Operator.AT_LEAST:
            return lambda value: _rank(value) >= low
        case Operator.AT_MOST:
            return lambda value: _rank(value) <= low
        case Operator.MORE_THAN | Operator.AFTER:
            return lambda value: _rank(value) > low
        case Operator.LESS_THAN | Operator.BEFORE:
            return lambda value: _rank(value) < low
    return lambda value: low <= _rank(value) <= high


def _rank(value: Value) -> float:
    if isinstance(value, date):
        return float(value.toordinal())
    return float(value) if isinstance(value, int | float) else 0.0
