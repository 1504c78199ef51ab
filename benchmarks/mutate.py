"""Does changing a number or a branch of the lead standard make a case fail?

`numbers` moves every number of the default rule book up and down by one (tenths where it is a
share, five per cent where it is large) and plays all cases. `core` lets
mutmut change every function of crmbridge.core; the golden ledgers of all cases and the unit tests
of the core must notice. Both print one JSON object with the survivors.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from crmbridge.errors import RuleBookError
from crmbridge.rulebook import load
from crmbridge.rulebook.cases import run

ROOT = Path(__file__).parents[1]
FILES = ("scoring", "recycling", "sla", "feedback", "partners", "stages", "commitment")
NUMBER = re.compile(r"(?<![\w\-:./\"'])-?\d+(?:\.\d+)?(?![\w:/\"'\-])")
LARGE = 1000
CONFIG = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/crmbridge/core/{only}.py"]
pytest_add_cli_args_test_selection = ["tests/unit"]
also_copy = ["rules"]
[tool.pytest.ini_options]
pythonpath = ["tests/support"]
addopts = ["-p", "no:cacheprovider", "--import-mode=importlib"]
"""
NO_CACHES = shutil.ignore_patterns("__pycache__")
OUTCOMES = {0: "survived", 33: "no_tests", -24: "timed_out", None: "not_run"}
"""What mutmut notes; everything else is a failed test."""


def numbers() -> dict[str, object]:
    """Every number of the rule book, up and down."""
    survivors, count, refused = [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "rules"
        shutil.copytree(ROOT / "rules", book)
        for name in FILES:
            path = book / f"{name}.yaml"
            text = path.read_text(encoding="utf-8")
            for place, mutant in _moved(text):
                path.write_text(mutant, encoding="utf-8")
                count += 1
                try:
                    results = run(load(book), ROOT / "rules" / "cases")
                except RuleBookError:
                    refused += 1
                    continue
                if all(result.passed for result in results):
                    survivors.append(f"{name}.yaml {place}")
            path.write_text(text, encoding="utf-8")
    return {"mutants": count, "refused_when_loaded": refused, "survivors": survivors}


def _moved(text: str) -> Iterator[tuple[str, str]]:
    offset = 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        code = "" if line.lstrip().startswith("#") else line.split(" #")[0]
        for found in NUMBER.finditer(code):
            old = float(found.group())
            steps = (0.1, 1.0) if abs(old) < 1 else (1.0, -1.0)
            if abs(old) > LARGE:
                steps = (old * 0.05, -old * 0.05)
            for step in steps:
                new = round(old + step, 3)
                shown = str(int(new)) if new.is_integer() else repr(new)
                begin, end = offset + found.start(), offset + found.end()
                yield f"{number}: {found.group()} -> {shown}", text[:begin] + shown + text[end:]
        offset += len(line)


def core(only: str) -> dict[str, object]:
    """Every function of the core, or of the modules that match ``only``, by mutmut; killed by
    the golden ledgers of all cases or by the unit tests of the core."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("src", "rules", "tests/support", "tests/golden", "tests/unit/core"):
            shutil.copytree(
                ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        (folder / "tests/unit/rulebook").mkdir()
        for each in ("conftest.py", "test_case_ledgers.py"):
            shutil.copy(ROOT / "tests/unit/rulebook" / each, folder / "tests/unit/rulebook" / each)
        (folder / "pyproject.toml").write_text(CONFIG.format(only=only), encoding="utf-8")
        subprocess.run(
            [sys.executable, "-m", "mutmut", "run"],
            cwd=folder,
            env={**os.environ, "CRMBRIDGE_RULES_DIR": str(folder / "rules")},
            stdout=sys.stderr,
            check=True,
        )
        return _tally(folder / "mutants/src/crmbridge/core")


def _tally(mutated: Path) -> dict[str, object]:
    counts: Counter[str] = Counter()
    survivors = []
    for meta in sorted(mutated.glob("*.meta")):
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        functions = _functions(meta.with_suffix(""))
        for key, code in codes.items():
            outcome = OUTCOMES.get(code, "killed")
            counts[outcome] += 1
            if outcome in ("survived", "no_tests"):
                changed = _change(functions, key.rpartition(".")[2])
                survivors.append(f"{meta.stem}: {changed}")
    return {"mutants": sum(counts.values()), **counts, "survivors": survivors}


def _functions(path: Path) -> dict[str, list[str]]:
    """Name → the lines of every variant of every function."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    return {
        node.name: [line.strip() for line in lines[node.lineno : node.end_lineno]]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }


def _change(functions: dict[str, list[str]], name: str) -> str:
    before = functions.get(name.rpartition("__mutmut_")[0] + "__mutmut_orig", [])
    difference = list(difflib.ndiff(before, functions.get(name, [])))
    gone = " ".join(line[2:] for line in difference if line.startswith("- "))
    come = " ".join(line[2:] for line in difference if line.startswith("+ "))
    return f"{name}: {gone} => {come}"


def main() -> None:
    """Run one of the two and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("numbers", "core"))
    parser.add_argument("--only", default="*", help="modules of the core, such as sla*")
    given = parser.parse_args()
    found = numbers() if given.what == "numbers" else core(given.only)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
