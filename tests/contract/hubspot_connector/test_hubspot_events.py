"""The portal's own events as facts. Contract §7, §12."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr, ValidationError
from tests.contract.hubspot_connector.conftest import Reader, fill

from crmbridge.core.facts import EngagementDetail, Evidence
from crmbridge.ports import FieldNames
from crmbridge_hubspot.plugin import plugin
from crmbridge_hubspot.settings import HubSpotSettings

if TYPE_CHECKING:
    from crmbridge.ports import Connector
    from crmbridge.simulation import SimulatorClient
    from crmbridge_hubspot.simulator import HubSpotWorld

INTENT, TRIAL = "pe424242_intent_surge", "pe424242_trial_started"
DAY = 24 * 3600


@pytest.fixture(params=["v3", "2026-03"])
def watching(
    request: pytest.FixtureRequest, base_url: str, world: HubSpotWorld
) -> Iterator[Connector]:
    world.configuration.enforce_rate_limits = False
    settings = HubSpotSettings(
        token=SecretStr(world.token("crmbridge")),
        base_url=base_url,
        path_family=request.param,
        events=(INTENT, TRIAL),
    )
    made = plugin.connect(settings, FieldNames())
    yield made
    made.close()


@pytest.fixture
def reader(watching: Connector) -> Reader:
    return Reader(watching, "events")  # type: ignore[arg-type] # any connector will do


@pytest.fixture
def contact(marketer: SimulatorClient) -> str:
    return fill(marketer, 1)[0]


def occur(marketer: SimulatorClient, contact: str, name: str, seconds_ago: float = 0) -> None:
    body = {"id": contact, "name": name, "seconds_ago": seconds_ago}
    answer = marketer.call("POST", "/__sim__/visitor/event", body)
    assert answer.status_code == 200, answer.text


def test_each_occurrence_is_a_fact_at_its_own_instant(
    reader: Reader, marketer: SimulatorClient, contact: str, world: HubSpotWorld
) -> None:
    occur(marketer, contact, "intent_surge", seconds_ago=90)
    occur(marketer, contact, "trial_started")
    occur(marketer, contact, "something_else")
    reader.poll()
    reader.poll()
    facts = sorted(reader.facts.values(), key=lambda fact: fact.at)
    now = world.clock.now()
    assert [now - timedelta(seconds=90), now] == [fact.at for fact in facts]
    told = [EngagementDetail(evidence=Evidence.EVENT, name=each) for each in (INTENT, TRIAL)]
    assert told == [fact.detail for fact in facts]
    assert {contact} == {fact.ref.id for fact in facts}


def test_an_idle_poll_costs_a_call_for_each_type(reader: Reader, watching: Connector) -> None:
    reader.poll()
    before = watching.calls
    reader.poll()
    assert 2 == watching.calls - before


@pytest.mark.parametrize(("days", "found"), [(3, True), (9, False)])
def test_what_is_told_days_late_is_found_within_a_day(
    reader: Reader,
    marketer: SimulatorClient,
    contact: str,
    world: HubSpotWorld,
    days: int,
    found: bool,
) -> None:
    """Up to a week late, and not at every poll."""
    reader.poll()
    world.clock.advance(60)
    reader.poll()
    occur(marketer, contact, "intent_surge", seconds_ago=days * DAY)
    world.clock.advance(60)
    reader.poll()
    assert not reader.facts
    world.clock.advance(DAY)
    reader.poll()
    reader.poll()
    assert found == bool(reader.facts)


def test_many_occurrences_are_read_in_pages_and_an_interrupted_reading_goes_on(
    reader: Reader, marketer: SimulatorClient, contact: str, world: HubSpotWorld
) -> None:
    """What occurs in the meantime is not lost either."""
    sent = [
        {"eventName": INTENT, "objectId": contact, "uuid": f"u{n}", "properties": {"n": n}}
        for n in range(250)
    ]
    for _ in range(2):  # telling twice is telling once
        assert 204 == marketer.post("/events/v3/send/batch", {"inputs": sent}).status_code
    assert 2 == reader.poll(pages=2)
    world.clock.advance(600)
    occur(marketer, contact, "intent_surge", seconds_ago=599)
    reader.poll()
    assert 200 < len(reader.facts)
    reader.poll()
    assert 251 == len(reader.facts)


def test_a_type_that_is_added_is_read_from_the_start(
    reader: Reader, marketer: SimulatorClient, contact: str, base_url: str, world: HubSpotWorld
) -> None:
    occur(marketer, contact, "demo_watched", seconds_ago=30 * DAY)
    reader.poll()
    token = SecretStr(world.token("crmbridge"))
    more = HubSpotSettings(token=token, base_url=base_url, events=("pe424242_demo_watched", INTENT))
    reader.connector = plugin.connect(more, FieldNames())  # type: ignore[assignment]
    reader.poll()
    reader.connector.close()
    assert ["pe424242_demo_watched"] == [
        fact.detail.name
        for fact in reader.facts.values()
        if isinstance(fact.detail, EngagementDetail)
    ]


def test_an_erased_contact_takes_its_events_along(
    reader: Reader, marketer: SimulatorClient, contact: str
) -> None:
    occur(marketer, contact, "intent_surge")
    marketer.post("/crm/v3/objects/contacts/gdpr-delete", {"objectId": contact})
    reader.poll()
    assert not reader.facts


def test_a_name_that_is_no_event_is_refused_in_the_settings() -> None:
    with pytest.raises(ValidationError, match="such as pe123_trial_started"):
        HubSpotSettings(token=SecretStr("t"), events=("intent surge",))
    assert () == HubSpotSettings(token=SecretStr("t")).events


def test_nothing_is_asked_where_no_event_is_named(connector: Connector) -> None:
    assert "events" not in [stream.name for stream in connector.streams]
    began = connector.start("events", datetime(2026, 1, 1, tzinfo=UTC))
    before = connector.calls
    assert [began] == [page.checkpoint for page in connector.poll("events", began)]
    assert before == connector.calls
