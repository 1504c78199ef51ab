"""A CRM's daily API calls, and the part of them that others can count on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crmbridge.core.forecasting import Allowance
from crmbridge.errors import BudgetExhausted

_WAIT = 900.0
"""Seconds until it is worth asking again: some allowances grow back bit by bit."""


@dataclass(slots=True, kw_only=True)
class Budget:
    """How many calls a CRM account has used, as it last told; ``reserve`` is the share of the day
    that its other integrations can count on, ``system`` the connector with that setting. The count
    begins anew at ``resets_at``, where that is known, or is ``rolling``."""

    system: str
    reserve: float
    used: int = 0
    total: int = 0
    rolling: bool = False
    resets_at: datetime | None = None
    told_at: datetime | None = None

    def note(self, used: int, total: int, at: datetime, resets_at: datetime | None = None) -> None:
        """What an answer's header or ``limits`` said ``at`` an instant."""
        self.used, self.total, self.told_at, self.resets_at = used, total, at, resets_at

    @property
    def allowance(self) -> Allowance | None:
        """What is known of the day; ``None`` before the CRM told."""
        if not self.total or self.told_at is None:
            return None
        return Allowance(
            limit=self.total,
            used=self.used,
            reserve=self.reserve,
            told_at=self.told_at,
            rolling=self.rolling,
            resets_at=self.resets_at,
        )

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
