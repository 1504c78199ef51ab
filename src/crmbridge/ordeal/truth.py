"""What really happened, kept by those who made it happen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crmbridge.core.facts import Evidence

Engaged = tuple[Evidence, str, datetime]
"""One act of a visitor: how it was seen, its name, its instant."""

SHOWN_BY = timedelta(minutes=3)
"""What a merged contact did so shortly before the last reading may never have been shown."""


@dataclass(slots=True, kw_only=True)
class Person:
    """A human being, whatever the CRMs make of them; ``contacts`` are all ids they ever had in
    HubSpot, the present one last."""

    email: str
    contacts: list[str] = field(default_factory=list)
    lived: Counter[Engaged] = field(default_factory=Counter)
    unkept: Counter[Engaged] = field(default_factory=Counter)
    dated: dict[str, datetime] = field(default_factory=dict)
    gone: bool = False


@dataclass(slots=True, kw_only=True)
class Truth:
    """Everybody, what they did, and what reps did about them; ``read_at`` is when the bridge last
    read HubSpot to its end."""

    people: list[Person] = field(default_factory=list)
    touches: set[str] = field(default_factory=set)
    read_at: datetime

    def alive(self) -> list[Person]:
        """Those who have a contact that can act."""
        return [person for person in self.people if not person.gone]

    def unite(self, winner: Person, loser: Person, identity: str) -> None:
        """Two contacts were merged into one with this id: HubSpot keeps the winner's history."""
        unseen = Counter(
            {act: n for act, n in loser.lived.items() if act[2] >= self.read_at - SHOWN_BY}
        )
        # The same act at the same instant on both cannot be told from a copy made by the merge.
        winner.unkept.update(unseen + loser.unkept + (winner.lived & loser.lived))
        winner.lived.update(loser.lived)
        winner.contacts += [*loser.contacts, identity]
        winner.dated |= {k: max(at, winner.dated.get(k, at)) for k, at in loser.dated.items()}
        self.people.remove(loser)
