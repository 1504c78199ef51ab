"""Fields that an operator has paused: they are decided about as ever, and not written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from crmbridge.core import fields as f
from crmbridge.core.model import Side

PAUSABLE: Final = frozenset(
    {
        *f.WRITTEN,
        f.INSIGHT,
        f.LIFECYCLE,
        f.LEAD_STATUS,
        f.STATUS,
        f.OWNER_ID,
        f.FIRST_NAME,
        f.TITLE,
        f.PHONE,
        f.COUNTRY,
        f.INDUSTRY,
        f.EMPLOYEES,
        f.LEAD_SOURCE,
    }
)
"""What can be left out of a write. A record cannot be made without the other fields, and an
objection to marketing waits for nobody."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Withheld:
    """A field of one side that should be written and is not, because ``by`` paused it."""

    side: Side
    field: str
    by: str


def withheld_sentences(withheld: Iterable[Withheld]) -> tuple[str, ...]:
    """A sentence for each side and operator."""
    names: dict[tuple[Side, str], list[str]] = {}
    for each in sorted(set(withheld)):
        names.setdefault((each.side, each.by), []).append(each.field)
    return tuple(
        f"Not written in the {side} CRM: {', '.join(fields)}: paused by {by}."
        for (side, by), fields in names.items()
    )
