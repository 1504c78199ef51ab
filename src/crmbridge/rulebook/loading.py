"""From a directory of YAML files to ``Rules``, or to one error that names the place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crmbridge.core.rules import Rules
from crmbridge.errors import RuleBookError
from crmbridge.rulebook.compiling import compile_rules
from crmbridge.rulebook.faults import Fault
from crmbridge.rulebook.refusing import explain, refuse
from crmbridge.rulebook.schema import RuleBook
from crmbridge.rulebook.source import Source, nearest, read

_BESIDE = frozenset({"cases", "schema", "README.md"})
"""What may lie beside the files; hidden files are the editor's."""

_UNSIGNED = {"standard": {"approvals"}}
"""What a digest leaves out: signing must not change what is signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A rule book as its owners wrote it, and as the core reads it."""

    sources: Mapping[str, Source]
    sections: RuleBook
    rules: Rules


def load(directory: Path) -> Rules:
    """The rule book in ``directory``; raises ``RuleBookError``, and nothing else, for any
    content whatever."""
    return read_book(directory).rules


def read_book(directory: Path) -> Book:
    """The rule book with its text, for those who speak about it; raises like ``load``."""
    sources = _read_all(directory)
    try:
        book = RuleBook.model_validate({name: source.data for name, source in sources.items()})
    except ValidationError as error:
        raise explain(error, sources, RuleBook) from error
    digest = hashlib.sha256(json.dumps(_signed(book), sort_keys=True).encode()).hexdigest()
    try:
        rules = compile_rules(book, digest)
    except Fault as fault:
        raise refuse(sources, fault.place, fault.message, fault.suggestion) from fault
    return Book(sources=sources, sections=book, rules=rules)


def _signed(book: RuleBook) -> dict[str, Any]:
    """What the signatures stand for. What a later release added counts where the book says it, so
    that older signatures hold."""
    data = book.model_dump(mode="json", exclude=_UNSIGNED)
    for name, added in (("handoff", "mapping"), ("limits", "fight")):
        if added not in getattr(book, name).model_fields_set:
            del data[name][added]
    return data


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
