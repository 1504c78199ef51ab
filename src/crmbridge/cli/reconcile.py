"""``crmbridge reconcile``: do both CRMs show the people whom the lead standard says?"""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import operator_option, read_settings, settings_options
from crmbridge.core.reconciling import Difference, Reconciliation

if TYPE_CHECKING:
    from rich.table import Table

NEEDS_SOMEBODY = 2
"""Exit code when something does not pass by itself."""

_LABELS = {"RECYCLED": "RECYCLED (MRL)"}


@click.command()
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--limit", type=int, default=50, show_default=True, help="Differences to print.")
@operator_option
@click.pass_context
def reconcile(
    ctx: click.Context,
    config: Path | None,
    store: str | None,
    rules: Path | None,
    as_json: bool,
    limit: int,
    operator: str | None,
) -> None:
    """Compare who is MQL, who is MRL and who is on which nurture list, person by person, and say
    why anything differs; exit code 2 if something does not pass by itself.

    Nothing is written into the CRMs. What polling missed is read again in the next cycle.
    """
    from crmbridge.app import make_clock, open_bridge
    from crmbridge.engine.reconciling import Reconciler
    from crmbridge.logs import configure
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    configure(settings)
    open_existing(settings.store).close()
    with open_bridge(settings) as bridge:
        bridge.meet()
        now = make_clock(settings).now()
        shadow = bridge.why_shadow(now) or ""
        by = operator or getpass.getuser()
        found = Reconciler(bridge.store, bridge.connectors, bridge.rules).run(now, shadow, by)
    if as_json:
        click.echo(json.dumps(_as_json(found), indent=2))
    else:
        _print(found, limit)
    if found.needs_somebody:
        ctx.exit(NEEDS_SOMEBODY)


def _as_json(found: Reconciliation) -> dict[str, object]:
    return {
        "at": found.at.isoformat(),
        "needs_somebody": found.needs_somebody,
        "populations": [
            {
                "population": each.population,
                "lead_standard": each.belong,
                "shown": dict(each.shown),
                "in_all": each.in_all,
                "differences": dict(each.causes),
            }
            for each in found.tallies
        ],
        "differences": [
            {
                "population": each.population,
                "person": each.uid or None,
                "system": each.system,
                "belongs": each.belongs,
                "records": [str(ref) for ref in each.records],
                "cause": each.cause.value,
                "why": each.why,
            }
            for each in found.differences
        ],
    }


def _print(found: Reconciliation, limit: int) -> None:
    from rich.console import Console

    Console(highlight=False).print(_table(found))
    for each in found.differences[:limit]:
        click.echo(_sentence(each))
        click.echo(f"    {each.why}")
    if len(found.differences) > limit:
        click.echo(f"... and {len(found.differences) - limit} more (--limit)")
    click.echo(_verdict(found.differences, needs_somebody=found.needs_somebody))


def _table(found: Reconciliation) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table

    systems = list(dict.fromkeys(system for each in found.tallies for system in each.shown))
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("population", no_wrap=True)
    for name in ("lead standard", *systems, "in both"):
        table.add_column(name, justify="right")
    table.add_column("differences")
    for each in found.tallies:
        in_both = str(each.in_all) if len(each.shown) == len(systems) else "-"
        table.add_row(
            _LABELS.get(each.population, each.population),
            str(each.belong),
            *(str(each.shown.get(system, "-")) for system in systems),
            in_both,
            ", ".join(f"{count} {cause}" for cause, count in each.causes.items()) or "none",
        )
    return table


def _sentence(each: Difference) -> str:
    who = each.uid or "nobody known"
    records = ", ".join(str(ref) for ref in each.records) or "no record"
    shown = "is not shown" if each.belongs else "is shown, and does not belong there"
    return f"{each.cause}: {each.population} in {each.system}: {who} ({records}) {shown}"


def _verdict(differences: Sequence[Difference], *, needs_somebody: bool) -> str:
    if not differences:
        return "Both CRMs show the people whom the lead standard says."
    if needs_somebody:
        return f"{len(differences)} differences, of which some do not pass by themselves."
    return f"{len(differences)} differences; all of them pass by themselves."
