"""A daemon's cycle and a command that writes into the CRMs wait for each other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from daemon_process import Life, crmbridge, write_config

from crmbridge.clock import WorldClock
from crmbridge.errors import RetryableError
from crmbridge.sandbox import Sandbox
from crmbridge.store import Store, open_existing

pytestmark = pytest.mark.campaign

START = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
_LONG_ENOUGH = 2.0
"""Seconds in which a daemon with nothing to wait for has long begun its cycle."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(WorldClock(START), rate_limits=False) as running:
        yield running


@pytest.fixture
def life(sandbox: Sandbox, tmp_path: Path) -> Iterator[Life]:
    config = write_config(tmp_path, sandbox)
    assert (
        crmbridge("setup", "apply", "--yes", "--config", str(config), folder=tmp_path).returncode
        == 0
    )
    life = Life(sandbox, config)
    life.wait_until_asleep()
    yield life
    life.end()


@pytest.fixture
def store(life: Life, tmp_path: Path) -> Iterator[Store]:
    assert life.daemon.poll() is None
    with open_existing(tmp_path / "bridge.db") as opened:
        yield opened


def last_cycle(store: Store) -> datetime | None:
    with store.read() as tx:
        return tx.last_cycle_at()


def test_the_next_cycle_waits_for_a_command_that_has_the_turn(
    life: Life, store: Store, sandbox: Sandbox
) -> None:
    before = last_cycle(store)
    with store.turn("undo", 0):
        sandbox.clock.set(life.wait_until_asleep())
        time.sleep(_LONG_ENOUGH)
        while_held = last_cycle(store)
    life.wait_until_asleep()

    assert before is not None
    assert before == while_held
    assert before + timedelta(minutes=5) == last_cycle(store)


def test_a_command_waits_for_the_cycle_in_flight_as_long_as_it_likes(
    life: Life, store: Store, sandbox: Sandbox
) -> None:
    hubspot = sandbox.hubspot_client()
    hubspot.sim("faults", {"path": "search", "action": "hold_before"})
    sandbox.clock.set(life.wait_until_asleep())
    while not any(each["holding"] for each in hubspot.sim("faults", method="GET")["faults"]):
        time.sleep(0.01)
    before = last_cycle(store)

    with (
        pytest.raises(RetryableError, match=f"crmbridge run on .*process {life.daemon.pid}"),
        store.turn("undo", 0.5),
    ):
        raise AssertionError
    hubspot.sim("faults", method="DELETE")
    with store.turn("undo", 60):
        assert before != last_cycle(store)
