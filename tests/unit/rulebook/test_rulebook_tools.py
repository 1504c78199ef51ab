"""The commands on a rule book: check, sign, show, diff, schema, holidays, try."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from crmbridge.cli.rules import rules as command
from crmbridge.errors import RuleBookError
from crmbridge.rulebook import load, read_book
from crmbridge.rulebook.checking import check, check_choices, check_data
from crmbridge.rulebook.locating import packaged
from crmbridge.rulebook.presenting import to_html, to_markdown
from crmbridge.rulebook.publishing import json_schema, schema_names
from crmbridge.rulebook.signing import sign

Change = Callable[[str, str, str], None]
TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PERSON = {
    "email": "vp@acme-logistics.example",
    "title": "VP Ops",
    "industry": "Logistics",
    "employees": 800,
    "country": "US",
    "lead_source": "Web",
    "owner": "anna",
}

VISIT = "{evidence: page, signal: visit}"
NEVER = "{block: SPAM, when: {all: [{field: title, op: absent}, {field: title, op: is, value: x}]}}"


def run(*arguments: str, text: str | None = None) -> Result:
    result: Result = CliRunner().invoke(command, list(arguments), input=text)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def messages(book: Path) -> list[str]:
    return [finding.message for finding in check(read_book(book), TODAY)]


def test_the_default_rule_book_has_nothing_to_look_at_and_is_in_force() -> None:
    assert [] == check(read_book(packaged()), TODAY)
    assert load(packaged()).why_shadow(NOW) is None
    assert "In force." in run("check", "--rules", str(packaged())).output


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("scoring.yaml", "\nengagement_cap: 35", "\nengagement_cap: 8", "webinar alone is worth"),
        ("scoring.yaml", "  cap: 40", "  cap: 30", "nobody can reach grade A"),
        ("scoring.yaml", "  cap: 40", "  cap: 30", "more than the cap of 30"),
        ("scoring.yaml", "  fit: 16", "  fit: 50", "nobody can reach fit 50"),
        (
            "scoring.yaml",
            "{evidence: page, like",
            f"{VISIT}\n  - {{evidence: page, like",
            "never reached",
        ),
        ("scoring.yaml", "  - {evidence: open, signal: open}\n", "", "no pattern leads to open"),
        ("scoring.yaml", "points: 6, least_others", "points: 26, least_others", "the lift alone"),
        (
            "scoring.yaml",
            "value: [student, Student/in]}}",
            f"value: [a]}}}}\n  - {NEVER}",
            "never hold",
        ),
        (
            "recycling.yaml",
            "BUDGET: {track: BUDGET",
            "BUDGET: {track: TIMING",
            "no reason leads to",
        ),
        ("recycling.yaml", "longterm_from: 3", "longterm_from: 4", "is never reached"),
        ("stages.yaml", "  LEAD: [Re-opened]\n", "", "no status says LEAD"),
        ("stages.yaml", "  CUSTOMER: customer\n", "", "CUSTOMER shows no life-cycle"),
        ("sla.yaml", "ends_on: 2027-01-31", "ends_on: 2027-01-20", "US ends on 2027-01-20"),
    ],
)
def test_what_is_legal_but_wrong_is_found(
    book: Path, change: Change, name: str, old: str, new: str, message: str
) -> None:
    change(name, old, new)

    assert any(message in found for found in messages(book))


def test_a_calendar_that_has_ended_is_found() -> None:
    found = check(read_book(packaged()), date(2027, 3, 1))

    assert 3 == len([each for each in found if "only weekends count now" in each.message])
    assert all(each.path.endswith("sla.yaml") and each.line > 1 for each in found)


def test_strict_makes_findings_fail(book: Path, change: Change) -> None:
    change("stages.yaml", "  CUSTOMER: customer\n", "")

    lenient, strict = (
        run("check", "--rules", str(book)),
        run("check", "--strict", "--rules", str(book)),
    )

    assert (0, 1) == (lenient.exit_code, strict.exit_code)
    assert "was changed after marketing signed it" in lenient.output


def test_data_shows_what_the_rule_book_does_not_know(book: Path, change: Change) -> None:
    change(
        "scoring.yaml",
        "  criteria: []",
        "  criteria:\n    - {name: de, label: German, points: 2, when: "
        "{field: language, op: present}}",
    )
    used = [("status", "Parked", 3), ("status", "working", 5), ("reason", "Bored", 1)]

    found = [each.message for each in check_data(read_book(book), [*used, ("field", "title", 9)])]

    assert ["status 'Parked' of 3 records says nothing here"] == found[:1]
    assert any("Bored" in message for message in found)
    assert any("no record fills language" in message for message in found)
    assert 3 == len(found)


def test_the_rule_book_is_held_against_what_the_crms_offer(book: Path, change: Change) -> None:
    change("stages.yaml", "  LEAD: [Re-opened]", "  LEAD: [Re-opened, Fresh]")
    change("stages.yaml", "  CUSTOMER: customer", "  CUSTOMER: kunde")
    read = read_book(book)
    known = {value for value in read.rules.stages.statuses if value != "fresh"}
    offered = {
        "status": frozenset({*known, "Open - Not Contacted"}),
        "lifecycle": frozenset({*read.rules.stages.lifecycle.values()} - {"kunde"}),
        "reason": frozenset({"BUDGET", "Bored"}),
    }

    assert [
        "LEAD: the CRM offers no status 'Fresh'",
        "CUSTOMER: the CRM offers no lifecycle 'kunde'",
        "reasons that reps can pick and that count as missing: 'Bored'",
    ] == [each.message for each in check_choices(read, offered)]
    assert check_choices(read, {}) == []


def test_signing_keeps_every_other_line_and_both_put_it_in_force(
    book: Path, change: Change
) -> None:
    change("scoring.yaml", "  score: 60", "  score: 61")
    before = (book / "standard.yaml").read_text(encoding="utf-8")

    first = sign(book, "marketing", 'Mo "the" Lead', date(2026, 11, 24))
    second = sign(book, "sales", "Sal", date(2026, 11, 25))

    assert "sales has not signed" in str(first.why_shadow(NOW))
    assert second.why_shadow(NOW) is None
    assert 'Mo "the" Lead' == second.approvals["marketing"].name
    after = (book / "standard.yaml").read_text(encoding="utf-8")
    assert before.partition("approvals:")[0] == after.partition("approvals:")[0]
    change("scoring.yaml", "  score: 61", "  score: 62")
    assert "was changed after" in str(load(book).why_shadow(NOW))


def test_a_version_of_tomorrow_is_not_in_force(book: Path, change: Change) -> None:
    change("standard.yaml", "in_force_from: 2026-01-01", "in_force_from: 2027-01-01")
    for department in ("marketing", "sales"):
        sign(book, department, "Us", TODAY)

    assert "is in force from 2027-01-01" in str(load(book).why_shadow(NOW))


def test_the_page_tells_every_reason_and_every_signal_and_escapes(
    book: Path, change: Change
) -> None:
    change("recycling.yaml", "content: ROI calculator}", 'content: "<script>|x"}')
    rules = load(book)

    markdown, html = to_markdown(rules, NOW), to_html(rules, NOW)

    for name in [*rules.recycling.reasons, *rules.score.signals]:
        assert name.replace("_", " ") in markdown.replace("\\_", " ").replace("_", " ")
    assert "<script" not in html
    assert "&lt;script" in html
    assert "**60**" in markdown
    assert "<strong>60</strong>" in html


def test_diff_names_what_changed_and_for_whom(book: Path, change: Change, tmp_path: Path) -> None:
    change("scoring.yaml", "  score: 60", "  score: 50")
    change("recycling.yaml", "BUDGET: {track: BUDGET", "BUDGET: {track: TIMING")
    people = tmp_path / "people.ndjson"
    form = {"at": "2026-06-09T10:00:00Z", "what": "form", "name": "Webinar a"}
    demo = {"at": "2026-06-01T13:00:00Z", "what": "form", "name": "Demo request"}
    let_go = {
        "at": "2026-06-02T13:00:00Z", "what": "status", "by": "anna", "value": "Recycle",
        "reason": "BUDGET", "details": "Told us the budget is frozen",
    }  # fmt: skip
    lines = [
        {"id": "p1", "person": PERSON, "team": {"anna": {}}, "happens": [form]},
        {"id": "p2", "person": PERSON, "team": {"anna": {}}, "happens": [demo, let_go]},
    ]
    people.write_text("".join(json.dumps(line) + "\n" for line in lines))

    result = run(
        "diff", str(packaged()), str(book), "--people", str(people), "--now", "2026-06-09T12:00:00Z"
    )

    assert "scoring.mql.score: 60 -> 50" in result.output
    assert "recycling.reasons.BUDGET.track: BUDGET -> TIMING" in result.output
    assert "2 settings differ." in result.output
    assert "entering: p1" in result.output
    assert "list of p2: NL-BUDGET -> NL-TIMING" in result.output
    assert "source Web: 1 entering" in result.output
    assert "rep anna: 1 entering" in result.output


def test_the_published_schemas_are_those_of_this_version() -> None:
    for name in schema_names():
        path = packaged() / "schema" / f"{name}.schema.json"
        assert json_schema(name) == path.read_text(encoding="utf-8"), (
            "run `crmbridge rules schema --out rules/schema`"
        )
        assert run("schema", name).output == path.read_text(encoding="utf-8")


def test_every_default_file_names_its_schema() -> None:
    for path in packaged().glob("**/*.yaml"):
        line = path.read_text(encoding="utf-8").splitlines()[0]
        named = line.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / named).resolve().is_file(), path


def test_schemas_can_be_written_and_a_strange_name_is_refused(tmp_path: Path) -> None:
    assert 0 == run("schema", "--out", str(tmp_path / "s")).exit_code
    assert len(schema_names()) == len(list((tmp_path / "s").iterdir()))
    assert 2 == run("schema", "scores").exit_code


def test_holidays_are_lines_for_the_calendar() -> None:
    data = yaml.safe_load(run("holidays", "de", "2027", "--part", "BY").output)

    assert date(2027, 1, 6) in data["off_days"]
    assert date(2027, 10, 3) in data["off_days"]
    with pytest.raises(RuleBookError, match="no holidays are known"):
        run("holidays", "ZZ", "2027")
    with pytest.raises(RuleBookError, match="no part called"):
        run("holidays", "DE", "2027", "--part", "XX")
    with pytest.raises(RuleBookError, match="no year"):
        run("holidays", "DE", "3027")


def trial(**more: object) -> str:
    line = {"id": "a", "person": PERSON, "team": {"anna": {}}, **more}
    return json.dumps(line) + "\n"


def test_try_decides_about_each_line(tmp_path: Path) -> None:
    happens = [
        {"at": "2026-06-02T15:00:00Z", "what": "form", "name": "Webinar a"},
        {"at": "2026-06-05T14:00:00Z", "what": "form", "name": "Whitepaper"},
        {
            "at": "2026-06-09T13:00:00Z", "what": "page", "target": "https://x/pricing",
            "observed_at": "2026-06-09T14:00:00Z",
        },
    ]  # fmt: skip
    text = trial(happens=happens) + "\n" + trial(happens=happens[:1])

    result = run("try", "-", "--now", "2026-06-09T14:00:00Z", text=text)

    first, second = (json.loads(line) for line in result.output.splitlines())
    assert ("MQL", 67, "2026-06-09T14:00:00Z") == (first["stage"], first["score"], first["mql_at"])
    assert ["LEAD", "MQL"] == [first["moves"][0]["from"], first["moves"][0]["to"]]
    assert ("LEAD", None) == (second["stage"], second["due"])


def test_try_looks_when_records_change() -> None:
    happens = [
        {"at": "2026-06-09T13:00:00Z", "what": "form", "name": "Demo request"},
        {"at": "2026-06-09T13:30:00Z", "what": "owned", "by": "berta"},
        {"at": "2026-06-10T13:30:00Z", "what": "merged", "other": {"person": PERSON}},
    ]
    team = {"anna": {}, "berta": {"time_zone": "Europe/Berlin"}}

    result = run(
        "try", "-", "--now", "2026-06-20T13:00:00Z", text=trial(happens=happens, team=team)
    )

    found = json.loads(result.output)
    assert ("BREACHED", "2026-06-09T14:30:00Z") == (found["sla"], found["rep_due"])
    assert "due:owner" in found["tasks"][0]["key"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "no JSON object"),
        ("[" * 100_000, "no JSON object"),
        ("[]", "must be a group of keys"),
        ('{"id": "a", "person": {}, "hapens": []}', "did you mean 'happens'"),
        ('{"id": "a"}', "person: this key is missing"),
        (trial(happens=[{"at": "2026-06-09", "what": "open"}]), "must be an instant"),
        (trial(happens=[{"at": "2026-06-09T13:00:00Z", "what": "touch"}]), "touch needs by"),
    ],
)
def test_a_line_that_is_no_person_is_named(line: str, message: str) -> None:
    with pytest.raises(RuleBookError) as caught:
        run("try", "-", "--now", "2026-06-20T13:00:00Z", text="\n" + line)

    assert str(caught.value).startswith("-:2: ")
    assert message in str(caught.value)


def test_an_instant_without_a_zone_is_refused() -> None:
    assert 2 == run("try", "-", "--now", "2026-06-20", text="").exit_code


def test_try_sees_values_and_partners_from_the_beginning() -> None:
    happens = [{"at": "2026-06-01T13:00:00Z", "what": "open", "name": "Mail"}]
    rich = {**PERSON, "estimated_value": 200_000}
    partner = {**PERSON, "lead_source": "Partner", "deal_registration": "DR-1"}
    text = trial(person=rich, happens=happens) + trial(person=partner, happens=happens)

    result = run("try", "-", "--now", "2026-07-20T13:00:00Z", text=text)

    deal, recalled = (json.loads(line) for line in result.output.splitlines())
    assert ("big_deal", "2026-06-01T13:00:00Z") == (deal["mql_reason"], deal["mql_at"])
    assert ("LEAD", 40) == (recalled["stage"], recalled["score"])


def test_try_stamps_an_mql_at_the_re_subscription_that_made_it() -> None:
    happens = [
        {"at": "2026-06-01T13:00:00Z", "what": "form", "name": "Webinar a"},
        {"at": "2026-06-01T13:00:00Z", "what": "form", "name": "Webinar b"},
        {"at": "2026-06-01T12:00:00Z", "what": "opt_out", "side": "marketing",
         "observed_at": "2026-06-01T12:00:00Z"},
        {"at": "2026-06-01T11:00:00Z", "what": "form", "name": "Webinar c"},
        {"at": "2026-06-01T11:00:00Z", "what": "form", "name": "Webinar d",
         "observed_at": "2026-06-01T12:30:00Z"},
        {"at": "2026-06-03T12:00:00Z", "what": "opt_in", "side": "marketing"},
    ]  # fmt: skip

    result = run("try", "-", "--now", "2026-06-20T13:00:00Z", text=trial(happens=happens))

    found = json.loads(result.output)
    assert ("MQL", "2026-06-03T12:00:00Z") == (found["stage"], found["mql_at"])
