"""Fills ``@{name.path}`` in composite subrequests with earlier answers. Contract §7."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")


class MissingReference(Exception):
    """A reference to something no earlier answer has."""


def resolve_references(value: Any, known: Mapping[str, Any]) -> Any:
    """The value with every reference replaced; names are case-sensitive.

    Text that is one reference becomes the value itself, whatever its type.
    """
    if isinstance(value, dict):
        return {key: resolve_references(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [resolve_references(each, known) for each in value]
    if not isinstance(value, str) or "@{" not in value:
        return value
    alone = _REFERENCE.fullmatch(value)
    if alone:
        return _look_up(alone, known)
    return _REFERENCE.sub(lambda match: str(_look_up(match, known)), value)


def _look_up(match: re.Match[str], known: Mapping[str, Any]) -> Any:
    name, path = match.groups()
    found: Any = known.get(name)
    for step in _STEP.finditer(path):
        key, index = step.groups()
        if isinstance(found, dict) and key in found:
            found = found[key]
        elif isinstance(found, list) and index and int(index) < len(found):
            found = found[int(index)]
        else:
            found = None
    if found is None:
        raise MissingReference(
            f"Invalid reference specified. No value for {name}{path} found in {name}."
        )
    return found
