"""``crmbridge chaos``: real processes, kill -9, and every promise checked in the end."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.simulate import BROKEN

if TYPE_CHECKING:
    from crmbridge.ordeal.running import Outcome


@click.command()
@click.option("--minutes", type=click.FloatRange(0.1, 1440), default=10, show_default=True)
@click.option("--seed", type=int, help="Of what people do (default: the time of day).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def chaos(minutes: float, seed: int | None, as_json: bool) -> None:
    """Kill a bridge between two simulated CRMs for some minutes, and see whether it matters.

    A daemon of its own runs against the sandbox, in a world of its own time, while people and
    faults are at work; again and again it is killed with no warning. Nothing but simulators on
    this machine is touched. Exit code 4 if a promise was not kept.
    """
    from rich.console import Console

    from crmbridge.logs import quiet
    from crmbridge.ordeal.chaos import rage

    quiet()
    console = Console(stderr=True, quiet=as_json)
    with tempfile.TemporaryDirectory(prefix="crmbridge-") as folder, console.status("") as status:

        def tell(outcome: Outcome) -> None:
            status.update(f"{outcome.cycles} cycles, {sum(outcome.acts.values())} acts")

        outcome = rage(seed or int(time.time()), minutes, Path(folder), tell)
    click.echo(json.dumps(outcome.plain()) if as_json else _table(outcome))
    sys.exit(BROKEN if outcome.broken else 0)


def _table(outcome: Outcome) -> str:
    counted = {**outcome.acts, **outcome.troubles, **outcome.crashes}
    rows = [f"{count:>6}  {name}" for name, count in sorted(counted.items())]
    kept = "Every promise was kept." if not outcome.broken else "BROKEN:"
    return "\n".join(
        (
            *rows,
            f"seed {outcome.seed}: {outcome.cycles} cycles in {outcome.seconds / 60:.1f} minutes.",
            kept,
            *(f"    {each}" for each in outcome.broken),
        )
    )
