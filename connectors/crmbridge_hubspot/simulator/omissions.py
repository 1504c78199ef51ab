"""Rows that a 200 batch answer leaves out without a word. HubSpot contract §4 and §6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, kw_only=True)
class Omission:
    """Takes ``rows`` results out of each of the next ``times`` batch answers that have any."""

    rows: int = 0
    times: int = 0
    fired: int = 0

    def apply(self, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The results that are told; what was asked for has been done for all of them."""
        if not results or not self.rows or self.fired >= self.times:
            return results
        self.fired += 1
        return results[self.rows :]
