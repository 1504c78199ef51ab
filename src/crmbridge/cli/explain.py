"""``crmbridge explain``: why a person is where they are."""

from __future__ import annotations

import json
from pathlib import Path

import click

from crmbridge.cli.options import read_settings, settings_options


@click.command()
@click.argument("person")
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(
    person: str, config: Path | None, store: str | None, rules: Path | None, as_json: bool
) -> None:
    """Tell the story of PERSON: an e-mail address, a crmbridge id or a CRM record id."""
    from crmbridge.reports.person_story import find_person, tell
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.read() as tx:
        story = tell(tx, find_person(tx, person))
    if as_json:
        from crmbridge.cli.story_json import story_as_json

        click.echo(json.dumps(story_as_json(story), indent=2))
    else:
        from rich.console import Console

        from crmbridge.cli.story_text import story_as_text

        Console(soft_wrap=True, highlight=False).print(story_as_text(story), markup=False)
