"""``crmbridge budget``: the day's calls in both CRMs, and how long they last."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import read_settings, settings_options

if TYPE_CHECKING:
    from crmbridge.core.forecasting import Forecast

RUNS_OUT = 2
"""Exit code where a CRM's calls run out before its day turns."""


@click.command()
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def budget(config: Path | None, store: str | None, rules: Path | None, as_json: bool) -> None:
    """Tell how many of the day's API calls are used in each CRM, and when they run out at the pace
    of the last six hours. Asks no CRM; exit code 2 where one runs out before its day turns."""
    from crmbridge.app import make_clock
    from crmbridge.engine.budgeting import forecasts
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.read() as tx:
        found = forecasts(tx, make_clock(settings).now())
    for each in found:
        click.echo(json.dumps(_plain(each)) if as_json else _sentence(each))
    if not found and not as_json:
        click.echo("No CRM has told yet how many calls it allows.")
    if any(each.runs_out_at is not None for each in found):
        sys.exit(RUNS_OUT)


def _sentence(forecast: Forecast) -> str:
    told = forecast.allowance
    turns = "calls come back a day after they were made"
    if told.resets_at is not None:
        turns = f"the day turns {told.resets_at:%Y-%m-%d %H:%M} UTC"
    elif not told.rolling:
        turns = "when the day turns is not known"
    if forecast.runs_out_at is not None:
        lasts = f"runs out {forecast.runs_out_at:%Y-%m-%d %H:%M} UTC at this pace"
    else:
        lasts = "lasts" if forecast.per_hour is not None else "too early to say how long it lasts"
    pace = f"{forecast.per_hour:,.0f} an hour of late, " if forecast.per_hour is not None else ""
    return (
        f"{forecast.system}: {told.used:,} of {told.limit:,} calls used, {told.reserve:.0%} left "
        f"to others, {turns} (told {told.told_at:%Y-%m-%d %H:%M} UTC): {pace}{lasts}."
    )


def _plain(forecast: Forecast) -> dict[str, object]:
    told, end = forecast.allowance, forecast.runs_out_at
    return {
        "system": forecast.system,
        "limit": told.limit,
        "used": told.used,
        "usable": told.usable,
        "told_at": told.told_at.isoformat(),
        "rolling": told.rolling,
        "resets_at": told.resets_at.isoformat() if told.resets_at else None,
        "per_hour": round(forecast.per_hour, 1) if forecast.per_hour is not None else None,
        "runs_out_at": end.isoformat() if end else None,
    }
