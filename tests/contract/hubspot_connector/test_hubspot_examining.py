"""What the connector finds out about a portal for the doctor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from tests.contract.hubspot_connector.conftest import Stage, fill

from crmbridge.clock import WorldClock
from crmbridge.findings import Burst, Finding, Severity, Wanted
from crmbridge.ports import FieldNames
from crmbridge.simulation import SimulatorClient, SimulatorServer
from crmbridge_hubspot.adapter import HubSpotConnector
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.layout import Layout
from crmbridge_hubspot.settings import HubSpotSettings, PathFamily
from crmbridge_hubspot.simulator import HubSpotWorld, create_app
from crmbridge_hubspot.simulator.object_types import CONTACTS


def connect(base_url: str, world: HubSpotWorld, family: PathFamily) -> HubSpotConnector:
    token = SecretStr(world.token("crmbridge"))
    settings = HubSpotSettings(
        token=token, base_url=base_url, searches_per_second=1000, path_family=family
    )
    return HubSpotConnector(HubSpotClient(settings), Layout(FieldNames()), family=family)


@pytest.fixture
def synced(stage: Stage, served: SimulatorServer) -> Iterator[tuple[HubSpotConnector, str]]:
    """A portal with HubSpot's own Salesforce sync."""
    clock = WorldClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    world = HubSpotWorld(clock, native_connector=True, enforce_rate_limits=False)
    stage.app = create_app(world)
    made = connect(served.base_url, world, PathFamily.SEPTEMBER_2026)
    made.provision({})
    yield made, world.token("marketer")
    made.close()


def look(connector: HubSpotConnector, check: str) -> Finding:
    (found,) = [each for each in connector.examine(Wanted()) if each.check == check]
    return found


def test_a_portal_without_the_sync(connector: HubSpotConnector) -> None:
    found = look(connector, "native sync")
    assert (Severity.FINE, True) == (found.severity, "is not installed" in found.says)


def test_a_sync_that_writes_a_field_of_ours_is_an_error(
    synced: tuple[HubSpotConnector, str], served: SimulatorServer
) -> None:
    """One that writes others is not, nor is our own writing."""
    connector, token = synced
    with SimulatorClient(served.base_url, token) as marketer:
        one, other = fill(marketer, 2)
        marketer.sim("native-sync", {"id": one, "properties": {"company": "Acme"}})
        assert Severity.FINE is look(connector, "native sync").severity
        fields = {"crmbridge_stage": "MQL", "crmbridge_score": "64"}
        marketer.sim("native-sync", {"id": other, "properties": fields})
        found = look(connector, "native sync")
    assert Severity.ERROR is found.severity
    assert found.says.endswith("writes crmbridge_score, crmbridge_stage")
    assert "field mappings" in found.remedy


def test_a_portal_without_marketing_contacts_or_mail_is_asked_for_neither(
    connector: HubSpotConnector, world: HubSpotWorld
) -> None:
    wanted = Wanted(burst=Burst(clicks=3, within=timedelta(minutes=1)))
    connector.provision({})
    registry = world.store(CONTACTS).properties
    groups, live, archived = registry.made()
    gone = {"hs_marketable_status", "hs_email_click"}
    registry.go_on_from((groups, tuple(each for each in live if each.name not in gone), archived))
    world.calls.reset()
    found = {each.check: each for each in connector.examine(wanted)}
    assert {Severity.FINE} == {found[each].severity for each in ("nurture mail", "click scanners")}
    assert not [route for route in world.calls.by_route if route.endswith("contacts/search")]


def test_without_a_rule_book_nothing_is_said_of_its_rule(connector: HubSpotConnector) -> None:
    assert "click scanners" not in {each.check for each in connector.examine(Wanted())}


@pytest.mark.parametrize(
    ("day", "family", "severity"),
    [
        (datetime(2026, 11, 27, tzinfo=UTC), PathFamily.NUMBERED, Severity.FINE),
        (datetime(2027, 1, 15, tzinfo=UTC), PathFamily.NUMBERED, Severity.WARNING),
        (datetime(2027, 1, 15, tzinfo=UTC), PathFamily.SEPTEMBER_2026, Severity.FINE),
    ],
)
def test_paths_that_are_about_to_go(
    day: datetime,
    family: PathFamily,
    severity: Severity,
    stage: Stage,
    served: SimulatorServer,
) -> None:
    world = HubSpotWorld(WorldClock(day))
    stage.app = create_app(world)
    connector = connect(served.base_url, world, family)
    found = look(connector, "API version")
    connector.close()
    assert severity is found.severity
    assert bool(found.remedy) is (severity is Severity.WARNING)


def test_looking_for_scopes_writes_nothing(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    """Each probe that could write is given nothing to write."""
    (identity,) = fill(marketer, 1)
    before = marketer.get(f"/crm/v3/objects/contacts/{identity}").json()
    properties = marketer.get("/crm/v3/properties/contacts").json()
    assert {Severity.FINE} == {each.severity for each in connector.examine(Wanted())}
    assert before == marketer.get(f"/crm/v3/objects/contacts/{identity}").json()
    assert properties == marketer.get("/crm/v3/properties/contacts").json()
    assert [] == list(world.lists.all())
