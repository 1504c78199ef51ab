"""Which rule book is used: the named one, then the nearest one, then the default."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmbridge.errors import RuleBookError
from crmbridge.rulebook import find
from crmbridge.rulebook.locating import packaged


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CRMBRIDGE_RULES_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_explicit_directory_wins(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMBRIDGE_RULES_DIR", str(packaged()))

    assert book == find(book)


def test_the_environment_comes_before_the_working_directory(
    book: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = elsewhere / "other"
    other.mkdir()
    monkeypatch.setenv("CRMBRIDGE_RULES_DIR", str(other))

    assert other == find()


def test_the_working_directory_comes_before_the_default(book: Path) -> None:
    assert Path("rules") == find()


def test_a_rules_folder_of_something_else_is_not_taken(elsewhere: Path) -> None:
    (elsewhere / "rules").mkdir()

    assert packaged() == find()


def test_without_anything_the_default_is_taken() -> None:
    assert packaged() == find()
    assert (packaged() / "scoring.yaml").is_file()


def test_a_named_directory_that_is_missing_is_refused(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuleBookError, match="no such rule book directory"):
        find(elsewhere / "none")
    monkeypatch.setenv("CRMBRIDGE_RULES_DIR", str(elsewhere / "none"))
    with pytest.raises(RuleBookError, match="no such rule book directory"):
        find()
