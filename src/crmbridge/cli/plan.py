"""``crmbridge plan``: the same cycle over a copy of the store, without writing anything."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from crmbridge.cli.options import read_settings, settings_options
from crmbridge.cli.showing import plain, shown
from crmbridge.core.operations import Operation
from crmbridge.core.scope import Mode
from crmbridge.errors import ConfigError
from crmbridge.private_file import private_file

WOULD_CHANGE = 2
"""Exit code when a cycle would write something."""


@click.command()
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per operation.")
@click.option("--limit", type=int, default=50, show_default=True, help="Operations to print.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page for those who have to say yes into this file.",
)
@click.option(
    "--mode",
    type=click.Choice(["canary", "live"]),
    help="As if gone live so far (default: as the settings say, in shadow all the way).",
)
@click.pass_context
def plan(
    ctx: click.Context,
    config: Path | None,
    store: str | None,
    rules: Path | None,
    as_json: bool,
    limit: int,
    html: Path | None,
    mode: str | None,
) -> None:
    """Read both CRMs and show what one cycle would write; exit code 2 if anything.

    The store stays as it is: the cycle runs over a copy. On a fresh store this is the preview
    of going live. The page of `--html` holds what the CRMs hold about people: send it as carefully.
    """
    from crmbridge.app import make_clock, open_bridge
    from crmbridge.engine.previewing import preview
    from crmbridge.logs import configure
    from crmbridge.reports.plan_page import plan_page, render
    from crmbridge.store import copy_store

    settings = read_settings(config, store=store, rules=rules)
    configure(settings)
    with tempfile.TemporaryDirectory(prefix="crmbridge-plan-") as folder:
        copy = Path(folder) / "store.db"
        copy_store(settings.store, copy)
        with open_bridge(settings, copy) as bridge:
            if mode == Mode.CANARY and bridge.scope is None:
                raise ConfigError("--mode canary: say in the settings, in `scope`, for whom")
            accounts = [f"{name} {each.account_id}" for name, each in bridge.meet().items()]
            now = make_clock(settings).now()
            seen = preview(bridge, now, Mode(mode) if mode else None)
    if html is not None:
        page = plan_page(
            seen.operations,
            at=now,
            version=bridge.rules.version,
            scope=seen.scope or "everybody",
            accounts=accounts,
            stages=seen.stages,
            limits=seen.limits,
            limit=max(limit, 0),
        )
        with private_file(html, "--html") as file:
            file.write(render(page))
        click.echo(f"The page is in {html}: {page.writes} writes about {page.people} people.")
    elif as_json:
        for operation in seen.operations:
            click.echo(json.dumps(_as_json(operation)))
    else:
        _print(seen.operations, limit)
        for reason in seen.limits:
            click.echo(f"It would wait for `crmbridge approve`: {reason}.")
    if seen.operations:
        ctx.exit(WOULD_CHANGE)


def _as_json(operation: Operation) -> dict[str, object]:
    return {
        "person": operation.uid,
        "operation": operation.kind.value,
        "side": operation.side.value,
        "record": str(operation.target) if operation.target else None,
        "list": operation.list_name,
        "reason": operation.reason,
        "changes": {
            change.field: {"before": plain(change.before), "after": plain(change.after)}
            for change in operation.changes
        },
    }


def _print(operations: Sequence[Operation], limit: int) -> None:
    for operation in operations[:limit]:
        where = operation.target or f"new {operation.object_type} in {operation.side}"
        what = f" {operation.list_name}" if operation.list_name else ""
        click.echo(f"{operation.kind}{what} {where}: {operation.reason}")
        for change in operation.changes:
            click.echo(f"    {change.field}: {shown(change.before)} -> {shown(change.after)}")
    if len(operations) > limit:
        click.echo(f"... and {len(operations) - limit} more (--limit)")
    people = len({operation.uid for operation in operations})
    click.echo(f"{len(operations)} operations for {people} people would be written.")
