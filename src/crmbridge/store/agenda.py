"""Who is due for another look although nothing about them changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from crmbridge.store.queries import Queries
from crmbridge.store.tables import persons


class AgendaQueries(Queries):
    """One indexed question, however many people there are."""

    def due_persons(self, now: datetime) -> list[str]:
        """Everyone whose next review has come, the longest overdue first."""
        return list(
            self._connection.scalars(
                select(persons.c.uid)
                .where(persons.c.next_review_at <= now)
                .order_by(persons.c.next_review_at, persons.c.uid)
            )
        )

    def next_review(self) -> datetime | None:
        """When the next person is due."""
        found: datetime | None = self._connection.execute(
            select(func.min(persons.c.next_review_at))
        ).scalar_one_or_none()
        return found
