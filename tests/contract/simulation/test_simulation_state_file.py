"""A simulator's state file: what lasts, what is refused, and a dictionary that lies in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from crmbridge.errors import ConfigError
from crmbridge.simulation import Note, StateFile, StoredMapping

_SCHEMA = "CREATE TABLE IF NOT EXISTS things(name TEXT);"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


@pytest.fixture
def file(path: Path) -> Iterator[StateFile]:
    made = StateFile(path, _SCHEMA)
    yield made
    made.close()


def _copied(path: Path, to: Path) -> StateFile:
    """The files as they lie there now, opened as the next process would after a crash."""
    for each in path.parent.glob(f"{path.name}*"):
        (to / each.name).write_bytes(each.read_bytes())
    return StateFile(to / path.name, _SCHEMA)


def test_a_crash_loses_what_was_not_committed_and_nothing_else(
    file: StateFile, path: Path, tmp_path: Path
) -> None:
    file.execute("INSERT INTO things VALUES ('committed')")
    file.commit()
    file.execute("INSERT INTO things VALUES ('not yet')")

    (tmp_path / "after").mkdir()
    found = _copied(path, tmp_path / "after")

    assert [("committed",)] == found.execute("SELECT name FROM things").fetchall()
    assert (True, False) == (file.new, found.new)
    found.close()


def test_a_file_that_died_before_its_first_commit_is_new(
    file: StateFile, path: Path, tmp_path: Path
) -> None:
    file.execute("INSERT INTO things VALUES ('half of a first filling')")

    (tmp_path / "after").mkdir()
    found = _copied(path, tmp_path / "after")

    assert found.new
    assert [] == found.execute("SELECT name FROM things").fetchall()
    found.close()


def test_a_note_is_restored_as_it_was_at_the_last_commit(file: StateFile, path: Path) -> None:
    kept = {"turn": 1}

    def note(owner: dict[str, int]) -> Note:
        return Note(
            name="turns",
            adapter=TypeAdapter(dict[str, int]),
            take=lambda: dict(owner),
            restore=owner.update,
        )

    file.keep(note(kept))
    kept["turn"] = 2
    file.close()
    again: dict[str, int] = {}
    reopened = StateFile(path, _SCHEMA)
    reopened.keep(note(again))
    reopened.close()

    assert {"turn": 2} == again


def test_a_mapping_in_a_file_is_a_dictionary_ordered_by_key(file: StateFile) -> None:
    ages: StoredMapping[int, list[int]] = StoredMapping(file, "ages", TypeAdapter(list[int]))
    others: StoredMapping[int, list[int]] = StoredMapping(file, "x", TypeAdapter(list[int]))
    for key in range(2500, 0, -1):
        ages[key] = [key]
    ages[7] = [70]
    del ages[8]

    assert [*range(1, 8), *range(9, 2501)] == list(ages)
    assert (2499, 0) == (len(ages), len(others))
    assert ([70], None, None) == (ages.pop(7), ages.pop(7, None), ages.get(8))
    assert [1] == ages.setdefault(1, [0])
    with pytest.raises(KeyError):
        del ages[8]


def test_a_file_in_use_is_refused_in_one_line(file: StateFile, path: Path) -> None:
    with pytest.raises(ConfigError, match=r"state\.sqlite is in use"):
        StateFile(path, _SCHEMA)


def test_what_is_no_state_file_is_refused_and_left_as_it_is(path: Path) -> None:
    path.write_bytes(b"somebody's letter, which is not a database at all " * 20)
    before = path.read_bytes()

    with pytest.raises(ConfigError, match="cannot be used"):
        StateFile(path, _SCHEMA)

    assert before == path.read_bytes()


def test_another_applications_database_is_refused_and_left_as_it_is(path: Path) -> None:
    theirs = sqlite3.connect(path)
    theirs.execute("CREATE TABLE theirs(x)")
    theirs.close()
    before = path.read_bytes()

    with pytest.raises(ConfigError, match="not made by this version"):
        StateFile(path, _SCHEMA)

    assert before == path.read_bytes()


def test_a_folder_that_is_missing_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        StateFile(tmp_path / "nowhere" / "state.sqlite", _SCHEMA)
