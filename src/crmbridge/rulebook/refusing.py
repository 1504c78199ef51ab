"""From what a schema found wrong to one line that an operator can act on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from crmbridge.errors import RuleBookError
from crmbridge.rulebook.source import Place, Source, nearest, quoted


def refuse(
    sources: Mapping[str, Source], place: Place, message: str, suggestion: str = ""
) -> RuleBookError:
    """The refusal of what stands at ``place``, whose first part names the source."""
    source = sources[str(place[0])]
    return RuleBookError(
        message,
        path=str(source.path),
        line=source.line(tuple(place[1:])),
        suggestion=suggestion,
    )


def explain(
    error: ValidationError, sources: Mapping[str, Source], schema: type[BaseModel]
) -> RuleBookError:
    """The first fault as one line: what is wrong, where, and what was probably meant.

    ``schema`` has a field for each of ``sources``, under the same name.

    A misspelt key comes before the one that is missing because of it.
    """
    faults = error.errors(include_url=False)
    first = min(
        faults, key=lambda fault: (fault["type"] != "extra_forbidden", _line(fault, sources))
    )
    place = _place(first)
    named = ".".join(_part(part) for part in place[1:]) or f"{place[0]}.yaml"
    message, suggestion = _worded(first, place, schema)
    at = place[:-1] if first["type"] == "missing" else place
    return refuse(sources, at, f"{named}: {message}", suggestion)


def describe(error: ValidationError, schema: type[BaseModel]) -> str:
    """The first fault as one sentence, for data that came without a file of its own."""
    faults = error.errors(include_url=False)
    first = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")
    place = _place(first)
    message, suggestion = _worded(first, place, schema)
    named = ".".join(_part(part) for part in place)
    hint = f" (did you mean '{suggestion}'?)" if suggestion else ""
    return f"{named}: {message}{hint}" if named else f"{message}{hint}"


def _worded(fault: ErrorDetails, place: Place, schema: type[BaseModel]) -> tuple[str, str]:
    """What is wrong, and what was probably meant."""
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        return "no such key", nearest(str(place[-1]), _keys_at(place[:-1], schema))
    if kind == "missing":
        return "this key is missing", ""
    message = _WANTED.get(kind, fault["msg"].removeprefix("Value error, "))
    message = message.format_map(context) if kind in _WANTED else message
    word = str(place[-1]) if fault["loc"][-1:] == ("[key]",) else _found(fault["input"])
    suggestion = ""
    if kind in ("enum", "literal_error"):
        expected = str(context["expected"])
        message = f"must be {expected}"
        suggestion = nearest(word, re.findall(r"'([^']*)'", expected))
    shown = word if isinstance(fault["input"], list | dict) else quoted(word)
    return f"{message}, not {shown}", suggestion


_WANTED = {
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a group of keys",
    "model_type": "must be a group of keys",
    "too_short": "must not be empty",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
}
"""What an operator reads for the schema's own words."""


def _place(fault: ErrorDetails) -> Place:
    return tuple(part for part in fault["loc"] if part != "[key]")


def _line(fault: ErrorDetails, sources: Mapping[str, Source]) -> tuple[int, int]:
    """In the order of the files, then of the lines."""
    file, *inside = _place(fault)
    return list(sources).index(str(file)), sources[str(file)].line(tuple(inside))


def _part(part: str | int) -> str:
    """A key as an error may show it; items are counted from 1 as people do."""
    if isinstance(part, int):
        return str(part + 1)
    return part if "@" not in part and len(part) <= 40 else quoted(part)


def _found(value: object) -> str:
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    return (
        "nothing"
        if value is None
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _keys_at(place: Place, schema: type[BaseModel]) -> list[str]:
    """The keys that the schema knows at ``place``."""
    annotation: Any = schema
    for part in place:
        if _is_section(annotation):
            field = annotation.model_fields.get(str(part))
            annotation = field.annotation if field else None
        else:
            # Of a table the values, of a list the items: what they hold stands last.
            held = [argument for argument in get_args(annotation) if argument is not ...]
            annotation = held[-1] if held else None
    return list(annotation.model_fields) if _is_section(annotation) else []


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
