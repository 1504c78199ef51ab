"""Reads single fields of a JSON body, with HubSpot's refusals. HubSpot contract §9."""

from __future__ import annotations

from typing import Any

from crmbridge_hubspot.simulator.errors import invalid_json, required_fields_missing


def require_fields(body: dict[str, Any], *names: str) -> None:
    """400 naming every field that is absent or empty."""
    missing = [name for name in names if body.get(name) in (None, "", [])]
    if missing:
        raise required_fields_missing(*missing)


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
