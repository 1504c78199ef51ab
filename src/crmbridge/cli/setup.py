"""``crmbridge setup``: what crmbridge needs in both CRMs, and creating it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from crmbridge.cli.options import read_settings, settings_options

INCOMPLETE = 2
"""Exit code of ``setup show`` when something is missing or unfit."""


@click.group()
def setup() -> None:
    """See and create fields, properties and lists."""


@setup.command()
@settings_options
def show(config: Path | None, store: str | None, rules: Path | None) -> None:
    """List what crmbridge needs and whether it is there; writes nothing."""
    from crmbridge.app import connect, known_lists, load_rules, nurture_lists

    settings = read_settings(config, store=store, rules=rules)
    book = load_rules(settings)
    lists, known = nurture_lists(book), known_lists(settings)
    complete = True
    for connector in connect(settings, book).values():
        try:
            connector.ping()
            connector.recognise(known)
            for item in connector.inspect(lists):
                state = item.problem or item.note or ("there" if item.present else "missing")
                complete = complete and item.present and not item.problem
                click.echo(f"{connector.name:<11} {item.kind:<10} {item.name}: {state}")
        finally:
            connector.close()
    if not complete:
        click.echo("Run `crmbridge setup apply` to create what is missing.")
        sys.exit(INCOMPLETE)


@setup.command()
@settings_options
def apply(config: Path | None, store: str | None, rules: Path | None) -> None:
    """Create what is missing; running it again changes nothing."""
    from crmbridge.app import connect, known_lists, load_rules, nurture_lists

    settings = read_settings(config, store=store, rules=rules)
    book = load_rules(settings)
    lists, known = nurture_lists(book), known_lists(settings)
    for connector in connect(settings, book).values():
        try:
            connector.ping()
            connector.recognise(known)
            _report(connector.name, (item.name for item in connector.provision(lists)))
        finally:
            connector.close()


def _report(system: str, names: Iterable[str]) -> None:
    created = sorted(names)
    for name in created:
        click.echo(f"{system:<11} created {name}")
    if not created:
        click.echo(f"{system:<11} has everything already")
