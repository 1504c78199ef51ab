"""``crmbridge approve``: say yes to what broke a limit."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import click

from crmbridge.cli.options import operator_option, read_settings, settings_options


@click.command()
@settings_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@operator_option
def approve(
    config: Path | None, store: str | None, rules: Path | None, yes: bool, operator: str | None
) -> None:
    """Show what broke a limit of the rule book, and let it be written in the next cycle."""
    from crmbridge.app import make_clock
    from crmbridge.engine.guarding import approve as let_go
    from crmbridge.engine.guarding import held
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened:
        with opened.read() as tx:
            found = held(tx)
        if not found.why:
            click.echo("Nothing is held.")
            return
        effect = found.effect
        click.echo(
            f"Held: writes about {effect.people} people, {effect.mqls} new MQLs, "
            f"{effect.list_removals} removals from lists."
        )
        for reason in found.why:
            click.echo(f"    {reason}")
        if not yes and not click.confirm("Write all of it?"):
            click.echo("Nothing was approved; it waits on.")
            sys.exit(1)
        with opened.transaction() as tx:
            count = let_go(tx, operator or getpass.getuser(), make_clock(settings).now())
    click.echo(f"{count} writes go out in the next cycle.")
