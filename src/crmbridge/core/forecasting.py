"""When a CRM's daily calls run out at the pace of the last hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

PACE_OVER: Final = timedelta(hours=6)
"""The hours of which the pace is taken."""
_LEAST: Final = timedelta(minutes=30)
"""Less says nothing of a pace."""
_DAY: Final = timedelta(hours=24)
_STEP: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Of ``limit`` calls a day ``used`` are gone, as told at ``told_at``; the share ``reserve`` is
    left to other integrations. The count begins anew at ``resets_at``; where it is ``rolling``,
    each call comes back a day after it was made instead, and ``resets_at`` is ``None``."""

    limit: int
    used: int
    reserve: float
    told_at: datetime
    rolling: bool = False
    resets_at: datetime | None = None

    @property
    def usable(self) -> int:
        """How many calls crmbridge may have seen used before it stops."""
        return round(self.limit * (1 - self.reserve))

    @property
    def left_share(self) -> float:
        """The part of the usable calls that is left, 0 to 1."""
        return max(0.0, 1 - self.used / self.usable) if self.usable else 0.0

    def at(self, now: datetime) -> Allowance:
        """The same where the day has turned since it was told."""
        if self.resets_at is None or now < self.resets_at:
            return self
        turns = self.resets_at + _DAY * (1 + (now - self.resets_at) // _DAY)
        return replace(self, used=0, told_at=now, resets_at=turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """``per_hour`` calls were made of late, ``None`` where too little is known to say; at this pace
    crmbridge has to stop at ``runs_out_at``, before the day turns, or it lasts (``None``)."""

    system: str
    allowance: Allowance
    per_hour: float | None
    runs_out_at: datetime | None


def foresee(
    system: str, allowance: Allowance, calls: Sequence[tuple[datetime, int]], now: datetime
) -> Forecast:
    """``calls`` are those of the last 24 hours that crmbridge made, as (instant, how many), oldest
    first. What other integrations will use is not foreseen."""
    allowance = allowance.at(now)
    per_hour = _pace(calls, now)
    return Forecast(
        system=system,
        allowance=allowance,
        per_hour=per_hour,
        runs_out_at=_end(allowance, per_hour, calls, now),
    )


def _pace(calls: Sequence[tuple[datetime, int]], now: datetime) -> float | None:
    late = [(at, count) for at, count in calls if now - PACE_OVER < at <= now]
    if not late or now - late[0][0] < _LEAST:
        return None
    return sum(count for _, count in late) / ((now - late[0][0]) / timedelta(hours=1))


def _end(
    allowance: Allowance,
    per_hour: float | None,
    calls: Iterable[tuple[datetime, int]],
    now: datetime,
) -> datetime | None:
    if allowance.used >= allowance.usable:
        return now
    if not per_hour:
        return None
    if not allowance.rolling:
        end = now + timedelta(hours=(allowance.usable - allowance.used) / per_hour)
        return end if end < (allowance.resets_at or now + _DAY) else None
    old = list(calls)
    at = now
    while (at := at + _STEP) <= now + _DAY:
        back = sum(count for made, count in old if made + _DAY <= at)
        if allowance.used + per_hour * ((at - now) / timedelta(hours=1)) - back >= allowance.usable:
            return at
    return None
