"""The switches of a simulated portal that may be turned while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LifecycleBackward(StrEnum):
    """What an API write of an earlier lifecycle stage does; HubSpot contract §7."""

    SILENT = "silent"
    APPLIED = "applied"


TIERS = ("free", "starter", "professional", "enterprise")


@dataclass(slots=True, kw_only=True)
class Configuration:
    """Where the contract leaves a choice, or a real portal has one.

    ``index_lag_seconds`` is world time. ``default_lifecyclestage`` is what a new contact or
    company gets when its creator sets none. ``preserve_primary_id`` is HubSpot's beta in
    which a merge keeps the primary record's id.
    """

    tier: str = "professional"
    index_lag_seconds: float = 0.0
    enforce_rate_limits: bool = True
    api_limit_increases: int = 0
    lifecycle_backward: LifecycleBackward = LifecycleBackward.SILENT
    default_lifecyclestage: str = "lead"
    preserve_primary_id: bool = False

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            raise ValueError(f"tier must be one of {', '.join(TIERS)}")
        if not 0 <= self.api_limit_increases <= 2:
            raise ValueError("api_limit_increases must be 0, 1 or 2")
        if self.index_lag_seconds < 0:
            raise ValueError("index_lag_seconds must not be negative")
