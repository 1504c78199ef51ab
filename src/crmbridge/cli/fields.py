"""``crmbridge fields``: whose every field is, and making mapped fields equal at a stroke."""

from __future__ import annotations

import getpass
import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import read_settings, settings_options
from crmbridge.cli.showing import plain, shown
from crmbridge.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from crmbridge.core.operations import Operation

_SHOWN = 20


@click.group()
def fields() -> None:
    """Show whose every field is, or make mapped fields equal that differed before."""


@fields.command("list")
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(config: Path | None, store: str | None, rules: Path | None, as_json: bool) -> None:
    """Print every field that crmbridge may write: owner, direction, edits, blanks."""
    from crmbridge.app import load_rules
    from crmbridge.core.ownership import ownership

    for each in ownership(load_rules(read_settings(config, store=store, rules=rules))):
        if as_json:
            click.echo(json.dumps(asdict(each)))
        else:
            click.echo(f"{each.field}: {each.owner}, {each.direction}")
            click.echo(f"    {each.edit}; {each.blank}")


@fields.command()
@settings_options
@click.argument("names", nargs=-1, required=True)
@click.option("--plan", "only_plan", is_flag=True, help="Only show what would be written.")
@click.option("--json", "as_json", is_flag=True, help="Print each write as one JSON object.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--as", "operator", help="Who answers for it (default: the name of your login).")
def align(
    config: Path | None,
    store: str | None,
    rules: Path | None,
    names: tuple[str, ...],
    only_plan: bool,
    as_json: bool,
    yes: bool,
    operator: str | None,
) -> None:
    """Make the mapped fields NAMES equal also where they differed before they were mapped, by the
    rule that they have now. Without it only edits since are carried over."""
    from crmbridge.app import load_rules, make_clock, open_bridge
    from crmbridge.engine.aligning import align as make_equal
    from crmbridge.engine.previewing import preview
    from crmbridge.store import copy_store, open_existing

    settings = read_settings(config, store=store, rules=rules)
    known = load_rules(settings).handoff.mapping
    for name in names:
        if name not in known:
            raise ConfigError(f"handoff.yaml maps no {name!r}{did_you_mean(name, known)}")
    clock = make_clock(settings)
    with open_existing(settings.store):
        pass
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "plan.db"
        copy_store(settings.store, copy)
        with open_bridge(settings, copy) as bridge:
            bridge.meet()
            with bridge.store.transaction() as tx:
                make_equal(tx, names, "plan", clock.now())
            found = [
                operation
                for operation in preview(bridge, clock.now()).operations
                if not set(names).isdisjoint(operation.values)
            ]
    _tell(found, names, as_json=as_json)
    if only_plan or not found:
        return
    if not yes and not click.confirm("Write all of it?"):
        click.echo("Nothing was changed.")
        sys.exit(1)
    with open_existing(settings.store) as opened, opened.transaction() as tx:
        make_equal(tx, names, operator or getpass.getuser(), clock.now())
    click.echo("The next cycle decides about everybody anew and writes it, within the limits.")


def _tell(found: list[Operation], names: Iterable[str], *, as_json: bool) -> None:
    wanted = set(names)
    for operation in found if as_json else found[:_SHOWN]:
        changes = [each for each in operation.changes if each.field in wanted]
        if as_json:
            values = {
                each.field: {"before": plain(each.before), "after": plain(each.after)}
                for each in changes
            }
            click.echo(json.dumps({"record": str(operation.target), "changes": values}))
        else:
            for each in changes:
                click.echo(
                    f"{operation.target} {each.field}: {shown(each.before)} -> "
                    f"{shown(each.after)} ({each.reason})"
                )
    if not as_json:
        if len(found) > _SHOWN:
            click.echo(f"... and {len(found) - _SHOWN} more (--json shows all)")
        click.echo(f"{len(found)} records would be written to.")
