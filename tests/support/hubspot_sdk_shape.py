"""What the vendor's Python client itself declares about an answer, as a check of raw JSON."""

from __future__ import annotations

import importlib
import re
from datetime import datetime
from typing import Any

_CONTAINER = re.compile(r"(list|dict)[\[(](?:str, ?)?(.*)[\])]")
_PLAIN: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "object": object,
}
# HubSpot answers null for a property without a value; the models say dict[str, str].
_NULLABLE = frozenset({"properties"})
# The client declares every filter branch as one arbitrary member of its union.
_WRONG_IN_CLIENT = frozenset({"filter_branch"})
# Required by the model of an error within a batch, but not in the answers that were recorded.
# An enumeration that need not be there is refused by its setter when it is not there.
_NOT_SENT = frozenset(
    {
        ("StandardError", "links"),
        ("StandardError", "errors"),
        ("PublicSubscriptionStatus", "legal_basis"),
    }
)
# HubSpot's guides show numbers where the client's specification says text. HubSpot contract §10.
_NUMBERS = frozenset({"to_object_id", "from_object_id"})


def departures(package: str, type_name: str, value: Any, place: str = "$") -> list[str]:
    """Where ``value`` departs from a model of ``hubspot.<package>``; empty if nowhere."""
    container = _CONTAINER.fullmatch(type_name)
    if container and container.group(1) == "list":
        if not isinstance(value, list):
            return [f"{place}: no list"]
        items = enumerate(value)
        return [
            one
            for n, item in items
            for one in departures(package, container[2], item, f"{place}[{n}]")
        ]
    if container:
        if not isinstance(value, dict):
            return [f"{place}: no object"]
        nullable = place.rpartition(".")[2] in _NULLABLE
        return [
            one
            for key, item in value.items()
            if not (nullable and item is None)
            for one in departures(package, container[2], item, f"{place}[{key}]")
        ]
    if type_name == "datetime":
        return _instant(value, place)
    if type_name in _PLAIN:
        wrong = isinstance(value, bool) and type_name in ("int", "float")
        fits = isinstance(value, _PLAIN[type_name]) and not wrong
        return [] if fits else [f"{place}: {value!r} is no {type_name}"]
    return _model(package, type_name, value, place)


def _instant(value: Any, place: str) -> list[str]:
    try:
        known = datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        known = False
    return [] if known else [f"{place}: {value!r} is no instant"]


def _model(package: str, type_name: str, value: Any, place: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{place}: no object"]
    module = importlib.import_module(f"hubspot.{package}")
    kind = getattr(module, type_name)
    blank = kind.__new__(kind)
    # The client ships with its own checks switched off.
    blank.local_vars_configuration = module.Configuration()
    blank.local_vars_configuration.client_side_validation = True
    found = []
    for name, key in kind.attribute_map.items():
        if name in _WRONG_IN_CLIENT:
            continue
        at = f"{place}.{key}"
        given = value.get(key)
        if given is None and (type_name, name) in _NOT_SENT:
            continue
        # The generated setters refuse None for a required field, and unknown enum members.
        try:
            setattr(blank, name, given)
        except ValueError as refused:
            found.append(f"{at}: {refused}")
            continue
        if given is not None:
            declared = "int" if name in _NUMBERS else kind.openapi_types[name]
            found += departures(package, declared, given, at)
    return found
