"""Colleagues: what the activity of others at a company says about the best fit among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crmbridge.core.rules import LiftRules
from crmbridge.core.view import Colleague

_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity(Colleague):
    """What a person's colleagues may know of them, with the company ``domain`` at which they are
    colleagues."""

    domain: str


def continued(before: Activity | None, found: Activity) -> Activity:
    """``found``, active since ``before`` began where there was no break between the two."""
    if before is not None and before.active_from <= found.active_from <= before.active_until:
        return replace(found, active_from=before.active_from)
    return found


def concerns_colleagues(before: Activity | None, now: Activity | None) -> bool:
    """Whether the step from one to the other can change a colleague's lift now: who goes on being
    active with the same fit, or goes on not to be, changes nothing for anyone."""
    if before is None or now is None:
        return before is not now
    return (before.domain, before.fit, before.active_from) != (now.domain, now.fit, now.active_from)


def lift_at(
    own: Activity | None, colleagues: Iterable[Colleague], rules: LiftRules, at: datetime
) -> float:
    """The points for the person with ``own`` activity: all of them for the best fit among the
    active contacts (of equals the earliest known), nothing for anyone else."""
    group = _active_group(own, colleagues, rules, at)
    if own is None or not group:
        return 0.0
    best = max(other.fit for other in group)
    if own.fit < best:
        return 0.0
    known = (own.known_since, own.uid)
    rivals = [(other.known_since, other.uid) for other in group if other.fit == own.fit]
    return rules.points if all(known < rival for rival in rivals) else 0.0


def is_in_group(
    own: Activity | None, colleagues: Iterable[Colleague], rules: LiftRules, at: datetime
) -> bool:
    """Whether the person is one of several active contacts of their company."""
    return bool(_active_group(own, colleagues, rules, at))


def _active_group(
    own: Activity | None, colleagues: Iterable[Colleague], rules: LiftRules, at: datetime
) -> list[Colleague]:
    """The other active contacts, where they are enough; none where the person is idle."""
    if own is None or not own.active_from <= at <= own.active_until:
        return []
    others = [other for other in colleagues if other.active_from <= at <= other.active_until]
    return others if len(others) >= rules.least_others else []


def group_changes(own: Activity | None, colleagues: Iterable[Colleague]) -> list[datetime]:
    """The instants at which someone stops being active."""
    untils = [other.active_until for other in colleagues]
    return [until + _AFTER for until in (*untils, *([own.active_until] if own else []))]
