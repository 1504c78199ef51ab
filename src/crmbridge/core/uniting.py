"""Two people who turn out to be one: their histories become one, once."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from datetime import datetime

from crmbridge.core.model import Stage
from crmbridge.core.standing import Standing

_FURTHER = (
    Stage.CUSTOMER,
    Stage.OPPORTUNITY,
    Stage.QUALIFICATION,
    Stage.ACTIVATION,
    Stage.MQL,
)


def unite(one: Standing, other: Standing, terminal: Container[str]) -> Standing:
    """The standing of the person whom both stand for; the order of the two does not matter.

    The further stage stays, with its promise, its wait and its reason: the way up first, then
    a DISQUALIFIED for a ``terminal`` reason, RECYCLED, any other DISQUALIFIED, LEAD. The
    earliest MQL instant is kept and no second MQL arises; the last word on consent counts,
    whoever said it; what was counted is not counted again.
    """
    ahead, behind = sorted((one, other), key=lambda each: _precedence(each, terminal))
    return replace(
        ahead,
        decided_at=max(ahead.decided_at, behind.decided_at),
        cycle=max(ahead.cycle, behind.cycle),
        armed=ahead.armed or behind.armed,
        mql_at=_earliest(ahead.mql_at, behind.mql_at),
        mql_caused_at=_earliest(ahead.mql_caused_at, behind.mql_caused_at),
        mql_reason=ahead.mql_reason or behind.mql_reason,
        recycle_count=max(ahead.recycle_count, behind.recycle_count),
        consent=ahead.consent.united(behind.consent),
        restart_at=ahead.restart_at,
        deals={**behind.deals, **ahead.deals},
        tasks=(*ahead.tasks, *(task for task in behind.tasks if task not in ahead.tasks)),
        reviews={**behind.reviews, **ahead.reviews},
        sales_owner_id=ahead.sales_owner_id or behind.sales_owner_id,
    )


def _precedence(standing: Standing, terminal: Container[str]) -> tuple[int, datetime, datetime]:
    """Lower is further; of equals the one who got there first."""
    stage = standing.stage
    if stage in _FURTHER:
        rank = _FURTHER.index(stage)
    elif stage is Stage.DISQUALIFIED and standing.reason in terminal:
        rank = 5
    else:
        rank = {Stage.RECYCLED: 6, Stage.DISQUALIFIED: 7}.get(stage, 8)
    return rank, standing.since, standing.decided_at


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)
