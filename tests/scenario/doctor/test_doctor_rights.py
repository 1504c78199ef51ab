"""Rights of the integration user on whole objects, each taken once and found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.scenario.doctor.conftest import edit

from crmbridge.findings import Severity

if TYPE_CHECKING:
    from tests.scenario.doctor.conftest import Surgery

Take = Callable[[str, list[str]], None]


@pytest.fixture
def take(surgery: Surgery) -> Iterator[Take]:
    """Takes rights on an object from the integration user."""
    org = surgery.people.org

    def denied(sobject: str, rights: list[str]) -> None:
        act, body = (
            ("hidden", {"objects": [sobject]})
            if rights == ["read"]
            else ("denied", {"objects": {sobject: rights}})
        )
        org.sim(act, body)

    yield denied
    org.sim("denied", {})
    org.sim("hidden", {})


@pytest.mark.parametrize(
    ("sobject", "rights", "needed", "grant"),
    [
        ("Lead", ["create"], "create Lead, needed to hand over new MQLs", "Create on Lead"),
        ("Lead", ["edit"], "edit Lead, needed to show stage", "Edit on Lead"),
        (
            "Lead",
            ["create", "edit"],
            "edit and create Lead, needed to show stage, score and promise and to hand over",
            "Edit and Create on Lead",
        ),
        ("Contact", ["edit"], "edit Contact, needed to show stage", "Edit on Contact"),
        ("Task", ["create"], "create Task, needed to alert", "*Edit Tasks*"),
        ("Task", ["edit"], "edit Task, needed to alert", "*Edit Tasks*"),
    ],
)
def test_a_right_to_write(
    sobject: str, rights: list[str], needed: str, grant: str, take: Take, surgery: Surgery
) -> None:
    """One finding, though no field of the object can be edited then either."""
    take(sobject, rights)
    found = surgery.only()
    assert ("permissions", Severity.ERROR) == (found.check, found.severity)
    assert f"may not {needed}" in found.says
    assert grant in found.remedy


def test_rights_that_nothing_needs(take: Take, surgery: Surgery, rules: Path) -> None:
    """Where another sync creates the leads, and on contacts, which only a conversion creates."""
    take("Contact", ["create"])
    assert [] == surgery.bad()
    edit(rules, "handoff.yaml", "create_leads: true", "create_leads: false")
    take("Lead", ["create"])
    assert [] == surgery.bad(rules=rules)


@pytest.mark.parametrize(
    ("sobject", "needed", "grant"),
    [
        ("Opportunity", "to see deals won and lost", "Read on Opportunity"),
        ("Event", "to see meetings as touches", "*Access Activities*"),
        ("OpportunityContactRole", "to tell whose deal it is", "Read on Opportunity"),
        ("Contact", "to follow people and to show stage", "Read and Edit on Contact"),
    ],
)
def test_a_right_to_read(
    sobject: str, needed: str, grant: str, take: Take, surgery: Surgery
) -> None:
    take(sobject, ["read"])
    found = surgery.only()
    assert ("permissions", Severity.ERROR) == (found.check, found.severity)
    assert f"{sobject}, needed {needed}" in found.says
    assert "may not read" in found.says
    assert grant in found.remedy


def test_responses_to_campaigns_can_be_done_without(take: Take, surgery: Surgery) -> None:
    take("CampaignMember", ["read"])
    found = surgery.look()
    (said,) = [each for each in found if "CampaignMember" in each.says]
    assert ("permissions", Severity.UNSEEN) == (said.check, said.severity)
    assert "Read on Campaign" in said.remedy
    assert [] == surgery.bad()
