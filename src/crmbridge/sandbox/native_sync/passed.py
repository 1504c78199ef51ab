"""What one run of the native sync did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields


@dataclass(slots=True, kw_only=True)
class Passed:
    """How many leads and contacts were made, pairs linked, pairs of which a field went to either
    CRM, deals copied; ``records`` are contacts that were written to for whatever reason, their
    traces included. ``errors`` counts refusals by what was said."""

    leads: int = 0
    contacts: int = 0
    linked: int = 0
    to_hubspot: int = 0
    to_salesforce: int = 0
    deals: int = 0
    records: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def wrote(self) -> bool:
        """Whether anything was written into a CRM."""
        return any(getattr(self, each.name) for each in fields(self) if each.name != "errors")

    def add(self, other: Passed) -> None:
        """Count what another run did, too."""
        for each in fields(self):
            if each.name != "errors":
                setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        self.errors += other.errors
