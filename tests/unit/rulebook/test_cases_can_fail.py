"""Every case is able to fail: with one expectation turned, each says what came out otherwise."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ledger import case_files

from crmbridge.core.rules import Rules
from crmbridge.rulebook.cases import run

WRONG_TEXTS = {
    "stage": ("LEAD", "CUSTOMER"),
    "sla": ("OPEN", "CANCELLED"),
    "tier": ("T0", "T1"),
    "block": ("COMPETITOR", "SPAM"),
}


INSTANT = re.compile(r"\d{4}-\d\d-\d\dT")
TEXTS = ("list", "reason", "mql_reason", "track", "grade", "cause", "calendar")


class Loader(yaml.SafeLoader):
    """Dates stay text, as the rule book reads them."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith("timestamp")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def turned(key: str, value: Any) -> Any:
    """A value of the same kind that is not the one expected."""
    if key in WRONG_TEXTS:
        first, second = WRONG_TEXTS[key]
        return second if value == first else first
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, list):
        return [] if value else ["never_seen"]
    if isinstance(value, dict):
        name, inner = next(iter(value.items()))
        return {**value, name: turned(name, inner)}
    if isinstance(value, str) and INSTANT.match(value):
        return "2001-01-01T00:00:00Z"
    return "NEVER_SEEN" if key in TEXTS else None


def turn_one(case: dict[str, Any]) -> bool:
    """Turn the first expectation that can be turned by itself."""
    for poll in case["polls"]:
        for key, value in (poll.get("expect") or {}).items():
            wrong = turned(key, value)
            if wrong is not None:
                poll["expect"][key] = wrong
                return True
    return False


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_with_one_expectation_turned_every_case_fails(
    path: Path, default_rules: Rules, tmp_path: Path
) -> None:
    story = yaml.load(path.read_text(encoding="utf-8"), Loader)  # a SafeLoader
    able = [case["name"] for case in story["cases"] if turn_one(case)]
    (tmp_path / path.name).write_text(yaml.safe_dump(story, allow_unicode=True), encoding="utf-8")

    results = run(default_rules, tmp_path)
    failed = {result.name.partition(": ")[2] for result in results if not result.passed}

    assert [case["name"] for case in story["cases"]] == able
    assert [] == sorted(set(able) - failed)
