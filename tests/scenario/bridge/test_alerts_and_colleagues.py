"""Alerts, colleagues and merges through both simulated CRMs: what people there see."""

from __future__ import annotations

from pathlib import Path

from company import company

from crmbridge.sandbox.seeding import API


def test_an_untouched_mql_is_brought_before_rep_and_manager_once(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        people.contact("ada@northwind.example")
        people.cycle()
        people.form("ada@northwind.example", "Request a demo")
        people.cycle(20)
        people.cycle()
        stage = people.stages()
        told = [people.told_after(minutes) for minutes in (10, 40, 15, 1, 24 * 60)]
        (lead,) = people.query("SELECT Id, OwnerId, CRMBridge_SLA_Status__c FROM Lead")
        tasks = people.query("SELECT WhoId, Subject FROM Task")
        # The manager ticks an alert off: that is no touch.
        people.org.call(
            "PATCH", f"{API}/sobjects/Task/{people.task_ids()[0]}", {"Status": "Completed"}
        )
        quiet = [people.cycle() for _ in range(3)]
        still = people.stages()

    rep, boss = people.rep, people.boss
    assert {"MQL": 1} == stage == still
    # The owner is warned; owner and manager are told at due; the manager a workday later.
    due = sorted([rep, rep, boss])
    assert [[], [rep], due, due, sorted([*due, boss])] == told
    assert (rep, "BREACHED") == (lead["OwnerId"], lead["CRMBridge_SLA_Status__c"])
    assert {lead["Id"]} == {task["WhoId"] for task in tasks}
    assert any("First touch due" in task["Subject"] for task in tasks)
    assert [0, 0, 0] == [sum(report.writes.values()) for report in quiet]


def test_colleagues_lift_the_best_fit_in_the_same_cycle(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        people.contact("dir@acme.example", jobtitle="Director Logistics", numemployees="500-1000")
        people.contact("bo@acme.example", jobtitle="Analyst")
        people.contact("cy@acme.example", jobtitle="Analyst")
        people.cycle()
        people.form("dir@acme.example", "Whitepaper")
        people.form("dir@acme.example", "ROI calculator")
        people.cycle()
        alone = people.stages()
        people.form("bo@acme.example", "Whitepaper")
        people.cycle()
        people.cycle()
        pair = people.stages()
        people.form("cy@acme.example", "Whitepaper")
        report = people.cycle()
        together = people.stages()

    assert {"LEAD": 3} == alone == pair
    assert {"LEAD": 2, "MQL": 1} == together
    assert 1 == report.moves


def test_merged_contacts_are_one_person_with_one_promise(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        first = people.contact("ada@northwind.example")
        second = people.contact("a.abbott@northwind.example")
        people.cycle()
        people.form("ada@northwind.example", "Request a demo")
        people.cycle()
        people.cycle()
        before = people.stages()
        answer = people.portal.post(
            "/crm/v3/objects/contacts/merge",
            {"primaryObjectId": second, "objectIdToMerge": first},
        )
        assert answer.status_code == 200, answer.text
        for _ in range(4):
            people.cycle()
        after = people.stages()
        leads = people.query("SELECT Id FROM Lead")

    assert {"LEAD": 1, "MQL": 1} == before
    assert {"MQL": 1} == after
    assert 1 == len(leads)


def test_a_rep_reads_what_the_person_and_a_colleague_did_online(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        ada, bo = "ada@northwind.example", "bo@northwind.example"
        people.contact(ada)
        people.contact(bo)
        people.cycle()
        people.form(ada, "Request a demo")
        for _ in range(3):
            people.cycle()
        people.form(bo, "Whitepaper")
        for _ in range(2):
            people.cycle()
        (lead,) = people.query("SELECT Id, CRMBridge_Insight__c FROM Lead")
        assert (
            "Tue 9 Jun 2026: form “Request a demo”. "
            "At northwind.example: Bo Abbott (form “Whitepaper”, Tue 9 Jun 2026)."
        ) == lead["CRMBridge_Insight__c"]
        assert people.cycle().is_idle
