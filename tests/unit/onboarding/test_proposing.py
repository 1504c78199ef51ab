"""What status values and time zones of a new org may mean."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crmbridge import rulebook
from crmbridge.core.model import ObjectType, Owner, OwnerKind, Ref, Stage
from crmbridge.onboarding.proposing import (
    add_statuses,
    lost_currencies,
    lost_zones,
    meanings,
    strange_stages,
)
from crmbridge.rulebook.locating import packaged

RULES = rulebook.load(packaged())


@pytest.mark.parametrize(
    ("value", "stage"),
    [
        ("Unqualified - Junk", Stage.DISQUALIFIED),
        ("Closed Lost", Stage.DISQUALIFIED),
        ("Not Ready Yet", Stage.RECYCLED),
        ("In Nurturing", Stage.RECYCLED),
        ("Proposal Sent", Stage.OPPORTUNITY),
        ("Sales Qualified (SQL)", Stage.QUALIFICATION),
        ("Meeting Booked", Stage.ACTIVATION),
        ("Attempting", Stage.ACTIVATION),
        ("Open - Not Contacted", None),
        ("New", None),
        ("Grün", None),
    ],
)
def test_a_status_seems_to_mean_a_stage(value: str, stage: Stage | None) -> None:
    assert {value: stage} == meanings([value], RULES)


def test_stages_and_currencies_that_rule_book_and_account_do_not_share_are_named() -> None:
    offered = {*RULES.stages.lifecycle.values()} - {"opportunity"} | {"evangelist"}

    assert ["opportunity"] == strange_stages(offered, RULES)
    assert ["CHF"] == lost_currencies({"USD", "CHF"}, RULES)


def test_what_the_rule_book_knows_is_not_proposed() -> None:
    assert {} == meanings(["working - contacted", "Recycled"], RULES)


def test_accepted_values_go_into_their_lines_and_nothing_else_changes(tmp_path: Path) -> None:
    shutil.copytree(packaged(), tmp_path / "rules")
    file = tmp_path / "rules" / "stages.yaml"
    before = file.read_text().splitlines()
    found = {
        "Meeting Booked": Stage.ACTIVATION,
        "It's: over, [really]": Stage.DISQUALIFIED,
        "No": Stage.RECYCLED,
    }

    assert add_statuses(file, found)

    known = rulebook.load(tmp_path / "rules").stages.statuses
    assert found == {value: known[value.casefold()] for value in found}
    after = file.read_text().splitlines()
    assert len(before) == len(after)
    assert 3 == sum(old != new for old, new in zip(before, after, strict=True))


def test_a_stage_without_a_line_is_told(tmp_path: Path) -> None:
    file = tmp_path / "stages.yaml"
    file.write_text("statuses:\n  LEAD: []\nlifecycle:\n  MQL: [x]\n")

    assert not add_statuses(file, {"Fresh": Stage.LEAD, "Sold": Stage.CUSTOMER})
    assert "statuses:\n  LEAD: [Fresh]\nlifecycle:\n  MQL: [x]\n" == file.read_text()


def test_zones_of_active_people_that_no_calendar_knows() -> None:
    def owner(identity: str, zone: str | None, **more: object) -> Owner:
        ref = Ref(system="salesforce", object_type=ObjectType.OWNER, id=identity)
        given = {"kind": OwnerKind.HUMAN, **more}
        return Owner(ref=ref, name=identity, time_zone=zone, **given)  # type: ignore[arg-type]

    owners = [
        owner("a", "Europe/Madrid"),
        owner("b", "Europe/Madrid"),
        owner("c", "Europe/Berlin"),
        owner("d", "Asia/Tokyo", active=False),
        owner("e", "Asia/Tokyo", kind=OwnerKind.QUEUE),
        owner("f", None),
    ]

    assert {"Europe/Madrid": 2} == lost_zones(owners, RULES)
