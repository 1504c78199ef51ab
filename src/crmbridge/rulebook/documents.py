"""One YAML file of the rule book as plain values that still know their lines.

A deliberately small YAML: no aliases, no tags, keys are always text, and only ``true``,
``false``, ``null`` and decimal numbers are anything else than text. So ``NO`` is Norway,
``17:00`` a time of day and a date stays as it is written until a schema asks for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml

from crmbridge.errors import RuleBookError

Place = tuple[str | int, ...]
"""Where a value stands: keys and list positions from the top of the file."""

_LARGEST_FILE = 1_000_000
_DEEPEST = 20
_LONGEST_NUMBER = 30
_CORE = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A parsed file: ``values`` as dicts, lists and scalars, ``lines`` by place."""

    path: str
    values: object
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """The line of ``place``, or of the nearest thing around it that has one."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def error(self, place: Place, message: str, *, suggestion: str = "") -> RuleBookError:
        """The refusal of what stands at ``place``."""
        return RuleBookError(message, path=self.path, line=self.line(place), suggestion=suggestion)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like ``word``, or nothing where none is near."""
    folded = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def name_place(place: Place) -> str:
    """A place in words, such as ``fit.employees.2.points``; an e-mail address is not shown."""
    parts = (part + 1 if isinstance(part, int) else part for part in place if part != "[key]")
    return ".".join("<address>" if "@" in str(part) else str(part) for part in parts)


def read_document(path: Path) -> Document:
    """The file at ``path``; raises ``RuleBookError`` with the line of what is wrong with it."""
    shown = str(path)
    text = _read_text(path)
    try:
        node = _Loader(text).get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = "holds a control character that YAML does not allow"
        raise RuleBookError(message, path=shown, line=line) from error
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, shown) from error
    if node is None:
        raise RuleBookError("is empty", path=shown, line=1)
    lines: dict[Place, int] = {}
    values = _plain(node, (), lines, shown)
    return Document(path=shown, values=values, lines=lines)


def _read_text(path: Path) -> str:
    shown = str(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise RuleBookError("is missing from the rule book", path=shown) from error
    except OSError as error:
        raise RuleBookError(f"cannot be read: {error.strerror}", path=shown) from error
    if len(content) > _LARGEST_FILE:
        raise RuleBookError(f"is larger than {_LARGEST_FILE:,} bytes", path=shown)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RuleBookError("is not UTF-8 text", path=shown, line=line) from error


def _syntax_error(error: yaml.MarkedYAMLError, shown: str) -> RuleBookError:
    mark = error.problem_mark or error.context_mark
    problem = " ".join(str(error.problem or error.context or "is not YAML").split())
    if "'\\t'" in problem:
        problem = "a tab stands where YAML wants spaces"
    return RuleBookError(problem, path=shown, line=mark.line + 1 if mark else 1)


class _Loader(yaml.SafeLoader):
    """Composes nodes without aliases, to a limited depth, with a reader's idea of scalars."""

    yaml_implicit_resolvers = {}

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            problem = "anchors (&) and aliases (*) are not used here: quote the text or repeat it"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        self._depth += 1
        if self._depth > _DEEPEST:
            problem = f"is nested more than {_DEEPEST} levels deep"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|false)$", ["t", "f"]),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    ("float", r"^[-+]?(?:0|[1-9][0-9]*)\.[0-9]+$", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(_CORE + _tag, re.compile(_pattern), _first)


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int], shown: str) -> object:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode) and node.tag == _CORE + "map":
        return _plain_mapping(node, place, lines, shown)
    if isinstance(node, yaml.SequenceNode) and node.tag == _CORE + "seq":
        return [
            _plain(item, (*place, index), lines, shown) for index, item in enumerate(node.value)
        ]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, shown)
    raise _tagged(node, shown)


def _plain_mapping(
    node: yaml.MappingNode, place: Place, lines: dict[Place, int], shown: str
) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise RuleBookError("a key must be a plain word", path=shown, line=line)
        key = str(key_node.value)
        here = (*place, key)
        if key in found:
            message = f"{name_place(here)} stands here twice (first in line {lines[here]})"
            raise RuleBookError(message, path=shown, line=line)
        lines[here] = line
        found[key] = _plain(value_node, here, lines, shown)
    return found


def _scalar(node: yaml.ScalarNode, shown: str) -> object:
    text = str(node.value)
    match node.tag.removeprefix(_CORE):
        case "str":
            return text
        case "null":
            return None
        case "bool" if text in ("true", "false"):
            return text == "true"
        case "int" | "float" if len(text) > _LONGEST_NUMBER:
            line = node.start_mark.line + 1
            raise RuleBookError("is too long for a number", path=shown, line=line)
        case "int" if re.fullmatch(r"[-+]?[0-9]+", text, re.ASCII):
            return int(text)
        case "float" if re.fullmatch(r"[-+]?[0-9]+\.[0-9]+", text, re.ASCII):
            return float(text)
    raise _tagged(node, shown)


def _tagged(node: yaml.Node, shown: str) -> RuleBookError:
    message = "tags (!) are not used here: quote the text"
    return RuleBookError(message, path=shown, line=node.start_mark.line + 1)
