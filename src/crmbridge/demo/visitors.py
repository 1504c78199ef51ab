"""Plays the diary at the simulator's visitor door, as time reaches each act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crmbridge.demo.diary import Act
from crmbridge.simulation import SimulatorClient


class Visitors:
    """Everyone outside the two companies."""

    def __init__(self, portal: SimulatorClient, diary: Sequence[Act]) -> None:
        self._portal = portal
        self._diary = diary
        self._next = 0

    def next_at(self) -> datetime | None:
        """When the next act happens."""
        return self._diary[self._next].at if self._next < len(self._diary) else None

    def act(self) -> None:
        """Perform the next act; the world's clock must stand at its instant."""
        act = self._diary[self._next]
        self._next += 1
        self._portal.sim(f"visitor/{act.door}", {"email": act.email, **act.body})
