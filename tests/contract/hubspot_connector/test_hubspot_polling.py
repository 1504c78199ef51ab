"""Reading what changed: every contact once, whatever its stamp and wherever it is cut off."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pytest
from tests.contract.hubspot_connector.conftest import CONTACTS, Reader, fill

from crmbridge.core.facts import EngagementDetail
from crmbridge.ports import Checkpoint

if TYPE_CHECKING:
    from crmbridge.simulation import SimulatorClient
    from crmbridge_hubspot.adapter import HubSpotConnector
    from crmbridge_hubspot.simulator import HubSpotWorld

BURST = 25_000


@pytest.fixture(autouse=True)
def unlimited(world: HubSpotWorld) -> None:
    """Days are read within seconds here."""
    world.configuration.enforce_rate_limits = False


def once(ids: Iterable[str], wanted: Sequence[str]) -> bool:
    return Counter(ids) == Counter(wanted)


@pytest.mark.campaign
def test_a_burst_beyond_every_cap_is_read_once_for_a_call_per_page(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    reader = Reader(connector)
    reader.poll()
    ids = fill(marketer, BURST)
    world.clock.advance(600)
    assert {"stamped": BURST} == marketer.sim("burst", {"count": BURST})
    world.clock.advance(60)
    before = connector.calls
    reader.poll()
    # One page that shows the tie, the pages of the tie, and the look behind it.
    assert connector.calls - before <= math.ceil(BURST / 200) + 3
    assert once(reader.ids(), ids)
    world.clock.advance(60)
    before = connector.calls
    reader.poll()
    assert connector.calls - before == 1
    assert once(reader.ids(), ids)


def test_what_the_index_shows_late_after_a_burst_is_found_within_the_overlap(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    reader = Reader(connector)
    reader.poll()
    ids = fill(marketer, 500)
    world.clock.advance(60)
    reader.poll()
    world.configuration.index_lag_seconds = 45
    late = marketer.post(CONTACTS, {"properties": {"email": "late@acme.example"}}).json()["id"]
    for _ in range(12):
        world.clock.advance(40)
        reader.poll()
    assert set(ids) | {late} == set(reader.ids())


def test_a_reading_cut_off_in_a_tie_goes_on_behind_the_last_page(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    reader = Reader(connector)
    reader.poll()
    ids = fill(marketer, 1_000)
    world.clock.advance(60)
    marketer.sim("burst", {"count": 900})
    while reader.poll(pages=1) and len(set(reader.ids())) < len(ids):
        assert len(reader.records) <= len(ids)
    assert once(reader.ids(), ids)


def test_a_cold_start_lists_everybody_and_resumes_by_id(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    ids = fill(marketer, 350)
    world.clock.advance(600)
    world.calls.reset()
    reader = Reader(connector)
    assert reader.poll(pages=2) == 2
    changed = ids[10]
    answer = marketer.call("PATCH", f"{CONTACTS}/{changed}", {"properties": {"jobtitle": "CTO"}})
    assert answer.status_code == 200
    reader.poll()
    assert once(reader.ids(), [*ids, changed])
    listed = {name: n for name, n in world.calls.by_route.items() if "search" not in name}
    assert listed["GET /crm/v3/objects/contacts"] == math.ceil(350 / 100)


def test_a_busy_portal_is_caught_up_with_because_the_window_is_frozen(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    reader = Reader(connector)
    reader.poll()
    ids = fill(marketer, 600)
    world.clock.advance(60)
    taken = 0
    for page in connector.poll("contacts", reader.position):
        reader.take(page)
        taken += 1
        # Everybody read so far changes again before the next page.
        inputs = [{"id": each, "properties": {"city": f"{taken}"}} for each in ids[:100]]
        assert marketer.post(f"{CONTACTS}/batch/update", {"inputs": inputs}).status_code == 200
        world.clock.advance(1)
    # The page that shows the tie, its three, the empty one behind it and the look beyond.
    assert taken <= 6
    reader.poll()
    assert set(ids) == set(reader.ids())
    last = {record.ref.id: record.version for record in reader.records}
    shown = marketer.get(f"{CONTACTS}/{ids[0]}", properties="lastmodifieddate").json()
    assert last[ids[0]].startswith(shown["properties"]["lastmodifieddate"])


def test_two_forms_between_two_polls_are_two_facts(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    (contact,) = fill(marketer, 1)
    reader = Reader(connector)
    reader.poll()
    for form in ("Webinar", "Request a demo"):
        world.clock.advance(5)
        marketer.sim("visitor/form", {"email": "p0@acme0.example", "form": form})
    world.clock.advance(60)
    reader.poll()
    names = [
        fact.detail.name
        for fact in reader.facts.values()
        if isinstance(fact.detail, EngagementDetail)
    ]
    assert ["Webinar", "Request a demo"] == names
    before = dict(reader.facts)
    world.clock.advance(60)
    assert (
        marketer.call(
            "PATCH", f"{CONTACTS}/{contact}", {"properties": {"jobtitle": "CTO"}}
        ).status_code
        == 200
    )
    reader.poll()
    assert before == reader.facts


def test_a_position_of_an_older_release_is_understood(
    connector: HubSpotConnector, marketer: SimulatorClient, world: HubSpotWorld
) -> None:
    ids = fill(marketer, 3)
    cursor = '{"seen": {}, "to": "2026-03-01T09:00:00.000Z"}'
    reader = Reader(connector)
    reader.position = Checkpoint(
        system="hubspot", stream="contacts", cursor=cursor, watermark=world.clock.now()
    )
    reader.poll()
    assert once(reader.ids(), ids)
