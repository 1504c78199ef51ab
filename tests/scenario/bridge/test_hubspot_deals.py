"""A company that keeps its deals in HubSpot."""

from __future__ import annotations

from pathlib import Path

import pytest
from company import Company, company

ADA = "ada@northwind.example"
DEALS = "/crm/v3/objects/deals"


@pytest.mark.parametrize(
    ("outcome", "stage"),
    [
        ({"dealstage": "closedwon"}, "CUSTOMER"),
        ({"dealstage": "closedlost", "closed_lost_reason": "BUDGET"}, "RECYCLED"),
        ({"dealstage": "closedlost"}, "OPPORTUNITY"),
    ],
)
def test_a_deal_moves_its_person(outcome: dict[str, str], stage: str, tmp_path: Path) -> None:
    """Who is lost without a reason stays where they are until one is given."""
    with company(tmp_path, hubspot={"deals": True}) as people:
        contact = people.contact(ADA)
        people.cycle()
        deal = people.portal.post(DEALS, {"properties": {"dealname": "Freight"}}).json()["id"]
        people.portal.call(
            "PUT", f"/crm/v4/objects/deals/{deal}/associations/default/contacts/{contact}"
        )
        _move(people, deal, {"dealstage": "qualifiedtobuy"})
        opened = people.stages()
        _move(people, deal, outcome)
        closed = people.stages()
    assert {"OPPORTUNITY": 1} == opened
    assert {stage: 1} == closed


def _move(people: Company, deal: str, properties: dict[str, str]) -> None:
    answer = people.portal.call("PATCH", f"{DEALS}/{deal}", {"properties": properties})
    assert answer.ok, answer.text
    for _ in range(2):
        people.cycle(20)
