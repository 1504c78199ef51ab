"""What the contacts of a company know of each other, tasks issued, and objections heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, delete, select

from crmbridge.core.accounts import Activity
from crmbridge.core.decision import Objection
from crmbridge.core.model import Stage
from crmbridge.store.queries import ANY_OF, Queries, portions
from crmbridge.store.tables import activities, issued_tasks, objections

_ACTIVITIES = select(activities).where(activities.c.uid.in_(ANY_OF))
_DOMAINS = select(activities).where(activities.c.domain.in_(ANY_OF))
_ISSUED = select(issued_tasks).where(issued_tasks.c.uid.in_(ANY_OF))


class ColleagueQueries(Queries):
    """Activity per company domain, acknowledged tasks, the voice of the customer."""

    def activities(self, uids: Iterable[str]) -> dict[str, Activity]:
        """Person → what their colleagues may know of them, if anything."""
        return {row.uid: _activity(row) for row in self._rows_about(_ACTIVITIES, uids)}

    def activities_at(self, domains: Iterable[str]) -> dict[str, dict[str, Activity]]:
        """Company domain → what its active contacts may know of each other, in the order of their
        ids; empty where there is none."""
        found: dict[str, list[Activity]] = {domain: [] for domain in domains}
        for row in self._rows_about(_DOMAINS, found):
            found[row.domain].append(_activity(row))
        return {
            domain: {each.uid: each for each in sorted(group, key=lambda each: each.uid)}
            for domain, group in found.items()
        }

    def save_activities(self, found: Mapping[str, Activity | None]) -> None:
        """Remember what colleagues may know of these people; nothing of those with ``None``."""
        gone = [uid for uid, each in found.items() if each is None]
        for portion in portions(gone):
            self._connection.execute(delete(activities).where(activities.c.uid.in_(portion)))
        self._upsert(activities, [asdict(each) for each in found.values() if each is not None])

    def issued(self, uids: Iterable[str]) -> dict[str, frozenset[str]]:
        """Person → the keys of tasks about them that a CRM has acknowledged, if any."""
        found: dict[str, set[str]] = {}
        for row in self._rows_about(_ISSUED, uids):
            found.setdefault(row.uid, set()).add(row.task)
        return {uid: frozenset(tasks) for uid, tasks in found.items()}

    def issue(self, uid: str, task: str) -> None:
        """A CRM holds this task now."""
        self._insert_new(issued_tasks, [{"uid": uid, "task": task}])

    def add_objections(self, heard: Mapping[str, Iterable[Objection]]) -> None:
        """Keep what sales heard from each person, verbatim."""
        rows = [
            {
                "uid": uid,
                "at": each.at,
                "reason": each.reason,
                "details": each.details,
                "stage": each.stage.value,
                "segment": each.segment,
                "source": each.source,
                "campaign": each.campaign,
            }
            for uid, told in heard.items()
            for each in told
        ]
        self._add(objections, rows)

    def objections(self, uid: str) -> list[Objection]:
        """What sales heard from this person, oldest first."""
        rows = self._connection.execute(
            select(objections).where(objections.c.uid == uid).order_by(objections.c.n)
        )
        return [
            Objection(
                at=row.at,
                reason=row.reason,
                details=row.details,
                stage=Stage(row.stage),
                segment=row.segment,
                source=row.source,
                campaign=row.campaign,
            )
            for row in rows
        ]


def _activity(row: Row[Any]) -> Activity:
    return Activity(
        uid=row.uid,
        domain=row.domain,
        fit=row.fit,
        known_since=row.known_since,
        active_from=row.active_from,
        active_until=row.active_until,
        name=row.name,
        latest=row.latest,
    )
