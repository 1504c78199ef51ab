"""deploy/Dockerfile, which no test here can run: each thing about it that can be known without."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click import Group

from crmbridge.cli.main import cli

ROOT = Path(__file__).parents[3]
FILE = ROOT / "deploy" / "Dockerfile"
TEXT = FILE.read_text(encoding="utf-8")


def instructions(name: str) -> list[str]:
    """The arguments of every instruction of that name, continued lines joined."""
    joined = TEXT.replace("\\\n", " ")
    return re.findall(rf"^{name}\s+(.+)$", joined, re.MULTILINE)


def test_hadolint_has_nothing_to_say(hadolint: Callable[..., Any]) -> None:
    done = hadolint("--failure-threshold", "info", FILE)

    assert (0, "") == (done.returncode, done.stdout)


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ("python:3.13-slim-bookworm AS build", "python AS build"),
        ("USER 10001:10001", "USER root"),
        ("pip install --no-cache-dir uv==", "pip install uv #"),
    ],
)
def test_hadolint_finds_what_is_wrong(
    sound: str, broken: str, hadolint: Callable[..., Any], tmp_path: Path
) -> None:
    assert sound in TEXT
    (tmp_path / "Dockerfile").write_text(TEXT.replace(sound, broken))

    assert 0 != hadolint(tmp_path / "Dockerfile").returncode


def test_everything_that_is_copied_is_there_and_reaches_the_builder() -> None:
    ignored = FILE.with_name("Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        name.rstrip("/")
        for line in instructions("COPY")
        if not line.startswith("--from")
        for name in line.split()[:-1]
    }

    assert {"src", "connectors", "rules", "uv.lock"} <= copied
    assert copied == let_through
    assert [] == [name for name in copied if not (ROOT / name).exists()]


def test_it_runs_as_nobody_and_is_asked_whether_it_lives() -> None:
    assert ["10001:10001"] == instructions("USER")
    assert ["SIGTERM"] == instructions("STOPSIGNAL")
    (health,) = instructions("HEALTHCHECK")
    assert "/healthz" in health
    assert TEXT.rindex("USER ") < TEXT.index("ENTRYPOINT")


def test_its_command_is_one_of_ours() -> None:
    (words,) = instructions("CMD")
    command, option = re.findall(r'"([^"]+)"', words)

    assert isinstance(cli, Group)
    found = cli.get_command(None, command)  # type: ignore[arg-type]
    assert found is not None
    assert option in {name for each in found.params for name in each.opts}
