"""The org's active lead assignment rule: round robin over users and queues. Contract §5."""

from __future__ import annotations


class AssignmentRule:
    """Hands leads out in turn; inactive as long as it has no owners."""

    def __init__(self, rule_id: str) -> None:
        self.rule_id = rule_id
        self._owners: list[str] = []
        self._turn = 0

    def activate(self, owners: list[str]) -> None:
        """Hand out to these user and queue ids from the first on; none switches it off."""
        self._owners = list(owners)
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

    def next_owner(self) -> str:
        """Whose turn it is; the next call answers the one after."""
        owner = self._owners[self._turn % len(self._owners)]
        self._turn += 1
        return owner
