"""The files of a new bridge: settings that everybody may read, secrets that nobody else may."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from crmbridge.errors import ConfigError
from crmbridge.private_file import private_file

SETTINGS = "crmbridge.yaml"
ENVIRONMENT = "crmbridge.env"

_HEAD = """\
# Settings of crmbridge, written by `crmbridge init`; yours to change. Every name can also be
# set in the environment (CRMBRIDGE_INTERVAL, CRMBRIDGE_HUBSPOT__TOKEN) or as a file in the
# secrets directory ({secrets}/hubspot__token). The environment wins over files, files over this.
"""
_TOLD = {
    "name": "Tells this bridge from others, in logs, at /readyz and in metrics.",
    "store": "The bridge's memory. It belongs to one portal and one org.",
    "rules": "The lead standard of both departments: see `crmbridge rules check` and `rules sign`.",
    "mode": "shadow writes nothing, canary about those in `scope` alone, live about all.",
    "interval": "Seconds between cycles, at least 15.",
    "log_format": "`console` for people, `json` for machines.",
}


def write_settings(file: Path, data: Mapping[str, Any], secrets: Path) -> bool:
    """Write the settings, each with what it is for; whether that changed anything. What stood there
    is kept beside it as ``.before``."""
    parts = [_HEAD.format(secrets=secrets)]
    for name, value in data.items():
        told = f"# {_TOLD[name]}\n" if name in _TOLD else ""
        parts.append(told + yaml.safe_dump({name: value}, sort_keys=False, allow_unicode=True))
    text = "\n".join(parts)
    if file.is_file():
        if file.read_text(encoding="utf-8") == text:
            return False
        shutil.copy2(file, file.with_name(f"{file.name}.before"))
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"init: {file} cannot be written: {error.strerror}") from error
    return True


def write_secrets(folder: Path, found: Mapping[str, str]) -> None:
    """One file per secret, for the eyes of this user alone, in a folder that git passes over."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise ConfigError(f"init: {folder} cannot be made: {error.strerror}") from error
    for name, text in {".gitignore": "*\n", **{n: f"{v}\n" for n, v in found.items()}}.items():
        with private_file(folder / name, "init") as file:
            file.write(text)


def write_environment(file: Path, names: Mapping[str, str]) -> None:
    """A template of variables for a secrets manager to fill: variable → what it holds, without any
    value."""
    lines = [f"# {what}\n{name}=\n" for name, what in names.items()]
    with private_file(file, "init") as opened:
        opened.write("".join(lines))


def copy_rules(source: Path, target: Path) -> bool:
    """The rule book to begin with; one that is there stays. Whether it was copied."""
    if target.is_dir():
        return False
    shutil.copytree(source, target)
    return True
