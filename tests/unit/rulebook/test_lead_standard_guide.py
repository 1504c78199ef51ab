"""docs/lead-standard.md, from the first change to the second signature, as it is written."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crmbridge.rulebook.locating import packaged

DOCS = Path(__file__).parents[3] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> Iterator[tuple[str, str]]:
    text = (DOCS / "lead-standard.md").read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        yield found[1], found[2]


def change(folder: Path, block: str) -> None:
    first, *lines = block.splitlines()
    path = folder / first.removeprefix("# ")
    old = "".join(f"{line[1:]}\n" for line in lines if line.startswith("-"))
    new = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
    text = path.read_text(encoding="utf-8")
    assert 1 == text.count(old), (first, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def command_of(line: str) -> list[str]:
    words = shlex.split(line.removeprefix("$ "))
    assert "crmbridge" == words[0]
    return [sys.executable, "-m", "crmbridge", *words[1:]]


def say(folder: Path, block: str) -> Iterator[tuple[str, str]]:
    """(expected, said) for every command of a console block; … stands for anything."""
    for part in re.split(r"^(?=\$ )", block, flags=re.MULTILINE):
        if not part:
            continue
        line, _, expected = part.partition("\n")
        ran = subprocess.run(
            command_of(line), cwd=folder, capture_output=True, text=True, check=False
        )
        yield expected, ran.stdout + ran.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(packaged(), tmp_path / "rules")
    shutil.copytree(packaged(), tmp_path / "my-rules", ignore=shutil.ignore_patterns("cases"))
    (tmp_path / "my-rules" / "cases").mkdir()
    return tmp_path


def test_the_guide_is_true_from_start_to_signature(folder: Path) -> None:
    seen = set()
    for kind, block in blocks():
        seen.add(kind)
        if kind == "diff":
            change(folder, block)
        elif kind == "json":
            (folder / "people.ndjson").write_text(block, encoding="utf-8")
        elif kind == "yaml":
            name = block.partition("\n")[0].removeprefix("# ")
            (folder / name).write_text(block, encoding="utf-8")
        else:
            for expected, said in say(folder, block):
                if "…" in expected:
                    begin = expected.partition("…")[0]
                    assert begin == said[: len(begin)]
                else:
                    assert expected.rstrip("\n") == said.rstrip("\n")
    assert {"diff", "console", "json", "yaml"} == seen


def test_every_sentence_of_the_table_has_its_case() -> None:
    told: dict[str, set[str]] = {}
    for path in (packaged() / "cases").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        names = re.findall(r"^  - name: (.*)$", text, re.MULTILINE)
        told[path.stem] = {name.strip('"') for name in names}
    table = (DOCS / "lead-standard-cases.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| `(.+?)`: (.+?) \|$", table, re.MULTILINE)
    unknown = [(file, case) for _, file, case in rows if case not in told.get(file, set())]
    assert [] == unknown
    assert 90 <= len(rows)
