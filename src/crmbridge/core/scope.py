"""For whom the bridge acts while it goes live step by step."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from crmbridge.core import fields as f
from crmbridge.core.model import Side
from crmbridge.core.view import PersonView


class Mode(StrEnum):
    """How far the bridge has gone live: SHADOW writes nothing, CANARY only about people in the
    scope, LIVE about everybody."""

    SHADOW = "shadow"
    CANARY = "canary"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Who is in: whoever meets everything that is given, of each any one.

    ``owners`` are ids or casefolded e-mail addresses of the owner in either CRM, ``countries``
    normalised as the rule book does, ``lists`` nurture lists or others whose names begin so;
    ``percent`` is a share of everybody, always the same people.
    """

    owners: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    percent: float = 100.0

    @property
    def digest(self) -> str:
        """The same for equal scopes."""
        parts = [*map(sorted, (self.owners, self.countries, self.lists)), f"{self.percent:g}"]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    @property
    def sentence(self) -> str:
        """Who is in, in words."""
        named = [
            f"{what} {' or '.join(sorted(which))}"
            for what, which in (
                ("owned by", self.owners),
                ("from", self.countries),
                ("on", self.lists),
            )
            if which
        ]
        share = [f"{self.percent:g} % of everybody"] if self.percent < 100 else []
        return ", ".join([*share, *named])

    def holds(self, view: PersonView, country: str | None) -> bool:
        """Whether the person, from that normalised ``country``, is in."""
        return (
            (not self.owners or not self.owners.isdisjoint(_owners(view)))
            and (not self.countries or country in self.countries)
            and (not self.lists or not self.lists.isdisjoint(view.lists.members))
            and _lot(view.uid) < self.percent
        )


def _owners(view: PersonView) -> set[str]:
    found: set[str] = set()
    for side in Side:
        shown = view.side(side)
        owner_id = str(shown.record.fields.get(f.OWNER_ID)) if shown is not None else ""
        owner = view.owners.get(side, {}).get(owner_id)
        found |= {owner_id, (owner.email or "").casefold() if owner is not None else ""}
    return found - {""}


def _lot(uid: str) -> float:
    """A number from 0 up to 100 that stays with the person."""
    return int.from_bytes(hashlib.sha256(uid.encode()).digest()[:4]) / 2**32 * 100
