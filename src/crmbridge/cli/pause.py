"""``crmbridge pause`` and ``crmbridge resume``: the switch that stops all writing."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from crmbridge.cli.options import (
    operator_option,
    read_settings,
    settings_options,
    system_named,
)

_SYSTEM = click.option("--system", help="Only this CRM, such as hubspot (default: both).")


@click.command()
@settings_options
@_SYSTEM
@operator_option
def pause(
    config: Path | None,
    store: Path | None,
    rules: Path | None,
    system: str | None,
    operator: str | None,
) -> None:
    """Write nothing into the CRMs until `crmbridge resume`; reading and deciding go on."""
    from crmbridge.app import make_clock
    from crmbridge.engine.pausing import pause as stop
    from crmbridge.store import open_existing
    from crmbridge.store.pausing import EVERYTHING

    settings = read_settings(config, store=store, rules=rules)
    if system is not None:
        system_named(system, "--system")
    with open_existing(settings.store) as opened, opened.transaction() as tx:
        now = make_clock(settings).now()
        news = stop(tx, system or EVERYTHING, operator or getpass.getuser(), now)
    where = system or "either CRM"
    click.echo(f"Nothing is written into {where}{' any more' if news else ', as before'}.")


@click.command()
@settings_options
@_SYSTEM
@operator_option
def resume(
    config: Path | None,
    store: Path | None,
    rules: Path | None,
    system: str | None,
    operator: str | None,
) -> None:
    """Write again. Whoever has something waiting is decided about anew first."""
    from crmbridge.app import make_clock
    from crmbridge.engine.pausing import resume as go_on
    from crmbridge.store import open_existing
    from crmbridge.store.pausing import EVERYTHING

    settings = read_settings(config, store=store, rules=rules)
    side = system_named(system, "--system") if system is not None else None
    with open_existing(settings.store) as opened, opened.transaction() as tx:
        now = make_clock(settings).now()
        count = go_on(tx, system or EVERYTHING, side, operator or getpass.getuser(), now)
        rest = [each.scope for each in tx.pauses()]
    if count is None:
        click.echo("Nothing of that was paused.")
    else:
        click.echo(f"Going on: {count} people are decided about anew in the next cycle.")
    if rest:
        click.echo(f"Still paused: {', '.join(rest)}.")
