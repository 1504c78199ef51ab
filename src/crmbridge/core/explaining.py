"""Plain sentences for people, made from the decided values alone; at most 255 characters."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from crmbridge.core.course import Course
from crmbridge.core.model import Stage
from crmbridge.core.standing import SlaClock, SlaStatus

LONGEST = 255
"""A text field of either CRM holds this many characters."""


def stage_sentence(course: Course) -> str:
    """Why the person is in this stage."""
    words = "marketing-ready (recycled)" if course.stage is Stage.RECYCLED else course.stage.value
    return shorten(f"{words} since {instant(course.since)}: {course.why}.")


def sla_sentence(clock: SlaClock | None) -> str | None:
    """Why the first touch is due when it is, and what became of it."""
    if clock is None:
        return None
    due = instant(clock.due, clock.zone)
    base = f"first touch due {due} ({clock.tier} on calendar {clock.calendar}"
    base += ", from " + instant(clock.started_at, clock.zone) + ")"
    match clock.status:
        case SlaStatus.OPEN if clock.is_paused:
            pause = clock.pauses[-1]
            text = f"Paused since {instant(pause.since, clock.zone)} ({pause.reason}); {base}"
        case SlaStatus.OPEN:
            text = f"Open: {base}"
        case SlaStatus.MET:
            text = f"Met: {clock.why_ended} {_touched(clock)}; {base}"
        case SlaStatus.BREACHED if clock.first_touch_at is not None:
            late = int((clock.first_touch_at - clock.due).total_seconds() // 60)
            text = f"Breached, touched {late} minutes late; {base}"
        case SlaStatus.BREACHED:
            text = f"Breached: no touch; {base}"
        case _:
            text = f"Cancelled ({clock.why_ended}); {base}"
    return shorten(text + ".")


def feedback_sentence(course: Course) -> str | None:
    """What sales said when it let the person go, for marketing to read."""
    if course.reason is None:
        return None
    words = f": {course.reason_details}" if course.reason_details else ""
    return shorten(f"{course.reason}{words}")


def _touched(clock: SlaClock) -> str:
    return "at " + instant(clock.first_touch_at, clock.zone) if clock.first_touch_at else ""


def nurture_sentence(course: Course, list_name: str | None) -> str | None:
    """Why the person is on this nurture list, or on none although recycled."""
    waiting = course.recycle
    if waiting is None or course.stage is not Stage.RECYCLED:
        return None
    if course.opted_out:
        return "On no list: the person objects to marketing."
    content = course.rules.recycling.tracks[waiting.track].content
    end = f"until {instant(waiting.cooldown_until)}" if waiting.cooldown_until else "without end"
    if list_name is None:
        return shorten(f"Taken off the list by hand; {waiting.reason}, cool-down {end}.")
    text = f"On {list_name} ({content}) because of {waiting.reason}, cool-down {end}."
    return shorten(text if course.is_mailable else f"{text} No marketing contact: gets no mail.")


def instant(at: datetime, zone: str = "UTC") -> str:
    """An instant as people read it, in a named zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y %H:%M} {local.tzname() if zone == 'UTC' else zone}"


def shorten(text: str, longest: int = LONGEST) -> str:
    """At most so many characters, cut at a visible place."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
