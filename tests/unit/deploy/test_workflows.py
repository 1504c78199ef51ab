"""The hosted workflows: their schema, and an audit of what a stranger could make of them.

actionlint is no part of this: what can be installed of it without a download from elsewhere is
older than the runners and permissions that these workflows name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".github"
WORKFLOWS = sorted((FOLDER / "workflows").glob("*.yml"))


def test_there_is_one_for_every_change_and_one_for_a_release() -> None:
    assert ["ci.yml", "release.yml"] == [path.name for path in WORKFLOWS]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_it_keeps_to_the_schema(
    path: Path, check_jsonschema: Callable[..., Any], tmp_path: Path
) -> None:
    schema = ("--builtin-schema", "vendor.github-workflows")
    broken = tmp_path / path.name
    broken.write_text(path.read_text(encoding="utf-8").replace("runs-on:", "run-on:"))

    assert 0 == check_jsonschema(*schema, path).returncode
    assert 0 != check_jsonschema(*schema, broken).returncode


def test_the_audit_finds_nothing(zizmor: Callable[..., Any]) -> None:
    done = zizmor("--offline", "--persona", "pedantic", "--no-progress", FOLDER)

    assert 0 == done.returncode, done.stdout


def test_the_audit_finds_what_is_wrong(zizmor: Callable[..., Any], tmp_path: Path) -> None:
    text = WORKFLOWS[0].read_text(encoding="utf-8")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(re.sub(r"checkout@\w+ # \S+", "checkout@main", text))

    assert 0 != zizmor("--offline", "--no-progress", tmp_path).returncode


def test_what_would_be_green_without_a_network_runs_where_there_is_one() -> None:
    audits = [path.name for path in WORKFLOWS if "pip-audit --strict" in path.read_text()]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert ["ci.yml", "release.yml"] == audits
    assert "pip-audit" not in makefile


def test_a_release_is_tried_before_it_is_published() -> None:
    text = (FOLDER / "workflows" / "release.yml").read_text(encoding="utf-8")
    steps = ["bash .ci/run", "pip-audit --strict", "cyclonedx", "uv build", "crmbridge demo"]
    steps += ["attest-build-provenance@", "uv publish"]
    places = [text.find(step) for step in steps]

    assert -1 not in places
    assert sorted(places) == places


def test_ours_is_the_only_dependabot_file_and_keeps_to_its_schema(
    check_jsonschema: Callable[..., Any],
) -> None:
    schema = ("--builtin-schema", "vendor.dependabot")

    assert 0 == check_jsonschema(*schema, FOLDER / "dependabot.yml").returncode
