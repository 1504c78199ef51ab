"""A private copy of the default rule book for every test that changes one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crmbridge.core.rules import Rules
from crmbridge.rulebook import load
from crmbridge.rulebook.locating import packaged

Change = Callable[[str, str, str], None]


@pytest.fixture(scope="session")
def default_rules() -> Rules:
    return load(packaged())


@pytest.fixture
def book(tmp_path: Path) -> Path:
    directory = tmp_path / "rules"
    shutil.copytree(packaged(), directory)
    return directory


@pytest.fixture
def change(book: Path) -> Change:
    """Replace the first ``old`` in a file of the copy; fails where there is none."""

    def apply(name: str, old: str, new: str) -> None:
        text = (book / name).read_text(encoding="utf-8")
        assert old in text
        (book / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return apply
