"""YAML text to plain data that remembers on which line everything stands.

A deliberately small YAML: no aliases, no tags, keys are always text, and only ``true``,
``false``, ``null`` and decimal numbers are anything else than text. So ``NO`` is Norway,
``17:00`` a time of day, and a date stays as written until the schema asks for one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from crmbridge.errors import RuleBookError

Place = tuple[str | int, ...]

_LARGEST_FILE = 1_000_000
_DEEPEST = 20
_LONGEST_NUMBER = 30
"""Digits; far beyond any limit in the schema, and far below where arithmetic gets slow."""
_CORE = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file's data, and the line (from 1) of every key and item by its place."""

    path: Path
    data: Any
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line of the nearest thing known at or above ``place``."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read(path: Path) -> Source:
    """Read one file; raises ``RuleBookError`` for anything that is not plain, safe YAML."""
    parsed = _parse(path, _content(path))
    return replace(parsed, data=deepcopy(parsed.data))


@lru_cache(maxsize=64)
def _parse(path: Path, content: bytes) -> Source:
    # Parsing a rule book takes a third of a second, and it seldom changes.
    text = _text(path, content)
    try:
        node = _Loader(text).get_single_node()
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = "holds a control character that YAML does not allow"
        raise RuleBookError(message, path=str(path), line=line) from error
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, path) from error
    except (ValueError, OverflowError) as error:
        # PyYAML's scanner lets an escape such as "\\UFFFFFFFF" through to chr().
        raise RuleBookError("holds an escape that is no character", path=str(path)) from error
    if node is None:
        raise RuleBookError("the file is empty", path=str(path), line=1)
    builder = _Builder(path)
    data = builder.build(node, ())
    if not isinstance(data, dict):
        raise RuleBookError("the file must be a group of keys", path=str(path), line=1)
    return Source(path=path, data=data, lines=builder.lines)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RuleBookError(f"cannot be read: {error.strerror}", path=str(path)) from error


def _text(path: Path, content: bytes) -> str:
    if len(content) > _LARGEST_FILE:
        raise RuleBookError(f"is larger than {_LARGEST_FILE:,} bytes", path=str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RuleBookError("the file is not UTF-8 text", path=str(path), line=line) from error


def _syntax_error(error: yaml.MarkedYAMLError, path: Path) -> RuleBookError:
    mark = error.problem_mark or error.context_mark
    problem = " ".join(str(error.problem or error.context or "not YAML").split())
    if "'\\t'" in problem:
        problem = "a tab stands where YAML wants spaces"
    return RuleBookError(problem, path=str(path), line=mark.line + 1 if mark else 1)


class _Loader(yaml.SafeLoader):
    """Composes nodes without aliases and to a limited depth.

    An alias repeats what it names: a few lines of them unfold into gigabytes.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stub lacks it
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            problem = "anchors (&) and aliases (*) are not used here: put the text in quotes"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        if self._depth >= _DEEPEST:
            problem = "nested too deeply"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|false)$", ["t", "f"]),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    ("float", r"^[-+]?(?:0|[1-9][0-9]*)\.[0-9]+$", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(_CORE + _tag, re.compile(_pattern), _first)


class _Builder:
    """Builds data from YAML nodes; refuses duplicate keys and explicit tags."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines: dict[Place, int] = {}

    def build(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode) and node.tag == _CORE + "map":
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode) and node.tag == _CORE + "seq":
            return [self.build(item, (*place, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        raise self._tagged(node)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error("a key must be a plain word", key_node)
            key = self._written(key_node)
            if key in found:
                first = self.lines[(*place, key)]
                raise self._error(
                    f"{quoted(key)} stands here twice, first in line {first}", key_node
                )
            self.lines[(*place, key)] = key_node.start_mark.line + 1
            found[key] = self.build(value_node, (*place, key))
        return found

    def _written(self, node: yaml.ScalarNode) -> str:
        text = str(node.value)
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise self._error("holds half a character (a surrogate escape)", node)
        return text

    def _scalar(self, node: yaml.ScalarNode) -> str | int | float | bool | None:
        text = self._written(node)
        match node.tag.removeprefix(_CORE):
            case "str":
                return text
            case "null" if text in ("", "~", "null"):
                return None
            case "bool" if text in ("true", "false"):
                return text == "true"
            case "int" | "float" if len(text) > _LONGEST_NUMBER:
                raise self._error("too long for a number", node)
            case "int" if re.fullmatch(r"[-+]?[0-9]+", text):
                return int(text)
            case "float" if re.fullmatch(r"[-+]?[0-9]+\.[0-9]+", text):
                return float(text)
        raise self._tagged(node)

    def _tagged(self, node: yaml.Node) -> RuleBookError:
        return self._error("tags (!) are not used here: put the text in quotes", node)

    def _error(self, message: str, node: yaml.Node) -> RuleBookError:
        return RuleBookError(message, path=str(self._path), line=node.start_mark.line + 1)


def quoted(text: object) -> str:
    """A value as an error may show it: one short line, and never an e-mail address."""
    shown = str(text)
    if "@" in shown:
        return "<address>"
    return repr(shown if len(shown) <= 40 else shown[:39] + "…")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that ``word`` is probably meant to be; empty if none is near."""
    folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""
