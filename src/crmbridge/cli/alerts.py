"""``crmbridge alerts``: what is wrong, and whether messages about it arrive."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import read_settings, settings_options
from crmbridge.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from crmbridge.core.alerting import Alert


@click.group(invoke_without_command=True)
@click.pass_context
def alerts(context: click.Context) -> None:
    """List alerts that were raised and are not over, or send a test message."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@alerts.command("list")
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(
    config: Path | None = None,
    store: str | None = None,
    rules: Path | None = None,
    as_json: bool = False,
) -> None:
    """What was told and is not over, the oldest first."""
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.read() as tx:
        found = tx.alerts()
    for each in found:
        click.echo(json.dumps(plain(each)) if as_json else _sentence(each))
    if not found and not as_json:
        click.echo("No alert is open.")


@alerts.command()
@settings_options
@click.option("--channel", help="Over this one alone: the name of a webhook, or `email`.")
def test(config: Path | None, store: str | None, rules: Path | None, channel: str | None) -> None:
    """Send one message over every channel of the settings; exit code 1 where one does not
    arrive."""
    from crmbridge.core.alerting import AlertKind
    from crmbridge.operation.alarm import described
    from crmbridge.operation.messages import trial
    from crmbridge.operation.messenger import try_all
    from crmbridge.store import exists, open_existing

    settings = read_settings(config, store=store, rules=rules)
    known = settings.alerts.told_of(AlertKind.TEST)
    if channel is not None and channel not in known:
        raise ConfigError(f"--channel: there is no {channel!r}{did_you_mean(channel, known)}")
    if not known:
        raise ConfigError("alerts: no webhook and no email.to stands in the settings")
    bridge = ""
    if exists(settings.store):
        with open_existing(settings.store) as opened, opened.read() as tx:
            bridge = described(settings.name, tx)
    results = try_all(settings.alerts, *trial(bridge), channel)
    for name, reason in results.items():
        click.echo(f"{name}: {f'not delivered: {reason}' if reason else 'delivered'}")
    if any(results.values()):
        sys.exit(1)


def _sentence(alert: Alert) -> str:
    trouble = alert.trouble
    return f"{alert.since:%Y-%m-%d %H:%M} UTC  {trouble.text}\n    {trouble.remedy}"


def plain(alert: Alert) -> dict[str, object]:
    """An alert as JSON data."""
    trouble = alert.trouble
    return {
        "kind": trouble.kind.value,
        "subject": trouble.subject,
        "since": alert.since.isoformat(),
        "text": trouble.text,
        "remedy": trouble.remedy,
    }
