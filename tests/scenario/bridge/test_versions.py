"""Another version of the lead standard: over everyone in the store, and in shadow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from company import company

from crmbridge.core.journal import JournalKind
from crmbridge.core.scope import Mode
from crmbridge.engine.comparing import verdicts_in_store
from crmbridge.engine.deciding import Decider
from crmbridge.rulebook.diffing import effect_on


def test_a_stricter_and_a_looser_standard_over_everyone_in_the_store(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        people.contact("ada@northwind.example", numemployees="500-1000")
        people.contact("ben@northwind.example", jobtitle="Analyst")
        people.cycle()
        people.form("ada@northwind.example", "Webinar registration")
        people.form("ben@northwind.example", "Request a demo")
        people.cycle()
        people.cycle()
        rules = people.bridge.rules
        looser = replace(rules, mql=replace(rules.mql, score=50))
        stricter = replace(rules, mql=replace(rules.mql, fit=30.0))
        now = people.clock.now()
        more = effect_on(verdicts_in_store(people.bridge, rules, looser, now))
        less = effect_on(verdicts_in_store(people.bridge, rules, stricter, now))
        with people.bridge.store.read() as tx:
            used = {(what, value) for what, value, _ in tx.used_values()}

    assert (2, 1, 0) == (more.people, len(more.entering), len(more.leaving))
    assert (2, 0, 1) == (less.people, len(less.entering), len(less.leaving))
    assert {("Nora Rep", "leaving"): 1} == dict(less.by_rep)
    assert ("field", "title") in used


def test_a_candidate_decides_beside_the_live_rule_book_and_writes_nothing(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        people.contact("ada@northwind.example", numemployees="500-1000")
        people.cycle()
        rules = people.bridge.rules
        people.bridge.candidate = replace(
            rules, digest="another", version="next", mql=replace(rules.mql, score=50)
        )
        followed = people.cycle()
        people.form("ada@northwind.example", "Webinar registration")
        report = people.cycle()
        with people.bridge.store.read() as tx:
            (uid,) = tx.linked_uids()
            live, shadow = tx.standing(uid), tx.shadow_standings([uid])[uid]
            notes = [e for e in tx.journal(uid=uid) if e.kind is JournalKind.SHADOW]
        leads = people.query("SELECT Id FROM Lead")

    assert (0, 0) == (followed.shadow_moves, report.moves)
    assert 1 == report.shadow_moves
    assert ("LEAD", "MQL") == (getattr(live, "stage", ""), getattr(shadow, "stage", ""))
    assert [("next", "MQL", "LEAD")] == [
        (note.payload["version"], note.payload["stage"], note.payload["live_stage"])
        for note in notes
    ]
    assert [] == leads


def test_a_crash_right_after_another_candidate_was_taken_up_leaves_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_self: Decider, *_given: Any) -> None:
        raise KeyboardInterrupt

    with company(tmp_path) as people:
        people.contact("ada@northwind.example", numemployees="500-1000")
        people.cycle()
        people.bridge.candidate = replace(people.bridge.rules, digest="another", version="next")
        with monkeypatch.context() as patch:
            patch.setattr(Decider, "_decide_batch", die)
            with pytest.raises(KeyboardInterrupt):
                people.cycle()
        people.cycle()
        with people.bridge.store.read() as tx:
            uids = tx.linked_uids()
            followed = tx.shadow_standings(uids).keys()

    assert 1 == len(uids)
    assert {*uids} == followed


def test_another_rule_book_in_force_reaches_everybody_at_once(tmp_path: Path) -> None:
    """Who crosses a lower threshold is an MQL from that cycle on, though nobody did anything."""
    with company(tmp_path) as people:
        people.contact("ada@northwind.example", numemployees="500-1000")
        people.cycle()
        people.form("ada@northwind.example", "Webinar registration")
        people.cycle()
        before = people.cycle()
        rules = people.bridge.rules
        people.bridge.rules = replace(
            rules,
            digest="another",
            version="next",
            mql=replace(rules.mql, score=50),
            approvals={
                name: replace(each, digest="another") for name, each in rules.approvals.items()
            },
        )
        taken = people.cycle()
        again = [people.cycle() for _ in range(3)]
        with people.bridge.store.read() as tx:
            (uid,) = tx.linked_uids()
            standing = tx.standing(uid)

    assert (0, 0) == (before.persons, before.moves)
    assert (1, 1) == (taken.persons, taken.moves)
    assert standing is not None
    assert ("MQL", "next") == (standing.stage, standing.rulebook_version)
    assert [0, 0, 0] == [each.moves for each in again]


def test_who_acts_while_nothing_is_in_force_is_decided_about_afterwards(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        people.contact("ada@northwind.example", numemployees="500-1000")
        people.cycle()
        people.bridge.mode = Mode.SHADOW
        people.cycle()
        people.form("ada@northwind.example", "Request a demo")
        shadowed = [people.cycle() for _ in range(2)]
        people.bridge.mode = Mode.LIVE
        back = [people.cycle() for _ in range(3)]
        quiet = [people.cycle() for _ in range(3)]

    assert 1 == sum(each.shadow_moves for each in shadowed)
    assert 1 == sum(each.moves for each in back)
    assert [0, 0, 0] == [each.moves for each in quiet]
