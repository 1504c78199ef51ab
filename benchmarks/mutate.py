"""Does changing a number or a branch of the lead standard make a case fail?

`numbers` moves every number of the default rule book up and down by one (tenths where it is a
share, five per cent where it is large) and plays all cases. `core` changes single places in
crmbridge.core, drawn from a seed: comparisons, and/or, not, whole numbers; it plays all cases
and, for what survives them, the unit and property tests of the core. Both print one JSON object
with the survivors.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from crmbridge.errors import RuleBookError
from crmbridge.rulebook import load
from crmbridge.rulebook.cases import run

ROOT = Path(__file__).parents[1]
FILES = ("scoring", "recycling", "sla", "feedback", "partners", "stages", "commitment")
NUMBER = re.compile(r"(?<![\w\-:./\"'])-?\d+(?:\.\d+)?(?![\w:/\"'\-])")
LARGE = 1000
OPERATORS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


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


class _Mutation(ast.NodeTransformer):
    """Changes the n-th place that can be changed; ``n`` negative only counts."""

    def __init__(self, n: int) -> None:
        self.n, self.seen, self.what = n, 0, ""

    def _hit(self, node: ast.expr, what: str) -> bool:
        self.seen += 1
        if self.seen - 1 != self.n:
            return False
        self.what = f"line {node.lineno}: {what}"
        return True

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        for place, operator in enumerate(node.ops):
            other = OPERATORS[type(operator)]
            if self._hit(node, f"{type(operator).__name__} -> {other.__name__}"):
                node.ops[place] = other()
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        if self._hit(node, f"{type(node.op).__name__} turned"):
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        return node.operand if isinstance(node.op, ast.Not) and self._hit(node, "no not") else node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if type(node.value) is int and self._hit(node, f"{node.value} -> {node.value + 1}"):
            return ast.copy_location(ast.Constant(node.value + 1), node)
        return node


def core(samples: int, seed: int) -> dict[str, object]:
    """Places of the core, drawn from a seed."""
    dice = random.Random(seed)
    places = []
    for path in sorted((ROOT / "src/crmbridge/core").glob("*.py")):
        counter = _Mutation(-1)
        counter.visit(ast.parse(path.read_text(encoding="utf-8")))
        places += [(path, n) for n in range(counter.seen)]
    chosen = dice.sample(places, min(samples, len(places)))
    by_cases, by_tests, survivors = 0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "src"
        shutil.copytree(ROOT / "src", source)
        environment = {**os.environ, "PYTHONPATH": str(source), "CRMBRIDGE_EXAMPLES": "60"}
        for path, n in chosen:
            copy = source / "crmbridge/core" / path.name
            tree = ast.parse(path.read_text(encoding="utf-8"))
            mutation = _Mutation(n)
            copy.write_text(ast.unparse(mutation.visit(tree)), encoding="utf-8")
            if _fails(["-m", "crmbridge", "rules", "test", "--rules", "rules"], environment):
                by_cases += 1
            elif _fails(
                ["-m", "pytest", "tests/unit/core", "tests/property", "-x", "-q", "--no-cov"],
                environment,
            ):
                by_tests += 1
            else:
                survivors.append(f"{path.name} {mutation.what}")
            shutil.copy(path, copy)
    return {
        "places": len(places),
        "sampled": len(chosen),
        "seed": seed,
        "killed_by_cases": by_cases,
        "killed_by_unit_or_property_tests": by_tests,
        "survivors": survivors,
    }


def _fails(command: list[str], environment: dict[str, str]) -> bool:
    try:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            timeout=300,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def main() -> None:
    """Run one of the two and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("numbers", "core"))
    parser.add_argument("--samples", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = numbers() if given.what == "numbers" else core(given.samples, given.seed)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
