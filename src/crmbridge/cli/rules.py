"""``crmbridge rules``: the shared lead standard, checked and tried offline."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

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
def check(directory: Path | None) -> None:
    """Read the rule book and say which version it is."""
    from crmbridge import rulebook

    found = rulebook.find(directory)
    book = rulebook.load(found)
    click.echo(
        f"{found}: version {book.version}, in force from {book.in_force_from:%Y-%m-%d}, "
        f"content {book.digest[:12]}."
    )


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
