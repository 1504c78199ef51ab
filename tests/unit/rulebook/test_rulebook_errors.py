"""Everything wrong with a rule book is one line that names the place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crmbridge.errors import RuleBookError
from crmbridge.rulebook import load

Change = Callable[[str, str, str], None]


def _refusal(book: Path) -> str:
    with pytest.raises(RuleBookError) as caught:
        load(book)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(f"{book}/", "")


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("scoring.yaml", "half_life_days: 30", "half_live_days: 30", "'half_life_days'?"),
        ("scoring.yaml", "  cap: 40", "  capp: 40", "fit.capp: no such key (did you mean 'cap'?)"),
        ("scoring.yaml", "  cap: 40", "  # none", "fit.cap: this key is missing"),
        ("scoring.yaml", "points: 12, half", "points: '12', half", "must be a number, not '12'"),
        ("scoring.yaml", "points: 12, half", "points: true, half", "must be a number, not 'true'"),
        ("scoring.yaml", "  cap: 40", "  cap: 140", "must be at most 100"),
        ("scoring.yaml", "  cap: 40", "  cap: .inf", "must be a number"),
        ("scoring.yaml", "daily_limit: 3", "daily_limit: 2.5", "whole"),
        ("scoring.yaml", "{evidence: form,", "{evidence: from,", "(did you mean 'form'?)"),
        ("scoring.yaml", "signal: demo}", "signal: dmeo}", "no signal is called 'dmeo' (did"),
        ("scoring.yaml", "    software: 12", "    sofware: 12", "(did you mean 'software'?)"),
        ("scoring.yaml", "{US: 6,", "{USS: 6,", "(did you mean 'US'?)"),
        ("scoring.yaml", "least: 200,", "least: 150,", "not overlap"),
        ("scoring.yaml", "{A: 32, B: 24", "{A: 24, B: 24", "grades"),
        ("scoring.yaml", "big_deal_grade: A", "big_deal_grade: E", "no grade is called 'E'"),
        (
            "normalising.yaml",
            "    - Trucking\n",
            "    - SaaS\n",
            "under logistics and under software",
        ),
        ("stages.yaml", "  LEAD: [Re-opened]", "  MQL: [Hot]", "no status can make a person MQL"),
        ("stages.yaml", "LEAD: [Re-opened]", "LEAD: [Working]", "under ACTIVATION and under LEAD"),
        (
            "stages.yaml",
            "  CUSTOMER: customer",
            "  COSTUMER: customer",
            "(did you mean 'CUSTOMER'?)",
        ),
        (
            "stages.yaml",
            "sales_status: {}",
            "sales_status: {MQL: Working}",
            "read back as ACTIVATION",
        ),
        ("sla.yaml", "own_zone: true", "own_zone: yes", "must be true or false, not 'yes'"),
        ("sla.yaml", "Europe/Vienna", "Europe/Viena", "(did you mean 'Europe/Vienna'?)"),
        ("sla.yaml", "Europe/Vienna", "../etc/passwd", "is no IANA time zone"),
        ("sla.yaml", "Europe/Vienna", "Europe", "is no IANA time zone"),
        ("sla.yaml", "Europe/Vienna", "Asia/Jakarta", "Asia/Jakarta"),
        ("sla.yaml", "09:00-17:00", "09:00-25:00", "25:00 is no time of day"),
        ("sla.yaml", "09:00-17:00", "09:00-09:00", "is never open"),
        (
            "sla.yaml",
            'fri: ["09:00-17:00"]',
            'fri: ["22:00-06:00"], sat: ["05:00-07:00"]',
            "overlap",
        ),
        (
            "sla.yaml",
            'mon: ["09:00-17:00"]',
            'mon: ["00:00-02:00"], sun: ["22:00-03:00"]',
            "overlap",
        ),
        ("sla.yaml", "default_calendar: US", "default_calendar: USA", "(did you mean 'US'?)"),
        ("sla.yaml", "2026-05-25,", "2026-05-25, 2026-05-25,", "2026-05-25 is listed twice"),
        ("sla.yaml", "2026-05-25,", "2026-02-30,", "off_days"),
        ("sla.yaml", "2026-05-25,", "5,", "must be a date"),
        ("sla.yaml", "ends_on: 2027-01-31", "ends_on: 2026-06-01", "lies after ends_on"),
        ("sla.yaml", "clock: workday, hours: 24", "clock: workday", "either hours or minutes"),
        ("recycling.yaml", "track: BUDGET,", "track: BUDGTE,", "(did you mean 'BUDGET'?)"),
        ("recycling.yaml", "only_grades: [A, B]", "only_grades: [A, X]", "no grade is called 'X'"),
        ("recycling.yaml", "list: NL-BUDGET", "list: BUDGET", "list"),
        ("recycling.yaml", "list: NL-BUDGET", "list: NL-TIMING", "share NL-TIMING"),
        ("recycling.yaml", "reason: NO_ENGAGEMENT", "reason: SPAM", "no recyclable reason"),
        (
            "recycling.yaml",
            "SPAM: {terminal: true,",
            "SPAM: {terminal: true, track: BUDGET,",
            "terminal",
        ),
        (
            "recycling.yaml",
            "track: BUDGET, cool",
            "track: BUDGET, opts_out: true, cool",
            "terminal",
        ),
        ("handoff.yaml", "assignment: rule", "assignment: queue", "queue"),
        ("handoff.yaml", "assignment: rule", "assignment: owner_map", "owner_map"),
        ("standard.yaml", "2026-01-01", "tomorrow", "must be a date such as 2026-12-25"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_line(
    book: Path, change: Change, name: str, old: str, new: str, expected: str
) -> None:
    change(name, old, new)

    message = _refusal(book)

    assert message.startswith(f"{name}:")
    assert message.split(":")[1].isdigit()
    assert expected in message


def test_the_line_is_that_of_the_mistake(book: Path, change: Change) -> None:
    lines = (book / "scoring.yaml").read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if line.startswith("  booth:"))
    change("scoring.yaml", "  booth: {group: engagement", "  booth: {group: engagment")

    assert _refusal(book).startswith(f"scoring.yaml:{number}: signals.booth.group: ")


def test_a_value_for_a_terminal_and_a_recyclable_reason_is_refused(
    book: Path, change: Change
) -> None:
    change("recycling.yaml", "[Bought a competitor,", "[works FOR competitor,")

    message = _refusal(book)

    assert "COMPETITOR_LOCKED (recyclable) and COMPETITOR (terminal)" in message


def test_a_key_that_stands_twice_is_refused(book: Path, change: Change) -> None:
    change("scoring.yaml", "  cap: 40", "  cap: 40\n  cap: 41")

    assert "'cap' stands here twice, first in line" in _refusal(book)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"# only a comment\n", "is empty"),
        (b"- a\n", "must be a group of keys"),
        (b"a: 1\n---\nb: 2\n", "another document"),
        (b"create_leads:\n\ttrue\n", "a tab stands where YAML wants spaces"),
        (b"a: \xff", "not UTF-8"),
        (b"a: \x00", "control character"),
        (b'a: "\\uD800"', "surrogate"),
        (b'a: "\\UFFFFFFFF"', "no character"),
        (b"a: !!python/object/apply:os.system [id]", "tags (!)"),
        (b"a: !!binary aGk=", "tags (!)"),
        (b"a: !!int ten", "tags (!)"),
        (b"a: &x [1]\nb: *x\n", "anchors (&) and aliases (*)"),
        (b"? [a]\n: b\n", "a key must be a plain word"),
        (b"[" * 5000, "nested too deeply"),
        (b"a: " + b"9" * 5000, "too long for a number"),
        (b"#" * 1_000_001, "larger than"),
    ],
)
def test_what_is_not_plain_yaml_is_refused(book: Path, content: bytes, expected: str) -> None:
    (book / "handoff.yaml").write_bytes(content)

    message = _refusal(book)

    assert message.startswith("handoff.yaml:")
    assert expected in message


def test_a_missing_file_is_named(book: Path) -> None:
    (book / "sla.yaml").unlink()

    assert "sla.yaml: this file of the rule book is missing" == _refusal(book)


@pytest.mark.parametrize("name", ["scorring.yaml", "scoring.yml", "scoring.yaml~"])
def test_an_unknown_file_is_refused_with_the_likely_name(book: Path, name: str) -> None:
    (book / name).write_text("a: 1\n", encoding="utf-8")

    assert f"{name}: no file of the rule book" in _refusal(book)
    assert "(did you mean 'scoring.yaml'?)" in _refusal(book)


def test_hidden_files_are_left_to_the_editor(book: Path) -> None:
    (book / ".scoring.yaml.swp").write_bytes(b"\x00")

    load(book)


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleBookError, match="no such rule book directory"):
        load(tmp_path / "none")


def test_an_error_never_shows_an_address(book: Path, change: Change) -> None:
    change("handoff.yaml", "owner_map: {}", "owner_map: {ada@example.org: [bob@example.org]}")

    message = _refusal(book)

    assert "owner_map.<address>: must be text, not a list" in message
    assert "@" not in message


def test_only_star_and_question_mark_are_special_in_patterns(book: Path, change: Change) -> None:
    change("sla.yaml", '"*[sequence]*"', '"[abc]?x*"')

    assert "[[]abc]?x*" in load(book).sla.automation_subjects


def test_the_digest_is_of_the_content(book: Path, change: Change) -> None:
    before = load(book).digest

    change("scoring.yaml", "  cap: 40", "  # another comment\n  cap: 40")
    commented = load(book).digest
    change("scoring.yaml", "  cap: 40", "  cap: 39")
    changed = load(book).digest

    assert before == commented
    assert before != changed
    assert 64 == len(before)
