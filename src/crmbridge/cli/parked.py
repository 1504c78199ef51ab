"""``crmbridge parked``: writes that a CRM refused for good."""

from __future__ import annotations

import json
from pathlib import Path

import click

from crmbridge.cli.options import read_settings, settings_options


@click.command()
@settings_options
@click.option("--retry", is_flag=True, help="Decide anew about all of them in the next cycle.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def parked(
    config: Path | None, store: Path | None, rules: Path | None, retry: bool, as_json: bool
) -> None:
    """List refused writes with the CRM's reason and what to do about it."""
    from crmbridge.engine.replaying import replay
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened:
        if retry:
            with opened.transaction() as tx:
                count = replay(tx)
            click.echo(f"{count} refused writes are decided anew in the next cycle.")
            return
        with opened.read() as tx:
            items = tx.parked()
    for item in items:
        operation = item.operation
        if as_json:
            click.echo(
                json.dumps(
                    {
                        "key": operation.key,
                        "person": operation.uid,
                        "record": str(operation.target) if operation.target else None,
                        "reason": item.message,
                        "hint": item.hint,
                        "at": item.parked_at.isoformat(),
                    }
                )
            )
        else:
            where = operation.target or f"new {operation.object_type}"
            click.echo(f"{operation.kind} {where}: {item.message}")
            click.echo(f"    {item.hint}")
    if not as_json:
        click.echo(f"{len(items)} refused writes.")
