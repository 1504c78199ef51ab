"""Which CRMs do not answer at present."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, select

from crmbridge.breaker import Outage
from crmbridge.store.queries import Queries
from crmbridge.store.tables import outages


class OutageQueries(Queries):
    """Outages that have not ended."""

    def outages(self) -> list[Outage]:
        """The CRMs to which nothing is sent, by name."""
        rows = self._connection.execute(select(outages).order_by(outages.c.system))
        return [Outage(**row) for row in rows.mappings()]

    def keep_outage(self, system: str, outage: Outage | None) -> None:
        """Remember how this CRM stands; ``None`` where it answers."""
        if outage is not None:
            self._upsert(outages, [asdict(outage)])
        else:
            self._connection.execute(delete(outages).where(outages.c.system == system))
