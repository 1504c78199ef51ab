"""Deals kept in HubSpot as records and facts. Contract §4, §10."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from tests.contract.hubspot_connector.conftest import Reader, fill

from crmbridge.clock import WorldClock
from crmbridge.core import fields as f
from crmbridge.core.facts import DealDetail, FactKind
from crmbridge.ports import FieldNames
from crmbridge_hubspot.plugin import plugin
from crmbridge_hubspot.settings import HubSpotSettings
from crmbridge_hubspot.simulator import HubSpotWorld

if TYPE_CHECKING:
    from crmbridge.core.facts import Fact
    from crmbridge.ports import Connector
    from crmbridge.simulation import SimulatorClient

DEALS = "/crm/v3/objects/deals"
HOUR = 3_600


@pytest.fixture
def world() -> HubSpotWorld:
    """A portal that HubSpot's own Salesforce connector writes to as well."""
    clock = WorldClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    return HubSpotWorld(clock, native_connector=True, enforce_rate_limits=False)


@pytest.fixture(params=["v3", "2026-03"])
def selling(
    request: pytest.FixtureRequest, base_url: str, world: HubSpotWorld
) -> Iterator[Connector]:
    settings = HubSpotSettings(
        token=SecretStr(world.token("crmbridge")),
        base_url=base_url,
        path_family=request.param,
        searches_per_second=1000,
        deals=True,
    )
    made = plugin.connect(settings, FieldNames())
    yield made
    made.close()


@pytest.fixture
def reader(selling: Connector) -> Reader:
    return Reader(selling, "deals")  # type: ignore[arg-type] # any connector will do


def deal(marketer: SimulatorClient, *contacts: str, **more: str) -> str:
    made = marketer.post(
        DEALS,
        {"properties": {"dealname": "Freight", "dealstage": "appointmentscheduled", **more}},
    )
    assert 201 == made.status_code, made.text
    identity = str(made.json()["id"])
    for contact in contacts:
        path = f"/crm/v4/objects/deals/{identity}/associations/default/contacts/{contact}"
        assert marketer.call("PUT", path).ok
    return identity


def change(marketer: SimulatorClient, identity: str, **properties: str) -> None:
    answer = marketer.call("PATCH", f"{DEALS}/{identity}", {"properties": properties})
    assert answer.ok, answer.text


def told(reader: Reader) -> list[tuple[FactKind, datetime]]:
    return [(fact.kind, fact.at) for fact in in_order(reader)]


def in_order(reader: Reader) -> list[Fact]:
    return sorted(reader.facts.values(), key=lambda fact: (fact.at, fact.key))


def detail(fact: Fact) -> DealDetail:
    assert isinstance(fact.detail, DealDetail)
    return fact.detail


def test_a_deal_is_shown_with_its_contacts(reader: Reader, marketer: SimulatorClient) -> None:
    first, second = fill(marketer, 2)
    identity = deal(marketer, first, second, amount="1200")
    reader.poll()
    record = reader.records[-1]
    shown: dict[str, Any] = dict(record.fields)
    assert identity == record.ref.id
    assert {first, second} == set(shown[f.CONTACT_IDS])
    assert ("Freight", 1200, False) == (shown[f.NAME], shown[f.AMOUNT], shown[f.IS_CLOSED])


def test_each_step_that_means_something_is_told_once_at_its_instant(
    reader: Reader, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    began = world.clock.now()
    identity = deal(marketer, *fill(marketer, 1))
    stages = ("qualifiedtobuy", "closedlost", "contractsent", "closedwon")
    for stage in stages:
        world.clock.advance(HOUR)
        change(marketer, identity, dealstage=stage)
        reader.poll()
    reader.poll()
    opened, lost, won = FactKind.DEAL_OPENED, FactKind.DEAL_LOST, FactKind.DEAL_WON
    expected = [(opened, 0), (lost, 2), (opened, 3), (won, 4)]
    assert [(kind, began + timedelta(hours=hours)) for kind, hours in expected] == told(reader)


def test_a_reason_counts_as_it_was_given_and_again_when_it_is_given_later(
    reader: Reader, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    prompt = deal(marketer, *fill(marketer, 1))
    world.clock.advance(HOUR)
    change(marketer, prompt, dealstage="closedlost", closed_lost_reason="BUDGET")
    reader.poll()
    (loss,) = [fact for fact in in_order(reader) if fact.kind is FactKind.DEAL_LOST]
    assert ("BUDGET", "BUDGET") == (detail(loss).reason, detail(loss).details)
    reader.facts.clear()

    late = deal(marketer)
    world.clock.advance(HOUR)
    change(marketer, late, dealstage="closedlost")
    world.clock.advance(HOUR)
    change(marketer, late, closed_lost_reason="TIMING")
    reader.poll()
    losses = [fact for fact in in_order(reader) if fact.kind is FactKind.DEAL_LOST]
    assert [None, "TIMING"] == sorted((detail(each).reason for each in losses), key=str)
    assert 1 == len({fact.at for fact in losses})
    assert 2 == len({fact.key for fact in losses})


def test_a_copy_of_an_opportunity_is_left_to_salesforce(
    reader: Reader, marketer: SimulatorClient
) -> None:
    identity = deal(marketer, *fill(marketer, 1))
    write = {"object": "deals", "id": identity}
    copied = {**write, "properties": {"hs_salesforceopportunityid": "0065g00000Um000AAB"}}
    answer = marketer.call("POST", "/__sim__/write", copied)
    assert answer.ok, answer.text
    reader.poll()
    assert ([], {}) == (reader.records, reader.facts)


def test_an_idle_look_costs_one_call_and_a_changed_deal_three(
    reader: Reader, marketer: SimulatorClient, selling: Connector, world: HubSpotWorld
) -> None:
    identity = deal(marketer, *fill(marketer, 1))
    reader.poll()
    world.clock.advance(HOUR)
    before = selling.calls
    reader.poll()
    assert 1 == selling.calls - before
    change(marketer, identity, amount="7")
    world.clock.advance(60)
    before = selling.calls
    reader.poll()
    assert 3 == selling.calls - before


def test_an_archived_deal_is_known_as_such_when_it_is_asked_for(
    reader: Reader, marketer: SimulatorClient, selling: Connector
) -> None:
    identity = deal(marketer, *fill(marketer, 1))
    reader.poll()
    assert 204 == marketer.call("DELETE", f"{DEALS}/{identity}").status_code
    (record,) = selling.fetch([reader.records[0].ref]).records
    assert (identity, True) == (record.ref.id, record.deleted)


def test_deals_are_not_read_unless_they_are_kept_here(connector: Connector) -> None:
    assert "deals" not in [stream.name for stream in connector.streams]
