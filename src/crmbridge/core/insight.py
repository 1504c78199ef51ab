"""What a person, and others at their company, did online: a text for the rep to read.

Days are named, never counted back from today, so that the text changes when somebody does
something, and at no other time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import cast

from crmbridge.core import fields as f
from crmbridge.core.course import Course
from crmbridge.core.explaining import shorten
from crmbridge.core.facts import EngagementDetail, Evidence, Fact, FactKind
from crmbridge.core.view import Colleague

LONGEST = 1000
"""As much as a rep reads; a long text field of either CRM holds more."""
NAMELESS = "somebody"
"""What a person without a name is called."""

_DAYS = 5
_ACTS_A_DAY = 4
_COLLEAGUES = 3

_WORDS = {
    Evidence.CLICK: "click in a mail",
    Evidence.OPEN: "mail opened",
    Evidence.REPLY: "reply to a mail",
    Evidence.MEETING: "meeting booked",
    Evidence.VISIT: "visit",
}


def insight(course: Course, now: datetime) -> str | None:
    """The latest acts of the person by ``now``, day by day, and the last one of each of those
    at the company who were active last; ``None`` where nobody did anything."""
    own = _own(course.view.facts, now)
    others = _others(course.view.colleagues, now)
    parts = [own] if own else []
    if others:
        parts.append(f"At {course.profile.email_domain}: {others}.")
    return shorten(" ".join(parts), LONGEST) or None


def last_act(course: Course, now: datetime) -> str:
    """What colleagues' reps may read of the person: the last act by ``now`` and its day."""
    latest = max(_acts(course.view.facts, now), key=_order, default=None)
    return f"{_words(latest)}, {_day(latest.at.date())}" if latest else ""


def name_of(course: Course) -> str:
    """What the person is called, as far as that is known."""
    told = course.profile.fields
    names = [str(told[name]) for name in (f.FIRST_NAME, f.LAST_NAME) if told.get(name)]
    return " ".join(names) or NAMELESS


def _own(facts: Iterable[Fact], now: datetime) -> str:
    days: dict[date, Counter[str]] = {}
    for fact in sorted(_acts(facts, now), key=_order, reverse=True):
        if fact.at.date() not in days and len(days) == _DAYS:
            break
        days.setdefault(fact.at.date(), Counter())[_words(fact)] += _detail(fact).count
    told = []
    for day, acts in days.items():
        words = [f"{each} ({n} times)" if n > 1 else each for each, n in acts.items()]
        more = len(words) - _ACTS_A_DAY
        shown = ", ".join(words[:_ACTS_A_DAY]) + (f", {more} more" if more > 0 else "")
        told.append(f"{_day(day)}: {shown}.")
    return " ".join(told)


def _others(colleagues: Iterable[Colleague], now: datetime) -> str:
    active = [each for each in colleagues if each.latest and each.active_from <= now]
    active.sort(key=lambda each: (each.active_until, each.uid), reverse=True)
    return "; ".join(f"{each.name} ({each.latest})" for each in active[:_COLLEAGUES])


def _acts(facts: Iterable[Fact], now: datetime) -> Iterator[Fact]:
    return (fact for fact in facts if fact.kind is FactKind.ENGAGEMENT and fact.at <= now)


def _order(fact: Fact) -> tuple[datetime, str]:
    return fact.at, fact.key


def _words(fact: Fact) -> str:
    detail = _detail(fact)
    if detail.evidence in _WORDS:
        return _WORDS[detail.evidence]
    if detail.evidence is Evidence.PAGE:
        return f"page {detail.name}"
    return f"{detail.evidence.value} “{detail.name}”"


def _detail(fact: Fact) -> EngagementDetail:
    return cast("EngagementDetail", fact.detail)


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"
