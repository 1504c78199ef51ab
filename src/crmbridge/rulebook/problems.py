"""From what a schema found wrong to one line that an operator can act on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from crmbridge.errors import RuleBookError
from crmbridge.rulebook.documents import Document, Place, name_place, nearest

_LONGEST_QUOTE = 40

_WANTED = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be a group of keys",
    "group": "must be a group of keys",
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "less_than": "must be less than {lt:g}",
    "too_short": "must not be empty",
    "too_long": "has too many entries",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
}
"""Pydantic's error types in an operator's words; the found value is added."""

_WITHOUT_FOUND = frozenset({"too_short", "too_long"})

Schema = TypeVar("Schema", bound=BaseModel)


def validate(document: Document, schema: type[Schema]) -> Schema:
    """The document as ``schema``; raises ``RuleBookError`` for the first thing that is wrong."""
    try:
        return schema.model_validate(document.values)
    except ValidationError as error:
        found = [_explain(document, detail) for detail in error.errors(include_url=False)]
        raise min(found, key=lambda problem: problem.line or 0) from error


def _explain(document: Document, detail: ErrorDetails) -> RuleBookError:
    place: Place = tuple(detail["loc"])
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "unknown_key":
        key, suggestion = str(context["key"]), str(context["suggestion"])
        where = f" in {name_place(place)}" if place else ""
        message = f"unknown key {quote(key)}{where}"
        return document.error((*place, key), message, suggestion=suggestion)
    if kind == "missing":
        where = name_place(place[:-1]) or "the file"
        return document.error(place[:-1], f"{name_place(place[-1:])} is missing from {where}")
    wanted = _WANTED.get(kind)
    if wanted is not None:
        message = wanted.format_map(_Shown(context))
        if kind not in _WITHOUT_FOUND:
            message += f", not {quote(detail['input'])}"
    else:
        message = " ".join(detail["msg"].split())
        if kind == "refused":
            message = f"{quote(detail['input'])} {message}"
    subject = name_place(place) or "the file"
    return document.error(
        place, f"{subject}: {message}", suggestion=_suggestion(context, detail["input"])
    )


class _Shown(dict[str, object]):
    """Formats whatever the context lacks, or holds as something else, without failing."""

    def __init__(self, context: Mapping[str, object]) -> None:
        super().__init__({key: _Loose(value) for key, value in context.items()})


class _Loose:
    def __init__(self, value: object) -> None:
        self._value = value

    def __format__(self, spec: str) -> str:
        return (
            format(self._value, spec) if isinstance(self._value, int | float) else str(self._value)
        )


def _suggestion(context: Mapping[str, object], found: object) -> str:
    if "suggestion" in context:
        return str(context["suggestion"])
    if "expected" in context and isinstance(found, str):
        return nearest(found, re.findall(r"'([^']*)'", str(context["expected"])))
    return ""


def quote(value: object) -> str:
    """A value as an error line may show it: short, and never an e-mail address."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    text = str(value)
    if "@" in text:
        return "<address>"
    if len(text) > _LONGEST_QUOTE:
        text = text[: _LONGEST_QUOTE - 1] + "…"
    return repr(text) if isinstance(value, str) else text
