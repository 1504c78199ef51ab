"""Beside HubSpot's own Salesforce sync (a model of it) everything ends as without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from beside_story import ADA, PEOPLE, Ending, beside, tell

from crmbridge.sandbox.native_sync import AS_INSTALLED, BESIDE, FieldMapping


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Ending:
    """The story with crmbridge alone."""
    with beside(tmp_path_factory.mktemp("alone") / "bridge", None) as world:
        return tell(world)


def run(folder: Path, mapping: tuple[FieldMapping, ...]) -> Ending:
    with beside(folder / "bridge", mapping) as world:
        ending = tell(world)
        assert world.native is not None
        total = world.native.total
        assert (2, 1, 2) == (total.leads, total.linked, total.deals)
        assert {} == dict(total.errors)
        return ending


def check(without: Ending, ending: Ending) -> None:
    """The same stages, lists and due dates, in both CRMs; nobody twice, no echo, no fight."""
    assert without.stages == ending.stages
    assert without.dues == ending.dues
    assert without.lists == ending.lists
    assert (3, 3, 3) == (ending.persons, ending.contacts, ending.sales_records)
    assert [] == [each for each in ending.questions if each.startswith("field_fight")]
    assert 0 == ending.quiet_writes


def test_crmbridge_alone_leads_three_people_to_three_ends(without: Ending) -> None:
    assert {
        email: (stage, stage)
        for email, stage in zip(PEOPLE, ("RECYCLED", "ACTIVATION", "CUSTOMER"), strict=True)
    } == without.stages
    assert {ADA} == without.lists["NL-BUDGET"]
    assert all(due for pair in without.dues.values() for due in pair)
    check(without, without)


def test_beside_the_native_sync_everything_ends_the_same(without: Ending, tmp_path: Path) -> None:
    check(without, run(tmp_path, BESIDE))


def test_a_field_that_both_map_is_fought_over_and_the_same_check_fails(
    without: Ending, tmp_path: Path
) -> None:
    ending = run(tmp_path, AS_INSTALLED)

    fights = {each for each in ending.questions if each.startswith("field_fight")}
    assert {"field_fight:marketing:lead_status"} == fights
    with pytest.raises(AssertionError):
        check(without, ending)
