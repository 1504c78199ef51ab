"""As many calls in a moment as the portal takes, and no more. Contract §5, §8."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge_hubspot.pacing import Pace
from crmbridge_hubspot.simulator import limits

if TYPE_CHECKING:
    from crmbridge_hubspot.adapter import HubSpotConnector
    from crmbridge_hubspot.simulator import HubSpotWorld


class Moments:
    """A clock that moves when somebody waits, and when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@given(st.integers(1, 5), st.lists(st.sampled_from([0.0, 0.25, 1.0, 4.0]), max_size=40))
def test_no_interval_holds_more_calls_than_allowed(allowed: int, gaps: list[float]) -> None:
    """And nobody waits who need not."""
    moments = Moments()
    pace = Pace(10.0, allowed, clock=lambda: moments.now, sleep=moments.sleep)
    sent: list[float] = []
    for gap in gaps:
        moments.now += gap
        asked = moments.now
        pace.wait()
        sent.append(moments.now)
        within = [at for at in sent if at > moments.now - 10.0]
        assert len(within) <= allowed
        if moments.now > asked:
            assert len([at for at in sent[:-1] if at > asked - 10.0]) >= allowed


def test_nothing_waits_before_the_portal_has_told_what_it_takes() -> None:
    moments = Moments()
    pace = Pace(10.0, clock=lambda: moments.now, sleep=moments.sleep)
    for _ in range(1000):
        pace.wait()
    assert 0.0 == moments.now
    pace.allow(1, 2.0)
    pace.wait()
    assert 2.0 == moments.now


def test_a_burst_of_calls_is_never_refused(
    connector: HubSpotConnector, world: HubSpotWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The simulated ten seconds are half a second here."""
    monkeypatch.setattr(limits, "_BURST_SECONDS", 0.5)
    world.configuration.tier = "free"  # 100 calls
    for _ in range(150):
        connector.ping()
    assert world.limits.used_today > 150
