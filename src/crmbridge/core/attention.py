"""What deserves a look while a person is worked: flags that move nobody."""

from __future__ import annotations

from datetime import datetime

from crmbridge.core.accounts import is_in_group
from crmbridge.core.calendars import add_workdays
from crmbridge.core.course import Course
from crmbridge.core.ladder import tell_unconfirmed
from crmbridge.core.model import Stage
from crmbridge.core.sla import calendar_for
from crmbridge.core.standing import SlaStatus

_WORKED = frozenset({Stage.MQL, Stage.ACTIVATION})


def note_flags(course: Course, now: datetime) -> None:
    """Set the flags that hold at ``now``:

    ``attempts_short`` and ``disposition_overdue`` while the person is worked longer than the
    standard allows, ``qualification_incomplete`` while sales has answered too few questions,
    ``buying_group`` for active colleagues of the best fit, ``paused`` while the promise
    stands still, ``unmatched`` where sales knows somebody without an address by which marketing
    could, ``partner`` while a partner holds the lead, ``not_mailable`` while a recycled person
    is a contact to whom the marketing CRM sends no mail.
    """
    rules, flags = course.rules, course.flags
    for name, since in _deadlines(course).items():
        if now >= since:
            flags.add(name)
    if course.stage is Stage.QUALIFICATION:
        answers = course.profile.fields
        course.confirmed = tuple(
            question for question in rules.qualification.questions if answers.get(question)
        )
        if len(course.confirmed) < rules.qualification.least:
            flags.add("qualification_incomplete")
    own = course.activity_at(now) if course.view.colleagues else None
    if is_in_group(own, course.view.colleagues, rules.score.lift, now) and not course.lift_at(now):
        flags.add("buying_group")
    clock = course.sla
    if clock is not None and clock.status is SlaStatus.OPEN:
        if clock.is_paused:
            flags.add("paused")
        if clock.calendar_unconfirmed:
            tell_unconfirmed(course, clock, now)
    if course.view.marketing is None and course.profile.email_domain is None:
        flags.add("unmatched")
    if course.is_partner:
        flags.add("partner")
    if course.stage is Stage.RECYCLED and not course.is_mailable:
        flags.add("not_mailable")


def flag_changes(course: Course) -> list[datetime]:
    """The instants at which one of these flags comes up by itself."""
    return list(_deadlines(course).values())


def _deadlines(course: Course) -> dict[str, datetime]:
    """Flag → since when it holds, while an MQL of this cycle is worked and not decided."""
    rules, clock, mql_at = course.rules.sla, course.sla, course.mql_at
    is_worked = course.stage in _WORKED and Stage.MQL in course.stamps
    if not is_worked or clock is None or mql_at is None:
        return {}
    calendar, zone = calendar_for(course, clock)
    overdue = add_workdays(mql_at, rules.disposition_workdays, calendar, zone)
    found = {"disposition_overdue": overdue}
    if course.attempts < rules.attempts:
        found["attempts_short"] = mql_at + rules.attempts_within
    return found
