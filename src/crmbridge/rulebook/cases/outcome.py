"""A decision in the words of case files: what ``expect`` names and ``rules try`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from crmbridge.core import fields as f
from crmbridge.core.decision import Decision
from crmbridge.core.operations import Operation


def outcome(
    decision: Decision, lists: Sequence[str], tasks: Sequence[Operation]
) -> dict[str, object]:
    """A decision in the words of case files; ``lists`` are the nurture lists that the person
    is on, ``tasks`` those that were put before people. Instants are aware datetimes."""
    standing, score, clock, waiting = (
        decision.standing,
        decision.score,
        decision.sla,
        decision.recycle,
    )
    rep = standing.rep
    return {
        "stage": decision.stage,
        "cycle": standing.cycle,
        "moves": tuple(
            f"{move.after} (inferred)" if move.inferred else str(move.after)
            for move in decision.moves
        ),
        "score": score.total if score else None,
        "grade": score.grade if score else None,
        "fit": _rounded(score.fit) if score else None,
        "engagement": _rounded(score.engagement) if score else None,
        "signals": _rounded(score.signals) if score else None,
        "mql_at": standing.mql_at,
        "mql_reason": standing.mql_reason,
        "tier": clock.tier if clock else None,
        "due": clock.due if clock else None,
        "sla": clock.status if clock else None,
        "first_touch_at": standing.first_touch_at,
        "first_touch_minutes": _minutes(standing.mql_at, standing.first_touch_at),
        "minutes_left": _minutes(standing.first_touch_at, clock.due if clock else None),
        "list": ", ".join(lists) or None,
        "reason": standing.reason,
        "recycle_reason": waiting.reason if waiting else None,
        "track": waiting.track if waiting else None,
        "cooldown_until": waiting.cooldown_until if waiting else None,
        "recycle_count": standing.recycle_count,
        "opted_out": standing.opted_out,
        "block": standing.block,
        "attempts": standing.attempts,
        "paused": clock.is_paused if clock else None,
        "rep_due": rep.due if rep else None,
        "rep_sla": rep.status if rep else None,
        "mql_value": standing.mql_value,
        "tasks": tuple(sorted(_task(operation) for operation in tasks)),
        "objections": tuple(sorted(each.reason for each in decision.objections)),
        "next_review_at": decision.next_review_at,
        "reviews": tuple(sorted(review.kind for review in decision.reviews)),
        "flags": tuple(sorted(decision.flags)),
        "conflicts": tuple((c.side, c.field, c.theirs, c.ours) for c in decision.conflicts),
        "writes": bool(decision.operations),
    }


def _task(operation: Operation) -> str:
    """``warn:owner to anna``: the step and who is to do it."""
    values = operation.values
    step = str(values[f.TASK_KEY]).split(":", 2)[-1]
    return f"{step} to {values[f.OWNER_ID]}"


def _rounded(points: float) -> float:
    return round(points + 1e-9, 2)


def _minutes(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None:
        return None
    return max(0, int((end - start).total_seconds() // 60))


def plain(value: object) -> str:
    """A value as people read it in a report of differences."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return "[" + ", ".join(plain(entry) for entry in value) + "]"
    return "nothing" if value is None else str(value)
