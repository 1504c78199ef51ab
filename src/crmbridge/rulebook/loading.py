"""From a directory of YAML files to ``Rules``, or to one error that names the place."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from crmbridge.core.rules import Rules
from crmbridge.errors import RuleBookError
from crmbridge.rulebook.compiling import compile_rules
from crmbridge.rulebook.faults import Fault
from crmbridge.rulebook.schema import RuleBook
from crmbridge.rulebook.source import Place, Source, nearest, quoted, read

_BESIDE = frozenset({"cases", "README.md"})
"""What may lie beside the files; hidden files are the editor's."""


def load(directory: Path) -> Rules:
    """The rule book in ``directory``; raises ``RuleBookError``, and nothing else, for any
    content whatever."""
    sources = _read_all(directory)
    try:
        book = RuleBook.model_validate({name: source.data for name, source in sources.items()})
    except ValidationError as error:
        raise _explain(error, sources) from error
    digest = hashlib.sha256(
        json.dumps(book.model_dump(mode="json"), sort_keys=True).encode()
    ).hexdigest()
    try:
        return compile_rules(book, digest)
    except Fault as fault:
        raise _at(sources, fault.place, fault.message, fault.suggestion) from fault


def _read_all(directory: Path) -> dict[str, Source]:
    names = list(RuleBook.model_fields)
    files = [f"{name}.yaml" for name in names]
    try:
        present = sorted(entry.name for entry in directory.iterdir())
    except OSError as error:
        message = f"no such rule book directory: {error.strerror}"
        raise RuleBookError(message, path=str(directory)) from error
    for name in present:
        if name not in files and name not in _BESIDE and not name.startswith("."):
            raise RuleBookError(
                "no file of the rule book has this name",
                path=str(directory / name),
                suggestion=nearest(name, files),
            )
    for name in files:
        if name not in present:
            raise RuleBookError("this file of the rule book is missing", path=str(directory / name))
    return {name: read(directory / f"{name}.yaml") for name in names}


def _at(
    sources: Mapping[str, Source], place: Place, message: str, suggestion: str = ""
) -> RuleBookError:
    source = sources[str(place[0])]
    return RuleBookError(
        message,
        path=str(source.path),
        line=source.line(tuple(place[1:])),
        suggestion=suggestion,
    )


def _explain(error: ValidationError, sources: Mapping[str, Source]) -> RuleBookError:
    """The first fault as one line: what is wrong, where, and what was probably meant.

    A misspelt key comes before the one that is missing because of it.
    """
    faults = error.errors(include_url=False)
    first = min(
        faults, key=lambda fault: (fault["type"] != "extra_forbidden", _line(fault, sources))
    )
    place = _place(first)
    named = ".".join(_part(part) for part in place[1:]) or f"{place[0]}.yaml"
    kind, context = first["type"], first.get("ctx", {})
    if kind == "extra_forbidden":
        suggestion = nearest(str(place[-1]), _keys_at(place[:-1]))
        return _at(sources, place, f"{named}: no such key", suggestion)
    if kind == "missing":
        return _at(sources, place[:-1], f"{named}: this key is missing")
    message = _WANTED.get(kind, first["msg"].removeprefix("Value error, "))
    message = message.format_map(context) if kind in _WANTED else message
    word = str(place[-1]) if first["loc"][-1] == "[key]" else _found(first["input"])
    suggestion = ""
    if kind in ("enum", "literal_error"):
        expected = str(context["expected"])
        message = f"must be {expected}"
        suggestion = nearest(word, re.findall(r"'([^']*)'", expected))
    shown = word if isinstance(first["input"], list | dict) else quoted(word)
    return _at(sources, place, f"{named}: {message}, not {shown}", suggestion)


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


def _keys_at(place: Place) -> list[str]:
    """The keys that the schema knows at ``place``."""
    annotation: Any = RuleBook
    for part in place:
        if _is_section(annotation):
            field = annotation.model_fields.get(str(part))
            annotation = field.annotation if field else None
        else:
            # Of a table the values, of a list the items: both stand last.
            annotation = next(reversed(get_args(annotation)), None)
    return list(annotation.model_fields) if _is_section(annotation) else []


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
