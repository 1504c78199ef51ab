"""What waits, and what is read less often, when a CRM's daily calls become scarce."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from crmbridge.core.forecasting import Allowance
from crmbridge.core.operations import Lane

_DAY: Final = timedelta(hours=24)
_SLACK: Final = 0.05
"""So much more must be left before anything is given back, or it would go to and fro."""


class Scarcity(IntEnum):
    """How scarce calls are."""

    PLENTY = 0
    TIGHT = 1
    SCARCE = 2


_BELOW: Final[Mapping[Scarcity, float]] = {Scarcity.SCARCE: 0.10, Scarcity.TIGHT: 0.25}
"""The part of the usable calls below which it is so."""

WAITING: Final[Mapping[Scarcity, frozenset[Lane]]] = {
    Scarcity.PLENTY: frozenset(),
    Scarcity.TIGHT: frozenset({Lane.INSIGHT}),
    Scarcity.SCARCE: frozenset({Lane.INSIGHT, Lane.NURTURE}),
}
"""The lanes that wait: those of least worth first, and stages never."""

SLOWDOWN: Final[Mapping[Scarcity, int]] = {
    Scarcity.PLENTY: 1,
    Scarcity.TIGHT: 2,
    Scarcity.SCARCE: 4,
}
"""How many times as long the cold streams wait between two readings."""


def scarcity(allowance: Allowance, now: datetime, before: Scarcity) -> Scarcity:
    """How scarce calls are, where they were ``before``.

    Few are enough shortly before the day turns: what is left must also be less of the usable calls
    than what is left of the day.
    """
    allowance = allowance.at(now)
    left, time_left = allowance.left_share, 1.0
    if allowance.resets_at is not None:
        time_left = (allowance.resets_at - now) / _DAY
    for level, below in _BELOW.items():
        slack = _SLACK if before >= level else 0.0
        if left < below + slack and left < time_left + slack:
            return level
    return Scarcity.PLENTY
