"""``crmbridge journal``: what was decided and written, in order."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from crmbridge.cli.options import read_settings, settings_options

TAMPERED = 3
"""Exit code when the chain is broken."""


@click.command()
@settings_options
@click.option("--person", help="Only entries about this person (e-mail or id).")
@click.option("--after", type=int, default=0, help="Only entries with a higher number.")
@click.option("--limit", type=int, help="At most so many entries.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--verify", is_flag=True, help="Prove that no entry was changed or left out.")
def journal(
    config: Path | None,
    store: Path | None,
    rules: Path | None,
    person: str | None,
    after: int,
    limit: int | None,
    as_json: bool,
    verify: bool,
) -> None:
    """Print the journal, oldest first."""
    from crmbridge.reports.person_story import find_person
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.read() as tx:
        if verify:
            broken = tx.verify_journal()
            length = tx.journal_length()
            if broken is not None:
                click.echo(f"crmbridge: journal entry {broken} was tampered with", err=True)
                sys.exit(TAMPERED)
            click.echo(f"All {length} entries are as they were written.")
            return
        uid = find_person(tx, person) if person else None
        entries = tx.journal(uid, after=after, limit=limit)
    for entry in entries:
        if as_json:
            click.echo(
                json.dumps(
                    {
                        "seq": entry.seq,
                        "at": entry.at.isoformat(),
                        "kind": entry.kind.value,
                        "person": entry.uid,
                        "payload": dict(entry.payload),
                    }
                )
            )
        else:
            click.echo(
                f"{entry.seq:>6} {entry.at:%Y-%m-%d %H:%M:%S} {entry.kind:<8} "
                f"{entry.uid} {_digest(dict(entry.payload))}"
            )


def _digest(payload: dict[str, object]) -> str:
    """The most telling parts of a payload in one line."""
    if "from" in payload:
        return f"{payload['from']} -> {payload['to']}: {payload['why']}"
    if "operation" in payload and "outcome" in payload:
        fields = payload.get("changes")
        names = ", ".join(c["field"] for c in fields) if isinstance(fields, list) else ""
        where = payload.get("list") or payload.get("record") or ""
        return f"{payload['operation']} {where} {names} [{payload['outcome']}]"
    if "reasons" in payload:
        reasons = payload["reasons"]
        return str(reasons[0]) if isinstance(reasons, list) and reasons else ""
    return ", ".join(f"{key}={value}" for key, value in payload.items())
