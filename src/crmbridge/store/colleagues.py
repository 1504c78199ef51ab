"""What the contacts of a company know of each other, tasks issued, and objections heard."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select

from crmbridge.core.accounts import Activity
from crmbridge.core.decision import Objection
from crmbridge.core.model import Stage
from crmbridge.core.view import Colleague
from crmbridge.store.queries import Queries
from crmbridge.store.tables import activities, issued_tasks, objections

_ACTIVITY = select(activities).where(activities.c.uid == bindparam("uid"))
_DOMAIN = (
    select(activities).where(activities.c.domain == bindparam("domain")).order_by(activities.c.uid)
)
_ISSUED = select(issued_tasks.c.task).where(issued_tasks.c.uid == bindparam("uid"))


class ColleagueQueries(Queries):
    """Activity per company domain, acknowledged tasks, the voice of the customer."""

    def colleagues(self, uid: str, domain: str) -> tuple[Colleague, ...]:
        """The other active contacts of this company domain, in the order of their ids."""
        rows = self._connection.execute(_DOMAIN, {"domain": domain})
        return tuple(
            Colleague(
                uid=row.uid,
                fit=row.fit,
                known_since=row.known_since,
                active_from=row.active_from,
                active_until=row.active_until,
                name=row.name,
                latest=row.latest,
            )
            for row in rows
            if row.uid != uid
        )

    def put_activity(self, uid: str, found: Activity | None) -> frozenset[str]:
        """Remember what colleagues may know of a person; the people of the company for whom
        this changes something now. Who goes on being active changes nothing for anyone."""
        row = self._connection.execute(_ACTIVITY, {"uid": uid}).one_or_none()
        if found is None:
            if row is None:
                return frozenset()
            self._connection.execute(delete(activities).where(activities.c.uid == uid))
            return self._others(uid, row.domain)
        active_from, same = found.active_from, False
        if row is not None and row.active_from <= found.active_from <= row.active_until:
            active_from = row.active_from
            same = (row.domain, row.fit) == (found.domain, found.fit)
            told = (row.name, row.latest) == (found.name, found.latest)
            if same and told and row.active_until == found.active_until:
                return frozenset()
        self._upsert(
            activities,
            [
                {
                    "uid": uid,
                    "domain": found.domain,
                    "fit": found.fit,
                    "known_since": found.known_since,
                    "active_from": active_from,
                    "active_until": found.active_until,
                    "name": found.name,
                    "latest": found.latest,
                }
            ],
        )
        if same:
            return frozenset()
        touched = self._others(uid, found.domain)
        if row is not None and row.domain != found.domain:
            touched |= self._others(uid, row.domain)
        return touched

    def _others(self, uid: str, domain: str) -> frozenset[str]:
        rows = self._connection.execute(_DOMAIN, {"domain": domain})
        return frozenset(row.uid for row in rows) - {uid}

    def issued(self, uid: str) -> frozenset[str]:
        """The keys of tasks about this person that a CRM has acknowledged."""
        return frozenset(self._connection.scalars(_ISSUED, {"uid": uid}))

    def issue(self, uid: str, task: str) -> None:
        """A CRM holds this task now."""
        self._insert_new(issued_tasks, [{"uid": uid, "task": task}])

    def add_objections(self, uid: str, heard: Iterable[Objection]) -> None:
        """Keep what sales heard, verbatim."""
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
            for each in heard
        ]
        if rows:
            self._connection.execute(objections.insert(), rows)

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
