"""Two hundred ways to damage a rule book: each is one line that names file and line."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from crmbridge.errors import RuleBookError
from crmbridge.rulebook import load
from crmbridge.rulebook.locating import packaged
from crmbridge.rulebook.source import read

NAMES = sorted(path.name for path in packaged().glob("*.yaml"))
LINE = re.compile(r"^.*[/\\](?P<file>[a-z]+\.yaml):(?P<line>\d+): .+$")
Place = tuple[Any, ...]


def _places(data: Any, place: Place = ()) -> Iterator[Place]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*place, key)
            yield from _places(value, (*place, key))
    elif isinstance(data, list) and any(isinstance(item, dict) for item in data):
        for index, item in enumerate(data):
            yield from _places(item, (*place, index))


def _holder(data: Any, place: Place) -> Any:
    for part in place[:-1]:
        data = data[part]
    return data


def _damages() -> Iterator[tuple[str, str, Place]]:
    """Every key misspelt, dropped, or of another type, one by one."""
    for name in NAMES:
        data = read(packaged() / name).data
        for place in _places(data):
            if isinstance(place[-1], int):
                continue
            yield name, "a list instead", place
            if len(place) == 1:
                yield name, "misspelt", place
                yield name, "missing", place


# Every second or third of them, the same ones each time: reading a book takes a tenth of a second.
EVERY = list(_damages())
ALL = random.Random(7).sample(EVERY, 220)
OPTIONAL = {
    ("scoring.yaml", "blocked_domains"),
    ("scoring.yaml", "blocked_when"),
    ("stages.yaml", "lead_status"),
    ("stages.yaml", "sales_status"),
    ("stages.yaml", "excluded_deal_types"),
    ("sla.yaml", "automation_users"),
    ("sla.yaml", "automation_subjects"),
    ("sla.yaml", "days_off"),
    ("sla.yaml", "pause_reasons"),
    ("recycling.yaml", "wake_up_owner"),
    ("feedback.yaml", "fillers"),
    ("partners.yaml", "manager"),
    ("normalising.yaml", "rates"),
    ("handoff.yaml", "rule_id"),
    ("handoff.yaml", "queue"),
    ("handoff.yaml", "owner_map"),
    ("standard.yaml", "approvals"),
}
"""Keys whose absence says something: nothing of the kind."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = tmp_path_factory.mktemp("damaged") / "rules"
    shutil.copytree(packaged(), book, ignore=shutil.ignore_patterns("cases", "schema"))
    return book


def test_there_are_two_hundred_damages_and_more() -> None:
    assert 200 <= len(ALL) <= len(EVERY)
    assert set(NAMES) == {name for name, _, _ in ALL}


@pytest.mark.parametrize("name", NAMES)
def test_every_damage_is_one_line_with_its_place(name: str, folder: Path) -> None:
    intact = (folder / name).read_text(encoding="utf-8")
    strange = []
    for _, kind, place in [damage for damage in ALL if damage[0] == name]:
        if kind == "missing" and (name, place[-1]) in OPTIONAL:
            continue
        data = read(packaged() / name).data
        holder = _holder(data, place)
        if kind == "missing":
            del holder[place[-1]]
        elif kind == "misspelt":
            holder[f"{place[-1]}x"] = holder.pop(place[-1])
        else:
            holder[place[-1]] = [["damaged"]]
        (folder / name).write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
        try:
            load(folder)
        except RuleBookError as error:
            found = LINE.match(str(error))
            if found is None or found["file"] != name:
                strange.append((kind, place, str(error)))
        else:
            strange.append((kind, place, "was taken"))
    (folder / name).write_text(intact, encoding="utf-8")
    assert [] == strange
