"""The house: what every file of the repository keeps to."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
LONGEST = 400


def python_files() -> list[Path]:
    return [
        path
        for folder in ("src", "connectors", "tests", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}

    assert lengths
    assert [] == [str(path) for path, length in lengths.items() if length > LONGEST]


def test_no_room_is_called_utils() -> None:
    names = {
        part for path in python_files() for part in path.relative_to(ROOT).with_suffix("").parts
    }

    assert set() == names & {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


def test_the_lock_names_only_the_public_index() -> None:
    urls = re.findall(r"https?://[^/\"]+", (ROOT / "uv.lock").read_text(encoding="utf-8"))

    assert {"https://pypi.org", "https://files.pythonhosted.org"} == set(urls)


def test_every_campaign_lies_where_make_looks_for_it() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = re.search(r"^CAMPAIGNS := ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert listed is not None
    folders = tuple(listed[1].replace("\\\n", " ").split())
    marked = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if re.search(r"mark\.campaign\b", path.read_text(encoding="utf-8"))
    ]

    assert marked
    assert [] == [name for name in marked if not name.startswith(folders)]


def test_every_file_that_a_page_names_is_there() -> None:
    """Pages point at tests and rules as proof of what they say."""
    named = {
        (page.relative_to(ROOT).as_posix(), name)
        for page in (ROOT / "docs").rglob("*.md")
        for name in re.findall(
            r"`((?:tests|rules|docs|benchmarks|src|connectors)/[\w./-]+)`",
            page.read_text(encoding="utf-8"),
        )
    }
    assert named
    assert [] == sorted((page, name) for page, name in named if not (ROOT / name).exists())
