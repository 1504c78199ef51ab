"""The org's active lead assignment rule: users and queues in turn, or by a field. Contract §5."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any


class AssignmentRule:
    """Hands leads out in turn, or where it looks at a field ``by`` what a lead has there, so that
    the order in which leads come makes no difference; inactive as long as it has no owners."""

    def __init__(self, rule_id: str) -> None:
        self.rule_id = rule_id
        self.by = ""
        self._owners: list[str] = []
        self._turn = 0

    def activate(self, owners: list[str], by: str = "") -> None:
        """Hand out to these user and queue ids from the first on; none switches it off."""
        self._owners = list(owners)
        self.by = by
        self._turn = 0

    @property
    def active(self) -> bool:
        """Whether the rule assigns anything."""
        return bool(self._owners)

    @property
    def order(self) -> tuple[tuple[str, ...], int]:
        """The owners, and how many leads were handed out since they are."""
        return tuple(self._owners), self._turn

    def go_on_from(self, owners: tuple[str, ...], turn: int) -> None:
        """Continue where another rule stopped."""
        self._owners = list(owners)
        self._turn = turn

    def owner_of(self, lead: Mapping[str, Any]) -> str:
        """Whose this lead is; in turn the next call answers the one after."""
        place = zlib.crc32(str(lead.get(self.by)).encode()) if self.by else self._turn
        owner = self._owners[place % len(self._owners)]
        self._turn += 1
        return owner
