"""``crmbridge journal``: what was decided and written, in order."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.instants import instant
from crmbridge.cli.journal_lines import WRITERS
from crmbridge.cli.options import read_settings, settings_options
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.private_file import private_file

if TYPE_CHECKING:
    from crmbridge.store import Store, Transaction

TAMPERED = 3
"""Exit code when the chain is broken."""

_PORTION = 1000
"""Entries read at once: a journal of years need not fit into memory."""

_LOOK_EVERY = 1.0
"""Seconds between two looks with ``--follow``."""

_KINDS = click.Choice([kind.value for kind in JournalKind])


@click.command()
@settings_options
@click.option("--person", help="Only entries about this person (e-mail, id or CRM record).")
@click.option("--kind", "kinds", type=_KINDS, multiple=True, help="Only of this kind; repeatable.")
@click.option("--since", type=instant, help="Only entries from this day or instant on (UTC).")
@click.option("--until", type=instant, help="Only entries before this day or instant (UTC).")
@click.option("--by", help="Only what this operator answers for.")
@click.option("--after", type=int, default=0, help="Only entries with a higher number.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many entries.")
@click.option("--follow", is_flag=True, help="Go on with what is written from now on.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(WRITERS)),
    default="text",
    show_default=True,
    help="Lines to read, JSON objects, or rows for a spreadsheet.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--verify", is_flag=True, help="Prove that no entry was changed or left out.")
@click.option("--size", is_flag=True, help="Tell how large journal and store are.")
def journal(
    config: Path | None,
    store: str | None,
    rules: Path | None,
    person: str | None,
    kinds: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    by: str | None,
    after: int,
    limit: int | None,
    follow: bool,
    form: str,
    as_json: bool,
    out: Path | None,
    verify: bool,
    size: bool,
) -> None:
    """Print the journal, oldest first."""
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened:
        if verify:
            _verify(opened)
            return
        if size:
            _tell_size(opened)
            return
        with opened.read() as tx:
            uid = _person(tx, person) if person else None

        def read(last: int, most: int) -> list[JournalEntry]:
            with opened.read() as tx:
                return tx.journal(
                    uid,
                    kinds=[JournalKind(kind) for kind in kinds],
                    since=since,
                    until=until,
                    by=by,
                    after=last,
                    limit=most,
                )

        heading, line = WRITERS["json" if as_json else form]
        with nullcontext(sys.stdout) if out is None else private_file(out) as target:
            if heading:
                click.echo(heading, file=target)
            for entry in _entries(read, after, limit, follow=follow):
                click.echo(line(entry), file=target)


def _person(tx: Transaction, who: str) -> str:
    """The person meant; one who was erased is still found by crmbridge's own id."""
    from crmbridge.reports.person_story import find_person

    return who if tx.erased_people([who]) else find_person(tx, who)


def _entries(
    read: Callable[[int, int], list[JournalEntry]], after: int, limit: int | None, *, follow: bool
) -> Iterator[JournalEntry]:
    left = limit
    while left is None or left > 0:
        found = read(after, _PORTION if left is None else min(left, _PORTION))
        yield from found
        if found:
            after = found[-1].seq
            left = None if left is None else left - len(found)
        elif follow:
            time.sleep(_LOOK_EVERY)
        else:
            return


def _verify(opened: Store) -> None:
    with opened.read() as tx:
        broken, length = tx.verify_journal(), tx.journal_length()
        anchor, head = tx.journal_anchor(), tx.journal_head()
    if broken is not None:
        click.echo(f"crmbridge: journal entry {broken} was tampered with", err=True)
        sys.exit(TAMPERED)
    if anchor is None:
        click.echo(f"All {length} entries are as they were written.")
    else:
        click.echo(
            f"Entries {anchor.seq + 1} to {length} are as they were written. Those before were let "
            f"go for their age; the chain hangs on entry {anchor.seq} of {anchor.at:%Y-%m-%d}, "
            f"hash {anchor.hash}."
        )
    if length:
        click.echo(f"The last one has the hash {head}: note it down to prove later that it is.")


def _tell_size(opened: Store) -> None:
    with opened.read() as tx:
        rows, anchor, length = tx.row_counts(), tx.journal_anchor(), tx.journal_length()
    of_store = opened.size()
    first = anchor.seq + 1 if anchor else 1
    click.echo(f"The journal holds {rows['journal']} entries, {first} to {length}.")
    for name, count in sorted(rows.items(), key=lambda item: (-item[1], item[0])):
        if count:
            click.echo(f"{count:>12}  {name}")
    free = ""
    if of_store.free is not None:
        free = f", of which {of_store.free / 1_000_000:.1f} MB are free for what comes next"
    click.echo(f"The store takes {of_store.size / 1_000_000:.1f} MB{free}.")
