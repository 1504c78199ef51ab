"""When calls are scarce, and what waits then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.core.forecasting import Allowance
from crmbridge.core.operations import Lane
from crmbridge.core.shedding import SLOWDOWN, WAITING, Scarcity, scarcity

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
ROLLING = Allowance(limit=1000, used=0, reserve=0.0, told_at=NOON, rolling=True)
PLENTY, TIGHT, SCARCE = Scarcity.PLENTY, Scarcity.TIGHT, Scarcity.SCARCE


@pytest.mark.parametrize(
    ("used", "before", "level"),
    [
        (750, PLENTY, PLENTY),
        (751, PLENTY, TIGHT),
        (720, TIGHT, TIGHT),
        (700, TIGHT, PLENTY),
        (899, PLENTY, TIGHT),
        (901, TIGHT, SCARCE),
        (870, SCARCE, SCARCE),
        (850, SCARCE, TIGHT),
        (1000, PLENTY, SCARCE),
    ],
)
def test_less_left_is_scarcer_and_given_back_only_with_some_slack(
    used: int, before: Scarcity, level: Scarcity
) -> None:
    assert level is scarcity(replace(ROLLING, used=used), NOON, before)


def test_the_reserve_of_others_does_not_count_as_left() -> None:
    assert TIGHT is scarcity(replace(ROLLING, used=400, reserve=0.5), NOON, PLENTY)


def test_shortly_before_the_day_turns_few_calls_are_enough() -> None:
    day = replace(ROLLING, used=800, rolling=False, resets_at=NOON + timedelta(hours=12))
    assert TIGHT is scarcity(day, NOON, PLENTY)
    late = replace(day, resets_at=NOON + timedelta(hours=4))
    assert PLENTY is scarcity(late, NOON, PLENTY)
    assert TIGHT is scarcity(late, NOON, TIGHT), "with slack, or it would go to and fro"
    assert PLENTY is scarcity(replace(day, resets_at=NOON), NOON, SCARCE), "the day has turned"


def test_what_is_worth_least_waits_first_and_stages_never() -> None:
    order = [lane for lane in Lane if lane is not Lane.UNDO]
    for less, more in ((PLENTY, TIGHT), (TIGHT, SCARCE)):
        assert WAITING[less] < WAITING[more]
        assert SLOWDOWN[less] < SLOWDOWN[more]
        assert WAITING[more] == set(order[-len(WAITING[more]) :])
    assert WAITING[SCARCE].isdisjoint({Lane.STAGE, Lane.UNDO})
