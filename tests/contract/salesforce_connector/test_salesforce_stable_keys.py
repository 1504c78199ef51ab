"""Whenever and however often the org is read, the same things have happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.contract.salesforce_connector.conftest import MONDAY_NOON, Org, Reader, Stage, User

from crmbridge.clock import WorldClock
from crmbridge.core.facts import Detail, Fact, FactKind, TouchDetail
from crmbridge.ports import FieldNames
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.simulator import SalesforceWorld, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUSES = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")
STAGES = ("Prospecting", "Needs Analysis", "Closed Lost", "Closed Won")


class Scene:
    """One lead, one contact and one deal, and what can happen to them."""

    def __init__(self, org: Org, *, tracked: bool) -> None:
        self.org = org
        self.rep = org.rep()
        if tracked:
            self._show_that_history_is_kept()
        else:
            for name in ("Lead", "Contact"):
                org.sim("tracking", object=name, fields=["OwnerId"])
        self.lead = self.rep.lead()
        self.contact = self.rep.create("Contact", LastName="Roe")
        self.deal = self.rep.create(
            "Opportunity", Name="Big", StageName="Prospecting", CloseDate="2026-06-01"
        )
        self.task = self.rep.create("Task", WhoId=self.contact, Subject="Call")
        self.converted = False

    def _show_that_history_is_kept(self) -> None:
        self.rep.change("Lead", self.rep.lead(), Status=STATUSES[1])
        other = self.rep.create("Contact", LastName="Poe")
        self.rep.change("Contact", other, CRMBridge_Status__c="Working")

    def acts(self) -> dict[str, Callable[[], object]]:
        rep, us = self.rep, self.org.us
        return {
            **{f"status {each}": partial(self._lead, Status=each) for each in STATUSES},
            **{
                f"stage {each}": partial(rep.change, "Opportunity", self.deal, StageName=each)
                for each in STAGES
            },
            "contact works": lambda: rep.change(
                "Contact", self.contact, CRMBridge_Status__c="Working"
            ),
            "contact ends": lambda: rep.change(
                "Contact", self.contact, CRMBridge_Status__c="Disqualified"
            ),
            "we write": lambda: self._lead_as(us, CRMBridge_Score__c=50),
            "title": lambda: self._lead(Title="Boss"),
            "amount": lambda: rep.change("Opportunity", self.deal, Amount=7),
            "task done": lambda: rep.change("Task", self.task, Status="Completed"),
            "task renamed": lambda: rep.change("Task", self.task, Subject="Call again"),
            "system bump": lambda: self.org.sim("touch", object="Lead", id=self.lead),
            "convert": self._convert,
        }

    def _lead(self, **fields: object) -> None:
        self._lead_as(self.rep, **fields)

    def _lead_as(self, user: User, **fields: object) -> None:
        if not self.converted:
            user.change("Lead", self.lead, **fields)

    def _convert(self) -> None:
        if not self.converted:
            self.org.sim("convert", lead_id=self.lead, user_id=self.rep.id)
            self.converted = True


ACTS = (
    *(f"status {value}" for value in STATUSES),
    *(f"stage {value}" for value in STAGES),
    "contact works",
    "contact ends",
    "we write",
    "title",
    "amount",
    "task done",
    "task renamed",
    "system bump",
    "convert",
)


Script = list[tuple[str, int, bool]]
"""Acts, the seconds that pass after each, and whether somebody polls then."""


class Play(Protocol):
    def __call__(self, script: Script, *, tracked: bool) -> tuple[Reader, Reader]: ...


@pytest.fixture
def play(stage: tuple[Stage, str]) -> Iterator[Play]:
    """Plays a script in a new org; answers who polled along the way, and who only at the end."""
    opened: list[tuple[Org, SalesforceConnector]] = []

    def run(script: Script, *, tracked: bool) -> tuple[Reader, Reader]:
        app, base_url = stage
        world = SalesforceWorld(WorldClock(MONDAY_NOON))
        app.app = create_app(world)
        org = Org(world, base_url)
        connector = SalesforceConnector(org.settings(), FieldNames())
        opened.append((org, connector))
        connector.provision({})
        scene = Scene(org, tracked=tracked)
        often = Reader(connector)
        for act, seconds, polls in script:
            scene.acts()[act]()
            org.advance(seconds)
            if polls:
                often.poll()
        often.poll()
        once = Reader(connector)
        once.poll()
        for each in opened:
            each[0].close()
            each[1].close()
        opened.clear()
        return often, once

    yield run
    for org, connector in opened:
        org.close()
        connector.close()


_SCRIPT = st.lists(
    st.tuples(st.sampled_from(ACTS), st.sampled_from((0, 1, 30, 4000)), st.booleans()),
    max_size=12,
)


_CAREFULLY = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@_CAREFULLY
@example(
    script=[
        ("stage Needs Analysis", 0, False),
        ("stage Prospecting", 0, True),
        ("stage Needs Analysis", 0, False),
    ]
)
@given(script=_SCRIPT)
def test_polling_often_and_polling_once_see_the_same_things_happen(
    play: Play, script: Script
) -> None:
    often, once = play(script, tracked=True)
    assert happened(once) == happened(often)
    assert often.records.keys() <= once.records.keys()


@_CAREFULLY
@given(script=_SCRIPT)
def test_without_history_polling_once_sees_nothing_that_polling_often_would_not(
    play: Play, script: Script
) -> None:
    often, once = play(script, tracked=False)
    assert once.facts.keys() <= often.facts.keys()


def happened(reader: Reader) -> set[tuple[str, FactKind, datetime, Detail]]:
    """Everything but an activity's record, which conversion moves, and its subject, which is
    told as it stood when it was read."""
    return {(fact.key, fact.kind, fact.at, _detail(fact)) for fact in reader.facts.values()}


def _detail(fact: Fact) -> Detail:
    if isinstance(fact.detail, TouchDetail):
        return replace(fact.detail, subject="")
    return fact.detail
