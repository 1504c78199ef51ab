"""``crmbridge setup``: what crmbridge needs in both CRMs: seeing, making and removing it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import read_settings, settings_options
from crmbridge.errors import ConfigError
from crmbridge.ports import SetupItem, SetupState, SetupStep

if TYPE_CHECKING:
    from crmbridge.ports import Connector
    from crmbridge.settings import Settings

TO_DO = 2
"""Exit code of ``setup plan`` where ``setup apply`` would do something."""
IN_THE_WAY = 3
"""Exit code where a person has to clear something out of the way first."""
FAILED = 1
"""Exit code where a CRM refused an item."""

_SIGNS = {
    SetupState.MISSING: "+",
    SetupState.DIFFERENT: "~",
    SetupState.BLOCKED: "!",
    SetupState.BY_HAND: "?",
    SetupState.THERE: "=",
}
_GOES = "-"
_Planned = Sequence[tuple["Connector", list[SetupItem]]]
_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


@click.group()
def setup() -> None:
    """See, make and remove fields, properties, lists and permissions."""


@setup.command()
@settings_options
@_json
def plan(config: Path | None, store: Path | None, rules: Path | None, as_json: bool) -> None:
    """Show item by item what `setup apply` would do; writes nothing.

    Exit code 2 where something is to do, 3 where something is in the way.
    """
    settings = read_settings(config, store=store, rules=rules)
    with _planned(settings) as (planned, _):
        items = [(connector.name, item) for connector, found in planned for item in found]
    _show(items, as_json=as_json)
    states = {item.state for _, item in items}
    if not as_json:
        click.echo(_summary(items))
    if SetupState.BLOCKED in states:
        sys.exit(IN_THE_WAY)
    if states & {SetupState.MISSING, SetupState.DIFFERENT}:
        sys.exit(TO_DO)


@setup.command()
@settings_options
@_yes
@_json
def apply(
    config: Path | None, store: Path | None, rules: Path | None, yes: bool, as_json: bool
) -> None:
    """Do what `setup plan` shows, after a yes; running it again changes nothing.

    An item that a CRM refuses is told and the others go on (exit code 1); run it again to go on.
    What is not crmbridge's own is never altered (exit code 3 where such a thing is in the way).
    """
    settings = read_settings(config, store=store, rules=rules)
    failed = blocked = False
    with _planned(settings) as (planned, lists):
        items = [(connector.name, item) for connector, found in planned for item in found]
        if not as_json:
            _show(items, as_json=False)
        blocked = any(item.state is SetupState.BLOCKED for _, item in items)
        wanted = {
            connector.name: [item.name for item in found if _is_to_do(item)]
            for connector, found in planned
        }
        if any(wanted.values()):
            if not as_json:
                click.echo(_summary(items))
            _confirm("Do it?", yes=yes)
        for connector, _ in planned:
            if not wanted[connector.name]:
                if not as_json:
                    click.echo(f"{connector.name:<11} has everything already")
                continue
            tell = _Telling(connector.name, as_json=as_json)
            connector.provision(lists, tell, wanted[connector.name])
            failed = failed or tell.failed
    if failed:
        click.echo("Not everything could be done: correct that, and run it again.", err=True)
        sys.exit(FAILED)
    if blocked:
        sys.exit(IN_THE_WAY)


@setup.command()
@settings_options
@_yes
@_json
@click.option("--plan", "only_plan", is_flag=True, help="Only show what would go.")
def remove(
    config: Path | None,
    store: Path | None,
    rules: Path | None,
    yes: bool,
    as_json: bool,
    only_plan: bool,
) -> None:
    """Take crmbridge's own fields and permission sets out of both CRMs, with their values.

    Only what bears crmbridge's mark goes. Nurture lists are marketing's and stay.
    """
    from crmbridge.app import connect, load_rules

    settings = read_settings(config, store=store, rules=rules)
    _refuse_while_running(settings)
    failed = False
    with ExitStack() as opened:
        planned = []
        for connector in connect(settings, load_rules(settings)).values():
            opened.callback(connector.close)
            connector.ping()
            planned.append((connector, connector.removable()))
        total = sum(len(found) for _, found in planned)
        for connector, found in planned:
            for item in found:
                _say(connector.name, _GOES, item, as_json=as_json)
        if not total:
            if not as_json:
                click.echo("Neither CRM has anything of crmbridge's.")
            return
        if only_plan:
            return
        names = [each.name for _, found in planned for each in found if _holds_values(each)]
        _confirm(
            f"Delete these {len(names)} fields ({', '.join(names)}) with ALL VALUES in them, and "
            f"{total - len(names)} other things of crmbridge's? This cannot be undone",
            yes=yes,
        )
        for connector, found in planned:
            tell = _Telling(connector.name, as_json=as_json)
            connector.remove([each.name for each in found], tell)
            failed = failed or tell.failed
    if failed:
        click.echo("Not everything could be removed: correct that, and run it again.", err=True)
        sys.exit(FAILED)


@setup.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Write them into this directory.",
)
@click.option(
    "--rules",
    type=click.Path(file_okay=False, path_type=Path),
    help="Rule book directory (default: CRMBRIDGE_RULES_DIR, ./rules, the packaged one).",
)
def files(out: Path, rules: Path | None) -> None:
    """Write what `setup apply` makes as files, for admins who deploy by the CRM's own tools.

    Only Salesforce has such a form: an SFDX project. Asks no CRM.
    """
    from crmbridge import rulebook
    from crmbridge.app import field_names
    from crmbridge.plugins import discover

    book = rulebook.load(rulebook.find(rules))
    for name, plugin in sorted(discover().items()):
        for path, text in plugin.setup_files(field_names(name, book)).items():
            target = out / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            click.echo(str(target))


@contextmanager
def _planned(settings: Settings) -> Iterator[tuple[_Planned, Mapping[str, str]]]:
    """Both connectors with what they need, and the lists."""
    from crmbridge.app import connect, known_lists, load_rules, nurture_lists

    book = load_rules(settings)
    lists, known = nurture_lists(book), known_lists(settings)
    with ExitStack() as opened:
        connectors = list(connect(settings, book).values())
        for connector in connectors:
            opened.callback(connector.close)
        # Both are asked before either is written to.
        for connector in connectors:
            connector.ping()
            connector.recognise(known)
        yield [(connector, connector.inspect(lists)) for connector in connectors], lists


def _refuse_while_running(settings: Settings) -> None:
    """A daemon would write into fields that go."""
    from crmbridge.store import open_existing
    from crmbridge.store.leases import WRITER

    if not settings.store.is_file():
        return
    with open_existing(settings.store) as opened, opened.read() as tx:
        holder = tx.lease(WRITER).holder
    if holder is not None and holder.lives() is not False:
        raise ConfigError(f"{holder} keeps both CRMs in step: end that one first")


def _is_to_do(item: SetupItem) -> bool:
    return item.state in (SetupState.MISSING, SetupState.DIFFERENT)


def _holds_values(item: SetupItem) -> bool:
    return item.kind in ("field", "property")


def _confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    try:
        agreed = click.confirm(question)
    except click.Abort:
        raise ConfigError(
            "nobody said yes, so nothing was changed: add --yes where nobody can be asked"
        ) from None
    if not agreed:
        click.echo("Nothing was changed.")
        sys.exit(FAILED)


class _Telling:
    """Says what became of each item as it is done; remembers whether one failed."""

    def __init__(self, system: str, *, as_json: bool) -> None:
        self._system = system
        self._as_json = as_json
        self.failed = False

    def __call__(self, step: SetupStep) -> None:
        item = step.item
        self.failed = self.failed or bool(step.failure)
        done = {SetupState.MISSING: "created", SetupState.DIFFERENT: "changed"}.get(item.state)
        done = done if item.after else "removed"
        if self._as_json:
            said = {"system": self._system, "kind": item.kind, "name": item.name}
            outcome = {"failure": step.failure} if step.failure else {"done": done}
            click.echo(json.dumps({**said, **outcome}))
        elif step.failure:
            click.echo(f"{self._system:<11} FAILED {item.kind} {item.name}: {step.failure}")
        else:
            click.echo(f"{self._system:<11} {done} {item.kind} {item.name}")


def _show(items: Sequence[tuple[str, SetupItem]], *, as_json: bool) -> None:
    for system, item in items:
        if as_json or item.state is not SetupState.THERE or item.note:
            _say(system, _SIGNS[item.state], item, as_json=as_json)


def _say(system: str, sign: str, item: SetupItem, *, as_json: bool) -> None:
    if as_json:
        said = {
            "system": system,
            "kind": item.kind,
            "name": item.name,
            "state": "ours" if sign == _GOES else item.state.value,
            "before": dict(item.before) if item.before is not None else None,
            "after": dict(item.after),
            "problem": item.problem,
            "remedy": item.remedy,
            "note": item.note,
        }
        click.echo(json.dumps(said))
        return
    line = f"{system:<11} {sign} {item.kind} {item.name}"
    if item.problem:
        line += f" {item.problem}: {item.remedy}"
    elif item.remedy:
        line += f": by hand: {item.remedy}"
    elif item.before is None:
        what = "; ".join(f"{name} {value}" for name, value in item.after.items())
        line += f" ({what})" if what else ""
    elif item.note:
        line += f" {item.note}"
    click.echo(line)
    if item.state is SetupState.DIFFERENT:
        before = item.before or {}
        for name in item.changes if item.after else ():
            click.echo(f"{'':<13} {name}: {before.get(name) or '(none)'} -> {item.after[name]}")


def _summary(items: Sequence[tuple[str, SetupItem]]) -> str:
    counted = dict.fromkeys(SetupState, 0)
    for _, item in items:
        counted[item.state] += 1
    return (
        f"{counted[SetupState.MISSING]} to create, {counted[SetupState.DIFFERENT]} to change, "
        f"{counted[SetupState.BLOCKED]} in the way, {counted[SetupState.BY_HAND]} by hand, "
        f"{counted[SetupState.THERE]} as they should be."
    )
