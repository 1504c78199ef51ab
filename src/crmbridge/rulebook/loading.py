"""From a directory of YAML files to ``Rules``, or to one error that names the place."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from crmbridge.core.rules import Rules
from crmbridge.errors import RuleBookError
from crmbridge.rulebook.compiling import Fault, compile_rules
from crmbridge.rulebook.schema import RuleBook
from crmbridge.rulebook.source import Place, Source, read


def load(directory: Path) -> Rules:
    """The rule book in ``directory``; raises ``RuleBookError``, and nothing else, for any
    content whatever."""
    sources = _read_all(directory)
    try:
        book = RuleBook.model_validate({name: source.data for name, source in sources.items()})
    except ValidationError as error:
        raise _explain(error, sources, directory) from error
    digest = hashlib.sha256(
        json.dumps(book.model_dump(mode="json"), sort_keys=True).encode()
    ).hexdigest()
    try:
        return compile_rules(book, digest)
    except Fault as fault:
        raise _at(sources, fault.place, fault.message, fault.suggestion) from fault


def _read_all(directory: Path) -> dict[str, Source]:
    names = list(RuleBook.model_fields)
    for path in sorted(directory.glob("*.y*ml")):
        if path.stem not in names or path.suffix != ".yaml":
            raise RuleBookError(
                "no file of the rule book has this name",
                path=str(path),
                suggestion=nearest(path.stem, names, ".yaml"),
            )
    sources = {}
    for name in names:
        path = directory / f"{name}.yaml"
        if not path.is_file():
            raise RuleBookError("this file of the rule book is missing", path=str(path))
        sources[name] = read(path)
    return sources


def nearest(word: str, known: list[str], ending: str = "") -> str:
    """The known word that ``word`` is probably meant to be; empty if none is near."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] + ending if found else ""


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


def _explain(
    error: ValidationError, sources: Mapping[str, Source], directory: Path
) -> RuleBookError:
    """The first fault as one line: what is wrong, where, and what was probably meant."""
    first = error.errors(include_url=False)[0]
    place = tuple(part for part in first["loc"] if part != "[key]")
    named = ".".join(str(part) for part in place[1:])
    if first["type"] == "extra_forbidden":
        word = str(place[-1])
        message = f"{named}: no such key"
        return _at(sources, place, message, nearest(word, _keys_at(place[:-1])))
    if first["type"] == "missing":
        return _at(sources, place[:-1], f"{named}: this key is missing")
    message = first["msg"].removeprefix("Value error, ")
    suggestion = ""
    if first["type"] in ("enum", "literal_error"):
        word = str(place[-1]) if first["loc"][-1] == "[key]" else str(first["input"])
        options = [
            option.strip(" '")
            for option in message.partition(" be ")[2].replace(" or ", ",").split(",")
        ]
        suggestion = nearest(word, options)
    return _at(sources, place, f"{named}: {message[0].lower()}{message[1:]}", suggestion)


def _keys_at(place: Place) -> list[str]:
    """The keys that the schema knows at ``place``."""
    model: Any = RuleBook
    for part in place:
        if isinstance(model, type) and issubclass(model, BaseModel):
            field = model.model_fields.get(str(part))
            model = field.annotation if field else None
        model = _model_within(model)
    if isinstance(model, type) and issubclass(model, BaseModel):
        return list(model.model_fields)
    return []


def _model_within(annotation: Any) -> Any:
    """The section that a list or table of sections holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _model_within(argument)
        if found is not None:
            return found
    return None
