"""How many: people by stage, promises by outcome, cycles and what they cost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from crmbridge.core.fields import REASON, STATUS
from crmbridge.core.model import Stage
from crmbridge.store.queries import Queries
from crmbridge.store.tables import cycles, moves, persons, records, sla_clocks


class CountingQueries(Queries):
    """Totals for reports, straight from indexes."""

    def stage_counts(self) -> dict[str, int]:
        """Stage → people in it; every stage is named."""
        rows = self._connection.execute(
            select(persons.c.stage, func.count()).group_by(persons.c.stage)
        )
        found = {stage: int(count) for stage, count in rows}
        return {stage.value: found.get(stage.value, 0) for stage in Stage}

    def sla_counts(self) -> dict[str, int]:
        """SLA status → promises, over every cycle of everyone."""
        rows = self._connection.execute(
            select(sla_clocks.c.status, func.count()).group_by(sla_clocks.c.status)
        )
        return {name: int(count) for name, count in rows}

    def entries_into(self, stage: Stage, *, least_cycle: int = 0) -> int:
        """How often someone entered a stage, inferred stamps left out."""
        return self._connection.execute(
            select(func.count())
            .select_from(moves)
            .where(
                moves.c.after == stage.value,
                moves.c.inferred.is_(False),
                moves.c.cycle >= least_cycle,
            )
        ).scalar_one()

    def examples(self, count: int) -> list[str]:
        """People whose stories show most: those with the longest stage histories, from
        different stages."""
        steps = func.count().label("steps")
        rows = self._connection.execute(
            select(persons.c.uid, persons.c.stage, steps)
            .join(moves, moves.c.uid == persons.c.uid)
            .group_by(persons.c.uid, persons.c.stage)
            .order_by(steps.desc(), persons.c.uid)
        )
        by_stage: dict[str, str] = {}
        for row in rows:
            by_stage.setdefault(row.stage, row.uid)
        return list(by_stage.values())[:count]

    def used_values(self) -> list[tuple[str, str, int]]:
        """What the records hold, as (what, value, how many records) in order: every ``status``
        and ``reason`` in use, and the name of every ``field`` that any record fills."""
        found: Counter[tuple[str, str]] = Counter()
        living = select(records.c.fields).where(records.c.deleted.is_(False))
        with self._rows_in_portions(living) as rows:
            for row in rows:
                for name, value in json.loads(row.fields).items():
                    if value is None:
                        continue
                    found[("field", name)] += 1
                    if name in (STATUS, REASON) and isinstance(value, str):
                        found[(name, value)] += 1
        return [(what, value, count) for (what, value), count in sorted(found.items())]

    def add_cycle(
        self, at: datetime, calls: Mapping[str, int], writes: Mapping[str, int], decided: int
    ) -> int:
        """Note a finished cycle; its number, counting from 1."""
        # A counter of the database's own would skip the number of a cycle that was undone.
        number = self.cycle_count() + 1
        self._connection.execute(
            cycles.insert(),
            {
                "n": number,
                "at": at,
                "calls": json.dumps(dict(calls)),
                "writes": json.dumps(dict(writes)),
                "persons": decided,
            },
        )
        return number

    def last_cycle_at(self) -> datetime | None:
        """When the last finished cycle ran; ``None`` before the first."""
        found: datetime | None = self._connection.scalars(select(func.max(cycles.c.at))).one()
        return found

    def last_cycle(self) -> tuple[int, datetime] | None:
        """Number and instant of the last finished cycle; ``None`` before the first."""
        row = self._connection.execute(
            select(cycles.c.n, cycles.c.at).order_by(cycles.c.n.desc()).limit(1)
        ).one_or_none()
        return (row.n, row.at) if row is not None else None

    def cycle_count(self) -> int:
        """How many cycles were finished."""
        return self._connection.execute(select(func.max(cycles.c.n))).scalar_one() or 0
