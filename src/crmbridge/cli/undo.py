"""``crmbridge undo``: take back what a cycle, or all cycles since, wrote."""

from __future__ import annotations

import getpass
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import read_settings, settings_options
from crmbridge.cli.showing import plain, shown
from crmbridge.core.operations import OperationKind
from crmbridge.errors import ConfigError

if TYPE_CHECKING:
    from crmbridge.core.operations import Operation
    from crmbridge.engine.undoing import Scope, UndoPlan
    from crmbridge.store import Transaction

_SHOWN = 20
_PATIENCE = 300.0
"""Seconds that an undo waits for the end of a cycle."""
UNFINISHED = 1
"""Exit code where nothing was undone, or not all of it yet."""


@click.command()
@settings_options
@click.argument("what", required=False)
@click.option("--since", help="Everything since a cycle or an instant (2026-03-02T14:00Z).")
@click.option("--plan", "only_plan", is_flag=True, help="Only show what would be undone.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as one JSON object.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--as", "operator", help="Who answers for it (default: the name of your login).")
def undo(
    config: Path | None,
    store: str | None,
    rules: Path | None,
    what: str | None,
    since: str | None,
    only_plan: bool,
    as_json: bool,
    yes: bool,
    operator: str | None,
) -> None:
    """Take back what a cycle wrote, or everything since one; WHAT is the number of a cycle, or a
    person (e-mail, id, or reference of a record).

    Both CRMs get back what they held before, but where somebody has edited since. What had been
    decided is taken back, too. Nothing is decided or written after that until `crmbridge resume`:
    mend the cause first.
    """
    from crmbridge.app import make_clock, open_bridge
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.read() as tx:
        scope = _scope(tx, what, since)
    with open_bridge(settings) as bridge:
        with bridge.store.turn("undo", _PATIENCE):
            bridge.meet()
            undoer, now = bridge.undoer(), make_clock(settings).now()
            plan = undoer.plan(scope, now)
        if as_json:
            click.echo(json.dumps(_as_json(plan)))
        else:
            for line in _told(plan):
                click.echo(line)
        if only_plan or not plan.people:
            return
        if not yes and not click.confirm(
            "Undo it? Nothing is decided or written after that until `crmbridge resume`."
        ):
            click.echo("Nothing was undone.")
            sys.exit(UNFINISHED)
        with bridge.store.turn("undo", _PATIENCE):
            # Cycles may have run while the question stood.
            now = make_clock(settings).now()
            plan = undoer.plan(scope, now)
            applied = undoer.carry_out(plan, operator or getpass.getuser(), now)
    done = sum(applied.done.values())
    click.echo(f"{done} of {len(plan.operations)} writes were made to take {scope.label} back.")
    if applied.stale:
        click.echo(f"{len(applied.stale)} were changed by others since and stay as they are:")
        for ref in applied.stale:
            click.echo(f"  {ref}")
    if applied.parked:
        click.echo(f"{applied.parked} were refused: see `crmbridge parked list`.")
    click.echo("Mend the cause, look at `crmbridge plan`, then run `crmbridge resume`.")
    if applied.retried:
        click.echo(f"{applied.retried} wait for a CRM that does not answer: the daemon goes on.")
        sys.exit(UNFINISHED)


def _scope(tx: Transaction, what: str | None, since: str | None) -> Scope:
    from crmbridge.engine.undoing import Scope
    from crmbridge.reports.person_story import find_person

    after, told = _beginning(tx, since) if since else (None, "")
    if what is None:
        if not since:
            raise ConfigError(f"undo: say what: a cycle, a person, or --since{_latest(tx)}")
        return Scope(label=f"everything since {told}", after=after)
    if what.isdecimal() and tx.summary(what) is None:
        if since:
            raise ConfigError("undo: give a cycle, or --since, not both")
        span = tx.cycle_span(int(what))
        if span is None:
            raise ConfigError(f"undo: there was no cycle {what}{_latest(tx)}")
        return Scope(label=f"cycle {what}", after=span[0], until=span[1])
    uid = find_person(tx, what)
    label = f"what was written about {uid}" + (f" since {told}" if since else "")
    return Scope(label=label, after=after, uid=uid)


def _beginning(tx: Transaction, since: str) -> tuple[datetime | None, str]:
    """The instant after which everything is meant, and how to call it."""
    if since.isdecimal():
        span = tx.cycle_span(int(since))
        if span is None:
            raise ConfigError(f"--since: there was no cycle {since}{_latest(tx)}")
        return span[0], f"cycle {since}"
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        raise ConfigError(
            f"--since: {since!r} is no cycle and no instant such as 2026-03-02T14:00Z"
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at, f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _latest(tx: Transaction) -> str:
    """Words that name the last cycles in which something was written."""
    named = [
        f"{each.number} ({each.writes} writes at {each.at:%Y-%m-%d %H:%M})"
        for each in tx.writing_cycles(3)
    ]
    return f"; the last that wrote: {', '.join(named)}" if named else ""


def _told(plan: UndoPlan) -> Iterator[str]:
    if not plan.people:
        yield f"Nothing is known to have been written or decided: {plan.scope.label}."
        return
    yield f"To take back {plan.scope.label}, {len(plan.people)} people:"
    kinds = Counter((each.side, each.kind) for each in plan.operations)
    for (side, kind), count in sorted(kinds.items()):
        yield f"    {count} x {kind} in the {side} CRM"
    if not kinds:
        yield "    nothing is to be written"
    for operation in plan.operations[:_SHOWN]:
        yield from _operation(operation)
    yield from _rest(len(plan.operations))
    if plan.kept:
        yield "What stays as it is:"
    for why, count in Counter(each.why for each in plan.kept).most_common():
        yield f"    {count} x {why}"
    for each in plan.kept[:_SHOWN]:
        yield f"  {each.ref} {each.what}: {each.why}"
    yield from _rest(len(plan.kept))


def _operation(operation: Operation) -> Iterator[str]:
    yield f"  {operation.kind} {operation.target}" + (
        f" {operation.list_name}" if operation.list_name else ""
    )
    if operation.kind is OperationKind.UPDATE:
        for change in operation.changes:
            yield f"      {change.field}: {shown(change.before)} -> {shown(change.after)}"


def _rest(count: int) -> Iterator[str]:
    if count > _SHOWN:
        yield f"  ... and {count - _SHOWN} more (--json shows all)"


def _as_json(plan: UndoPlan) -> dict[str, object]:
    return {
        "what": plan.scope.label,
        "people": plan.people,
        "writes": [
            {
                "person": each.uid,
                "operation": each.kind.value,
                "record": str(each.target),
                "list": each.list_name,
                "changes": {
                    change.field: {"now": plain(change.before), "then": plain(change.after)}
                    for change in each.changes
                },
            }
            for each in plan.operations
        ],
        "kept": [
            {"person": each.uid, "record": str(each.ref), "what": each.what, "why": each.why}
            for each in plan.kept
        ],
    }
