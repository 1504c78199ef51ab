"""The org's daily requests, and the part of them that others can count on. Contract §10."""

from __future__ import annotations

from dataclasses import dataclass

from crmbridge.errors import BudgetExhausted

_WAIT = 900.0
"""Seconds until it is worth asking again: the allowance is that of the last 24 hours, and grows
back bit by bit."""


@dataclass(slots=True, kw_only=True)
class Budget:
    """How many requests the org has used, as it last told; ``reserve`` is the share of the day
    that the org's other integrations can count on."""

    reserve: float
    used: int = 0
    total: int = 0

    def note(self, used: int, total: int) -> None:
        """What an answer's header or ``limits`` said."""
        self.used, self.total = used, total

    @property
    def is_spent(self) -> bool:
        """Whether only the reserve is left; never before the org told how much it has."""
        return bool(self.total) and self.used >= self.total * (1 - self.reserve)

    def as_error(self) -> BudgetExhausted:
        """Why nothing more is asked for now."""
        return BudgetExhausted(
            f"salesforce: {self.used:,} of the day's {self.total:,} API requests are used, and "
            f"{self.reserve:.0%} stay for the org's other integrations "
            "(salesforce.daily_reserve): going on as they come back",
            retry_after=_WAIT,
        )
