"""The day's calls, and the share of them that is left to others. Contract §8."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from tests.contract.hubspot_connector.conftest import change, fill

from crmbridge.core import fields as f
from crmbridge.core.operations import Outcome
from crmbridge.errors import BudgetExhausted
from crmbridge.ports import FieldNames
from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.adapter import HubSpotConnector
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.layout import Layout
from crmbridge_hubspot.settings import HubSpotSettings
from crmbridge_hubspot.simulator import HubSpotWorld

DAY = 24 * 3600


@pytest.fixture
def client(
    base_url: str, world: HubSpotWorld, connector: HubSpotConnector
) -> Iterator[HubSpotClient]:
    """One that leaves all but a hundred of the day's calls to others."""
    limit = world.limits.daily_limit
    made = HubSpotClient(
        HubSpotSettings(
            token=SecretStr(world.token("crmbridge")),
            base_url=base_url,
            searches_per_second=1000,
            daily_reserve=1 - (world.limits.used_today + 100) / limit,
        )
    )
    world.configuration.enforce_rate_limits = False
    yield made
    made.close()


def spend(client: HubSpotClient) -> BudgetExhausted:
    for _ in range(200):
        try:
            client.get("/account-info/v3/details")
        except BudgetExhausted as error:
            return error
    raise AssertionError("the reserve was spent")


def test_the_reserve_is_left_to_others(client: HubSpotClient, world: HubSpotWorld) -> None:
    before = world.limits.used_today
    error = spend(client)
    # The last one asked how much is left.
    assert 100 + 1 == world.limits.used_today - before
    assert "hubspot.daily_reserve" in error.message
    assert error.retry_after


def test_while_it_lasts_asking_costs_one_call(client: HubSpotClient) -> None:
    spend(client)
    before = client.calls
    with pytest.raises(BudgetExhausted):
        client.get("/account-info/v3/details")
    assert before + 1 == client.calls


def test_it_goes_on_when_the_day_turns(client: HubSpotClient, world: HubSpotWorld) -> None:
    spend(client)
    world.clock.advance(DAY)
    assert client.get("/account-info/v3/details").body["portalId"]


def test_writes_wait_in_the_outbox(client: HubSpotClient, marketer: SimulatorClient) -> None:
    (contact,) = fill(marketer, 1)
    connector = HubSpotConnector(client, Layout(FieldNames()))
    spend(client)
    (receipt,) = connector.apply([change(contact, {f.SCORE: 10})])
    assert Outcome.RETRY is receipt.outcome
    assert receipt.retry_after


def test_the_day_turns_at_midnight_where_the_account_is(
    connector: HubSpotConnector, world: HubSpotWorld
) -> None:
    connector.ping()
    connector.ping()
    told = connector.budget
    assert told is not None
    assert told.resets_at is not None
    midnight = told.resets_at.astimezone(ZoneInfo(world.time_zone))
    assert (0, 0) == (midnight.hour, midnight.minute)
    assert timedelta() < told.resets_at - world.clock.now() <= timedelta(hours=24)
    world.clock.set(told.resets_at + timedelta(seconds=2))
    connector.ping()
    assert connector.budget is not None
    assert connector.budget.used < told.used


def test_an_unknown_time_zone_leaves_open_when_the_day_turns(client: HubSpotClient) -> None:
    client.keep_zone("Mars/Olympus")
    client.get("/account-info/v3/details")
    told = client.budget.allowance
    assert told is not None
    assert told.resets_at is None
    assert not told.rolling
