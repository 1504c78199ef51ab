"""The bridge at a glance: a few numbers, each from an index.

None grows with the number of people but ``stage_counts`` and ``sla_counts``, which are elsewhere.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from crmbridge.core.model import Stage
from crmbridge.core.operations import Lane
from crmbridge.core.standing import SlaStatus
from crmbridge.store.outbox import LANES
from crmbridge.store.queries import Queries
from crmbridge.store.tables import checkpoints, outbox, persons, reviews, sla_clocks

_WAITING = ("proposed", "pending")
_UNSETTLED = (*_WAITING, "held", "parked")
_OWED = (SlaStatus.OPEN.value, SlaStatus.BREACHED.value)


class SurveyQueries(Queries):
    """How much of everything there is now."""

    def outbox_depths(self) -> dict[tuple[str, Lane], int]:
        """(``waiting``, ``held`` or ``parked``; lane) → writes that are not settled."""
        rows = self._connection.execute(
            select(outbox.c.state, outbox.c.lane, func.count())
            .where(outbox.c.state.in_(_UNSETTLED))
            .group_by(outbox.c.state, outbox.c.lane)
        )
        found: dict[tuple[str, Lane], int] = {}
        for state, lane, count in rows:
            key = ("waiting" if state in _WAITING else state, LANES[lane])
            found[key] = found.get(key, 0) + int(count)
        return found

    def parked_since(self, at: datetime) -> int:
        """Writes that were refused for the first time after ``at`` and still are."""
        return self._connection.execute(
            select(func.count())
            .select_from(outbox)
            .where(
                outbox.c.state == "parked",
                outbox.c.refusals <= 1,
                outbox.c.settled_at > at,
            )
        ).scalar_one()

    def open_review_count(self) -> int:
        """Questions that wait for a person's answer."""
        return self._connection.execute(
            select(func.count()).select_from(reviews).where(reviews.c.answer.is_(None))
        ).scalar_one()

    def sla_waiting(self) -> dict[str, int]:
        """SLA status → people to whom sales owes the first touch now: in time (``OPEN``) or late
        (``BREACHED``). Grows with the MQLs of the moment."""
        rows = self._connection.execute(
            select(sla_clocks.c.status, func.count())
            .select_from(persons)
            .join(
                sla_clocks,
                (sla_clocks.c.uid == persons.c.uid) & (sla_clocks.c.cycle == persons.c.cycle),
            )
            .where(
                persons.c.stage == Stage.MQL.value,
                sla_clocks.c.status.in_(_OWED),
                sla_clocks.c.first_touch_at.is_(None),
            )
            .group_by(sla_clocks.c.status)
        )
        return dict.fromkeys(_OWED, 0) | {status: int(count) for status, count in rows}

    def watermarks(self) -> dict[tuple[str, str], datetime]:
        """(system, stream) → up to when everything was read."""
        rows = self._connection.execute(
            select(checkpoints.c.system, checkpoints.c.stream, checkpoints.c.watermark).where(
                checkpoints.c.watermark.is_not(None)
            )
        )
        return {(row.system, row.stream): row.watermark for row in rows}
