"""``standard.yaml``: which version of the shared lead standard this is, and from when on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from crmbridge.rulebook.sections import Section, Text, refusal


def _instant(value: object) -> datetime:
    """An instant with its zone, in UTC."""
    wanted = "must be an instant with its zone, such as 2026-01-01T00:00:00Z"
    if not isinstance(value, str | datetime):
        raise refusal(wanted)
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise refusal(wanted)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refusal(wanted) from error


Instant = Annotated[datetime, BeforeValidator(_instant)]
"""An aware instant, in UTC."""


class StandardFile(Section):
    """The file as written."""

    version: Annotated[Text, Field(max_length=40)]
    in_force_from: Instant
