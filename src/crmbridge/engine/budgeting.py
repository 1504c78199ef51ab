"""How long the CRMs' daily calls last: kept, foreseen, and said in time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog

from crmbridge.core.forecasting import Forecast, foresee
from crmbridge.ports import Connector
from crmbridge.store import Store, Transaction

_log = structlog.get_logger(__name__)

_DAY = timedelta(hours=24)
_LOOK_EVERY = timedelta(minutes=10)
_LOOKED, _WARNED = ("crmbridge", "budget"), "budget_warned"
"""Under which names the store keeps when this was last looked at, and said of a system."""


def forecasts(tx: Transaction, now: datetime) -> list[Forecast]:
    """What is known of each CRM's calls, and when they run out at the present pace; by name."""
    calls = tx.calls_since(now - _DAY)
    return [
        foresee(system, allowance, calls.get(system, ()), now)
        for system, allowance in tx.allowances().items()
    ]


def keep_budgets(tx: Transaction, connectors: Collection[Connector]) -> None:
    """Have the store know what the CRMs' answers told."""
    for connector in connectors:
        if connector.budget is not None:
            tx.keep_allowance(connector.name, connector.budget)


def warn(store: Store, now: datetime) -> None:
    """Say, once a day for each system, that its calls run out before the day turns."""
    with store.read() as tx:
        looked = tx.polled_at(*_LOOKED)
        if looked is not None and now - looked < _LOOK_EVERY:
            return
        found = [
            each
            for each in forecasts(tx, now)
            if each.runs_out_at is not None and _is_news(tx.polled_at(each.system, _WARNED), now)
        ]
    with store.transaction() as tx:
        tx.set_polled_at(*_LOOKED, now)
        for each in found:
            tx.set_polled_at(each.system, _WARNED, now)
    for each in found:
        _log.warning(
            "budget_runs_out",
            system=each.system,
            at=f"{each.runs_out_at:%Y-%m-%d %H:%M} UTC",
            used=each.allowance.used,
            limit=each.allowance.limit,
            per_hour=round(each.per_hour or 0),
        )


def _is_news(warned: datetime | None, now: datetime) -> bool:
    return warned is None or now - warned >= _DAY
