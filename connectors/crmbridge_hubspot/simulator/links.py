"""The bare links between records, in memory or in a state file; ``associations`` gives them sense.

A link is one association type from one record to another; types and ids are plain numbers here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmbridge.simulation import StateFile

SCHEMA = """
CREATE TABLE IF NOT EXISTS links(
  source TEXT, source_id INTEGER, target TEXT, target_id INTEGER, type INTEGER,
  PRIMARY KEY(source, source_id, target, target_id, type)
) WITHOUT ROWID;
"""


class MemoryLinks:
    """Association type ids by source record, target object type and target record."""

    def __init__(self) -> None:
        self._links: dict[tuple[str, int], dict[str, dict[int, set[int]]]] = {}

    def between(self, source: str, source_id: int, target: str) -> Mapping[int, set[int]]:
        """The type ids of a record's links to one object type, by target id."""
        return self._links.get((source, source_id), {}).get(target, {})

    def all_of(self, source: str, source_id: int) -> list[tuple[str, int, set[int]]]:
        """Everything a record is linked to: object type, id and type ids."""
        return [
            (target, target_id, set(types))
            for target, links in self._links.get((source, source_id), {}).items()
            for target_id, types in links.items()
        ]

    def put(self, source: str, source_id: int, target: str, target_id: int, kind: int) -> None:
        """Add a link; idempotent."""
        by_target = self._links.setdefault((source, source_id), {}).setdefault(target, {})
        by_target.setdefault(target_id, set()).add(kind)

    def discard(self, source: str, source_id: int, target: str, target_id: int, kind: int) -> None:
        """Take one type's link away; idempotent."""
        by_target = self._links.get((source, source_id), {}).get(target, {})
        types = by_target.get(target_id, set())
        types.discard(kind)
        if not types:
            by_target.pop(target_id, None)

    def discard_all(self, source: str, target: str, kind: int) -> None:
        """Take one type's links between two object types away."""
        for (source_type, source_id), by_target in self._links.items():
            for target_id in list(by_target.get(target, ())) if source_type == source else ():
                self.discard(source, source_id, target, target_id, kind)

    def remove(self, source: str, source_id: int, target: str, target_id: int) -> None:
        """Take away all links from one record to another; idempotent."""
        self._links.get((source, source_id), {}).get(target, {}).pop(target_id, None)


class DiskLinks:
    """The same in a state file."""

    def __init__(self, file: StateFile) -> None:
        self._file = file

    def between(self, source: str, source_id: int, target: str) -> Mapping[int, set[int]]:
        """The type ids of a record's links to one object type, by target id."""
        found: dict[int, set[int]] = {}
        for target_id, kind in self._file.execute(
            "SELECT target_id, type FROM links WHERE source = ? AND source_id = ? AND target = ?",
            (source, source_id, target),
        ):
            found.setdefault(target_id, set()).add(kind)
        return found

    def all_of(self, source: str, source_id: int) -> list[tuple[str, int, set[int]]]:
        """Everything a record is linked to: object type, id and type ids."""
        found: dict[tuple[str, int], set[int]] = {}
        for target, target_id, kind in self._file.execute(
            "SELECT target, target_id, type FROM links WHERE source = ? AND source_id = ?",
            (source, source_id),
        ):
            found.setdefault((target, target_id), set()).add(kind)
        return [(target, target_id, types) for (target, target_id), types in found.items()]

    def put(self, source: str, source_id: int, target: str, target_id: int, kind: int) -> None:
        """Add a link; idempotent."""
        self._file.execute(
            "INSERT OR IGNORE INTO links VALUES (?, ?, ?, ?, ?)",
            (source, source_id, target, target_id, kind),
        )

    def discard(self, source: str, source_id: int, target: str, target_id: int, kind: int) -> None:
        """Take one type's link away; idempotent."""
        self._file.execute(
            "DELETE FROM links WHERE source = ? AND source_id = ? AND target = ? "
            "AND target_id = ? AND type = ?",
            (source, source_id, target, target_id, kind),
        )

    def discard_all(self, source: str, target: str, kind: int) -> None:
        """Take one type's links between two object types away."""
        self._file.execute(
            "DELETE FROM links WHERE source = ? AND target = ? AND type = ?",
            (source, target, kind),
        )

    def remove(self, source: str, source_id: int, target: str, target_id: int) -> None:
        """Take away all links from one record to another; idempotent."""
        self._file.execute(
            "DELETE FROM links WHERE source = ? AND source_id = ? AND target = ? AND target_id = ?",
            (source, source_id, target, target_id),
        )
