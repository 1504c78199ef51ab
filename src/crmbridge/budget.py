"""A CRM's daily API calls, and the part of them that others can count on."""

from __future__ import annotations

from dataclasses import dataclass

from crmbridge.errors import BudgetExhausted

_WAIT = 900.0
"""Seconds until it is worth asking again: some allowances grow back bit by bit."""


@dataclass(slots=True, kw_only=True)
class Budget:
    """How many calls a CRM account has used, as it last told; ``reserve`` is the share of the day
    that its other integrations can count on, ``system`` the connector with that setting."""

    system: str
    reserve: float
    used: int = 0
    total: int = 0

    def note(self, used: int, total: int) -> None:
        """What an answer's header or ``limits`` said."""
        self.used, self.total = used, total

    @property
    def is_spent(self) -> bool:
        """Whether only the reserve is left; never before the CRM told how much there is."""
        return bool(self.total) and self.used >= round(self.total * (1 - self.reserve))

    def as_error(self) -> BudgetExhausted:
        """Why nothing more is asked for now."""
        return BudgetExhausted(
            f"{self.system}: {self.used:,} of the day's {self.total:,} API calls are used, and "
            f"{self.reserve:.0%} stay for other integrations ({self.system}.daily_reserve): "
            "going on as they come back",
            retry_after=_WAIT,
        )
