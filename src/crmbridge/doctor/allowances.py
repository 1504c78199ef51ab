"""What is left of the day's API calls."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from crmbridge.core.forecasting import Forecast
from crmbridge.engine.budgeting import forecasts
from crmbridge.findings import Finding, error, fine, unseen, warning
from crmbridge.ports import Connector
from crmbridge.store import Store

_LITTLE: Final = 0.2
"""Of the usable calls: less than a fifth is nearly spent."""


def examine_budget(connector: Connector, store: Store | None, now: datetime) -> Finding:
    """As the CRM's latest answers told, and what the store knows of the pace."""
    name, told = connector.name, connector.budget
    if told is None:
        return unseen("API budget", name, "the CRM has not told how many calls it allows")
    used = f"{told.used:,} of the day's {told.limit:,} API calls are used"
    remedy = (
        f"lengthen `interval`, lower {name}.daily_reserve ({told.reserve:.0%} is left to others), "
        "or find out what else calls"
    )
    if told.used >= told.usable:
        return error("API budget", name, f"{used}: crmbridge waits for the day to turn", remedy)
    if told.left_share < _LITTLE:
        return warning("API budget", name, f"{used}: nearly spent", remedy)
    forecast = _forecast(name, store, now)
    if forecast is not None and forecast.runs_out_at is not None:
        when = f"{forecast.runs_out_at:%H:%M} UTC"
        return warning("API budget", name, f"{used}, and they run out at {when}", remedy)
    return fine("API budget", name, used)


def _forecast(name: str, store: Store | None, now: datetime) -> Forecast | None:
    if store is None:
        return None
    with store.read() as tx:
        return next((each for each in forecasts(tx, now) if each.system == name), None)
