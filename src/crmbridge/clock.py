"""Where the time comes from: the wall, or the world clock that simulators share.

Everything that needs "now" is handed a ``Clock``; nothing below the shell asks the
operating system. A ``WorldClock`` stands still until it is moved, so a run can be repeated
to the microsecond; a ``RemoteClock`` reads one over HTTP from a simulator's
``/__sim__/clock`` so that another process lives in the same time.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

import requests

from crmbridge.errors import ConfigError, RetryableError


class Clock(Protocol):
    """A source of aware UTC instants that can also be waited on."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def wait_until(self, instant: datetime, stop: threading.Event) -> None:
        """Return once ``instant`` has come or ``stop`` is set, whichever is first."""
        ...


class WallClock:
    """The operating system's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait_until(self, instant: datetime, stop: threading.Event) -> None:
        while not stop.is_set():
            remaining = (instant - self.now()).total_seconds()
            if remaining <= 0:
                return
            stop.wait(min(remaining, 60.0))


class WorldClock:
    """One settable time for everyone in a simulated world; thread-safe.

    Without ``start`` it runs with the wall clock until it is first set; from then on it
    stands still and moves only by ``set`` and ``advance``, never backwards.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start.astimezone(UTC) if start else None
        self._waiting: datetime | None = None
        self._moved = threading.Condition()

    def now(self) -> datetime:
        with self._moved:
            return self._now or datetime.now(UTC)

    def set(self, instant: datetime) -> None:
        """Move to ``instant``; raises ``ValueError`` if that lies in the past."""
        with self._moved:
            if self._now is not None and instant < self._now:
                raise ValueError("the world clock never runs backwards")
            self._now = instant.astimezone(UTC)
            self._moved.notify_all()

    def advance(self, seconds: float) -> None:
        """Move on by ``seconds``, which must not be negative."""
        self.set(self.now() + timedelta(seconds=seconds))

    def wait_until(self, instant: datetime, stop: threading.Event) -> None:
        with self._moved:
            while not stop.is_set() and (self._now or datetime.now(UTC)) < instant:
                self._moved.wait(0.05)

    def announce_waiting(self, until: datetime | None) -> None:
        """Remember that a daemon sleeps until ``until``; None: it is at work or gone."""
        with self._moved:
            self._waiting = until

    @property
    def waiting_until(self) -> datetime | None:
        """The instant a daemon last said it sleeps until, else None."""
        with self._moved:
            return self._waiting


class RemoteClock:
    """Reads the world clock of a simulator: ``url`` is its ``…/__sim__/clock``.

    While it waits it announces the instant it waits for, so that whoever moves the clock
    knows that the daemon is idle. Raises ``ConfigError`` if nothing answers there.
    """

    _POLL_SECONDS = 0.02

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def now(self) -> datetime:
        try:
            answer = self._session.get(self._url, timeout=10)
            answer.raise_for_status()
            return datetime.fromisoformat(answer.json()["now"]).astimezone(UTC)
        except (requests.RequestException, KeyError, ValueError) as error:
            raise ConfigError(f"clock_url: no world clock answers at {self._url}") from error

    def wait_until(self, instant: datetime, stop: threading.Event) -> None:
        self._announce(instant)
        try:
            while not stop.is_set() and self.now() < instant:
                time.sleep(self._POLL_SECONDS)
        finally:
            self._announce(None)

    def _announce(self, until: datetime | None) -> None:
        body = {"waiting_until": until.isoformat() if until else None}
        try:
            self._session.post(self._url, json=body, timeout=10)
        except requests.RequestException as error:
            raise RetryableError(f"clock_url: {self._url} stopped answering") from error
