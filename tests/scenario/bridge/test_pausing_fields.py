"""One field is not written while an operator says so; everything else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from company import Company, company
from drill import ADA, BO

from crmbridge.cli.pause import pause, resume
from crmbridge.core.journal import JournalKind
from crmbridge.core.model import Side
from crmbridge.core.reconciling import Cause
from crmbridge.engine.reconciling import Reconciler
from crmbridge.errors import ConfigError
from crmbridge.reports.person_story import find_person, tell
from crmbridge.sandbox.seeding import API

SHOWN = ("crmbridge_stage", "crmbridge_score", "crmbridge_sla_status", "lifecyclestage")


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada is known, and nothing else has happened."""
    with company(tmp_path) as made:
        made.contact(ADA)
        made.cycle()
        yield made


def say(command: object, folder: Path, *more: str) -> str:
    options = ["--store", str(folder / "bridge.db"), "--as", "Olga", *more]
    result = CliRunner().invoke(command, options)  # type: ignore[arg-type] # a click command
    if isinstance(result.exception, ConfigError):
        raise result.exception
    assert 0 == result.exit_code, result.output
    return result.output


def stop(folder: Path, *more: str) -> str:
    return say(pause, folder, *more)


def go_on(folder: Path, *more: str) -> str:
    return say(resume, folder, *more)


def shown(people: Company, name: str, email: str = ADA) -> str | None:
    path = f"/crm/v3/objects/contacts/{email}"
    answer = people.portal.get(path, idProperty="email", properties=",".join(SHOWN)).json()
    value = answer["properties"].get(name)
    return str(value) if value else None


def lead(people: Company, name: str) -> object:
    (row,) = people.query(f"SELECT {name} FROM Lead")
    return row[name]


def reasons(people: Company, email: str = ADA) -> str:
    with people.bridge.store.read() as tx:
        return " ".join(tell(tx, find_person(tx, email)).summary.reasons)


def test_a_paused_field_is_written_nowhere_and_all_others_are(
    people: Company, tmp_path: Path
) -> None:
    before = shown(people, "crmbridge_score")
    assert "score is not written into either CRM any more." in stop(tmp_path, "--field", "score")
    assert "as before" in stop(tmp_path, "--field", "score")
    people.form(ADA, "Request a demo")
    report = people.cycle()
    assert ((), ("all/score",)) == (report.paused, report.paused_fields)
    assert ("MQL", "OPEN") == (
        shown(people, "crmbridge_stage"),
        lead(people, "CRMBridge_SLA_Status__c"),
    )
    assert (before, None) == (shown(people, "crmbridge_score"), lead(people, "CRMBridge_Score__c"))
    assert "Not written in the marketing CRM: score: paused by Olga." in reasons(people)
    assert "Not written in the sales CRM: score: paused by Olga." in reasons(people)
    people.cycle()
    idle = [people.cycle(3) for _ in range(3)]
    assert 0 == sum(sum(each.writes.values()) for each in idle)

    assert "1 people are decided about anew" in go_on(tmp_path, "--field", "score")
    people.cycle()
    assert lead(people, "CRMBridge_Score__c") == float(shown(people, "crmbridge_score") or 0) > 0
    assert "paused" not in reasons(people)
    assert "Nothing of that was paused." in go_on(tmp_path, "--field", "score")
    with people.bridge.store.read() as tx:
        told = [
            (each.kind, each.payload["by"], each.payload["scope"])
            for each in tx.journal()
            if each.kind in (JournalKind.PAUSED, JournalKind.RESUMED)
        ]
    assert [
        (JournalKind.PAUSED, "Olga", "all/score"),
        (JournalKind.RESUMED, "Olga", "all/score"),
    ] == told


def test_a_field_is_paused_on_one_side_alone(people: Company, tmp_path: Path) -> None:
    stop(tmp_path, "--field", "stage", "--system", "salesforce")
    people.form(ADA, "Request a demo")
    people.cycle()
    assert ("MQL", None) == (shown(people, "crmbridge_stage"), lead(people, "CRMBridge_Stage__c"))
    assert "Still paused: salesforce/stage." in go_on(tmp_path, "--field", "stage")
    go_on(tmp_path, "--field", "stage", "--system", "salesforce")
    people.cycle()
    assert "MQL" == lead(people, "CRMBridge_Stage__c")


def test_what_was_on_its_way_goes_without_the_field(people: Company, tmp_path: Path) -> None:
    """Salesforce does not take the lead at once, and meanwhile the field is paused."""
    fault = {"action": "status", "path": "composite/sobjects", "status": 503, "times": 4}
    people.org.sim("faults", {**fault, "token": "integration"})
    people.form(ADA, "Request a demo")
    people.cycle()
    assert [] == people.query("SELECT Id FROM Lead")
    stop(tmp_path, "--field", "score")
    for _ in range(4):
        people.cycle(5)
    assert ("MQL", None) == (lead(people, "CRMBridge_Stage__c"), lead(people, "CRMBridge_Score__c"))
    assert "Not written in the sales CRM: score: paused by Olga." in reasons(people)


def test_a_write_that_says_nothing_else_is_forgotten(people: Company, tmp_path: Path) -> None:
    people.form(ADA, "Request a demo")
    for _ in range(3):
        people.cycle()
    stop(tmp_path)
    path = f"/crm/v3/objects/contacts/{ADA}?idProperty=email"
    people.portal.call("PATCH", path, {"properties": {"crmbridge_stage": "LEAD"}})
    people.cycle()
    with people.bridge.store.read() as tx:
        (waiting,) = tx.pending(people.clock.now(), None)
    assert {"stage"} == waiting.values.keys()
    stop(tmp_path, "--field", "stage")
    go_on(tmp_path)
    people.cycle()
    assert "LEAD" == shown(people, "crmbridge_stage")
    go_on(tmp_path, "--field", "stage")
    people.cycle()
    assert "MQL" == shown(people, "crmbridge_stage")


def test_an_objection_passes_while_fields_are_paused(people: Company, tmp_path: Path) -> None:
    people.form(ADA, "Request a demo")
    people.cycle()
    for field in ("stage", "score", "lifecycle"):
        stop(tmp_path, "--field", field)
    people.visitors.sim("visitor/unsubscribe", {"email": ADA})
    for _ in range(2):
        people.cycle()
    (row,) = people.org.get(f"{API}/query", q="SELECT HasOptedOutOfEmail FROM Lead").json()[
        "records"
    ]
    assert row["HasOptedOutOfEmail"] is True
    with pytest.raises(ConfigError, match="an objection to marketing is passed on at once"):
        stop(tmp_path, "--field", "opted_out")


def test_a_comparison_of_both_crms_says_who_paused_the_stage(
    people: Company, tmp_path: Path
) -> None:
    people.contact(BO)
    people.cycle()
    stop(tmp_path, "--field", "stage", "--system", "hubspot")
    people.form(ADA, "Request a demo")
    for _ in range(2):
        people.cycle(20)
    bridge = people.bridge
    found = Reconciler(bridge.store, bridge.connectors, bridge.rules).run(people.clock.now(), "")
    (difference,) = found.differences
    assert (Cause.PAUSED, "hubspot") == (difference.cause, difference.system)
    assert "Olga paused the field" in difference.why
    assert not found.needs_somebody


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ("skore", r"'skore' cannot be paused \(did you mean 'score'\?\)"),
        ("uid", "'uid' cannot be paused: choose one of"),
    ],
)
def test_a_field_that_cannot_be_paused_is_refused(
    people: Company, tmp_path: Path, field: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        stop(tmp_path, "--field", field)
    assert people.bridge.connectors[Side.SALES].name == "salesforce"
