"""Checks one written value against its definition and spells it as HubSpot stores it.

HubSpot contract §3 (spellings) and §9 (error codes). Every stored value is a string.
"""

from __future__ import annotations

import math
import re

from crmbridge_hubspot.simulator.definitions import PropertyDefinition
from crmbridge_hubspot.simulator.errors import PropertyProblem
from crmbridge_hubspot.simulator.instants import (
    iso_of_milliseconds,
    parse_day,
    parse_milliseconds,
)

_EMAIL = re.compile(r"[^@\s,;<>()]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_LONGEST_TEXT = 65_536
# The last instant that has a four-digit year.
_LAST_MILLISECOND = 253_402_300_799_999


class ValueRefused(Exception):
    """A value its property cannot hold; carries the problem for the error answer."""

    def __init__(self, problem: PropertyProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def as_text(raw: object) -> str | None:
    """The string form of a JSON value as sent: scalars only, None for anything else.

    Bare JSON numbers and booleans occur in HubSpot's own examples and are taken as their
    string; null is taken as "clear".
    """
    match raw:
        case None:
            return ""
        case bool():
            return "true" if raw else "false"
        case int():
            return str(raw)
        case float() if raw.is_integer():
            return str(int(raw))
        case float():
            return repr(raw)
        case str():
            return raw
        case _:
            return None


def spell_value(definition: PropertyDefinition, text: str, current: str) -> str:
    """The value to store for ``text``; "" clears. Raises ``ValueRefused``.

    ``current`` matters to multi-select properties only: a leading ``;`` appends to it.
    """
    if text == "":
        return ""
    match definition.type:
        case "number":
            return _number(definition, text)
        case "datetime":
            return _datetime(definition, text)
        case "date":
            return _date(definition, text)
        case "bool":
            return _option(definition, text.lower(), ("true", "false"))
        case "enumeration" if definition.external_options:
            return text
        case "enumeration" if definition.multiple:
            return _choices(definition, text, current)
        case "enumeration":
            return _option(definition, text, definition.allowed_values)
        case _:
            return _string(definition, text)


def _refuse(definition: PropertyDefinition, code: str, message: str) -> ValueRefused:
    return ValueRefused(PropertyProblem(name=definition.name, code=code, message=message))


def _number(definition: PropertyDefinition, text: str) -> str:
    stripped = text.strip()
    try:
        usable = math.isfinite(float(stripped)) and "_" not in stripped
    except ValueError:
        usable = False
    if not usable:
        raise _refuse(definition, "INVALID_LONG", f"{text} was not a valid long.")
    return stripped


def _datetime(definition: PropertyDefinition, text: str) -> str:
    moment = parse_milliseconds(text)
    if moment is None or not 0 <= abs(moment) <= _LAST_MILLISECOND:
        raise _refuse(definition, "INVALID_LONG", f"{text} was not a valid long.")
    return iso_of_milliseconds(moment)


def _date(definition: PropertyDefinition, text: str) -> str:
    day = parse_day(text)
    if day is not None:
        return day.isoformat()
    moment = parse_milliseconds(text)
    if moment is not None and abs(moment) <= _LAST_MILLISECOND:
        reason = f"{text} is at {iso_of_milliseconds(moment)} which is not midnight UTC."
    else:
        reason = f"{text} was not a valid date."
    raise _refuse(definition, "INVALID_DATE", reason)


def _option(definition: PropertyDefinition, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        listed = ", ".join(allowed)
        raise _refuse(
            definition,
            "INVALID_OPTION",
            f"{text} was not one of the allowed options: [{listed}]",
        )
    return text


def _choices(definition: PropertyDefinition, text: str, current: str) -> str:
    appended = text.startswith(";")
    chosen = current.split(";") if appended and current else []
    for choice in text.strip(";").split(";"):
        value = _option(definition, choice, definition.allowed_values)
        if value not in chosen:
            chosen.append(value)
    return ";".join(chosen)


def _string(definition: PropertyDefinition, text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise _refuse(
            definition,
            "PROPERTY_VALUE_TOO_LONG",
            f"The value is longer than {_LONGEST_TEXT} characters.",
        )
    if definition.name == "email":
        address = text.strip().lower()
        if not _EMAIL.fullmatch(address):
            raise _refuse(definition, "INVALID_EMAIL", f"Email address {text} is invalid")
        return address
    return text
