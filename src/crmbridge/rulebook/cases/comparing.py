"""What a decision and the simulated CRMs show, held against what a case expects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from crmbridge.core.decision import Decision
from crmbridge.core.model import Value
from crmbridge.rulebook.cases.schema import ExpectSection, PollSection
from crmbridge.rulebook.cases.world import CaseWorld


def differences(poll: PollSection, decision: Decision, world: CaseWorld) -> Iterator[str]:
    """One sentence for each expectation that is not met."""
    expect = poll.expect
    found = _found(decision, world)
    for name in ExpectSection.model_fields:
        if name not in expect.model_fields_set:
            continue
        if name == "shown":
            yield from _shown_differences(poll, world)
            continue
        wanted = getattr(expect, name)
        if name in ("reviews", "flags"):
            wanted = tuple(sorted(wanted or ()))
        if name == "conflicts":
            wanted = tuple((c.side, c.field, c.theirs, c.ours) for c in wanted or ())
        if wanted != found[name]:
            yield f"{_plain(poll.at)} {name}: expected {_plain(wanted)}, got {_plain(found[name])}"


def _found(decision: Decision, world: CaseWorld) -> dict[str, object]:
    standing, score, clock, waiting = (
        decision.standing,
        decision.score,
        decision.sla,
        decision.recycle,
    )
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
        "list": ", ".join(world.lists) or None,
        "reason": standing.reason,
        "recycle_reason": waiting.reason if waiting else None,
        "track": waiting.track if waiting else None,
        "cooldown_until": waiting.cooldown_until if waiting else None,
        "recycle_count": standing.recycle_count,
        "opted_out": standing.opted_out,
        "block": standing.block,
        "reviews": tuple(sorted(review.kind for review in decision.reviews)),
        "flags": tuple(sorted(decision.flags)),
        "conflicts": tuple((c.side, c.field, c.theirs, c.ours) for c in decision.conflicts),
        "writes": bool(decision.operations),
    }


def _shown_differences(poll: PollSection, world: CaseWorld) -> Iterator[str]:
    for side, wanted in (poll.expect.shown or {}).items():
        shown = world.shown(side)
        for name, value in wanted.items():
            if not _is_same(value, shown.get(name)):
                where = f"{_plain(poll.at)} {side}.{name}"
                yield f"{where}: expected {_plain(value)}, got {_plain(shown.get(name))}"


def _is_same(wanted: object, held: Value) -> bool:
    if isinstance(wanted, str) and isinstance(held, datetime):
        try:
            return datetime.fromisoformat(wanted) == held
        except (ValueError, TypeError):
            return False
    if isinstance(wanted, str) and isinstance(held, date):
        return wanted == held.isoformat()
    return type(wanted) is type(held) and wanted == held


def _rounded(points: float) -> float:
    return round(points + 1e-9, 2)


def _minutes(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None:
        return None
    return max(0, int((end - start).total_seconds() // 60))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return "[" + ", ".join(_plain(entry) for entry in value) + "]"
    return "nothing" if value is None else str(value)
