"""The score of a person at an instant, from fit and decaying engagement, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One part of a score before the caps: what for, how much, and the evidence behind it.

    ``part`` is ``fit``, ``engagement`` or ``signal``; ``evidence`` is a fact key or a field
    name; ``label`` names it for people.
    """

    part: str
    criterion: str
    points: float
    evidence: str
    label: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """0–100 with its parts (unrounded, capped), its grade such as ``A2`` and its reasons.

    ``sentence`` names the top reasons in at most 255 characters.
    """

    at: datetime
    fit: float
    engagement: float
    signals: float
    total: int
    grade: str
    contributions: tuple[Contribution, ...]
    sentence: str

    @property
    def fit_grade(self) -> str:
        """The letter of the grade."""
        return self.grade[0]
