"""``crmbridge init``: from an empty folder to a bridge in shadow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crmbridge.errors import ConfigError

if TYPE_CHECKING:
    from crmbridge.core.rules import Rules
    from crmbridge.onboarding.answers import Ask
    from crmbridge.ports import Connector
    from crmbridge.settings import Settings

_BEGINNING = {
    "name": "crmbridge",
    "store": "crmbridge.db",
    "rules": "rules",
    "mode": "shadow",
    "interval": 60,
}


@click.command()
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder of the new bridge (default: here).",
)
@click.option(
    "--answers",
    type=click.Path(dir_okay=False, path_type=Path),
    help="YAML file with all answers: nothing is asked.",
)
@click.option(
    "--secrets",
    "keep",
    type=click.Choice(["folder", "environment"]),
    default="folder",
    show_default=True,
    help="Keep secrets as files (0600), or write a template of variables without values.",
)
@click.option("--offline", is_flag=True, help="Ask neither CRM; look at their values later.")
@click.option("--yes", is_flag=True, help="Take every proposal.")
def init(into: Path, answers: Path | None, keep: str, offline: bool, yes: bool) -> None:
    """Set up a bridge: credentials, settings and a rule book to start from, in shadow.

    Run it again to change an answer: what is there already is kept. Neither CRM is written to.
    """
    from crmbridge.onboarding import files
    from crmbridge.plugins import discover
    from crmbridge.rulebook.locating import packaged
    from crmbridge.settings import NAME, SECRETS_BESIDE

    into.mkdir(parents=True, exist_ok=True)
    config, secrets = into / files.SETTINGS, into / SECRETS_BESIDE
    given = _read(answers) if answers is not None else {}
    before = _read(config) if config.is_file() else {}
    source = str(answers or "--answers")
    ask = None if answers is not None else _prompt
    own = {**_BEGINNING, **_own(before), **_own(given)}
    if ask is not None:
        own["name"] = ask("Name of this bridge, for logs and monitors", own["name"], hidden=False)
    if not re.fullmatch(NAME, str(own["name"])):
        raise ConfigError("init: name: letters, digits, `_`, `.` and `-`, at most 64 of them")
    sections, hidden = _sections(given, before, secrets, ask, source)
    settings = {**own, **sections}
    if files.write_settings(config, settings, secrets):
        click.echo(f"{config}: written, in mode {settings['mode']}")
    if keep == "folder":
        files.write_secrets(secrets, hidden)
        click.echo(f"{secrets}: {len(hidden)} secrets, for your eyes alone")
    else:
        names = {
            f"CRMBRIDGE_{name.upper()}": f"{name.replace('__', ': ')}, never in {files.SETTINGS}"
            for name in hidden
        }
        files.write_environment(into / files.ENVIRONMENT, names)
        click.echo(f"{into / files.ENVIRONMENT}: {len(hidden)} variables to be filled in")
    rules = into / str(settings["rules"])
    if files.copy_rules(packaged(), rules):
        click.echo(f"{rules}: the packaged lead standard, to start from")
    for name in sorted(discover().keys() - sections.keys()):
        click.echo(f"{name}: no section")
    if not offline and keep == "folder":
        _look(config, rules, yes=yes or answers is not None)
    where = "" if into == Path() else f" (in {into})"
    click.echo(f"Next{where}: crmbridge setup plan, crmbridge setup apply, crmbridge doctor.")


def _read(file: Path) -> dict[str, Any]:
    from crmbridge.rulebook.source import read

    if not file.is_file():
        raise ConfigError(f"init: there is no {file}")
    data = read(file).data
    if not isinstance(data, dict):
        raise ConfigError(f"{file}:1: answers are `name: value` lines, as in the settings")
    return data


def _own(data: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are no connector's."""
    from crmbridge.plugins import discover

    return {name: value for name, value in data.items() if name not in discover()}


def _sections(
    given: Mapping[str, Any],
    before: Mapping[str, Any],
    secrets: Path,
    ask: Ask | None,
    source: str,
) -> tuple[dict[str, Any], dict[str, str]]:
    """Every connector's section without its secrets, and these by the name of their file."""
    from crmbridge.onboarding.answers import complete, read_secrets, secrets_of
    from crmbridge.plugins import discover

    sections: dict[str, Any] = {}
    hidden: dict[str, str] = {}
    for name, plugin in discover().items():
        for data, where in ((given, source), (before, "the settings")):
            if not isinstance(data.get(name, {}), dict):
                raise ConfigError(f"{where}: {name} holds `name: value` lines")
        known = {**before.get(name, {}), **read_secrets(secrets, plugin)}
        found = complete(plugin, given.get(name, {}), known, ask, source)
        secret = secrets_of(plugin)
        sections[name] = {key: value for key, value in found.items() if key not in secret}
        hidden |= {f"{name}__{key}": str(found[key]) for key in sorted(secret & found.keys())}
    return sections, hidden


def _prompt(question: str, known: str | None, *, hidden: bool) -> str:
    said: str = click.prompt(
        question, default=known, hide_input=hidden, show_default=not hidden or known == "kept"
    )
    return said.strip()


def _look(config: Path, rules: Path, *, yes: bool) -> None:
    """What both CRMs hold, and what of it the rule book does not know."""
    from crmbridge.app import load_rules
    from crmbridge.core.fields import STATUS
    from crmbridge.core.model import Side
    from crmbridge.onboarding.proposing import add_statuses, meanings
    from crmbridge.settings import load_settings

    settings = load_settings(config, {"rules": rules})
    book = load_rules(settings)
    with _connected(settings, book) as connectors:
        for connector in connectors.values():
            _show_account(connector, book)
        offered = connectors[Side.SALES].choices().get(STATUS, frozenset())
        found = meanings(offered, book)
        for value, stage in found.items():
            click.echo(f"  status {value!r}: {stage.value if stage else 'moves nobody'} (proposal)")
        proposed = {value: stage for value, stage in found.items() if stage is not None}
        if proposed and (yes or click.confirm("Write these into the rule book?", default=True)):
            whole = add_statuses(rules / "stages.yaml", proposed)
            load_rules(settings)
            click.echo(f"{rules / 'stages.yaml'}: {len(proposed)} status values added")
            if not whole:
                click.echo("  some found no line of their own: add them to `statuses` by hand")
        _show_zones(connectors.values(), book)


def _show_account(connector: Connector, book: Rules) -> None:
    from crmbridge.core.fields import CURRENCY, LIFECYCLE
    from crmbridge.onboarding.proposing import lost_currencies, strange_stages

    account, offered = connector.ping(), connector.choices()
    zone = f", in {account.time_zone}" if account.time_zone else ""
    click.echo(f"{connector.name}: logged in to account {account.account_id}{zone}")
    stages = offered.get(LIFECYCLE)
    if stages is not None:
        click.echo(f"  life-cycle stages: {', '.join(sorted(stages))}")
        for stage in strange_stages(stages, book):
            click.echo(f"  {stage}: is not there, but the rule book shows it; see stages.yaml")
    currencies = account.currencies or tuple(sorted(offered.get(CURRENCY, ())))
    click.echo(f"  currencies: {', '.join(currencies) or 'one, and it does not say which'}")
    for currency in lost_currencies(currencies, book):
        click.echo(
            f"  {currency}: has no rate, so that values in it do not count; add it to `rates` in "
            "normalising.yaml"
        )


def _show_zones(connectors: Any, book: Rules) -> None:
    from crmbridge.engine.polling import BEGINNING
    from crmbridge.onboarding.proposing import lost_zones

    for connector in connectors:
        if "owners" not in {stream.name for stream in connector.streams}:
            continue
        start = connector.start("owners", BEGINNING)
        owners = [owner for page in connector.poll("owners", start) for owner in page.owners]
        click.echo(f"{connector.name}: {len(owners)} owners and queues")
        for zone, count in lost_zones(owners, book).items():
            click.echo(
                f"  {zone} ({count}): in no calendar, so by {book.sla.default_calendar}'s; add the "
                "zone to sla.yaml, `crmbridge rules holidays` proposes off-days"
            )


@contextmanager
def _connected(settings: Settings, book: Rules) -> Iterator[Mapping[Any, Connector]]:
    from crmbridge.app import connect

    connectors = connect(settings, book)
    try:
        yield connectors
    finally:
        for connector in connectors.values():
            connector.close()
