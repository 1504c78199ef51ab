"""What will happen outside: every visitor's acts of six weeks, drawn once from a seed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crmbridge.sandbox.population import Home, Person

_SITE = "https://www.crmbridge.example"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Act:
    """One act of one visitor at the simulator's visitor door named ``door``."""

    at: datetime
    email: str
    door: str
    body: Mapping[str, str] = field(compare=False, default_factory=dict)


def write_diary(people: Sequence[Person], start: datetime, days: int, seed: int) -> list[Act]:
    """Everyone's acts from ``start`` on, in order of time.

    A third of the people do nothing, a third looks around, a third gets interested; a few
    raise their hand, some come back weeks later, some object to marketing.
    """
    dice = random.Random(f"diary/{seed}")
    acts: list[Act] = []
    for person in people:
        if person.email is None or person.home is Home.SALESFORCE:
            continue
        acts += _Visitor(person.email, start, days, dice).acts()
    return sorted(acts)


class _Visitor:
    """Draws one person's diary."""

    def __init__(self, email: str, start: datetime, days: int, dice: random.Random) -> None:
        self._email = email
        self._start = start
        self._days = days
        self._dice = dice
        self._acts: list[Act] = []

    def acts(self) -> list[Act]:
        """The acts of this visitor within the days of the diary."""
        draw = self._dice.random()
        if draw < 0.32:
            pass
        elif draw < 0.62:
            self._look_around(self._day(0.9))
        elif draw < 0.90:
            self._get_interested(self._day(0.75))
        else:
            self._raise_hand(self._day(0.8))
        if self._dice.random() < 0.03:
            self._add(self._day(0.9), "unsubscribe")
        end = self._start + timedelta(days=self._days)
        return [act for act in self._acts if act.at < end]

    def _day(self, share: float) -> datetime:
        """A working-hours instant in the first ``share`` of the time."""
        day = self._dice.uniform(0, self._days * share)
        at = self._start + timedelta(days=int(day), hours=self._dice.uniform(6, 15))
        return at.replace(second=0, microsecond=0)

    def _add(self, at: datetime, door: str, **body: str) -> None:
        self._acts.append(Act(at=at, email=self._email, door=door, body=body))

    def _form(self, at: datetime, name: str) -> None:
        self._add(at, "form", form=name)

    def _page(self, at: datetime, path: str) -> None:
        self._add(at, "page", url=_SITE + path)

    def _look_around(self, at: datetime) -> None:
        for number in range(self._dice.randint(1, 3)):
            self._page(at + timedelta(days=2 * number), self._dice.choice(("/", "/blog", "/about")))
        if self._dice.random() < 0.4:
            self._add(at + timedelta(days=3), "click")
        if self._dice.random() < 0.3:
            self._form(at + timedelta(days=5), "Whitepaper: the follow-up gap")

    def _get_interested(self, at: datetime) -> None:
        self._form(at, "Webinar: one lead standard")
        self._form(at + timedelta(days=1, hours=2), "Download: SLA guide")
        self._page(at + timedelta(days=2, hours=1), "/pricing")
        if self._dice.random() < 0.7:
            self._form(at + timedelta(days=2, hours=3), "ROI calculator")
        self._come_back(at + timedelta(days=self._dice.uniform(9, 26)))

    def _raise_hand(self, at: datetime) -> None:
        self._page(at, "/product")
        self._form(at + timedelta(minutes=7), "Request a demo")
        self._come_back(at + timedelta(days=self._dice.uniform(9, 26)))

    def _come_back(self, at: datetime) -> None:
        """Half of those who were interested once are so again."""
        if self._dice.random() < 0.5:
            return
        self._page(at, "/pricing")
        if self._dice.random() < 0.6:
            self._form(at + timedelta(hours=1), "Contact sales")
        else:
            self._form(at + timedelta(hours=1), "Webinar: what changed")
