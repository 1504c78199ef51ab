"""What breaks a limit waits for a yes: nobody else does, nothing is lost, nothing goes twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from company import Company, company

from crmbridge.cli.approve import approve
from crmbridge.core.journal import JournalKind
from crmbridge.core.limits import Effect
from crmbridge.engine.applying import Applier


@contextmanager
def at_most(folder: Path, mqls: int) -> Iterator[Company]:
    """A company whose rule book lets so many people become MQLs in one cycle."""
    with company(folder) as people:
        rules = people.bridge.rules
        limits = replace(rules.limits, cycle=replace(rules.limits.cycle, mqls=mqls))
        people.bridge.rules = replace(rules, limits=limits)
        yield people


def three_hands_go_up(people: Company) -> None:
    names = [f"{name}@{name}-freight.example" for name in ("ada", "bo", "cy")]
    for email in names:
        people.contact(email)
    people.cycle()
    for email in names:
        people.form(email, "Request a demo")


def say_yes(folder: Path, *more: str) -> str:
    result = CliRunner().invoke(approve, ["--store", str(folder / "bridge.db"), *more])
    assert result.exit_code == 0, result.output
    return result.output


def leads(people: Company) -> int:
    return len(people.query("SELECT Id FROM Lead"))


def test_a_batch_over_the_limit_waits_for_a_yes_and_then_goes_out_once(tmp_path: Path) -> None:
    with at_most(tmp_path, mqls=2) as people:
        three_hands_go_up(people)
        held = people.cycle()
        people.contact("dan@dan-freight.example")
        others = [people.cycle() for _ in range(3)]
        before = leads(people)
        shown = [
            row["id"]
            for row in people.portal.get(
                "/crm/v3/objects/contacts", properties="crmbridge_stage"
            ).json()["results"]
            if row["properties"].get("crmbridge_stage") == "MQL"
        ]
        said = say_yes(tmp_path, "--yes", "--as", "Olga Ops")
        written = [people.cycle() for _ in range(3)]
        after = leads(people)
        again = say_yes(tmp_path)
        with people.bridge.store.read() as tx:
            journal = [
                entry
                for entry in tx.journal()
                if entry.kind in (JournalKind.HELD, JournalKind.APPROVED)
            ]
            passed = tx.effect_since(people.clock.now().replace(hour=0))
            proved = tx.verify_journal()

    assert held.held > 0 == sum(held.writes.values())
    assert "3 new MQLs in one cycle are more than 2" in said
    assert "Held: writes about 3 people, 3 new MQLs, 0 removals from lists." in said
    assert (0, []) == (before, shown)
    assert 1 <= sum(sum(report.writes.values()) for report in others)
    assert 3 == after
    assert 0 == sum(written[-1].writes.values())
    assert "Nothing is held.\n" == again
    assert ["held", "approved"] == [entry.kind.value for entry in journal]
    assert "Olga Ops" == journal[1].payload["by"]
    # What was approved is not counted against the day.
    assert 0 == passed.mqls
    assert proved is None


def test_without_a_yes_nothing_goes_out(tmp_path: Path) -> None:
    with at_most(tmp_path, mqls=2) as people:
        three_hands_go_up(people)
        people.cycle()
        refused = CliRunner().invoke(approve, ["--store", str(tmp_path / "bridge.db")], input="n\n")
        people.cycle()
        assert (1, 0) == (refused.exit_code, leads(people))


def test_an_objection_waits_for_nobody(tmp_path: Path) -> None:
    with at_most(tmp_path, mqls=1) as people:
        three_hands_go_up(people)
        say_yes_later = people.cycle()
        say_yes(tmp_path, "--yes")
        people.cycle()
        rules = people.bridge.rules
        nobody = replace(rules.limits, cycle=Effect(people=0, mqls=0, list_removals=0))
        people.bridge.rules = replace(rules, limits=nobody)
        (lead, *_) = people.query("SELECT Id, Email FROM Lead")
        people.org.call(
            "PATCH",
            f"/services/data/v67.0/sobjects/Lead/{lead['Id']}",
            {"HasOptedOutOfEmail": True},
        )
        report = people.cycle()
        found = people.portal.post(
            "/crm/v3/objects/contacts/search",
            {
                "filterGroups": [
                    {
                        "filters": [
                            {"propertyName": "email", "operator": "EQ", "value": lead["Email"]}
                        ]
                    }
                ],
                "properties": ["hs_email_optout"],
            },
        ).json()["results"]

    assert say_yes_later.held > 0
    assert report.held > 0
    assert "true" == found[0]["properties"]["hs_email_optout"]


def test_an_objection_of_somebody_who_is_held_goes_out_at_once_and_the_rest_waits(
    tmp_path: Path,
) -> None:
    def opted_out(people: Company) -> int:
        search = {"propertyName": "hs_email_optout", "operator": "EQ", "value": "true"}
        body = {"filterGroups": [{"filters": [search]}]}
        answer = people.portal.post("/crm/v3/objects/contacts/search", body)
        return len(answer.json()["results"])

    with at_most(tmp_path, mqls=2) as people:
        three_hands_go_up(people)
        # Ada is known to sales already, and objects there while the batch is held.
        body = {"LastName": "Abbott", "Company": "Ada", "Email": "ada@ada-freight.example"}
        ada = people.org.call("POST", "/services/data/v67.0/sobjects/Lead", body).json()["id"]
        held = people.cycle()
        people.org.call(
            "PATCH", f"/services/data/v67.0/sobjects/Lead/{ada}", {"HasOptedOutOfEmail": True}
        )
        report = people.cycle()
        people.clock.advance(8)
        told, new = opted_out(people), leads(people)
        with people.bridge.store.read() as tx:
            waiting = len({each.uid for each in tx.held()})
        say_yes(tmp_path, "--yes")
        after = [people.cycle() for _ in range(4)]
        shown = people.query("SELECT CRMBridge_Stage__c FROM Lead ORDER BY Email")

    assert held.held > 0
    assert {"hubspot": 1, "salesforce": 0} == dict(report.writes)
    assert (1, 1) == (told, new)
    assert 3 == waiting
    assert ["MQL"] * 3 == [row["CRMBridge_Stage__c"] for row in shown]
    assert 0 == sum(after[-1].writes.values())


def test_what_a_crash_left_unjudged_is_judged_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_self: Applier, _now: object) -> None:
        raise KeyboardInterrupt

    with at_most(tmp_path, mqls=2) as people:
        three_hands_go_up(people)
        people.clock.advance(60)
        bridge = people.bridge
        with monkeypatch.context() as patched:
            # Decided, stored, and then the process dies before the limits were looked at.
            patched.setattr("crmbridge.engine.cycle.Guard.pass_on", die)
            with pytest.raises(KeyboardInterrupt):
                bridge.run_cycle(people.clock.now())
            patched.setattr("crmbridge.engine.cycle.Guard.pass_on", lambda *_: 0)
            patched.setattr("crmbridge.engine.cycle.Applier.apply", die)
            with pytest.raises(KeyboardInterrupt):
                bridge.run_cycle(people.clock.now())
        report = people.cycle()
        with bridge.store.read() as tx:
            waiting = [json.loads(json.dumps(each.key)) for each in tx.held()]

    assert 0 == sum(report.writes.values())
    assert waiting
