"""Reads single fields of a JSON body, with HubSpot's refusals. HubSpot contract §9."""

from __future__ import annotations

from typing import Any

from crmbridge_hubspot.simulator.errors import invalid_json, required_fields_missing


def require_fields(body: dict[str, Any], *names: str) -> None:
    """400 naming every field that is absent or empty."""
    missing = [name for name in names if body.get(name) in (None, "", [])]
    if missing:
        raise required_fields_missing(*missing)


def require_texts(body: dict[str, Any], *names: str) -> None:
    """400 unless every field is a text that is not empty; numbers pass for texts."""
    require_fields(body, *names)
    for name in names:
        if not is_text(body[name]):
            raise invalid_json(f"Invalid input JSON on line 1, column 1: {name} is not a text")


def is_text(raw: object) -> bool:
    """Whether a JSON value can stand for a text: one itself, or a number."""
    return isinstance(raw, str | int | float) and not isinstance(raw, bool)


def texts_in(body: dict[str, Any], name: str) -> tuple[str, ...]:
    """A field that is a list of texts, empty if it is absent; 400 for anything else."""
    raw = body.get(name) or []
    if not isinstance(raw, list) or not all(map(is_text, raw)):
        raise invalid_json(f"Invalid input JSON on line 1, column 1: {name} is not a list of texts")
    return tuple(map(str, raw))


def whole_number(body: dict[str, Any], name: str, default: int) -> int:
    """An integer field, given as a number or as its text; 400 for anything else."""
    raw = default if body.get(name) in (None, "") else body[name]
    try:
        return int(str(raw))
    except ValueError:
        raise invalid_json(
            f"Invalid input JSON on line 1, column 1: {name} is not a whole number"
        ) from None


def objects_in(body: dict[str, Any], name: str = "inputs") -> list[dict[str, Any]]:
    """A field that is a list of JSON objects; 400 if it is not."""
    raw = body.get(name)
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise required_fields_missing(name)
    return raw
