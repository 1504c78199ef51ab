"""What docs/rule-book.md shows is true."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from crmbridge.app import connect
from crmbridge.core.model import ObjectType
from crmbridge.core.rules import Rules
from crmbridge.errors import RuleBookError
from crmbridge.rulebook import load
from crmbridge.rulebook.cases import run
from crmbridge.rulebook.cases.schema import TAKES
from crmbridge.rulebook.catalogue import FIELDS
from crmbridge.rulebook.conditions import compile_condition
from crmbridge.rulebook.schema import ConditionSection, Operator, RuleBook
from crmbridge.settings import load_settings
from crmbridge_hubspot import layout as hubspot_layout
from crmbridge_salesforce import layout

GUIDE = Path(__file__).parents[3] / "docs" / "rule-book.md"
Change = Callable[[str, str, str], None]


def _block(language: str, begins: str = "") -> str:
    text = GUIDE.read_text(encoding="utf-8")
    found = re.search(rf"```{language}\n({begins}.*?)```", text, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_case_of_the_guide_passes(default_rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "early-demo.yaml").write_text(_block("yaml", "story"), encoding="utf-8")

    (result,) = run(default_rules, tmp_path)

    assert () == result.differences


def _check(folder: Path) -> str:
    command = [sys.executable, "-c", _block("python")]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_check_of_the_guide_prints_only_differences(book: Path, change: Change) -> None:
    assert "" == _check(book.parent)

    change("scoring.yaml", "  score: 60", "  score: 68")

    assert "S01-happy-path.yaml: S01: " in _check(book.parent)


def test_the_error_of_the_guide_is_the_real_one(
    book: Path, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(book.parent)
    change("scoring.yaml", "12, half_life_days", "12, half_live_days")

    with pytest.raises(RuleBookError) as caught:
        load(Path("rules"))

    assert _block("text").strip() == str(caught.value)


def test_the_fields_of_the_guide_are_taken_by_both_connectors(book: Path, change: Change) -> None:
    change("stages.yaml", "org_fields: {}", _block("yaml", "org_fields"))
    settings: dict[str, dict[str, str]] = {
        "hubspot": {"token": "x", "base_url": "https://api.hubapi.com"},
        "salesforce": {
            "base_url": "https://acme.my.salesforce.com",
            "client_id": "x",
            "client_secret": "x",
        },
    }

    made = connect(load_settings(None, settings), load(book))

    assert {"hubspot", "salesforce"} == {connector.name for connector in made.values()}


def test_the_guide_lists_every_field_that_can_be_named() -> None:
    rows = GUIDE.read_text(encoding="utf-8").partition("what can be named")[2].splitlines()[2:5]
    named = [set(re.findall(r"`(\w+)`", row.split("|")[2])) for row in rows]

    assert set(layout.MAPPABLE[ObjectType.CONTACT]) == named[0]
    assert set(layout.MAPPABLE[ObjectType.DEAL]) == named[1]
    assert set(hubspot_layout.MAPPABLE) == named[2]


def test_the_guide_names_every_file_and_every_happening() -> None:
    text = GUIDE.read_text(encoding="utf-8")

    assert [] == [name for name in RuleBook.model_fields if f"| `{name}.yaml` |" not in text]
    assert [] == [what for what in TAKES if f"`{what}`" not in text]


def test_the_guide_names_every_field_and_operator_of_conditions() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")]

    assert [] == [name for name in FIELDS if not any(f"`{name}`" in row for row in rows)]
    assert [] == [op for op in Operator if f"`{op}`" not in text]


def test_the_condition_of_the_guide_holds_for_whom_it_should() -> None:
    condition = ConditionSection.model_validate(yaml.safe_load(_block("yaml-condition")))
    holds = compile_condition(condition, ("guide",))

    assert holds({"country": "de", "title": "Head of IT", "employees": 500})
    assert not holds({"country": "de", "title": "Assistant to the CEO", "employees": 500})
    assert not holds({"country": "de", "title": "Head of IT", "revenue": 50_000_000})
