"""Hard blocks: what stands before every score and every list."""

from __future__ import annotations

import hashlib
from datetime import datetime

from crmbridge.core.course import Course
from crmbridge.core.facts import Fact
from crmbridge.core.fields import EMAIL
from crmbridge.core.identity import normalise_email
from crmbridge.core.model import Stage
from crmbridge.core.recycling import disqualify, stronger
from crmbridge.core.rules import Block

_TOO_LATE = frozenset({Stage.OPPORTUNITY, Stage.CUSTOMER})
_BOUNCES = frozenset({Stage.LEAD, Stage.MQL, Stage.RECYCLED})


def take_erasure(course: Course, fact: Fact) -> None:
    """Whoever asked to be forgotten objects to everything, for good: no rule brings them back.
    While there is a deal a person decides what must be kept."""
    course.consent = course.consent.objecting(fact.at)
    if course.stage in _TOO_LATE:
        course.review("erased_with_deal", "the person asked to be forgotten, but there is a deal")
        return
    block(course, Block.LEGAL, fact.at, "the person asked to be forgotten", fact.key)


def take_bounce(course: Course, fact: Fact) -> None:
    """A hard bounce is evidence of bad data; from ACTIVATION on a person decides."""
    if course.stage in _BOUNCES:
        block(course, Block.BAD_DATA, fact.at, "the e-mail address bounced for good", fact.key)
    elif course.stage is not Stage.DISQUALIFIED:
        course.review("hard_bounce", "the e-mail address bounced for good")
        course.blocked_address = _address(course)


def check_blocks(course: Course, at: datetime) -> None:
    """Competitors and own staff are known by their e-mail domain, others by what they said."""
    for kind in ("blocked_too_late", "bad_data_corrected"):
        course.reviews.pop(kind, None)
    if not course.armed:
        return
    found = _evidence(course)
    if found is None:
        _notice_correction(course)
    elif course.stage is not Stage.DISQUALIFIED or found[0] is not course.block:
        block(course, found[0], at, found[1], f"rule:{found[0]}")


def _evidence(course: Course) -> tuple[Block, str] | None:
    rules, domain = course.rules.blocks, course.profile.email_domain
    found: list[tuple[Block, str]] = []
    listed = rules.domains.get(domain) if domain else None
    if listed is not None:
        found.append((listed, f"the e-mail domain is listed as {listed}"))
    for named, holds in rules.conditions:
        if holds(course.profile.fields):
            found.append((named, f"the person's data says {named}"))
    return min(found, key=lambda each: tuple(Block).index(each[0]), default=None)


def _notice_correction(course: Course) -> None:
    """Data that proved a block has changed: a person may re-open, no rule does."""
    if course.blocked_address is None or course.blocked_address == _address(course):
        return
    course.reviews.pop("hard_bounce", None)
    if course.block is not None:
        course.review("bad_data_corrected", "the data behind the block has changed since")


def _address(course: Course) -> str:
    """A digest: a standing must not keep addresses that erasure would have to find."""
    address = normalise_email(course.profile.fields.get(EMAIL)) or ""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def block(course: Course, found: Block, at: datetime, why: str, cause: str) -> None:
    """Block the person; the strongest block stays. From OPPORTUNITY on it is only reviewed."""
    if course.stage in _TOO_LATE:
        course.review("blocked_too_late", f"{why}, but there is a deal already")
        return
    course.blocked_address = _address(course)
    if stronger(course.block, found) is not course.block:
        course.block = found
        course.reason = found.value
    disqualify(course, at, why, cause)
