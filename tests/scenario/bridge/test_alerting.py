"""Troubles are told once when they begin and once when they are over, whatever restarts between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from company import Company, company
from receivers import Hook, Mailbox, mail_server, webhook
from structlog.testing import capture_logs
from watched import Watched, watched

from crmbridge.core.alerting import AlertKind
from crmbridge.errors import AuthError
from crmbridge.operation.metrics import exposition

ADA = "ada@northwind.example"
SALESFORCE_DOWN = {"action": "status", "status": 503, "token": "integration", "times": 100_000}


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path) as made:
        made.contact(ADA)
        made.cycle()
        yield made


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as made:
        yield made


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as made:
        yield made


def ops(hook: Hook) -> dict[str, object]:
    return {"ops": {"url": hook.url, "timeout": 0.5}}


def email(box: Mailbox, *to: str) -> dict[str, object]:
    sender = "bridge@corp.example"
    return {
        "host": "127.0.0.1",
        "port": box.port,
        "security": "none",
        "sender": sender,
        "to": list(to),
    }


def titles(hook: Hook) -> list[str]:
    return [text.splitlines()[0].strip("*") for text in hook.texts]


def test_a_crm_that_does_not_answer_is_told_once_and_its_return_once(
    people: Company, hook: Hook, tmp_path: Path
) -> None:
    with watched(people, tmp_path, webhooks=ops(hook)) as one:
        one.turn()
        assert 0.0 == one.metric('outage{system="salesforce"}')
        people.org.sim("faults", SALESFORCE_DOWN)
        one.turns(6)
        assert 1.0 == one.metric('outage{system="salesforce"}')
        assert 1.0 == one.metric('alerts_open{kind="outage"}')
        assert 6.0 == one.metric("failures")
    # A takeover in the middle of it.
    with watched(people, tmp_path, webhooks=ops(hook)) as two:
        two.turns(6)
        people.sandbox.salesforce_world.faults.clear()
        two.turn(minutes=20)
        two.turns(3)
        assert 0.0 == two.metric('alerts_open{kind="outage"}')
    with watched(people, tmp_path, webhooks=ops(hook)) as three:
        three.turns(2)
    down = "crmbridge: A CRM does not answer (salesforce)"
    assert [down, down.replace("crmbridge: ", "crmbridge: over: ")] == titles(hook)
    assert "status 503" in hook.texts[0]
    assert "hubspot 424242" in hook.texts[0]
    assert "It was: salesforce does not answer" in hook.texts[1]


def test_a_webhook_that_fails_delays_no_cycle_and_is_logged_once(
    people: Company, hook: Hook, tmp_path: Path
) -> None:
    hook.delay = 30
    with capture_logs() as logs, watched(people, tmp_path, webhooks=ops(hook)) as one:
        people.org.sim("faults", SALESFORCE_DOWN)
        for _ in range(8):
            people.clock.advance(60)
            began = time.monotonic()
            one.daemon._run_once(None)
            assert time.monotonic() - began < 3, "the message takes longer in vain"
        one.settle()
        failed = [each for each in logs if each["event"] == "alert_not_delivered"]
        assert ["warning"] == [e["log_level"] for e in failed if e["log_level"] != "debug"]
        assert "T0KEN" not in str(logs)
        hook.delay = 0
        one.turns(2, minutes=61)
        assert 1 == len(hook.texts)
        assert 1 == sum(each["event"] == "alerts_arrive_again" for each in logs)
        assert 1.0 == one.metric('alerts_sent_total{channel="ops",outcome="arrived"}')
        assert 1.0 <= one.metric('alerts_sent_total{channel="ops",outcome="failed"}') <= 4.0


def test_a_refused_login_ends_the_daemon_and_is_told_before(
    people: Company, hook: Hook, tmp_path: Path
) -> None:
    portal = people.sandbox.hubspot_world
    for _ in range(2):
        people.visitors.sim(
            "faults", {"action": "status", "status": 401, "token": "crmbridge", "times": 50}
        )
        people.bridge.identities = {}
        with watched(people, tmp_path, webhooks=ops(hook)) as one, pytest.raises(AuthError):
            one.daemon.run()
    portal.faults.clear()
    with watched(people, tmp_path, webhooks=ops(hook)) as last:
        assert 1.0 == last.metric('alerts_open{kind="login"}')
        last.turns(2)
    refused = "crmbridge: A login is refused"
    assert [refused, "crmbridge: over: A login is refused"] == titles(hook)
    assert "the token is refused: check hubspot.token" in hook.texts[0]


def test_cycles_that_fail_are_told_from_the_third_one_on(
    people: Company, hook: Hook, tmp_path: Path
) -> None:
    kinds = ["cycle"]
    channel = {"ops": {"url": hook.url, "kinds": kinds}}
    with watched(people, tmp_path, webhooks=channel) as one:
        store = people.bridge.store
        real = store.turn

        def taken(holder: str, patience: float) -> object:
            return real(holder, 0.0)

        store.turn = taken  # type: ignore[method-assign,assignment]
        with real("undo", 1.0):
            one.turns(2)
            assert [] == titles(hook)
            one.turns(3)
        one.turn()
        store.turn = real  # type: ignore[method-assign]
    assert ["crmbridge: Cycles fail", "crmbridge: over: Cycles fail"] == titles(hook)
    assert "3 cycles in a row failed, the latest because: it is the turn of" in hook.texts[0]


def make_mql(one: Watched, people: Company) -> None:
    people.form(ADA, "Request a demo")
    one.turns(2)
    assert {"MQL": 1} == people.stages()


def test_the_daily_digest_tells_managers_of_their_reports_and_names_nobody(
    people: Company, hook: Hook, box: Mailbox, tmp_path: Path
) -> None:
    digest = {"at": "09:00", "zone": "Europe/Berlin", "to_managers": True}
    alerts = {"webhooks": ops(hook), "email": email(box), "digest": digest}
    with watched(people, tmp_path, **alerts) as one:
        # 09:00 in Berlin is now; nothing is owed and nothing is sent.
        one.turn()
        make_mql(one, people)
        people.clock.advance(timedelta(hours=23).total_seconds())
        one.turns(3)
        one.turns(2, minutes=30)
    with watched(people, tmp_path, **alerts) as two:
        two.turns(3)
    (text,) = [each for each in hook.texts if "First touches" in each]
    ((recipients, mail),) = box.mails
    content = mail.get_payload(decode=True)
    assert isinstance(content, bytes)
    body = content.decode()
    (boss,) = people.query(f"SELECT Email FROM User WHERE Id = '{people.boss}'")
    assert [boss["Email"]] == recipients
    for told in (text, body):
        assert "1 missed, 0 at risk. Times are those of Europe/Berlin." in told
        assert people.rep in told
        lead = people.query("SELECT Id FROM Lead")[0]["Id"]
        assert f"{people.sandbox.salesforce_url}/{lead}" in told
        assert not any(word in told for word in ("Ada", "northwind", "Nora", "Mara"))


def test_with_names_the_digest_names_people(people: Company, hook: Hook, tmp_path: Path) -> None:
    alerts = {"webhooks": ops(hook), "digest": {"at": "09:00", "zone": "Europe/Berlin"}}
    with watched(people, tmp_path, names=True, **alerts) as one:
        one.turn()
        make_mql(one, people)
        people.clock.advance(timedelta(hours=24).total_seconds())
        one.turns(3)
    assert "Nora Rep" in hook.texts[0]
    assert "Ada Abbott" in hook.texts[0]


def test_the_numbers_follow_what_happens(people: Company, tmp_path: Path) -> None:
    with watched(people, tmp_path) as one:
        one.turn()
        assert 1.0 == one.metric('people{stage="LEAD"}')
        people.form(ADA, "Request a demo")
        one.turn()
        assert 1.0 == one.metric('sla_waiting{status="open"}')
        one.turn(minutes=6)
        assert 1.0 == one.metric('people{stage="MQL"}')
        assert 1.0 == one.metric('sla_promises{status="open"}')
        assert 1.0 == one.metric("moves_total")
        assert 3.0 == one.metric('cycles_total{outcome="finished"}')
        assert 3.0 == one.metric('cycle_step_seconds_count{step="poll"}')
        assert 0.0 == one.metric("last_cycle_age_seconds")
        people.clock.advance(90)
        assert 90.0 == one.metric("last_cycle_age_seconds")
        assert 1.0 == one.metric("leading")
        assert 0.0 < one.metric('api_day_used{system="hubspot"}')
        assert 1.0 <= one.metric('writes_total{system="salesforce"}')
        assert 0.0 == one.metric('outbox_writes{lane="stage",state="waiting"}')
        text = exposition({"": one.watch.metrics}, "")[0].decode()
    assert "northwind" not in text
    assert people.rep not in text
    assert AlertKind.TEST.value not in text
