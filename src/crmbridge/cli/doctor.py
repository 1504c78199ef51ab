"""``crmbridge doctor``: everything the bridge stands on, looked at and not touched."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import click

from crmbridge.cli.options import read_settings, settings_options
from crmbridge.errors import ConfigError
from crmbridge.findings import Finding, Severity, error

_SIGNS = {
    Severity.FINE: "✓",
    Severity.UNSEEN: "–",
    Severity.WARNING: "!",
    Severity.ERROR: "✗",
}
WARNINGS, ERRORS = 1, 2
"""Exit codes: the worst finding decides; 0 where there is neither."""


@click.command()
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--quiet", "-q", is_flag=True, help="Print only what something is to be done about.")
def doctor(
    config: Path | None, store: str | None, rules: Path | None, as_json: bool, quiet: bool
) -> None:
    """Look at settings, rule book, store and both CRMs, and name a remedy for what is wrong.

    Writes nothing. ✓ is fine, – could not be seen or is a person's to judge, ! works but should
    be looked at, ✗ does not work. Exit code 0, 1 with a !, 2 with a ✗.
    """
    counted = dict.fromkeys(Severity, 0)
    for finding in _findings(config, store, rules):
        counted[finding.severity] += 1
        if as_json:
            click.echo(json.dumps(asdict(finding)))
        elif not quiet or finding.severity in (Severity.WARNING, Severity.ERROR):
            _say(finding)
    if not as_json:
        click.echo(
            f"{_count(counted[Severity.ERROR], 'error')}, "
            f"{_count(counted[Severity.WARNING], 'warning')}, "
            f"{counted[Severity.FINE]} fine, {counted[Severity.UNSEEN]} to judge by yourself."
        )
    if counted[Severity.ERROR]:
        sys.exit(ERRORS)
    if counted[Severity.WARNING]:
        sys.exit(WARNINGS)


def _findings(config: Path | None, store: str | None, rules: Path | None) -> Iterable[Finding]:
    from crmbridge.app import make_clock
    from crmbridge.doctor import examine_bridge

    try:
        settings = read_settings(config, store=store, rules=rules)
        clock = make_clock(settings)
        clock.now()
    except ConfigError as wrong:
        return _only(error("settings", "crmbridge", str(wrong), "correct it and run this again"))
    return examine_bridge(settings, clock)


def _only(finding: Finding) -> Iterator[Finding]:
    yield finding


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _say(finding: Finding) -> None:
    click.echo(f"{_SIGNS[finding.severity]} {finding.about}: {finding.check}: {finding.says}")
    if finding.remedy:
        click.echo(f"    → {finding.remedy}")
