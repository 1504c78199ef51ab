"""How long a day's calls last at the pace of the last hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.core.forecasting import Allowance, foresee

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = Allowance(
    limit=1000, used=500, reserve=0.1, told_at=NOON, resets_at=NOON + 12 * HOUR, rolling=False
)
ROLLING = replace(DAY, resets_at=None, rolling=True)


def steadily(per_hour: int, hours: float = 24) -> list[tuple[datetime, int]]:
    """Calls as six cycles an hour make them, up to now."""
    return [
        (NOON - timedelta(minutes=10 * number), per_hour // 6)
        for number in range(int(hours * 6), -1, -1)
    ]


def test_a_day_runs_out_when_only_the_reserve_is_left() -> None:
    found = foresee("hubspot", DAY, steadily(120), NOON)
    assert found.per_hour == pytest.approx(120, rel=0.05)
    assert found.runs_out_at is not None
    assert abs(found.runs_out_at - (NOON + HOUR * 400 / 120)) < timedelta(minutes=10)


def test_it_lasts_where_the_day_turns_before() -> None:
    assert foresee("hubspot", DAY, steadily(30), NOON).runs_out_at is None
    soon = replace(DAY, resets_at=NOON + HOUR)
    assert foresee("hubspot", soon, steadily(120), NOON).runs_out_at is None


def test_where_nobody_knows_when_the_day_turns_a_day_ahead_is_looked_at() -> None:
    unknown = replace(DAY, resets_at=None)
    assert foresee("hubspot", unknown, steadily(30), NOON).runs_out_at is not None
    assert foresee("hubspot", unknown, steadily(6), NOON).runs_out_at is None


def test_what_is_spent_has_run_out() -> None:
    assert foresee("hubspot", replace(DAY, used=900), [], NOON).runs_out_at == NOON


def test_the_first_half_hour_says_nothing() -> None:
    for calls in ([], steadily(120, hours=0.4), [(NOON - 8 * HOUR, 5000)]):
        found = foresee("hubspot", DAY, calls, NOON)
        assert (found.per_hour, found.runs_out_at) == (None, None)


def test_the_pace_is_that_of_the_last_hours() -> None:
    night = [(at, count) for at, count in steadily(6000) if at <= NOON - 6 * HOUR]
    found = foresee("hubspot", DAY, [*night, *steadily(12, hours=5.9)], NOON)
    assert found.per_hour == pytest.approx(12, rel=0.1)
    assert found.runs_out_at is None


def test_no_calls_at_all_last_for_ever() -> None:
    assert foresee("hubspot", DAY, steadily(0), NOON).runs_out_at is None


def test_a_day_that_has_turned_since_it_was_told_begins_anew() -> None:
    later = NOON + 60 * HOUR
    found = foresee("hubspot", replace(DAY, used=900), [], later)
    assert found.allowance.used == 0
    assert found.allowance.resets_at == NOON + 84 * HOUR
    assert found.runs_out_at is None


def test_of_a_rolling_day_what_was_used_a_day_ago_comes_back() -> None:
    """A pace that was held all day can be held for ever; the same after a quiet day cannot."""
    level = replace(ROLLING, used=720)
    assert foresee("salesforce", level, steadily(30), NOON).runs_out_at is None
    fresh = foresee("salesforce", level, steadily(30, hours=6), NOON)
    assert fresh.runs_out_at is not None
    assert abs(fresh.runs_out_at - (NOON + 6 * HOUR)) < HOUR


def test_the_part_that_is_left_is_of_what_may_be_used() -> None:
    assert DAY.left_share == pytest.approx(400 / 900)
    assert replace(DAY, used=950).left_share == 0.0
    assert replace(DAY, limit=0, used=0).left_share == 0.0
