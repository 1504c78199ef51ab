"""Somebody is erased here and both CRMs still have them: the bridge leaves them alone."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result
from company import Company, company
from drill import ADA, BO

from crmbridge.cli.explain import explain
from crmbridge.cli.person import person
from crmbridge.core.journal import JournalKind
from crmbridge.core.model import ObjectType, Ref, Side, Stage
from crmbridge.core.operations import Operation, Receipt
from crmbridge.engine.reconciling import Reconciler
from crmbridge.errors import ConfigError

DAY = 24 * 60


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada is an MQL, in both CRMs; Bo is known."""
    with company(tmp_path) as made:
        for email in (ADA, BO):
            made.contact(email)
        made.cycle()
        made.form(ADA, "Request a demo")
        for _ in range(3):
            made.cycle()
        yield made


def say(folder: Path, *words: str, answer: str = "") -> Result:
    options = [*words, "--store", str(folder / "bridge.db")]
    result = CliRunner().invoke(person, options, input=answer)
    if isinstance(result.exception, ConfigError):
        raise result.exception
    return result


def erase(folder: Path, who: str = ADA) -> str:
    result = say(folder, "erase", who, "--yes", "--as", "Olga")
    assert 0 == result.exit_code, result.output
    return result.output


def refs_of(people: Company, email: str) -> list[Ref]:
    with people.bridge.store.read() as tx:
        return [each.ref for each in tx.find_by_email(email)]


def in_file(folder: Path) -> str:
    with sqlite3.connect(folder / "bridge.db") as raw:
        text = "\n".join(raw.iterdump())
    raw.close()
    return text


def leads(people: Company) -> list[dict[str, object]]:
    return people.query(
        "SELECT Id, Email, CRMBridge_Stage__c, CRMBridge_Insight__c, SystemModstamp FROM Lead"
    )


def test_ten_cycles_after_an_erasure_nothing_is_stored_and_nothing_written(
    people: Company, tmp_path: Path
) -> None:
    refs = refs_of(people, ADA)
    assert {"hubspot", "salesforce"} == {ref.system for ref in refs}
    assert ADA in in_file(tmp_path)
    said = erase(tmp_path)
    assert all(str(ref) in said for ref in refs)
    assert "Nothing was deleted in the CRMs" in said
    before = leads(people)
    for number in range(10):
        if number == 3:
            people.form(ADA, "Request a demo")
        report = people.cycle(20)
        assert 0 == sum(report.writes.values())
        assert 0 == report.persons
    people.cycle(DAY)
    assert 0 == sum(people.cycle(DAY).writes.values())
    assert before == leads(people)
    text = in_file(tmp_path)
    assert ADA not in text
    assert "Ada" not in text
    with people.bridge.store.read() as tx:
        assert {"LEAD": 1} == {name: n for name, n in tx.stage_counts().items() if n}
        assert [] == [ref for ref in refs if tx.record(ref) or tx.facts_of([ref])]
        assert tx.verify_journal() is None


def test_whose_rep_was_told_of_her_reads_of_her_no_more(people: Company, tmp_path: Path) -> None:
    eve = "eve@northwind.example"
    people.contact(eve)
    people.cycle()
    people.form(eve, "Request a demo")
    for _ in range(2):
        people.cycle()

    def insights() -> str:
        return str([row["CRMBridge_Insight__c"] for row in leads(people) if row["Email"] == eve])

    assert "Ada Abbott" in insights()
    erase(tmp_path)
    people.cycle()
    assert "Ada" not in in_file(tmp_path)
    assert "Ada" not in insights()
    assert "not told" not in insights()
    assert "form" in insights()


def test_both_crms_are_compared_without_her(people: Company, tmp_path: Path) -> None:
    erase(tmp_path)
    people.cycle()
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            people.cycle(DAY)
    found = Reconciler(people.bridge.store, people.bridge.connectors, people.bridge.rules).run(
        people.clock.now()
    )
    assert () == found.differences
    assert [] == [each for each in logs if each["event"] == "census_differs"]


def test_who_is_made_anew_in_a_crm_is_not_taken_up(people: Company, tmp_path: Path) -> None:
    """A data load brings the same address as a new lead; it converts."""
    erase(tmp_path)
    people.cycle()
    world = people.sandbox.salesforce_world
    values = {"LastName": "A", "Company": "N", "Status": "Open - Not Contacted", "Email": ADA}
    world.insert("Lead", world.integration_user_id, values)
    for _ in range(3):
        report = people.cycle(20)
        assert (0, 0) == (report.persons, sum(report.writes.values()))
    with people.bridge.store.read() as tx:
        assert [] == tx.find_by_email(ADA)


def test_the_operator_sees_first_what_will_go_and_may_say_no(
    people: Company, tmp_path: Path
) -> None:
    result = say(tmp_path, "erase", ADA, answer="n\n")
    assert 1 == result.exit_code
    assert "Nothing was erased." in result.output
    assert "1  The present state" in result.output
    assert "2  Records and deals as the CRMs last showed them (removed)" in result.output
    assert "Stage history (kept for counting, without the person, to the day)" in result.output
    assert 2 == len(refs_of(people, ADA))
    assert "was erased here" in say(tmp_path, "erase", ADA, answer="y\n").output
    with pytest.raises(ConfigError, match="erased already"):
        say(tmp_path, "erase", ADA, "--yes")
    with pytest.raises(ConfigError, match="nobody here"):
        say(tmp_path, "erase", "nobody@nowhere.example", "--yes")


def test_the_export_holds_what_was_done_and_lies_in_a_private_file(
    people: Company, tmp_path: Path
) -> None:
    out = tmp_path / "ada.json"
    assert f"parts are in {out}" in say(tmp_path, "export", ADA, "--out", str(out)).output
    assert 0o600 == stat.S_IMODE(out.stat().st_mode)
    document = json.loads(out.read_text(encoding="utf-8"))
    parts = {part["what"]: part["entries"] for part in document["parts"]}
    (state,) = parts["The present state: stage, score and its parts, reasons, next look"]
    assert "MQL" == state["stage"]
    assert ["LEAD", "MQL"] == [
        parts["Stage history"][-1]["before"],
        parts["Stage history"][-1]["after"],
    ]
    assert "Request a demo" in str(parts["What happened, as the CRMs told it"])
    assert BO not in out.read_text(encoding="utf-8")
    same = json.loads(say(tmp_path, "export", document["person"]).output)
    assert document["parts"] == same["parts"]
    with pytest.raises(ConfigError, match=r"--out: .* cannot be written"):
        say(tmp_path, "export", ADA, "--out", str(tmp_path / "nowhere" / "x.json"))


def test_moves_of_the_erased_go_on_being_counted(people: Company, tmp_path: Path) -> None:
    def numbers() -> tuple[int, dict[str, int]]:
        with people.bridge.store.read() as tx:
            return tx.entries_into(Stage.MQL), tx.sla_counts()

    before = numbers()
    erase(tmp_path)
    assert before == numbers()
    assert 1 == before[0]


def test_readmitted_she_is_read_and_decided_about_again(people: Company, tmp_path: Path) -> None:
    erase(tmp_path)
    people.cycle()
    with pytest.raises(ConfigError, match="nobody of that name was erased"):
        say(tmp_path, "readmit", BO)
    assert "2 records are read" in say(tmp_path, "readmit", ADA, "--as", "Olga").output
    for _ in range(3):
        people.cycle()
    assert {"LEAD": 1, "MQL": 1} == people.stages()
    with people.bridge.store.read() as tx:
        kinds = [e for e in tx.journal() if e.kind is JournalKind.READMITTED]
        assert ["Olga"] == [e.payload["by"] for e in kinds]


def test_what_is_on_its_way_when_he_is_erased_is_answered_to_nobody(
    people: Company, tmp_path: Path
) -> None:
    """Salesforce makes Bo's lead while he is erased: nothing of its answer is kept, nor what is
    read of the lead afterwards."""
    connector = people.bridge.connectors[Side.SALES]
    send = connector.apply

    def apply(operations: Sequence[Operation]) -> list[Receipt]:
        erase(tmp_path, BO)
        return send(operations)

    people.form(BO, "Request a demo")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connector, "apply", apply)
        people.cycle(20)
    assert BO in [row["Email"] for row in leads(people)]
    for _ in range(3):
        report = people.cycle(1)
        assert (0, 0) == (report.persons, sum(report.writes.values()))
    assert BO not in in_file(tmp_path)


def test_an_erasure_in_hubspot_is_put_before_the_operator(people: Company, tmp_path: Path) -> None:
    """Only polling tells, so that it can only be guessed; one word from the operator does the
    rest, by the same code."""
    (contact,) = [ref for ref in refs_of(people, ADA) if ref.system == "hubspot"]
    people.cycle(DAY)
    answer = people.portal.post("/crm/v3/objects/contacts/gdpr-delete", {"objectId": contact.id})
    assert answer.status_code == 204
    with structlog.testing.capture_logs() as logs:
        people.cycle(DAY)
        people.cycle(20)
    (said,) = [each for each in logs if each["event"] == "record_vanished"]
    uid = said["uid"]
    told = CliRunner().invoke(explain, [uid, "--store", str(tmp_path / "bridge.db")]).output
    assert f"{contact} is gone from its CRM for good" in " ".join(told.split())
    erase(tmp_path, uid)
    people.cycle(DAY)
    assert ADA not in in_file(tmp_path)
    with people.bridge.store.read() as tx:
        assert [] == tx.open_reviews()


def test_a_record_that_comes_back_answers_the_question_itself(people: Company) -> None:
    (lead,) = [ref for ref in refs_of(people, ADA) if ref.object_type is ObjectType.LEAD]
    with people.bridge.store.transaction() as tx:
        uid = tx.link(lead)
        tx.open_review(str(uid), f"vanished:{lead}", "gone", people.clock.now())
        tx.mark_dirty([lead])
    people.cycle()
    with people.bridge.store.read() as tx:
        assert [] == tx.open_reviews()


def test_who_is_merged_into_an_erased_contact_brings_nobody_back(
    people: Company, tmp_path: Path
) -> None:
    """A marketer makes Bo's contact part of Ada's."""
    (ada,) = [ref for ref in refs_of(people, ADA) if ref.system == "hubspot"]
    (bo,) = refs_of(people, BO)
    erase(tmp_path)
    people.cycle()
    body = {"primaryObjectId": ada.id, "objectIdToMerge": bo.id}
    assert people.portal.post("/crm/v3/objects/contacts/merge", body).status_code == 200
    for _ in range(3):
        assert 0 == sum(people.cycle(20).writes.values())
    assert ADA not in in_file(tmp_path)
    assert {"LEAD": 1} == people.stages()
    with people.bridge.store.read() as tx:
        assert [bo] == tx.links(str(tx.link(bo)))
