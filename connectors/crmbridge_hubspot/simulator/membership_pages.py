"""Pages of a list's members, with opaque cursors that survive a member's leaving.

HubSpot contract §12. ``after`` goes on in ascending order; ``before`` goes back, descending, and
is looked at only without ``after``.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from crmbridge_hubspot.simulator.errors import validation_error

_MARK = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who is on a list, and since when."""

    id: int
    since: str

    def to_json(self) -> dict[str, Any]:
        """The member as membership resources show it."""
        return {"recordId": str(self.id), "membershipTimestamp": self.since}


def member_page(
    members: list[Member], *, by_join: bool, limit: int, after: str, before: str
) -> dict[str, Any]:
    """The body of one page, by record id or by the time of joining; 400 for a senseless cursor."""

    def key(member: Member) -> tuple[str, int]:
        return (member.since if by_join else "", member.id)

    ordered = sorted(members, key=key)
    if before and not after:
        end = _decode(before)
        preceding = [one for one in reversed(ordered) if key(one) < key(end)]
        page, more = preceding[:limit], len(preceding) > limit
        backward, forward = more, bool(page)
        first, last = page[-1:], page[:1]
    else:
        start = _decode(after) if after else None
        following = [one for one in ordered if start is None or key(one) > key(start)]
        page = following[:limit]
        backward, forward = len(following) < len(ordered) and bool(page), len(following) > limit
        first, last = page[:1], page[-1:]
    body: dict[str, Any] = {"results": [one.to_json() for one in page], "total": len(members)}
    paging: dict[str, Any] = {}
    if forward:
        paging["next"] = {"after": _encode(last[0])}
    if backward:
        paging["prev"] = {"before": _encode(first[0])}
    return {**body, "paging": paging} if paging else body


def _encode(member: Member) -> str:
    return base64.urlsafe_b64encode(f"{_MARK}:{member.id}:{member.since}".encode()).decode()


def _decode(cursor: str) -> Member:
    try:
        mark, record_id, since = (
            base64.urlsafe_b64decode(cursor.encode()).decode().split(":", maxsplit=2)
        )
        if mark != _MARK:
            raise ValueError(mark)
        return Member(id=int(record_id), since=since)
    except (binascii.Error, ValueError):
        raise validation_error("The cursor is not one of this resource") from None
