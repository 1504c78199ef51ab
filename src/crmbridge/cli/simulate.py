"""``crmbridge simulate``: the bridge under fire, from one seed."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from crmbridge.ordeal.running import Outcome

BROKEN = 4
"""Exit code when a promise was not kept."""


@click.command()
@click.option("--seed", type=int, default=1, show_default=True, help="The first seed.")
@click.option("--runs", type=click.IntRange(1), default=1, show_default=True, help="So many seeds.")
@click.option(
    "--cycles",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Cycles of each run before everybody rests.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a run.")
def simulate(seed: int, runs: int, cycles: int, as_json: bool) -> None:
    """Let people, faults and crashes loose on a bridge between two simulated CRMs.

    Everything follows from the seed: the same one gives the same journal, whose hash is printed.
    Once both CRMs are at rest every promise is checked; exit code 4 if one was not kept.
    """
    from crmbridge.logs import quiet
    from crmbridge.ordeal.running import run

    quiet()
    broken = False
    for number in range(seed, seed + runs):
        with tempfile.TemporaryDirectory(prefix="crmbridge-") as folder:
            outcome = run(number, cycles, Path(folder))
        broken = broken or bool(outcome.broken)
        click.echo(json.dumps(outcome.plain()) if as_json else _told(outcome))
    sys.exit(BROKEN if broken else 0)


def _told(outcome: Outcome) -> str:
    pace = outcome.cycles / outcome.seconds
    lines = [
        f"seed {outcome.seed}: journal {outcome.journal}",
        (
            f"    {outcome.cycles} cycles ({pace:.0f} a second), {outcome.writes} writes, "
            f"{sum(outcome.acts.values())} acts, {sum(outcome.troubles.values())} troubles, "
            f"{sum(outcome.crashes.values())} crashes: "
            f"{'every promise kept' if not outcome.broken else 'BROKEN'}"
        ),
        *(f"    {each}" for each in outcome.broken),
    ]
    return "\n".join(lines)
