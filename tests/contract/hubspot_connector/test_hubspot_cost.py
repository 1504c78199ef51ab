"""What reading and writing cost in API requests: as much as changed, and no more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from tests.contract.hubspot_connector.conftest import Reader, change, fill

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.core.operations import Lane, Operation, OperationKind, Outcome

if TYPE_CHECKING:
    from crmbridge.simulation import SimulatorClient
    from crmbridge_hubspot.adapter import HubSpotConnector
    from crmbridge_hubspot.simulator import HubSpotWorld

MANY = 10_000
TRACKS = tuple(
    f"NL-{name}" for name in "AUTHORITY BUDGET COMPETITOR ICP-EDU LONGTERM REENGAGE TIMING".split()
)


@pytest.fixture(autouse=True)
def unlimited(world: HubSpotWorld) -> None:
    """Days are lived within seconds here."""
    world.configuration.enforce_rate_limits = False


def members(kind: OperationKind, name: str, ids: list[str]) -> list[Operation]:
    return [
        Operation(
            key=f"{kind}:{name}:{each}",
            uid=f"p{each}",
            kind=kind,
            side=Side.MARKETING,
            object_type=ObjectType.CONTACT,
            target=Ref(system="hubspot", object_type=ObjectType.CONTACT, id=each),
            lane=Lane.NURTURE,
            list_name=name,
            reason="a test",
        )
        for each in ids
    ]


@pytest.mark.campaign
def test_a_day_without_news_costs_hardly_more_than_two_calls_a_cycle(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    connector.provision(dict.fromkeys(TRACKS, ""))
    fill(marketer, 300)
    world.clock.advance(3600)
    cold = [Reader(connector, each.name) for each in connector.streams if not each.hot]
    hot = [Reader(connector, each.name) for each in connector.streams if each.hot]
    for reader in (*cold, *hot):
        reader.poll()
    used, minutes = connector.calls, 24 * 60
    for minute in range(1, minutes + 1):
        world.clock.advance(60)
        before = connector.calls
        for reader in hot:
            reader.poll()
        assert connector.calls - before <= 2
        if minute % 60 == 0:
            for reader in cold:
                reader.poll()
    spent = connector.calls - used
    # Two searches a cycle; once an hour the owners (active and archived), the lists and the
    # members of each.
    assert 2 * minutes + 24 * (2 + 1 + len(TRACKS)) == spent
    assert spent / minutes <= 2.5


def test_many_written_contacts_cost_a_call_per_hundred(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    ids = fill(marketer, MANY)
    before = connector.calls
    receipts = connector.apply([change(each, {f.SCORE: 42}) for each in ids])
    assert connector.calls - before == MANY / 100
    assert {Outcome.DONE} == {each.outcome for each in receipts}
    shown = marketer.get(f"/crm/v3/objects/contacts/{ids[-1]}", properties="crmbridge_score")
    assert shown.json()["properties"]["crmbridge_score"] == "42"


def test_lists_cost_a_call_per_list_and_chunk(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    connector.provision(dict.fromkeys(TRACKS, ""))
    ids = fill(marketer, 1_200)
    connector.apply(members(OperationKind.ENROL, "NL-TIMING", ids[:1]))
    before = connector.calls
    enrolments = members(OperationKind.ENROL, "NL-BUDGET", ids[:1_100])
    enrolments += members(OperationKind.ENROL, "NL-TIMING", ids[1_100:])
    receipts = connector.apply(enrolments)
    assert {Outcome.DONE} == {each.outcome for each in receipts}
    assert connector.calls - before == math.ceil(1_100 / 500) + 1
    before = connector.calls
    connector.apply(members(OperationKind.WITHDRAW, "NL-BUDGET", ids[:400]))
    assert connector.calls - before == 1


@pytest.mark.parametrize(("others", "mqls", "calls"), [(0, 0, 1), (0, 400, 2), (2_000, 401, 3)])
def test_a_population_costs_a_search_per_two_hundred_whatever_else_is_there(
    connector: HubSpotConnector,
    marketer: SimulatorClient,
    world: HubSpotWorld,
    others: int,
    mqls: int,
    calls: int,
) -> None:
    ids = fill(marketer, others + mqls)
    connector.apply([change(each, {f.STAGE: "MQL"}) for each in ids[others:]])
    world.clock.advance(60)
    before = connector.calls
    found = connector.population({"MQL", "RECYCLED"})
    assert (mqls, calls) == (len(found.shown), connector.calls - before)


@pytest.mark.campaign
def test_a_population_is_read_beyond_what_one_search_shows(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    ids = fill(marketer, MANY + 100)
    connector.apply([change(each, {f.STAGE: "MQL"}) for each in ids])
    world.clock.advance(60)
    assert {*ids} == {ref.id for ref in connector.population({"MQL"}).shown}
