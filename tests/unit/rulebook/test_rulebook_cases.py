"""Cases: the worked stories hold, a wrong one is caught, a misspelt one is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from crmbridge.core.decide import decide
from crmbridge.core.fields import STAGE_REASON
from crmbridge.core.model import ObjectType, Value
from crmbridge.core.rules import Rules
from crmbridge.errors import RuleBookError
from crmbridge.rulebook.cases import CaseResult, run
from crmbridge.rulebook.cases.running import world_of
from crmbridge.rulebook.cases.schema import CaseSection, StoryFile
from crmbridge.rulebook.cases.surface import PlainSurface
from crmbridge.rulebook.locating import packaged

NUMBERS = (
    1,
    3,
    4,
    6,
    8,
    10,
    11,
    12,
    13,
    15,
    16,
    18,
    20,
    21,
    22,
    23,
    24,
    27,
    30,
    31,
    33,
    35,
    37,
    39,
)
STORIES = [f"S{number:02}" for number in NUMBERS]

CASE = """
story: X1
shows: Someone who fits asks for a demo.
team:
  anna: {time_zone: America/New_York}
person: {title: VP Ops, industry: Logistics, employees: 800, country: US, owner: anna}
cases:
  - name: one
    happens:
      - {at: 2026-06-09T15:00:00Z, what: form, name: Demo request}
    polls:
      - at: 2026-06-09T15:05:00Z
        expect: {stage: MQL, fit: 40, due: 2026-06-09T16:05:00Z}
"""


def _play(rules: Rules, folder: Path, text: str) -> CaseResult:
    (folder / "X1.yaml").write_text(text, encoding="utf-8")
    (result,) = run(rules, folder)
    return result


@pytest.fixture(scope="module")
def results(default_rules: Rules) -> list[CaseResult]:
    return run(default_rules, packaged() / "cases")


def test_every_story_in_scope_has_its_cases(results: list[CaseResult]) -> None:
    told = {result.name.partition(":")[0] for result in results}
    assert [] == [story for story in STORIES if story not in told]
    # The stories are not everything: single sentences of the lead standard have cases, too.
    assert 60 <= len([result for result in results if not result.name.startswith("S")])


def test_the_default_rules_meet_every_story(results: list[CaseResult]) -> None:
    assert [] == [(result.name, result.differences) for result in results if not result.passed]


def _changed(rules: Rules, what: str) -> Rules:
    match what:
        case "threshold":
            return replace(rules, mql=replace(rules.mql, score=68))
        case "fast tier":
            slower = replace(rules.sla.fast_tier, duration=timedelta(minutes=61))
            return replace(rules, sla=replace(rules.sla, fast_tier=slower))
        case "idle":
            idle = timedelta(days=31)
            return replace(rules, recycling=replace(rules.recycling, idle_after=idle))
        case "blocks":
            return replace(rules, blocks=replace(rules.blocks, domains={}))
        case _:
            return replace(rules, sla=replace(rules.sla, automation_subjects=()))


@pytest.mark.parametrize(
    ("what", "story"),
    [
        ("threshold", "S01"),
        ("fast tier", "S11"),
        ("idle", "S24"),
        ("blocks", "S13"),
        ("subjects", "S10"),
    ],
)
def test_a_changed_rule_fails_the_story_about_it(
    default_rules: Rules, what: str, story: str
) -> None:
    results = run(_changed(default_rules, what), packaged() / "cases")

    assert story in {result.name.partition(":")[0] for result in results if not result.passed}


def test_a_difference_says_when_what_and_both_values(default_rules: Rules, tmp_path: Path) -> None:
    result = _play(default_rules, tmp_path, CASE.replace("fit: 40", "fit: 39, list: NL-BUDGET"))

    assert not result.passed
    assert (
        "2026-06-09T15:05:00Z fit: expected 39.0, got 40.0",
        "2026-06-09T15:05:00Z list: expected NL-BUDGET, got nothing",
    ) == result.differences


def test_what_is_not_expected_is_not_compared(default_rules: Rules, tmp_path: Path) -> None:
    start = CASE.index("        expect:")

    assert _play(default_rules, tmp_path, CASE[:start]).passed


def test_an_expected_null_is_compared(default_rules: Rules, tmp_path: Path) -> None:
    result = _play(default_rules, tmp_path, CASE.replace("fit: 40", "sla: null"))

    assert ("2026-06-09T15:05:00Z sla: expected nothing, got OPEN",) == result.differences


def test_a_write_that_would_be_repeated_is_told(
    default_rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = count()

    def restless(_: PlainSurface, object_type: ObjectType, field: str, value: Value) -> Value:
        return f"{value} {next(turn)}" if field == STAGE_REASON else value

    monkeypatch.setattr(PlainSurface, "project", restless)
    both = CASE.replace("person: {", "person: {known_to: [marketing, sales], ")

    result = _play(default_rules, tmp_path, both)

    assert "2026-06-09 15:05 would update marketing again: stage_reason" in result.differences


def test_a_write_to_a_converted_lead_is_told(default_rules: Rules) -> None:
    case = CaseSection.model_validate(
        {
            "name": "one",
            "person": {"known_to": ["marketing", "sales"]},
            "happens": [
                {
                    "at": "2026-06-09T15:00:00Z",
                    "what": "converted",
                    "by": "anna",
                    "contact": "003x",
                }
            ],
            "polls": [{"at": "2026-06-09T15:05:00Z"}],
        }
    )
    story = StoryFile.model_validate(
        {"story": "X1", "shows": "x", "team": {"anna": {}}, "person": {}, "cases": [case]}
    )
    world = world_of(default_rules, story, case)
    now = case.polls[0].at
    planned_for_the_lead = decide(world.view(now), default_rules, now)

    world.take(case.happens[0], 0, now)

    problems = world.accept(planned_for_the_lead, now)
    assert ["would write to sales:lead:00Q1, which cannot be written"] == problems


def test_a_touch_before_sales_knows_the_person_is_told(
    default_rules: Rules, tmp_path: Path
) -> None:
    early = "{at: 2026-06-09T14:00:00Z, what: touch, by: anna}\n      - {at: 2026-06-09T15:00"
    result = _play(default_rules, tmp_path, CASE.replace("{at: 2026-06-09T15:00", early, 1))

    assert ("2026-06-09 14:00 touch: sales does not know the person yet",) == result.differences


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("stage: MQL", "stgae: MQL", "(did you mean 'stage'?)"),
        ("stage: MQL", "stage: MLQ", "(did you mean 'MQL'?)"),
        ("what: form", "what: from", "(did you mean 'form'?)"),
        ("what: form, name", "what: touch, by: anna, name", "touch takes no name"),
        ("what: form, name: Demo request", "what: touch", "touch needs by"),
        ("what: form, name: Demo request", "what: touch, by: ann", "is not in the team"),
        ("T15:00:00Z", "T15:00:00", "must be an instant with its zone"),
        ("T15:00:00Z", "T16:00:00Z", "no poll sees the form of 2026-06-09 16:00"),
        ("fit: 40", "shown: {sales: {scroe: 1}}", "did you mean score?"),
        ("America/New_York", "America/New_Yorck", "is no IANA time zone"),
        ("employees: 800", "employees: '800'", "must be a whole number"),
        ("story: X1", "story: X1\nstory: X2", "'story' stands here twice"),
    ],
)
def test_a_mistake_in_a_case_is_named_with_its_line(
    default_rules: Rules, tmp_path: Path, old: str, new: str, expected: str
) -> None:
    with pytest.raises(RuleBookError) as caught:
        _play(default_rules, tmp_path, CASE.replace(old, new, 1))

    assert str(caught.value).startswith(f"{tmp_path / 'X1.yaml'}:")
    assert caught.value.line is not None
    assert expected in str(caught.value)


def test_a_missing_folder_of_cases_is_refused(default_rules: Rules, tmp_path: Path) -> None:
    with pytest.raises(RuleBookError, match="no such directory of cases"):
        run(default_rules, tmp_path / "none")


def test_a_file_that_is_no_case_is_refused(default_rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")

    with pytest.raises(RuleBookError, match=r"a case file ends in \.yaml"):
        run(default_rules, tmp_path)
