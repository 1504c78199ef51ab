"""Options that every command on a live bridge takes, and the settings they make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from crmbridge.core.model import Side
from crmbridge.errors import ConfigError
from crmbridge.settings import Settings, load_settings
from crmbridge.store_place import StorePlace

_Command = TypeVar("_Command", bound=Callable[..., Any])

config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file (default: CRMBRIDGE_CONFIG, ./crmbridge.yaml).",
)
store_option = click.option(
    "--store", help="The bridge's memory: a SQLite file, or postgresql://user@host/database."
)
rules_option = click.option(
    "--rules", type=click.Path(file_okay=False, path_type=Path), help="Rule book directory."
)

operator_option = click.option(
    "--as", "operator", help="Who answers for it (default: the name of your login)."
)
"""Whose name stands in the journal."""

native_sync_option = click.option(
    "--native-sync",
    is_flag=False,
    flag_value="beside",
    type=click.Choice(["beside", "as-installed"]),
    help="Run a model of HubSpot's own Salesforce sync between the CRMs: set up to live beside "
    "crmbridge, or with its fields as it is installed.",
)
"""A simulated world's other sync; a table of ``sandbox.native_sync.MAPPINGS``."""


def settings_options(command: _Command) -> _Command:
    """Add ``--config``, ``--store`` and ``--rules``."""
    for option in (rules_option, store_option, config_option):
        command = option(command)
    return command


def read_settings(config: Path | None, **overrides: object) -> Settings:
    """The settings with what the command line says on top; raises ``ConfigError``."""
    given = {name: value for name, value in overrides.items() if value is not None}
    if isinstance(named := given.get("store"), str):
        given["store"] = place_named(named, "--store")
    return load_settings(config, given)


def place_named(where: str, option: str) -> StorePlace:
    """The store that somebody names on the command line; raises ``ConfigError``."""
    try:
        place = StorePlace.of(where)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from error
    if place.secrets:
        raise ConfigError(
            f"{option}: everybody on this machine can read a password on a command line: give it "
            "as the setting `store_password`, in the secrets directory or the environment"
        )
    return place


def system_named(system: str, option: str) -> Side:
    """Which side this system is; raises ``ConfigError`` for one that nobody knows."""
    from crmbridge.plugins import discover

    known = discover()
    if system not in known:
        raise ConfigError(f"{option}: there is no {system!r}, only {', '.join(sorted(known))}")
    return known[system].side
