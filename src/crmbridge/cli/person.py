"""``crmbridge person``: what is held about somebody, and its erasure."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import operator_option, read_settings, settings_options
from crmbridge.errors import ConfigError
from crmbridge.private_file import private_file

if TYPE_CHECKING:
    from crmbridge.engine.erasing import Foreseen
    from crmbridge.store import Transaction

_WHO = click.argument("who")


@click.group()
def person() -> None:
    """Show everything that is held about somebody, or erase it."""


@person.command()
@_WHO
@settings_options
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
def export(
    who: str, config: Path | None, store: str | None, rules: Path | None, out: Path | None
) -> None:
    """Print everything that the store holds about WHO as one JSON document: an e-mail address, a
    crmbridge id or a CRM record id."""
    from crmbridge.app import make_clock
    from crmbridge.reports.person_export import export_person
    from crmbridge.reports.person_story import find_person
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.read() as tx:
        document = export_person(tx, find_person(tx, who), make_clock(settings).now())
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if out is None:
        click.echo(text)
        return
    with private_file(out) as file:
        file.write(text + "\n")
    entries = sum(len(part["entries"]) for part in document["parts"])
    click.echo(f"{entries} entries in {len(document['parts'])} parts are in {out}.")


@person.command()
@_WHO
@settings_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@operator_option
def erase(
    who: str,
    config: Path | None,
    store: str | None,
    rules: Path | None,
    yes: bool,
    operator: str | None,
) -> None:
    """Remove everything personal about WHO from the store, for good, and never take them up again.
    Nothing is deleted in the CRMs."""
    from crmbridge.app import make_clock
    from crmbridge.engine.erasing import erase as forget
    from crmbridge.engine.erasing import foresee
    from crmbridge.reports.person_story import find_person
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened:
        with opened.read() as tx:
            if tx.find_erased(who) and not _is_here(tx, who):
                raise ConfigError("this person was erased already; nothing is held about them")
            uid = find_person(tx, who)
            found = foresee(tx, uid)
        _show(found)
        if not yes and not click.confirm("Erase all of it? There is no way back."):
            click.echo("Nothing was erased.")
            sys.exit(1)
        with opened.transaction() as tx:
            forget(tx, uid, operator or getpass.getuser(), make_clock(settings).now())
        emptied = opened.forget_deleted()
    click.echo(f"{uid} was erased here.")
    if not emptied:
        click.echo("Somebody is reading the store: its log is overwritten within the next cycles.")
    _tell_what_is_left(found)


@person.command()
@_WHO
@settings_options
@operator_option
def readmit(
    who: str, config: Path | None, store: str | None, rules: Path | None, operator: str | None
) -> None:
    """Let WHO, who was erased, be taken up again from what the CRMs show: an e-mail address, a
    crmbridge id or a CRM record id."""
    from crmbridge.app import make_clock
    from crmbridge.engine.erasing import readmit as take_up
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.transaction() as tx:
        found = sorted(tx.find_erased(who))
        if not found:
            raise ConfigError("nobody of that name was erased here")
        now, by = make_clock(settings).now(), operator or getpass.getuser()
        refs = [ref for uid in found for ref in take_up(tx, uid, by, now)]
    click.echo(f"{', '.join(found)}: {len(refs)} records are read in the next cycle.")


def _is_here(tx: Transaction, who: str) -> bool:
    from crmbridge.reports.person_story import find_person

    try:
        find_person(tx, who)
    except ConfigError:
        return False
    return True


def _show(found: Foreseen) -> None:
    click.echo(f"About {found.traces.uid} there are:")
    for part, count in found.counts:
        click.echo(f"{count:>6}  {part.name} ({part.fate})")
    if found.has_deal:
        click.echo("There is a deal with this person: see first what the law has you keep.")
    if found.same_address:
        others = ", ".join(found.same_address)
        click.echo(f"Others with the same address stay: {others}. Erase them too if they are one.")


def _tell_what_is_left(found: Foreseen) -> None:
    click.echo("What stays: salted digests of the addresses, and counts without the person.")
    click.echo("Nothing was deleted in the CRMs, and nothing is written there any more about:")
    for ref in found.records:
        click.echo(f"    {ref}")
    click.echo("Delete these there for good, and what lies in backups and exports of the store.")
