"""``crmbridge pause`` and ``crmbridge resume``: the switch that stops all writing, or a field's."""

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
from crmbridge.core.model import Side
from crmbridge.errors import ConfigError, did_you_mean

_SYSTEM = click.option("--system", help="Only this CRM, such as hubspot (default: both).")
_FIELD = click.option(
    "--field", help="Only this field, by crmbridge's name, such as score; all else is written."
)


@click.command()
@settings_options
@_SYSTEM
@_FIELD
@operator_option
def pause(
    config: Path | None,
    store: str | None,
    rules: Path | None,
    system: str | None,
    field: str | None,
    operator: str | None,
) -> None:
    """Write nothing into the CRMs, or one field no more, until `crmbridge resume`; reading and
    deciding go on."""
    from crmbridge.app import make_clock
    from crmbridge.engine.pausing import pause as stop
    from crmbridge.engine.withholding import pause_field
    from crmbridge.store import open_existing
    from crmbridge.store.pausing import EVERYTHING

    settings = read_settings(config, store=store, rules=rules)
    systems = _systems(system)
    _check(field)
    who = operator or getpass.getuser()
    with open_existing(settings.store) as opened, opened.transaction() as tx:
        now = make_clock(settings).now()
        if field is None:
            news = stop(tx, system or EVERYTHING, who, now)
        else:
            news = pause_field(tx, field, systems, who, now)
    what, where = f"{field} is not" if field else "Nothing is", system or "either CRM"
    click.echo(f"{what} written into {where}{' any more' if news else ', as before'}.")


@click.command()
@settings_options
@_SYSTEM
@_FIELD
@operator_option
def resume(
    config: Path | None,
    store: str | None,
    rules: Path | None,
    system: str | None,
    field: str | None,
    operator: str | None,
) -> None:
    """Write again. Whoever has something waiting, or lacks the field, is decided about anew
    first."""
    from crmbridge.app import make_clock
    from crmbridge.engine.pausing import resume as go_on
    from crmbridge.engine.withholding import resume_field
    from crmbridge.store import open_existing
    from crmbridge.store.pausing import EVERYTHING

    settings = read_settings(config, store=store, rules=rules)
    systems = _systems(system)
    _check(field)
    who = operator or getpass.getuser()
    with open_existing(settings.store) as opened, opened.transaction() as tx:
        now = make_clock(settings).now()
        if field is None:
            side = next(iter(systems)) if system else None
            count = go_on(tx, system or EVERYTHING, side, who, now)
        else:
            count = resume_field(tx, field, systems, who, now)
        rest = [each.scope for each in tx.pauses()]
    if count is None:
        click.echo("Nothing of that was paused.")
    else:
        click.echo(f"Going on: {count} people are decided about anew in the next cycle.")
    if rest:
        click.echo(f"Still paused: {', '.join(rest)}.")


def _systems(system: str | None) -> dict[Side, str]:
    """The systems that are meant, by side."""
    from crmbridge.plugins import discover

    if system is not None:
        return {system_named(system, "--system"): system}
    return {plugin.side: name for name, plugin in discover().items()}


def _check(field: str | None) -> None:
    from crmbridge.core.fields import OPTED_OUT
    from crmbridge.core.withholding import PAUSABLE

    if field is None or field in PAUSABLE:
        return
    if field == OPTED_OUT:
        raise ConfigError("--field: an objection to marketing is passed on at once, always")
    raise ConfigError(
        f"--field: {field!r} cannot be paused{did_you_mean(field, PAUSABLE)}: choose one of "
        f"{', '.join(sorted(PAUSABLE))}"
    )
