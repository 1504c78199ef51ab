"""YAML text to plain data that remembers on which line everything stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from crmbridge.errors import RuleBookError

Place = tuple[str | int, ...]


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
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RuleBookError("the file is not UTF-8 text", path=str(path)) from error
    except OSError as error:
        raise RuleBookError(f"cannot be read: {error.strerror}", path=str(path)) from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = error.problem or "not YAML"
        raise RuleBookError(problem, path=str(path), line=line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RuleBookError("not YAML text", path=str(path)) from error
    if node is None:
        raise RuleBookError("the file is empty", path=str(path), line=1)
    builder = _Builder(path)
    data = builder.build(node, ())
    return Source(path=path, data=data, lines=builder.lines)


class _Builder:
    """Builds data from YAML nodes; refuses duplicate keys and anchors that repeat a node."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loader = yaml.SafeLoader("")
        self.lines: dict[Place, int] = {}

    def build(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if len(place) > 20:
            raise self._error("nested too deeply", node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*place, index)) for index, item in enumerate(node.value)]
        try:
            return self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            raise self._error(f"cannot read the value {node.value!r:.40}", node) from error

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error("a key must be a plain word", key_node)
            key = str(key_node.value)
            if key in found:
                raise self._error(f"{key!r} stands here twice", key_node)
            self.lines[(*place, key)] = key_node.start_mark.line + 1
            found[key] = self.build(value_node, (*place, key))
        return found

    def _error(self, message: str, node: yaml.Node) -> RuleBookError:
        return RuleBookError(message, path=str(self._path), line=node.start_mark.line + 1)
