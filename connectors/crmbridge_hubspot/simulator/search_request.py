"""A search as sent, parsed and checked. HubSpot contract §5."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crmbridge_hubspot.simulator.errors import HubSpotError, validation_error
from crmbridge_hubspot.simulator.json_fields import texts_in, whole_number
from crmbridge_hubspot.simulator.property_registry import PropertyRegistry

_LONGEST_PAGE = 200
_FURTHEST = 10_000
_MOST_GROUPS = 5
_MOST_FILTERS_IN_GROUP = 6
_MOST_FILTERS = 18
_LONGEST_BODY = 3_000
ASSOCIATION_PREFIX = "associations."


class Operator(StrEnum):
    """How a filter compares."""

    EQ = "EQ"
    NEQ = "NEQ"
    LT = "LT"
    LTE = "LTE"
    GT = "GT"
    GTE = "GTE"
    BETWEEN = "BETWEEN"
    IN = "IN"
    NOT_IN = "NOT_IN"
    HAS_PROPERTY = "HAS_PROPERTY"
    NOT_HAS_PROPERTY = "NOT_HAS_PROPERTY"
    CONTAINS_TOKEN = "CONTAINS_TOKEN"
    NOT_CONTAINS_TOKEN = "NOT_CONTAINS_TOKEN"


_VALUELESS = (Operator.HAS_PROPERTY, Operator.NOT_HAS_PROPERTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition on one property (or on ``associations.<type>``)."""

    property_name: str
    operator: Operator
    value: str = ""
    high_value: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Groups are alternatives, the filters of one group all hold; the first sort counts."""

    groups: tuple[tuple[Filter, ...], ...]
    sort_property: str
    descending: bool
    query: str
    properties: tuple[str, ...]
    limit: int
    after: int


def refuse_long_body(raw_body: bytes) -> None:
    """400 for a search request longer than HubSpot reads."""
    if len(raw_body.decode(errors="replace")) > _LONGEST_BODY:
        raise validation_error(f"The request body is longer than {_LONGEST_BODY} characters.")


def parse_search(body: dict[str, Any], registry: PropertyRegistry) -> Search:
    """The search that a request body asks for; 400 if it breaks a limit or makes no sense."""
    sort_property, descending = _sort(body.get("sorts") or [], registry)
    limit = whole_number(body, "limit", 10)
    after = whole_number(body, "after", 0)
    if not 1 <= limit <= _LONGEST_PAGE:
        raise validation_error(f"limit must be from 1 to {_LONGEST_PAGE}, was {limit}")
    if after < 0:
        raise validation_error(f"after is not valid: {after}")
    if after + limit > _FURTHEST:
        raise validation_error(
            f"A search answers its first {_FURTHEST} results only: after plus limit was "
            f"{after + limit}."
        )
    return Search(
        groups=_groups(body, registry),
        sort_property=sort_property,
        descending=descending,
        query=_query(body.get("query")),
        properties=texts_in(body, "properties"),
        limit=limit,
        after=after,
    )


def _query(raw: object) -> str:
    if raw is not None and not isinstance(raw, str):
        raise _problem()
    return raw or ""


def _problem() -> HubSpotError:
    return HubSpotError(400, "There was a problem with the request.")


def _sort(raw: object, registry: PropertyRegistry) -> tuple[str, bool]:
    if not isinstance(raw, list):
        raise _problem()
    if not raw:
        return "", False
    match raw[0]:
        case {"propertyName": str(name), **rest}:
            descending = str(rest.get("direction", "ASCENDING")).upper() == "DESCENDING"
        case str(text):
            name, descending = text.removeprefix("-"), text.startswith("-")
        case _:
            raise _problem()
    _require_defined(name, registry)
    return name, descending


def _groups(body: dict[str, Any], registry: PropertyRegistry) -> tuple[tuple[Filter, ...], ...]:
    raw: Any = body.get("filterGroups") or []
    if isinstance(raw, list) and body.get("filters"):
        # One of HubSpot's own examples sends its filters without a group.
        raw = [*raw, {"filters": body["filters"]}]
    if not isinstance(raw, list):
        raise _problem()
    if len(raw) > _MOST_GROUPS:
        raise validation_error(f"No more than {_MOST_GROUPS} filterGroups are allowed.")
    groups = []
    for group in raw:
        if not isinstance(group, dict) or not isinstance(group.get("filters"), list):
            raise _problem()
        if len(group["filters"]) > _MOST_FILTERS_IN_GROUP:
            raise validation_error(
                f"No more than {_MOST_FILTERS_IN_GROUP} filters in a group are allowed."
            )
        groups.append(tuple(_filter(one, registry) for one in group["filters"]))
    if sum(map(len, groups)) > _MOST_FILTERS:
        raise validation_error(f"No more than {_MOST_FILTERS} filters are allowed.")
    return tuple(groups)


def _filter(raw: object, registry: PropertyRegistry) -> Filter:
    if not isinstance(raw, dict) or not raw.get("propertyName"):
        raise _problem()
    name = str(raw["propertyName"])
    operator = str(raw.get("operator"))
    if operator not in Operator.__members__:
        raise _problem()
    if not name.startswith(ASSOCIATION_PREFIX):
        _require_defined(name, registry)
    values = raw.get("values") or []
    if not isinstance(values, list):
        raise _problem()
    parsed = Filter(
        property_name=name,
        operator=Operator(operator),
        value=_text(raw.get("value")),
        high_value=_text(raw.get("highValue")),
        values=tuple(map(_text, values)),
    )
    _OPERANDS.get(parsed.operator, _needs_value)(parsed)
    return parsed


def _needs_value(parsed: Filter) -> None:
    if parsed.operator not in _VALUELESS and not parsed.value:
        raise validation_error(f"operator {parsed.operator} requires a value")


def _needs_values(parsed: Filter) -> None:
    if not parsed.values:
        raise validation_error(f"operator {parsed.operator} requires values")


def _needs_range(parsed: Filter) -> None:
    if not parsed.value or not parsed.high_value:
        raise validation_error("operator BETWEEN requires a value and a highValue")


_OPERANDS: dict[Operator, Callable[[Filter], None]] = {
    Operator.IN: _needs_values,
    Operator.NOT_IN: _needs_values,
    Operator.BETWEEN: _needs_range,
}


def _text(raw: object) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return "" if raw is None else str(raw)


def _require_defined(name: str, registry: PropertyRegistry) -> None:
    if registry.find(name) is None:
        raise validation_error(f"Property '{name}' does not exist")
