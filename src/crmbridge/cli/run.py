"""``crmbridge run`` and ``crmbridge once``."""

from __future__ import annotations

import json
import signal
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import read_settings, settings_options
from crmbridge.engine.cycle import CycleReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbridge.errors import StoreUnavailable
    from crmbridge.operation.watch import Watch
    from crmbridge.settings import Settings
    from crmbridge.store import Store
    from crmbridge.store.holder import Holder

_PATIENCE = 300.0
"""Seconds that `once` waits for somebody else's turn to end."""


@click.command()
@settings_options
@click.option("--interval", type=float, help="Seconds between cycles (default 60, least 15).")
@click.option(
    "--standby", is_flag=True, help="Where another one runs already, wait and take over from it."
)
def run(
    config: Path | None,
    store: str | None,
    rules: Path | None,
    interval: float | None,
    standby: bool,
) -> None:
    """Keep both CRMs in step until SIGTERM or Ctrl-C, which let the cycle finish first."""
    import structlog

    from crmbridge.app import make_clock, open_bridge, open_store
    from crmbridge.logs import configure
    from crmbridge.operation.watch import Watch

    def read() -> Settings:
        return read_settings(config, store=store, rules=rules, interval=interval)

    settings = read()
    configure(settings)
    log = structlog.get_logger(__name__)
    if standby:
        # What is wrong with settings and rule book is said now, not when it is needed.
        with open_bridge(settings):
            pass
    # Until it runs cycles there is nothing to read again; the signal's default would end it.
    signal.signal(signal.SIGHUP, lambda _number, _frame: log.info("reload_not_needed"))
    with open_store(settings) as opened, ExitStack() as begun:
        watch = Watch(opened, make_clock(settings), settings)
        _await_turn(opened, watch, begun, standby=standby)
        if standby:
            # Weeks may have passed.
            settings = read().model_copy(update={"store": settings.store})
        _lead(opened, watch, settings, read, config)


def _await_turn(store: Store, watch: Watch, begun: ExitStack, *, standby: bool) -> None:
    """Hold the store's lease, and serve, until ``begun`` is left; who may not stand by while
    another process holds it hears of that in a ``ConfigError``."""
    import structlog

    from crmbridge.store.patience import NoRival, StandBy

    log = structlog.get_logger(__name__)

    def stand_by(holder: Holder) -> None:
        log.info("standing_by", holder=str(holder))
        watch.stand_by()

    def store_away(error: StoreUnavailable) -> None:
        log.warning("store_unavailable", reason=error.message)

    if standby:
        begun.enter_context(watch.serving())
        begun.enter_context(store.lease("run", StandBy(stand_by, watch.beat, store_away)))
        log.info("lease_taken")
    else:
        # A second daemon hears of the first one, not of its port.
        begun.enter_context(store.lease("run", NoRival("end that one first, or add --standby")))
        begun.enter_context(watch.serving())


def _lead(
    store: Store,
    watch: Watch,
    settings: Settings,
    read: Callable[[], Settings],
    config: Path | None,
) -> None:
    """Run cycles until told to stop."""
    from crmbridge.app import make_clock, open_bridge
    from crmbridge.engine.daemon import Daemon
    from crmbridge.renewing import Renewer

    with open_bridge(settings, store=store) as bridge, watch.leading(bridge, settings):
        renewer = Renewer(read, config, settings, store, watch)
        daemon = Daemon(
            bridge,
            make_clock(settings),
            timedelta(seconds=settings.interval),
            settings.jitter,
            watcher=watch,
            renewal=renewer,
        )
        daemon.listen_to_signals()
        with closing(renewer):
            daemon.run()


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
