"""The circuit breaker by itself, in a time of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.breaker import OPENS_AFTER, Breaker, Outage
from crmbridge.errors import Unavailable

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def made(spread: float = 0.0) -> Breaker:
    breaker = Breaker("hubspot", lambda low, high: spread * high)
    breaker.tick(NOON)
    return breaker


def broken(spread: float = 0.0) -> Breaker:
    breaker = made(spread)
    for _ in range(OPENS_AFTER):
        breaker.admit()
        breaker.failed("status 503")
    return breaker


def test_it_opens_after_so_many_failures_in_a_row_and_no_sooner() -> None:
    breaker = made()
    for _ in range(3):
        for _ in range(OPENS_AFTER - 1):
            breaker.failed("status 503")
        breaker.answered()
    assert breaker.outage is None
    assert broken().outage == Outage(
        system="hubspot", since=NOON, until=NOON + MINUTE, failures=5, reason="status 503"
    )


def test_open_it_lets_nothing_through_and_one_call_once_the_wait_is_over() -> None:
    breaker = broken()
    with pytest.raises(Unavailable, match="5 calls in a row failed, the last one because of sta"):
        breaker.admit()
    breaker.tick(NOON + MINUTE - timedelta(seconds=1))
    assert not breaker.is_due
    breaker.tick(NOON + MINUTE)
    assert breaker.is_due
    breaker.admit()
    with pytest.raises(Unavailable):
        breaker.admit()
    breaker.answered()
    breaker.admit()
    assert breaker.as_error() is None


def test_each_trial_that_fails_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    breaker, waits, now = broken(), [], NOON
    for _ in range(6):
        assert breaker.outage is not None
        waits.append((breaker.outage.until - now) / MINUTE)
        now = breaker.outage.until
        breaker.tick(now)
        breaker.admit()
        breaker.failed("TimeoutError")
    assert [1, 2, 4, 8, 15, 15] == waits
    assert breaker.outage is not None
    assert (NOON, 11) == (breaker.outage.since, breaker.outage.failures)
    breaker.answered()
    for _ in range(OPENS_AFTER):
        breaker.failed("again")
    assert breaker.outage.until == now + MINUTE, "a new outage begins with a short wait"


def test_waits_are_spread_so_that_not_all_come_back_at_once() -> None:
    early, late = broken(-1.0).outage, broken(1.0).outage
    assert early is not None
    assert late is not None
    assert (NOON + 0.8 * MINUTE, NOON + 1.2 * MINUTE) == (early.until, late.until)


def test_an_outage_of_an_earlier_process_goes_on_unless_the_crm_has_answered_since() -> None:
    outage = broken().outage
    assert outage is not None
    fresh, heard = made(), made()
    heard.answered()
    for breaker in (fresh, heard):
        breaker.resume(outage)
    assert (outage, None) == (fresh.outage, heard.outage)
