"""What the CRMs told of their daily calls, and how many crmbridge made."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select

from crmbridge.core.forecasting import Allowance
from crmbridge.store.queries import Queries
from crmbridge.store.tables import allowances, cycles

_MOST_CYCLES = 6000
"""More than a day of the shortest interval has: the table is long and has no index by time."""


class AllowanceQueries(Queries):
    """Calls: those that are allowed and those that were made."""

    def keep_allowance(self, system: str, told: Allowance) -> None:
        """Remember what this CRM told last."""
        self._upsert(allowances, [{"system": system, **asdict(told)}])

    def allowances(self) -> dict[str, Allowance]:
        """System → what it told last."""
        rows = self._connection.execute(select(allowances).order_by(allowances.c.system))
        return {
            row["system"]: Allowance(
                **{name: value for name, value in row.items() if name != "system"}
            )
            for row in rows.mappings()
        }

    def calls_since(self, since: datetime) -> dict[str, list[tuple[datetime, int]]]:
        """System → the calls of each cycle after ``since``, oldest first."""
        rows = self._connection.execute(
            select(cycles.c.at, cycles.c.calls).order_by(cycles.c.n.desc()).limit(_MOST_CYCLES)
        )
        found: dict[str, list[tuple[datetime, int]]] = {}
        for row in rows:
            if row.at <= since:
                break
            for system, count in json.loads(row.calls).items():
                found.setdefault(system, []).append((row.at, int(count)))
        return {system: calls[::-1] for system, calls in found.items()}
