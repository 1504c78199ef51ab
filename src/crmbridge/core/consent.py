"""Objections and hard blocks: what stands before every score and every list."""

from __future__ import annotations

from datetime import datetime

from crmbridge.core.course import Course
from crmbridge.core.facts import Fact, FactKind
from crmbridge.core.model import Stage
from crmbridge.core.recycling import disqualify
from crmbridge.core.rules import Block

_BLOCK_ORDER = tuple(Block)


def take_consent(course: Course, fact: Fact) -> None:
    """The latest objection and the latest re-subscription, whichever CRM told them."""
    if fact.kind is FactKind.OPT_OUT:
        course.opted_out_at = _later(course.opted_out_at, fact.at)
    else:
        course.opted_in_at = _later(course.opted_in_at, fact.at)


def _later(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else max(known, at)


def take_bounce(course: Course, fact: Fact) -> None:
    """A hard bounce is evidence of bad data; from ACTIVATION on a person decides."""
    if course.stage in (Stage.LEAD, Stage.MQL, Stage.RECYCLED):
        block(course, Block.BAD_DATA, fact.at, "the e-mail address bounced for good", fact.key)
    elif course.stage is not Stage.DISQUALIFIED:
        course.review("hard_bounce", "the e-mail address bounced for good")


def check_domain(course: Course, at: datetime) -> None:
    """Competitors and own staff are known by their e-mail domain."""
    domain = course.profile.email_domain
    found = course.rules.blocks.domains.get(domain) if domain else None
    if found is None or not course.armed:
        return
    block(course, found, at, f"the e-mail domain is listed as {found}", "rule:domain")


def block(course: Course, found: Block, at: datetime, why: str, cause: str) -> None:
    """Block the person; the strongest block stays. From OPPORTUNITY on it is only reviewed."""
    if course.stage in (Stage.OPPORTUNITY, Stage.CUSTOMER):
        course.review("blocked_too_late", f"{why}, but there is a deal already")
        return
    if course.block is None or _BLOCK_ORDER.index(found) < _BLOCK_ORDER.index(course.block):
        course.block = found
        course.reason = found.value
    disqualify(course, at, why, cause)
