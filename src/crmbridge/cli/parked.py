"""``crmbridge parked``: writes that a CRM refused for good."""

from __future__ import annotations

import getpass
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import operator_option, read_settings, settings_options
from crmbridge.errors import ConfigError

if TYPE_CHECKING:
    from crmbridge.store import Transaction
    from crmbridge.store.outbox import Parked

_SHOWN = 20
"""Refused writes that are listed one by one before only their causes are."""

_WHICH = click.argument("keys", nargs=-1)
_CAUSE = click.option("--cause", help="Only where the reason contains this text.")


@click.group(invoke_without_command=True)
@click.pass_context
def parked(context: click.Context) -> None:
    """List writes that a CRM refused, look at one, try again, or let rest."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@parked.command("list")
@settings_options
@_CAUSE
@click.option("--all", "everything", is_flag=True, help="One by one, however many there are.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(
    config: Path | None = None,
    store: str | None = None,
    rules: Path | None = None,
    cause: str | None = None,
    everything: bool = False,
    as_json: bool = False,
) -> None:
    """Refused writes by cause, with the CRM's reason and what to do about it."""
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.read() as tx:
        found = _chosen(tx, (), cause)
    if as_json:
        for item in found:
            click.echo(json.dumps(_plain(item)))
        return
    hints = {item.message: item.hint for item in found}
    for message, count in Counter(item.message for item in found).most_common():
        click.echo(f"{count:>6} × {message}")
        click.echo(f"         {hints[message]}")
    if everything or len(found) <= _SHOWN:
        for item in found:
            click.echo(f"{item.operation.key}: {_what(item)}")
    click.echo(f"{len(found)} refused writes.")


@parked.command()
@settings_options
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(
    config: Path | None, store: str | None, rules: Path | None, key: str, as_json: bool
) -> None:
    """What one refused write would do, why, and why it was refused."""
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.read() as tx:
        (item,) = _chosen(tx, (key,), None)
    if as_json:
        click.echo(json.dumps(_plain(item)))
        return
    operation = item.operation
    click.echo(f"{_what(item)} for {operation.uid}: {operation.reason}")
    for change in operation.changes:
        click.echo(f"    {change.field}: {change.before!s} -> {change.after!s} ({change.reason})")
    click.echo(f"Refused {item.parked_at:%Y-%m-%d %H:%M} UTC: {item.message}")
    click.echo(f"    {item.hint}")
    if item.again_at is not None:
        why = f", because {item.news}" if item.news else ""
        click.echo(f"Tried again by itself {item.again_at:%Y-%m-%d %H:%M} UTC{why}.")


@parked.command()
@settings_options
@_WHICH
@_CAUSE
@operator_option
def replay(
    config: Path | None,
    store: str | None,
    rules: Path | None,
    keys: tuple[str, ...],
    cause: str | None,
    operator: str | None,
) -> None:
    """Have the people concerned decided about anew in the next cycle: all, those of a cause, or
    by keys. What is wanted then is written; what was refused is not sent over it."""
    from crmbridge.app import make_clock
    from crmbridge.engine.replaying import replay as take_up
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.transaction() as tx:
        now, by = make_clock(settings).now(), operator or getpass.getuser()
        count = take_up(tx, _chosen(tx, keys, cause), by, now)
    click.echo(f"{count} refused writes are decided anew in the next cycle.")


@parked.command()
@settings_options
@_WHICH
@_CAUSE
@click.option("--yes", is_flag=True, help="Do not ask.")
@operator_option
def drop(
    config: Path | None,
    store: str | None,
    rules: Path | None,
    keys: tuple[str, ...],
    cause: str | None,
    yes: bool,
    operator: str | None,
) -> None:
    """Let refused writes rest: they are not shown any more, nor tried again as they are."""
    from crmbridge.app import make_clock
    from crmbridge.engine.replaying import drop as let_rest
    from crmbridge.store import open_existing

    if not keys and not cause:
        raise click.UsageError("say which: KEYS, or --cause TEXT")
    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened:
        with opened.read() as tx:
            found = _chosen(tx, keys, cause)
        for item in found[:_SHOWN]:
            click.echo(f"{_what(item)}: {item.message}")
        if found and not yes and not click.confirm(f"Let {len(found)} refused writes rest?"):
            click.echo("Nothing was dropped.")
            sys.exit(1)
        with opened.transaction() as tx:
            now = make_clock(settings).now()
            count = let_rest(tx, found, operator or getpass.getuser(), now)
    click.echo(f"{count} refused writes were dropped.")


def _chosen(tx: Transaction, keys: Iterable[str], cause: str | None) -> list[Parked]:
    """Those with these keys, or all, whose reason contains the text."""
    found = tx.parked()
    wanted = set(keys)
    unknown = wanted - {item.operation.key for item in found}
    if unknown:
        raise ConfigError(f"no write {min(unknown)} is parked: see `crmbridge parked list`")
    return [
        item
        for item in found
        if (not wanted or item.operation.key in wanted)
        and (not cause or cause.casefold() in item.message.casefold())
    ]


def _what(item: Parked) -> str:
    operation = item.operation
    where = operation.target or f"new {operation.object_type}"
    return f"{operation.kind} {where}" + (f" {operation.list_name}" if operation.list_name else "")


def _plain(item: Parked) -> dict[str, object]:
    operation = item.operation
    return {
        "key": operation.key,
        "person": operation.uid,
        "operation": operation.kind.value,
        "record": str(operation.target) if operation.target else None,
        "list": operation.list_name,
        "fields": [change.field for change in operation.changes],
        "reason": item.message,
        "hint": item.hint,
        "at": item.parked_at.isoformat(),
        "refusals": item.refusals,
        "again_at": item.again_at.isoformat() if item.again_at else None,
    }
