"""Paths in a settings file: a relative one begins at the file's folder."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from crmbridge.store_place import IN_MEMORY, StorePlace

_PATHS = (Path, StorePlace)


def from_folder(data: Mapping[str, Any], model: type[BaseModel], folder: Path) -> dict[str, Any]:
    """``data`` of a file in ``folder`` as it is to be read from anywhere; ``model`` tells which of
    it are paths. What is no path, and what is no text, stays as it is."""
    found = dict(data)
    for name, value in data.items():
        known = model.model_fields.get(name)
        if known is None:
            continue
        kinds = _kinds(known.annotation)
        if isinstance(value, str) and any(kind in _PATHS for kind in kinds):
            found[name] = _path(value, folder)
        elif isinstance(value, Mapping):
            for kind in kinds:
                if issubclass(kind, BaseModel):
                    found[name] = from_folder(value, kind, folder)
    return found


def _path(value: str, folder: Path) -> str:
    if value == IN_MEMORY or "://" in value or not value:
        return value
    if value.startswith("~"):
        with suppress(RuntimeError):  # where nobody of that name has a home
            return str(Path(value).expanduser())
    return str(folder / value)


def _kinds(annotation: Any) -> list[type]:
    """Every class that the annotation names."""
    if isinstance(annotation, type) and not get_args(annotation):
        return [annotation]
    return [kind for each in get_args(annotation) for kind in _kinds(each)]
