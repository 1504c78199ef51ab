"""What the contacts of a company know of each other, while a batch of people is decided about."""

from __future__ import annotations

from collections.abc import Iterable

from crmbridge.core.accounts import Activity, concerns_colleagues, continued
from crmbridge.core.view import Colleague
from crmbridge.store import Transaction


class Neighbourhood:
    """Who is active at which company domain. Reads each domain once; what is heard in the batch
    is known to whoever is decided about next, and stored by ``save``."""

    def __init__(self, tx: Transaction, uids: Iterable[str]) -> None:
        self._tx = tx
        self._activities = tx.activities(uids)
        self._domains: dict[str, dict[str, Activity]] = {}
        self._changed: dict[str, Activity | None] = {}

    def look_at(self, domains: Iterable[str]) -> None:
        """Read these domains together, as far as they are not known."""
        self._domains |= self._tx.activities_at(set(domains) - self._domains.keys())

    def colleagues(self, uid: str, domain: str) -> tuple[Colleague, ...]:
        """The other active contacts of this company domain, in the order of their ids."""
        group = sorted(self._domain(domain).items())
        return tuple(each for other, each in group if other != uid)

    def hear(self, uid: str, found: Activity | None) -> frozenset[str]:
        """Remember what colleagues may know of a person; the people of the company for whom this
        changes something now."""
        before = self._activities.get(uid)
        now = continued(before, found) if found is not None else None
        if now == before:
            return frozenset()
        domains = {each.domain for each in (before, now) if each is not None}
        for domain in domains:
            self._domain(domain).pop(uid, None)
        if now is None:
            del self._activities[uid]
        else:
            self._activities[uid] = self._domain(now.domain)[uid] = now
        self._changed[uid] = now
        if not concerns_colleagues(before, now):
            return frozenset()
        return frozenset().union(*map(self._domain, domains)) - {uid}

    def _domain(self, domain: str) -> dict[str, Activity]:
        self.look_at([domain])
        return self._domains[domain]

    def save(self) -> None:
        """Store what was heard."""
        self._tx.save_activities(self._changed)
