"""The demo keeps its promises for seed 1; `make soak` tries others."""

from __future__ import annotations

import pytest
from promises import Shown, check_lists, check_report, check_sides, six_weeks

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    return six_weeks(1, tmp_path_factory.mktemp("demo"))


def test_every_stage_list_and_outcome_occurs_and_the_bridge_falls_silent(shown: Shown) -> None:
    check_report(shown.report)


def test_both_crms_show_the_same_stage_and_due_date_for_everyone(shown: Shown) -> None:
    check_sides(shown)


def test_nurture_lists_hold_exactly_the_recycled_people_who_may_be_mailed(shown: Shown) -> None:
    check_lists(shown)
