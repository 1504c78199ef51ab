"""``crmbridge store``: the bridge's memory brought up to date, backed up, or moved."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import config_option, place_named, read_settings, settings_options
from crmbridge.errors import ConfigError

if TYPE_CHECKING:
    from crmbridge.store import Store
    from crmbridge.store.copying import Copied
    from crmbridge.store_place import StorePlace

BEHIND = 2
"""Exit code when a store is yet to be brought up to date."""


@click.group("store")
def store_() -> None:
    """Bring the store up to date, back it up, or move it."""


@store_.command()
@settings_options
@click.option("--check", is_flag=True, help="Only say whether there is anything to do.")
@click.pass_context
def migrate(
    ctx: click.Context, config: Path | None, store: str | None, rules: Path | None, check: bool
) -> None:
    """Bring the store to the tables of this release, or make an empty one.

    Every command does so when it opens the store; this one does nothing else. It is refused while
    a daemon runs. With --check exit code 2 says that there is something to do.
    """
    from crmbridge.store import Store, exists
    from crmbridge.store.database import SCHEMA

    place = read_settings(config, store=store, rules=rules).store
    before = _schema(place) if exists(place) else None
    if before == SCHEMA:
        click.echo(f"{place} has schema {SCHEMA}, the newest one known here.")
        return
    now = f"is of schema {before}" if before else "holds no store yet"
    if check:
        click.echo(f"{place} {now}; `crmbridge store migrate` brings it to {SCHEMA}.")
        ctx.exit(BEHIND)
    with Store.open(place):
        click.echo(f"{place} {now if before else 'was made'}: it has schema {SCHEMA} now.")


@store_.command()
@settings_options
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(config: Path | None, store: str | None, rules: Path | None, file: Path) -> None:
    """Copy the store into the new SQLite file FILE, while the daemon goes on, and prove it.

    A store on PostgreSQL comes into such a file, too. `crmbridge store copy FILE PLACE` restores.
    """
    from crmbridge.store.copying import backup_store

    with _open(read_settings(config, store=store, rules=rules).store) as opened:
        copied = backup_store(opened, file)
    _tell(copied, file)


@store_.command()
@config_option
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(config: Path | None, source: str, target: str) -> None:
    """Move the store FROM one place TO another that is empty: files or postgresql:// URLs.

    Every row is compared afterwards and the journal is verified; all of it arrives, or nothing.
    FROM stays as it is. It is refused while a daemon runs there.
    """
    from crmbridge.store.copying import move_store
    from crmbridge.store.patience import NoRival

    password = read_settings(config).store_password
    origin, goal = (
        place.with_password(password.get_secret_value()) if password else place
        for place in (place_named(source, "FROM"), place_named(target, "TO"))
    )
    if str(origin) == str(goal):
        raise ConfigError("FROM and TO are the same place")
    with _open(origin) as opened, ExitStack() as alone:
        if opened.has_leases():
            rival = NoRival("end it first, or what it writes from now on would be missing")
            alone.enter_context(opened.lease("store copy", rival))
        copied = move_store(opened, goal)
    _tell(copied, goal)
    click.echo(
        f"Every row was compared. Now let the setting `store` say {goal}, and start the daemon."
    )


def _open(place: StorePlace) -> Store:
    """The store as it is, of whatever release: whoever backs up wants to upgrade afterwards."""
    from crmbridge.store import Store, exists

    if not exists(place):
        raise ConfigError(f"store: there is no {place}")
    return Store.open(place, migrate=False)


def _schema(place: StorePlace) -> str | None:
    with _open(place) as opened:
        return opened.schema()


def _tell(copied: Copied, place: object) -> None:
    filled = sum(1 for count in copied.rows.values() if count)
    click.echo(
        f"{place} holds all of it: {sum(copied.rows.values())} rows in {filled} tables. "
        f"All {copied.journal} journal entries are as they were written; the last one has the hash "
        f"{copied.head}."
    )
