"""Shadow, canary, live: for whom the bridge acts, and that nothing from before is an event."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from company import Company, company

from crmbridge import rulebook
from crmbridge.app import scope_of
from crmbridge.core.scope import Mode, Scope
from crmbridge.engine.deciding import Decider
from crmbridge.errors import ConfigError
from crmbridge.settings import load_settings
from crmbridge.store import Transaction

GERMANY = {"mode": "canary", "scope": {"countries": ["Germany"]}}
CONTACTS = "/crm/v3/objects/contacts"
ADA, BEN = "ada@northwind.example", "ben@southwind.example"


def leads(people: Company) -> list[str]:
    return sorted(row["Email"] for row in people.query("SELECT Email FROM Lead"))


def ask(people: Company, *who: str) -> None:
    """They ask for a demo, and the bridge has two cycles to see it."""
    for email in who:
        people.form(email, "Request a demo")
    people.cycle()
    people.cycle()


def two_countries(people: Company) -> tuple[str, str]:
    """Ada's and Ben's addresses in the portal."""
    ada = people.contact(ADA, country="Germany", numemployees="500-1000")
    ben = people.contact(BEN, country="France", numemployees="500-1000")
    return f"{CONTACTS}/{ada}", f"{CONTACTS}/{ben}"


def test_a_canary_writes_about_those_in_its_scope_alone(tmp_path: Path) -> None:
    with company(tmp_path, settings=GERMANY) as people:
        two_countries(people)
        ask(people, ADA, BEN)
        report = people.cycle()
        with people.bridge.store.read() as tx:
            counts = tx.scope_counts()

        assert [ADA] == leads(people)
        assert "from DE" == report.scope
        assert (1, 1) == counts
        assert {"MQL": 1} == people.stages()


def test_gone_live_for_all_nothing_of_the_past_is_an_event_and_the_next_fact_is(
    tmp_path: Path,
) -> None:
    with company(tmp_path, settings=GERMANY) as people:
        two_countries(people)
        ask(people, ADA, BEN)
        people.bridge.mode = Mode.LIVE
        people.cycle()
        report = people.cycle()

        assert ([ADA], 0) == (leads(people), report.operations)
        assert {"MQL": 1, "LEAD": 1} == people.stages()

        ask(people, BEN)

        assert [ADA, BEN] == leads(people)


def test_who_comes_into_the_scope_later_is_new_from_then_on_and_stays(tmp_path: Path) -> None:
    with company(tmp_path, settings=GERMANY) as people:
        _, ben = two_countries(people)
        ask(people, BEN)
        people.portal.call("PATCH", ben, {"properties": {"country": "Germany"}})
        people.cycle()
        people.cycle()

        assert [] == leads(people)

        people.portal.call("PATCH", ben, {"properties": {"country": "France"}})
        ask(people, BEN)

        assert [BEN] == leads(people)


def test_a_wider_scope_takes_people_in_as_they_are(tmp_path: Path) -> None:
    with company(tmp_path, settings=GERMANY) as people:
        two_countries(people)
        ask(people, ADA, BEN)
        people.bridge.scope = Scope(countries=frozenset({"DE", "FR"}))
        people.cycle()

        assert [ADA] == leads(people)
        assert {"MQL": 1, "LEAD": 1} == people.stages()


def test_a_list_can_be_the_scope(tmp_path: Path) -> None:
    pilot = {"mode": "canary", "scope": {"lists": ["NL-PILOT"]}}
    with company(tmp_path, settings=pilot) as people:
        made = people.portal.post(
            "/crm/v3/lists/",
            {"name": "NL-PILOT", "objectTypeId": "0-1", "processingType": "MANUAL"},
        )
        ada, _ = two_countries(people)
        members = f"/crm/v3/lists/{made.json()['list']['listId']}/memberships/add"
        people.portal.call("PUT", members, [ada.rpartition("/")[2]])
        people.cycle(20)
        ask(people, ADA, BEN)

        assert [ADA] == leads(people)


def test_in_shadow_nothing_is_written_and_the_reason_is_said(tmp_path: Path) -> None:
    with company(tmp_path, settings={"mode": "shadow"}) as people:
        two_countries(people)
        ask(people, ADA, BEN)
        report = people.cycle()

        assert ([], {}) == (leads(people), people.stages())
        assert "the settings say `mode: shadow`" == report.shadow

        people.bridge.mode = Mode.LIVE
        people.cycle()

        assert ([], {"LEAD": 2}) == (leads(people), people.stages())


def test_a_crash_while_going_live_leaves_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_self: Decider, *_given: Any) -> None:
        raise KeyboardInterrupt

    with company(tmp_path, settings={"mode": "shadow"}) as people:
        two_countries(people)
        people.cycle()
        people.bridge.mode = Mode.LIVE
        with monkeypatch.context() as patch:
            patch.setattr(Decider, "_decide_batch", die)
            with pytest.raises(KeyboardInterrupt):
                people.cycle()

        assert {} == people.stages()

        people.cycle()

        assert {"LEAD": 2} == people.stages()


def test_a_narrower_scope_after_going_live_lets_nobody_go(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        two_countries(people)
        people.cycle()
        people.bridge.mode = Mode.CANARY
        people.bridge.scope = Scope(countries=frozenset({"DE"}))
        people.contact("cy@westwind.example", country="France", numemployees="500-1000")
        ask(people, BEN, "cy@westwind.example")

        assert [BEN] == leads(people)

        people.bridge.mode = Mode.LIVE
        people.cycle()

        assert [BEN] == leads(people)
        with people.bridge.store.read() as tx:
            assert 2 == sum(1 for _ in since(tx, people) if _ is not None)


def since(tx: Transaction, people: Company) -> list[object]:
    return [*tx.entered(tx.linked_uids()).values()]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mode": "canary"}, "mode: a canary needs a scope"),
        ({"mode": "canry"}, "mode: input should be 'shadow', 'canary' or 'live'"),
        ({"scope": {"percent": 0}}, "scope.percent: input should be greater than 0"),
        ({"scope": {"lists": ["Pilot"]}}, "scope.lists: only lists whose names begin with `NL-`"),
        ({"scope": {"country": ["DE"]}}, "scope.country: no such setting (did you mean"),
    ],
)
def test_a_wrong_scope_is_told_in_a_line(given: dict[str, Any], said: str) -> None:
    rules = rulebook.load(rulebook.find(None))
    with pytest.raises(ConfigError) as refused:
        scope_of(load_settings(None, given), rules)

    assert said in refused.value.message
    assert "\n" not in refused.value.message
