"""``crmbridge run`` and ``crmbridge once``."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import click

from crmbridge.cli.options import read_settings, settings_options
from crmbridge.engine.cycle import CycleReport


@click.command()
@settings_options
@click.option("--interval", type=float, help="Seconds between cycles (default 60, least 15).")
def run(
    config: Path | None, store: Path | None, rules: Path | None, interval: float | None
) -> None:
    """Keep both CRMs in step until SIGTERM or Ctrl-C, which let the cycle finish first."""
    from crmbridge.app import make_clock, open_bridge
    from crmbridge.engine.daemon import Daemon
    from crmbridge.logs import configure

    settings = read_settings(config, store=store, rules=rules, interval=interval)
    configure(settings)
    with open_bridge(settings) as bridge, bridge.store.lock():
        pause = timedelta(seconds=settings.interval)
        daemon = Daemon(bridge, make_clock(settings), pause, settings.jitter)
        daemon.listen_to_signals()
        daemon.run()


@click.command()
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def once(config: Path | None, store: Path | None, rules: Path | None, as_json: bool) -> None:
    """Run one cycle now and say what it did."""
    from crmbridge.app import make_clock, open_bridge
    from crmbridge.logs import configure

    settings = read_settings(config, store=store, rules=rules)
    configure(settings)
    with open_bridge(settings) as bridge, bridge.store.lock():
        bridge.meet()
        report = bridge.run_cycle(make_clock(settings).now())
    click.echo(json.dumps(_as_json(report)) if as_json else _sentence(report))


def _as_json(report: CycleReport) -> dict[str, object]:
    return {
        "cycle": report.number,
        "at": report.at.isoformat(),
        "records": report.records,
        "facts": report.facts,
        "persons": report.persons,
        "moves": report.moves,
        "operations": report.operations,
        "api_calls": dict(report.calls),
        "writes": dict(report.writes),
        "parked": report.parked,
        "retried": report.retried,
        "held": report.held,
        "shadow": report.shadow,
        "shadow_moves": report.shadow_moves,
        "paused": list(report.paused),
        "paused_fields": list(report.paused_fields),
        "seconds": round(report.seconds, 3),
    }


def _sentence(report: CycleReport) -> str:
    writes = ", ".join(f"{count} to {system}" for system, count in report.writes.items())
    calls = ", ".join(f"{count} to {system}" for system, count in report.calls.items())
    shadow = ""
    if report.shadow:
        shadow = f" In shadow, so nothing was written: {report.shadow}."
    if report.held:
        shadow += f" {report.held} writes broke a limit and wait for `crmbridge approve`."
    if report.shadow or report.shadow_moves:
        shadow += f" The rule book in shadow would have made {report.shadow_moves} moves."
    if report.paused:
        shadow += f" Paused, so nothing is written: {', '.join(report.paused)}."
    if report.paused_fields:
        shadow += f" Paused fields, which are not written: {', '.join(report.paused_fields)}."
    return (
        f"Cycle {report.number}: {report.records} records and {report.facts} facts were new, "
        f"{report.persons} people decided, {report.moves} moved stage. "
        f"Writes: {writes}; parked: {report.parked}. API calls: {calls}.{shadow}"
    )
