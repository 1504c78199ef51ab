"""A circuit breaker: a CRM that does not answer is left alone for a growing while.

It counts calls that failed for reasons of the CRM, in a row, whatever they were for. Time stands
still between two ticks, so that a simulated world can have its own.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from crmbridge.clock import WallClock
from crmbridge.errors import Unavailable

_log = structlog.get_logger(__name__)

OPENS_AFTER: Final = 5
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(minutes=15)
_JITTER: Final = 0.2
"""The part by which a wait may be shorter or longer, so that not all come back at once."""
SERVER_FAULT: Final = 500
"""Answers from this status on are the CRM's own fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Since when nothing is sent to ``system``, until when at least, the calls that failed in a
    row (trials included) and why the last one did, without personal data."""

    system: str
    since: datetime
    until: datetime
    failures: int
    reason: str


class Breaker:
    """Lets calls through until ``OPENS_AFTER`` in a row have failed; then, at the end of each
    wait, one on trial. Thread-safe."""

    def __init__(self, system: str, spread: Callable[[float, float], float] = random.uniform):
        self._system = system
        self._spread = spread
        self._now: datetime | None = None
        self._failures = 0
        self._outage: Outage | None = None
        self._wait = _FIRST_WAIT
        self._on_trial = self._heard = False
        self._lock = threading.Lock()

    @property
    def outage(self) -> Outage | None:
        """What is known of the present outage, if there is one."""
        return self._outage

    @property
    def is_due(self) -> bool:
        """Whether a call on trial would be let through now."""
        return self._outage is not None and self._on_trial

    def tick(self, now: datetime) -> None:
        """It is ``now``; a wait may be over."""
        with self._lock:
            self._now = now
            if self._outage is not None and now >= self._outage.until:
                self._on_trial = True

    def resume(self, outage: Outage) -> None:
        """Go on with an outage that an earlier process saw, unless a call was answered since."""
        with self._lock:
            if self._heard:
                return
            self._outage, self._failures = outage, outage.failures

    def admit(self) -> None:
        """Return where a call may be sent; raise ``Unavailable`` where not."""
        with self._lock:
            if self._outage is None:
                return
            if self._on_trial:
                self._on_trial = False
                return
            raise self._as_error(self._outage)

    def as_error(self) -> Unavailable | None:
        """Why nothing is sent, if so."""
        return self._as_error(self._outage) if self._outage is not None else None

    def answered(self) -> None:
        """A call was answered, be it refused: the CRM is there."""
        with self._lock:
            ended, self._outage = self._outage, None
            self._failures, self._wait, self._on_trial = 0, _FIRST_WAIT, False
            self._heard = True
        if ended is not None:
            _log.info(
                "circuit_closed",
                system=self._system,
                since=_told(ended.since),
                at=_told(self._at()),
            )

    def failed(self, reason: str) -> None:
        """A call got no answer, or one that owns up to a fault of the CRM."""
        with self._lock:
            self._failures += 1
            before = self._outage
            if before is None and self._failures < OPENS_AFTER:
                return
            now = self._at()
            wait = self._wait * (1 + self._spread(-_JITTER, _JITTER))
            self._wait = min(self._wait * 2, _LONGEST_WAIT)
            self._on_trial = False
            self._outage = Outage(
                system=self._system,
                since=before.since if before else now,
                until=now + wait,
                failures=self._failures,
                reason=reason,
            )
        level = _log.warning if before is None else _log.debug
        level(
            "circuit_opened",
            system=self._system,
            failures=self._failures,
            reason=reason,
            until=_told(self._outage.until),
        )

    def _at(self) -> datetime:
        return self._now or WallClock().now()

    def _as_error(self, outage: Outage) -> Unavailable:
        left = (outage.until - self._at()).total_seconds()
        return Unavailable(
            f"{self._system}: {outage.failures} calls in a row failed, the last one because of "
            f"{outage.reason}: nothing is sent there before {_told(outage.until)}",
            retry_after=max(left, _FIRST_WAIT.total_seconds() * (1 - _JITTER)),
        )


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
