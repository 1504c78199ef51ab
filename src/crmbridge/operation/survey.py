"""One look at the bridge, taken after a cycle and kept until the next one.

A cycle in which nothing happened pays for it with a few short questions to indexes, however many
people there are. What must be counted person by person is counted again only after somebody was
decided about, and then not at every cycle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crmbridge.breaker import Outage
from crmbridge.core.forecasting import Forecast
from crmbridge.core.operations import Lane
from crmbridge.core.reconciling import Reconciliation
from crmbridge.engine.budgeting import forecasts
from crmbridge.store import Store, Transaction
from crmbridge.store.backend import StoreSize

_DAY = timedelta(hours=24)
_FORECAST_EVERY = timedelta(minutes=10)
_COUNT_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """People by stage, promises of a first touch by outcome, over every cycle of everyone."""

    at: datetime
    people: Mapping[str, int]
    promises: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """How everything stood ``at`` an instant.

    ``outbox`` are unsettled writes by state (``waiting``, ``held``, ``parked``) and lane,
    ``parked_lately`` those refused for the first time within a day, ``sla_waiting`` people to whom
    sales owes the first touch, by SLA status. ``pauses`` are scopes, ``watermarks`` up to when each
    stream was read, by system and name.
    """

    at: datetime
    outbox: Mapping[tuple[str, Lane], int]
    why_held: tuple[str, ...]
    parked_lately: int
    reviews: int
    sla_waiting: Mapping[str, int]
    counts: Counts
    forecasts: tuple[Forecast, ...]
    outages: tuple[Outage, ...]
    pauses: tuple[str, ...]
    watermarks: Mapping[tuple[str, str], datetime]
    reconciliation: Reconciliation | None
    size: StoreSize

    def depth(self, state: str) -> int:
        """How many writes are in this state."""
        return sum(count for (each, _), count in self.outbox.items() if each == state)


class Surveyor:
    """Looks at a store again and again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counts: Counts | None = None
        self._changed = True
        self._owed: Mapping[str, int] = {}
        self._forecasts: tuple[Forecast, ...] = ()
        self._foreseen_at: datetime | None = None

    def look(self, now: datetime, *, changed: bool = True) -> Survey:
        """How everything stands ``now``; ``changed`` is whether anybody was decided about since
        the look before."""
        with self._store.read() as tx:
            if changed or not self._owed:
                self._owed = tx.sla_waiting()
            outbox = tx.outbox_depths()
            return Survey(
                at=now,
                outbox=outbox,
                why_held=tx.why_held() if any(state == "held" for state, _ in outbox) else (),
                parked_lately=tx.parked_since(now - _DAY) if _any_parked(outbox) else 0,
                reviews=tx.open_review_count(),
                sla_waiting=self._owed,
                counts=self._count(tx, now, changed=changed),
                forecasts=self._foresee(tx, now),
                outages=tuple(tx.outages()),
                pauses=tuple(each.scope for each in tx.pauses()),
                watermarks=tx.watermarks(),
                reconciliation=tx.last_reconciliation(),
                size=self._store.size(),
            )

    def _count(self, tx: Transaction, now: datetime, *, changed: bool) -> Counts:
        self._changed = self._changed or changed
        known = self._counts
        if known is None or (self._changed and now - known.at >= _COUNT_EVERY):
            known = Counts(at=now, people=tx.stage_counts(), promises=tx.sla_counts())
            self._changed = False
            self._counts = known
        return known

    def _foresee(self, tx: Transaction, now: datetime) -> tuple[Forecast, ...]:
        """The pace is worked out seldom, because it takes every cycle of a day; what the CRMs told
        is always the latest."""
        if self._foreseen_at is None or now - self._foreseen_at >= _FORECAST_EVERY:
            self._forecasts = tuple(forecasts(tx, now))
            self._foreseen_at = now
            return self._forecasts
        told = tx.allowances()
        return tuple(
            replace(each, allowance=told.get(each.system, each.allowance).at(now))
            for each in self._forecasts
        )


def _any_parked(outbox: Mapping[tuple[str, Lane], int]) -> bool:
    return any(state == "parked" for state, _ in outbox)
