"""``crmbridge run`` and ``crmbridge once``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import read_settings, rules_option, settings_options, store_option
from crmbridge.engine.cycle import CycleReport
from crmbridge.errors import ConfigError

if TYPE_CHECKING:
    from crmbridge.settings import Settings

_PATIENCE = 300.0
"""Seconds that `once` waits for somebody else's turn to end."""


@click.command()
@click.option(
    "--config",
    "configs",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    help="Settings file (default: CRMBRIDGE_CONFIG, ./crmbridge.yaml). Given several times: one "
    "bridge for each, in one process.",
)
@store_option
@rules_option
@click.option("--interval", type=float, help="Seconds between cycles (default 60, least 15).")
@click.option(
    "--standby", is_flag=True, help="Where another one runs already, wait and take over from it."
)
def run(
    configs: tuple[Path, ...],
    store: str | None,
    rules: Path | None,
    interval: float | None,
    standby: bool,
) -> None:
    """Keep both CRMs in step until SIGTERM or Ctrl-C, which let the cycle finish first."""
    from crmbridge.running import Process, Source

    if len(configs) > 1 and store is not None:
        raise ConfigError("--store: each bridge has a store of its own: name it in its settings")

    def source(config: Path | None) -> Source:
        def read() -> Settings:
            return read_settings(config, store=store, rules=rules, interval=interval)

        return Source(read=read, config=config)

    Process([source(config) for config in configs or (None,)], standby=standby).run()


@click.command()
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def once(config: Path | None, store: str | None, rules: Path | None, as_json: bool) -> None:
    """Run one cycle now and say what it did."""
    from crmbridge.app import make_clock, open_bridge, open_store
    from crmbridge.logs import configure
    from crmbridge.store.patience import NoRival

    settings = read_settings(config, store=store, rules=rules)
    configure(settings)
    patience = NoRival("end that one first, or wait for its next cycle")
    with (
        open_store(settings) as opened,
        opened.lease("once", patience),
        opened.turn("once", _PATIENCE),
        open_bridge(settings, store=opened) as bridge,
    ):
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
        "scope": report.scope,
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
    if report.scope:
        shadow += f" A canary, so nothing was written but about those in its scope: {report.scope}."
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
