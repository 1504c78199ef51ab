"""One CRM does not answer: it is left alone, and the other one is read and written, but gently."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from company import Company, company
from drill import ADA, BO
from structlog.testing import capture_logs

from crmbridge.breaker import Breaker
from crmbridge.core.model import Side
from crmbridge.engine.cycle import Bridge, CycleReport
from crmbridge.engine.daemon import Daemon
from crmbridge.errors import RetryableError, Unavailable

SALESFORCE = {"action": "status", "status": 503, "token": "integration", "times": 100_000}


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada is known, and nothing else has happened."""
    with company(tmp_path) as made:
        made.contact(ADA)
        made.cycle()
        yield made


def break_down(people: Company) -> None:
    """Salesforce answers 503 to us until it is well again; we have noticed."""
    people.org.sim("faults", SALESFORCE)
    for _ in range(2):
        cycle(people)
    assert people.bridge.connectors[Side.SALES].breaker.outage is not None


def get_well(people: Company) -> None:
    people.sandbox.salesforce_world.faults.clear()


def cycle(people: Company) -> bool:
    try:
        people.cycle()
    except RetryableError:
        return False
    return True


def calls(people: Company) -> dict[str, int]:
    return {each.name: each.calls for each in people.bridge.connectors.values()}


def spent(people: Company, minutes: int) -> dict[str, int]:
    before = calls(people)
    for _ in range(minutes):
        assert not cycle(people)
    return {name: after - before[name] for name, after in calls(people).items()}


def test_a_crm_that_is_down_gets_one_call_at_a_time_and_the_other_is_read_seldom(
    people: Company,
) -> None:
    break_down(people)
    cost = spent(people, 120)
    # Waits of 1, 2, 4, 8 and then 15 minutes, give or take a fifth.
    assert 8 <= cost["salesforce"] <= 16
    # Two hours at full pace are 240 searches and the slow streams.
    assert cost["hubspot"] <= 12 * 14


def test_what_happens_in_the_other_crm_is_stored_meanwhile_and_decided_afterwards(
    people: Company,
) -> None:
    break_down(people)
    people.contact(BO)
    people.form(ADA, "Request a demo")
    for _ in range(12):
        assert not cycle(people)
    with people.bridge.store.read() as tx:
        assert len(tx.find_by_email(BO)) == 1
    assert {"LEAD": 1} == people.stages(), "nothing is decided on half a picture"
    get_well(people)
    people.clock.advance(20 * 60)
    assert cycle(people)
    assert {"LEAD": 1, "MQL": 1} == people.stages()
    assert 1 == len(people.query("SELECT Id FROM Lead"))


def test_a_write_that_waits_for_the_healthy_crm_is_sent_and_one_for_the_other_loses_no_turn(
    people: Company,
) -> None:
    people.form(ADA, "Request a demo")
    people.org.sim("faults", {**SALESFORCE, "path": "composite/sobjects", "skip": 0})
    portal = {"action": "status", "status": 503, "path": "batch/update", "times": 1}
    people.visitors.sim("faults", {**portal, "token": "crmbridge"})
    cycle(people)
    with people.bridge.store.read() as tx:
        later = people.clock.now() + timedelta(hours=1)
        waiting = [each.side for each in tx.pending(later, None)]
    assert {Side.SALES, Side.MARKETING} == set(waiting)
    break_down(people)
    for _ in range(10):
        cycle(people)
    with people.bridge.store.read() as tx:
        later = people.clock.now() + timedelta(hours=2)
        assert {Side.SALES} == {each.side for each in tx.pending(later, None)}
        soon = people.clock.now() + timedelta(minutes=5)
        assert tx.pending(soon, None), "it was not put off while nothing could be sent"
    get_well(people)
    people.clock.advance(20 * 60)
    for _ in range(2):
        cycle(people)
    assert 1 == len(people.query("SELECT Id FROM Lead"))


def test_it_is_said_once_when_it_begins_and_once_when_it_ends(people: Company) -> None:
    with capture_logs() as logs:
        break_down(people)
        for _ in range(30):
            cycle(people)
        get_well(people)
        people.clock.advance(20 * 60)
        assert cycle(people)
    told = [
        (each["event"], each["log_level"])
        for each in logs
        if each["event"].startswith("circuit") and each["log_level"] != "debug"
    ]
    assert [("circuit_opened", "warning"), ("circuit_closed", "info")] == told


def test_an_outage_outlives_the_process_and_is_told_to_who_asks(people: Company) -> None:
    break_down(people)
    with people.bridge.store.read() as tx:
        (outage,) = tx.outages()
    assert "salesforce" == outage.system
    assert "status 503" == outage.reason
    old: Any = people.bridge
    sales = old.connectors[Side.SALES]
    sales._client.breaker = Breaker("salesforce")
    people.bridge = Bridge(
        store=old.store,
        connectors=old.connectors,
        rules=old.rules,
        slow_interval=old.slow_interval,
        pause=old.pause,
    )
    before = sales.calls
    with pytest.raises(Unavailable):
        people.bridge.run_cycle(people.clock.now())
    assert before == sales.calls
    get_well(people)
    people.clock.advance(20 * 60)
    people.bridge.identities = old.identities
    assert cycle(people)
    with people.bridge.store.read() as tx:
        assert [] == tx.outages()


def test_a_daemon_that_starts_in_an_outage_leaves_both_alone_between_trials(
    people: Company,
) -> None:
    people.org.sim("faults", SALESFORCE)
    people.bridge.identities = {}
    daemon = Daemon(people.bridge, people.clock, timedelta(minutes=1))
    for _ in range(6):
        people.clock.advance(60)
        daemon._run_once(None)
    before = calls(people)
    for _ in range(60):
        people.clock.advance(60)
        daemon._run_once(None)
    after = calls(people)
    assert after["salesforce"] - before["salesforce"] <= 8
    assert after["hubspot"] == before["hubspot"]
    get_well(people)
    people.clock.advance(20 * 60)
    daemon._run_once(None)
    assert people.bridge.identities


def test_a_daemon_goes_on_though_a_crm_refuses_what_it_is_asked(people: Company) -> None:
    """As Salesforce does while a field is missing: nothing is decided, and nothing is lost."""
    body = [{"errorCode": "INVALID_FIELD", "message": "No such column 'Fit__c' on entity 'Lead'."}]
    people.org.sim("faults", {**SALESFORCE, "status": 400, "body": body})
    people.form(ADA, "Request a demo")
    done: list[CycleReport] = []
    daemon = Daemon(people.bridge, people.clock, timedelta(minutes=1))
    with capture_logs() as told:
        for _ in range(3):
            people.clock.advance(60)
            daemon._run_once(done.append)
    assert [] == done
    (warned,) = [each for each in told if each["log_level"] == "warning"]
    assert ("cycle_failed", True) == (warned["event"], "INVALID_FIELD" in warned["reason"])
    get_well(people)
    people.clock.advance(60)
    daemon._run_once(done.append)
    assert [1] == [each.moves for each in done]
