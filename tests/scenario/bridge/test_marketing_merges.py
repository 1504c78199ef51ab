"""Contacts merged in HubSpot: one person, every act once, and nothing that nobody did."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from company import Company, company

from crmbridge.core.facts import EngagementDetail, FactKind
from crmbridge.engine.assembling import Assembler

pytestmark = pytest.mark.campaign

CONTACTS = "/crm/v3/objects/contacts"


def acts(people: Company) -> dict[str, list[str]]:
    """Person → what they are known to have done, as decisions see it."""
    found: dict[str, list[str]] = {}
    with people.bridge.store.read() as tx:
        connectors = people.bridge.connectors
        now, uids = people.clock.now(), tx.linked_uids()
        assembler = Assembler(tx, connectors, frozenset(), now, frozenset(), uids)
        for uid in uids:
            view = assembler.view(uid)
            found[uid] = sorted(
                f"{fact.detail.name} {fact.at:%d %H:%M:%S}"
                for fact in view.facts
                if fact.kind is FactKind.ENGAGEMENT and isinstance(fact.detail, EngagementDetail)
                for _ in range(fact.detail.count)
            )
    return {uid: did for uid, did in found.items() if did}


def merge(people: Company, primary: str, loser: str) -> str:
    answer = people.portal.post(
        f"{CONTACTS}/merge", {"primaryObjectId": primary, "objectIdToMerge": loser}
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_a_merge_neither_doubles_what_was_done_nor_invents_anything(tmp_path: Path) -> None:
    with company(tmp_path) as people:
        first, second = people.contact("ada@north.example"), people.contact("ada@home.example")
        people.cycle()
        done = []
        for email in ("ada@north.example", "ada@home.example", "ada@north.example"):
            people.form(email, "Whitepaper")
            done.append(f"Whitepaper {people.clock.now():%d %H:%M:%S}")
            people.cycle()
        merged = merge(people, first, second)
        people.cycle()
        people.cycle()
        assert [sorted(done)] == list(acts(people).values())
        people.form("ada@north.example", "Webinar")
        done.append(f"Webinar {people.clock.now():%d %H:%M:%S}")
        people.cycle()
        assert [sorted(done)] == list(acts(people).values())
        with people.bridge.store.read() as tx:
            assert 1 == sum(people.stages().values())
            assert merged in {ref.id for uid in acts(people) for ref in tx.links(uid)}


def test_random_lives_end_in_the_ledger_as_they_were_lived(tmp_path: Path) -> None:
    """Forms, pages and clicks at random instants, polls from seconds to an hour apart, a lagging
    index, contacts merged and archived on the way: nothing lost, nothing twice."""
    dice = random.Random(7)
    with company(tmp_path) as people:
        ids = {f"p{n}@acme{n}.example": people.contact(f"p{n}@acme{n}.example") for n in range(24)}
        lived: dict[str, list[str]] = {email: [] for email in ids}
        people.cycle()
        for number in range(120):
            people.clock.advance(dice.choice((2, 15, 90, 600)))
            people.portal.sim("config", {"index_lag_seconds": dice.choice((0, 3, 30))})
            email = dice.choice(sorted(ids))
            form = dice.choice(("Whitepaper", "Webinar", "Newsletter"))
            people.form(email, form)
            lived[email].append(f"{form} {people.clock.now():%d %H:%M:%S}")
            if dice.random() < 0.4:
                people.cycle(dice.choice((0.25, 1, 5, 60)))
            if number % 24 == 23:
                _settle(people)
                keeper, loser = dice.sample(sorted(ids), 2)
                ids[keeper] = merge(people, ids[keeper], ids.pop(loser))
                lived[keeper] += lived.pop(loser)
        people.portal.sim("config", {"index_lag_seconds": 0})
        _settle(people)
        assert Counter(map(tuple, map(sorted, lived.values()))) == Counter(
            map(tuple, acts(people).values())
        )


def _settle(people: Company) -> None:
    """Long enough for the index to have shown everything."""
    for minutes in (2, 6, 1):
        people.cycle(minutes)
