"""Rate limits: the rolling ten seconds, the day, and search. HubSpot contract §8."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict, deque
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crmbridge.clock import WorldClock
from crmbridge_hubspot.simulator.configuration import Configuration
from crmbridge_hubspot.simulator.errors import HubSpotError

_BURST_SECONDS = 10.0
_SEARCHES_PER_SECOND = 5
_BURST = {"free": 100, "starter": 100, "professional": 190, "enterprise": 190}
_DAILY = {"free": 250_000, "starter": 250_000, "professional": 625_000, "enterprise": 1_000_000}
_BURST_INCREASED = 250
_BURST_PUBLIC_APP = 110
_DAILY_INCREASE = 1_000_000
_UNLIMITED = 1_000_000
"""What a portal tells that refuses nobody, for tests that have no ten seconds."""


class RateLimits:
    """Counts every call; refuses with 429 where the configuration says so.

    The short windows run on real monotonic time unless ``on_world_time``: a frozen world
    clock would never let them pass. The day is the world's, in the account's time zone.
    """

    def __init__(
        self,
        configuration: Configuration,
        clock: WorldClock,
        *,
        portal_id: int,
        time_zone: str,
        on_world_time: bool,
    ) -> None:
        self._configuration = configuration
        self._clock = clock
        self._portal_id = portal_id
        self._zone = ZoneInfo(time_zone)
        self._on_world_time = on_world_time
        self._bursts: defaultdict[str, deque[float]] = defaultdict(deque)
        self._searches: deque[float] = deque()
        self._day = clock.now().astimezone(self._zone).date()
        self._used_today = 0

    @property
    def daily_limit(self) -> int:
        """Calls a day for all private apps of the account together."""
        increases = self._configuration.api_limit_increases
        return _DAILY[self._configuration.tier] + increases * _DAILY_INCREASE

    def burst_limit(self, *, public_app: bool) -> int:
        """Calls in ten seconds for one app; what an account pays for helps its own apps only."""
        if not self._configuration.enforce_rate_limits:
            return _UNLIMITED
        if public_app:
            return _BURST_PUBLIC_APP
        if self._configuration.api_limit_increases:
            return _BURST_INCREASED
        return _BURST[self._configuration.tier]

    @property
    def used_today(self) -> int:
        """Calls since the account's last midnight."""
        self._turn_day()
        return self._used_today

    @property
    def resets_at(self) -> datetime:
        """The account's next midnight."""
        today = self._clock.now().astimezone(self._zone)
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1)

    def use(self, label: str, *, search: bool, public_app: bool = False) -> dict[str, str]:
        """Count one call and answer the headers that tell what is left; 429 when over.

        A public app has no daily limit, takes nothing from the account's day and is told
        nothing of it.
        """
        self._turn_day()
        now = self._clock.now().timestamp() if self._on_world_time else time.monotonic()
        enforced = self._configuration.enforce_rate_limits
        if enforced and not public_app and self._used_today >= self.daily_limit:
            refusal = self._refusal("daily limit", "DAILY", label)
            # Only this one carries the id of the request under a name of its own.
            refusal.body["requestId"] = str(uuid.uuid4())
            raise refusal
        burst_limit = self.burst_limit(public_app=public_app)
        if search:
            self._count_search(now, enforced=enforced)
        else:
            self._count_burst(now, label, burst_limit, enforced=enforced)
        headers: dict[str, str] = {}
        if not public_app:
            self._used_today += 1
            headers = {
                "X-HubSpot-RateLimit-Daily": str(self.daily_limit),
                "X-HubSpot-RateLimit-Daily-Remaining": str(self.daily_limit - self._used_today),
            }
        if not search:
            left = max(0, burst_limit - len(self._bursts[label]))
            headers |= {
                "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(_BURST_SECONDS * 1000)),
                "X-HubSpot-RateLimit-Max": str(burst_limit),
                "X-HubSpot-RateLimit-Remaining": str(left),
                "X-HubSpot-RateLimit-Secondly": str(burst_limit // 10),
                "X-HubSpot-RateLimit-Secondly-Remaining": str(min(left, burst_limit // 10)),
            }
        return headers

    def _count_burst(self, now: float, label: str, most: int, *, enforced: bool) -> None:
        burst = self._bursts[label]
        _drop_older(burst, now - _BURST_SECONDS)
        if enforced and len(burst) >= most:
            raise self._refusal("ten_secondly_rolling limit", "TEN_SECONDLY_ROLLING", label)
        burst.append(now)

    def _count_search(self, now: float, *, enforced: bool) -> None:
        _drop_older(self._searches, now - 1.0)
        if enforced and len(self._searches) >= _SEARCHES_PER_SECOND:
            raise HubSpotError(429, "You have reached your secondly limit.", category="RATE_LIMITS")
        self._searches.append(now)

    def _refusal(self, limit: str, policy: str, label: str) -> HubSpotError:
        return HubSpotError(
            429,
            f"You have reached your {limit}.",
            errorType="RATE_LIMIT",
            policyName=policy,
            groupName=f"publicapi:private-apps-api-calls:{self._portal_id}:{label}",
        )

    def _turn_day(self) -> None:
        today = self._clock.now().astimezone(self._zone).date()
        if today != self._day:
            self._day = today
            self._used_today = 0


def _drop_older(moments: deque[float], horizon: float) -> None:
    while moments and moments[0] <= horizon:
        moments.popleft()
