"""``crmbridge rules``: the shared lead standard, checked and tried offline."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import place_named

if TYPE_CHECKING:
    from crmbridge.core.rules import Rules

_OPTION = click.option(
    "--rules",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Rule book directory (default: CRMBRIDGE_RULES_DIR, ./rules, the packaged one).",
)


@click.group()
def rules() -> None:
    """Check the rule book and run its cases."""


@rules.command()
@_OPTION
@click.option("--store", help="Hold the rule book against the data of this bridge, too.")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Hold it against what the CRMs of these settings offer, too; only reads.",
)
@click.option("--strict", is_flag=True, help="Exit code 1 where there is anything to look at.")
def check(directory: Path | None, store: str | None, config: Path | None, *, strict: bool) -> None:
    """Say which version this is, whether it is in force, and what is probably wrong."""
    from crmbridge import rulebook
    from crmbridge.clock import WallClock
    from crmbridge.rulebook import checking
    from crmbridge.store import open_existing

    now = WallClock().now()
    found = rulebook.find(directory)
    book = rulebook.read_book(found)
    findings = checking.check(book, now.date())
    if store is not None:
        place = place_named(store, "--store")
        with open_existing(place) as existing, existing.read() as tx:
            findings += checking.check_data(book, tx.used_values())
    if config is not None:
        findings += checking.check_choices(book, _offered(config, book.rules))
    for finding in findings:
        click.echo(str(finding))
    reason = book.rules.why_shadow(now)
    click.echo(
        f"{found}: version {book.rules.version}, in force from "
        f"{book.rules.in_force_from:%Y-%m-%d}, content {book.rules.digest[:12]}; "
        f"{len(findings)} to look at. " + (f"In shadow: {reason}." if reason else "In force.")
    )
    if findings and strict:
        sys.exit(1)


def _offered(config: Path, rules: Rules) -> dict[str, frozenset[str]]:
    """What the connected CRMs offer, by canonical field."""
    from crmbridge.app import connect
    from crmbridge.cli.options import read_settings

    offered: dict[str, frozenset[str]] = {}
    for connector in connect(read_settings(config), rules).values():
        try:
            offered |= connector.choices()
        finally:
            connector.close()
    return offered


@rules.command()
@_OPTION
@click.option("--html", is_flag=True, help="One HTML page instead of Markdown.")
def show(directory: Path | None, *, html: bool) -> None:
    """Print the rule book as one page that people can read and sign."""
    from crmbridge import rulebook
    from crmbridge.clock import WallClock
    from crmbridge.rulebook import presenting

    book, now = rulebook.load(rulebook.find(directory)), WallClock().now()
    click.echo(
        presenting.to_html(book, now) if html else presenting.to_markdown(book, now), nl=False
    )


@rules.command()
@click.argument("name", required=False)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write every schema into this directory.",
)
def schema(name: str | None, out: Path | None) -> None:
    """Print the JSON Schema of one file (scoring, sla, case ...), for completion in editors."""
    from crmbridge.rulebook import publishing

    if out is not None:
        for path in publishing.write_schemas(out):
            click.echo(str(path))
        return
    names = publishing.schema_names()
    if name not in names:
        raise click.BadParameter("must be one of " + ", ".join(names), param_hint="NAME")
    click.echo(publishing.json_schema(name), nl=False)


@rules.command()
@click.argument("country")
@click.argument("year", type=int)
@click.option("--part", help="A state or region, such as BY.")
def holidays(country: str, year: int, part: str | None) -> None:
    """Propose the off-days of COUNTRY (such as DE) in YEAR, as lines for sla.yaml."""
    from crmbridge.rulebook.proposing import propose_off_days

    days = propose_off_days(country, year, part)
    click.echo("    off_days:")
    for day, name in days:
        weekend = " (weekend)" if day.weekday() >= _SATURDAY else ""
        click.echo(f"      - {day}  # {day:%a} {name}{weekend}")


@rules.command()
@click.argument("before", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--people", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--now", help="The instant to compare at (default: now).")
def diff(
    before: Path, after: Path, people: Path | None, config: Path | None, now: str | None
) -> None:
    """Say what changed from one rule book to the other, and for whom.

    People come from a file as for `rules try`, or from the store of the bridge that --config
    names; every person is decided about from the beginning under both versions.
    """
    from crmbridge import rulebook
    from crmbridge.clock import WallClock
    from crmbridge.rulebook import diffing

    old, new = rulebook.read_book(before), rulebook.read_book(after)
    at = _instant(now) if now else WallClock().now()
    changes = diffing.text_changes(old, new)
    for change in changes:
        click.echo(str(change))
    click.echo(f"{len(changes)} settings differ.")
    effect = None
    if people is not None:
        with people.open(encoding="utf-8") as lines:
            effect = diffing.effect_on(
                diffing.verdicts_in_file(old.rules, new.rules, lines, at, str(people))
            )
    elif config is not None:
        from crmbridge.app import open_bridge
        from crmbridge.cli.options import read_settings
        from crmbridge.engine.comparing import verdicts_in_store

        with open_bridge(read_settings(config)) as bridge:
            effect = diffing.effect_on(verdicts_in_store(bridge, old.rules, new.rules, at))
    if effect is not None:
        for line in diffing.report(effect):
            click.echo(line)


_SATURDAY = 5


@rules.command("try")
@_OPTION
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--now", required=True, help="The instant to decide at: 2026-06-09T14:00:00Z.")
def try_people(directory: Path | None, file: Path, now: str) -> None:
    """Decide about people from FILE (one JSON object a line; - reads standard input).

    Prints one decision a line, in the words of the case files.
    """
    from crmbridge import rulebook
    from crmbridge.rulebook import trying

    book = rulebook.load(rulebook.find(directory))
    at = _instant(now)
    with click.open_file(str(file), encoding="utf-8") as lines:
        for found in trying.try_lines(book, lines, at, str(file)):
            sys.stdout.write(trying.to_json(found) + "\n")


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise click.BadParameter("must be an instant with its zone: 2026-06-09T14:00:00Z")
    return at.astimezone(UTC)


@rules.command()
@_OPTION
@click.option("--verbose", "-v", is_flag=True, help="Name the cases that pass, too.")
def test(directory: Path | None, *, verbose: bool) -> None:
    """Play every case in the rule book's cases folder; exit code 1 if one fails."""
    from crmbridge import rulebook
    from crmbridge.rulebook import cases

    found = rulebook.find(directory)
    results = cases.run(rulebook.load(found), found / "cases")
    failed = [result for result in results if not result.passed]
    for result in results:
        if verbose and result.passed:
            click.echo(f"ok    {result.name}")
    for result in failed:
        click.echo(f"FAIL  {result.path}: {result.name}")
        for difference in result.differences:
            click.echo(f"      {difference}")
    click.echo(f"{len(results) - len(failed)} of {len(results)} cases pass.")
    if failed:
        sys.exit(1)


@rules.command()
@_OPTION
@click.option("--as", "department", type=click.Choice(["marketing", "sales"]), required=True)
@click.option("--name", required=True, help="Who signs for the department.")
def sign(directory: Path | None, department: str, name: str) -> None:
    """Sign the rule book as it stands for one department; both are needed to be in force."""
    from crmbridge import rulebook
    from crmbridge.clock import WallClock
    from crmbridge.rulebook import signing

    now = WallClock().now()
    found = rulebook.find(directory)
    book = signing.sign(found, department, name, now.date())
    click.echo(f"{found}: {name} signed version {book.version} for {department}.")
    open_point = book.why_shadow(now)
    click.echo(f"Not in force yet: {open_point}." if open_point else "In force.")
