"""``crmbridge demo``: the whole loop on embedded defaults."""

from __future__ import annotations

import json
import signal
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crmbridge.cli.options import native_sync_option

if TYPE_CHECKING:
    from rich.console import Console

    from crmbridge.demo.runner import Demo
    from crmbridge.engine.daemon import Daemon

_EXAMPLES = 3


@click.command()
@click.option("--people", type=click.IntRange(10, 10_000), default=500, show_default=True)
@click.option("--days", type=click.IntRange(1, 400), default=42, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build"),
    show_default=True,
    help="Where the store and demo-report.json go.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON only.")
@click.option("--serve", is_flag=True, help="Keep both CRMs and the bridge running afterwards.")
@native_sync_option
def demo(
    people: int,
    days: int,
    seed: int,
    out: Path,
    as_json: bool,
    serve: bool,
    native_sync: str | None,
) -> None:
    """Run six weeks of two simulated CRMs, with reps, marketers and visitors at work.

    Everything is local: both CRMs are simulators on loopback ports. With --native-sync leads are
    created by the model of HubSpot's own sync, and crmbridge runs beside it.
    """
    from rich.console import Console

    from crmbridge.demo.report import as_tables
    from crmbridge.demo.rules_beside import leave_creation
    from crmbridge.demo.runner import prepare
    from crmbridge.logs import quiet
    from crmbridge.rulebook import find
    from crmbridge.sandbox.native_sync import MAPPINGS

    quiet()
    out.mkdir(parents=True, exist_ok=True)
    store = out / "demo.db"
    for leftover in out.glob("demo.db*"):
        leftover.unlink()
    console = Console(quiet=as_json)
    beside = leave_creation(find(None), out / "rules-beside") if native_sync else None
    with prepare(
        store,
        people=people,
        seed=seed,
        days=days,
        rules=beside,
        native_sync=MAPPINGS[native_sync] if native_sync else None,
    ) as running:
        report = _run(running, days, console)
        (out / "demo-report.json").write_text(json.dumps(report, indent=2) + "\n")
        if as_json:
            click.echo(json.dumps(report))
        console.print(as_tables(report))
        _explain_examples(running, console)
        console.print(
            f"Look further: crmbridge explain PERSON --store {store}   (or: crmbridge journal "
            f"--store {store})",
            highlight=False,
            soft_wrap=True,
        )
        if serve:
            _serve(running, console)


def _run(running: Demo, days: int, console: Console) -> dict[str, Any]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from crmbridge.demo.runner import START, run

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Day 1", total=days)

        def advance(now: datetime, _report: object) -> None:
            passed = (now - START) / timedelta(days=1)
            progress.update(task, completed=passed, description=f"{now:%a %d %b %Y}")

        return run(running, days, advance)


def _explain_examples(running: Demo, console: Console) -> None:
    """Three people: a customer, someone who came back, someone on a nurture list."""
    from crmbridge.cli.story_text import story_as_text
    from crmbridge.reports.person_story import tell

    with running.bridge.store.read() as tx:
        for uid in tx.examples(_EXAMPLES):
            console.print()
            console.print(
                story_as_text(tell(tx, uid), most_events=12),
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
    console.print()


def _serve(running: Demo, console: Console) -> None:
    """The daemon's own loop on the wall clock until Ctrl-C; the world jumps to today."""
    from crmbridge.engine.daemon import Daemon
    from crmbridge.sandbox.native_sync import Pacemaker

    stop = threading.Event()
    running.clock.set(max(datetime.now(UTC), running.clock.now()))
    daemon = Daemon(running.bridge, running.clock, timedelta(seconds=15))

    def drive() -> None:
        while not stop.wait(1.0):
            running.clock.set(max(datetime.now(UTC), running.clock.now()))

    def on_signal(*_: object) -> None:
        stop.set()
        daemon.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    driver = threading.Thread(target=drive, name="wall-clock", daemon=True)
    driver.start()
    with ExitStack() as stack:
        if running.native is not None:
            stack.enter_context(Pacemaker(running.native, running.clock))
        _tell_and_run(running, daemon, console)
    stop.set()
    driver.join()


def _tell_and_run(running: Demo, daemon: Daemon, console: Console) -> None:
    console.print_json(json.dumps(running.sandbox.connection()))
    console.print("Both CRMs and the bridge are running; stop with Ctrl-C.")
    daemon.run()
