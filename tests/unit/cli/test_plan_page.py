"""The page that is sent to those who have to say yes."""

from __future__ import annotations

from datetime import UTC, datetime

from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind
from crmbridge.reports.plan_page import PlanPage, plan_page, render

NOW = datetime(2026, 6, 9, 7, 0, tzinfo=UTC)


def update(n: int, reason: str = "asked for a demo") -> Operation:
    return Operation(
        key=f"k{n}",
        uid=f"p{n // 2}",
        kind=OperationKind.UPDATE,
        side=Side.SALES,
        object_type=ObjectType.LEAD,
        target=Ref(system="salesforce", object_type=ObjectType.LEAD, id=f"00Q{n}"),
        lane=Lane.STAGE,
        reason=reason,
        changes=(
            FieldChange(field="stage", before=None, after="MQL", reason=reason),
            FieldChange(field="sla_due", before=None, after=NOW, reason=reason),
        ),
    )


def page(*operations: Operation, limit: int = 50) -> PlanPage:
    return plan_page(
        operations,
        at=NOW,
        version="2026-06",
        scope="from DE",
        accounts=["hubspot 123"],
        stages={"LEAD": 7, "MQL": 2, "CUSTOMER": 0},
        limits=("too many people",),
        limit=limit,
    )


def test_the_page_counts_everything_and_shows_the_first_writes() -> None:
    made = page(*(update(n) for n in range(5)), limit=2)

    assert (5, 3, 9) == (made.writes, made.people, made.known)
    assert (2, 3) == (len(made.shown), made.left_out)
    assert (("LEAD", 7), ("MQL", 2)) == made.stages
    assert (("sales", "changed records", 5),) == made.kinds
    assert ["(empty)", "Tue 9 Jun 2026 07:00 UTC"] == [
        made.shown[0].changes[1].before,
        made.shown[0].changes[1].after,
    ]


def test_whatever_a_crm_holds_is_escaped() -> None:
    html = render(page(update(1, reason="<script>alert('x')</script>")))

    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "1 writes about 1 of 9 people" in html.replace("\n", " ")
    assert "too many people" in html


def test_a_page_without_a_write_says_so() -> None:
    assert "Both CRMs show already what the lead standard says." in render(page())
