"""Which of two values the native sync passes on: its four rules, as pure functions.

Source: HubSpot knowledge base, *Map HubSpot properties to Salesforce fields*.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SyncRule(StrEnum):
    """The rule of one mapped field."""

    PREFER_SALESFORCE = "prefer_salesforce_unless_blank"
    ALWAYS_SALESFORCE = "always_salesforce"
    TWO_WAY = "two_way"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """A HubSpot contact property and its field on the lead and on the contact; ``None`` where
    that object has no such field."""

    property: str
    lead: str | None
    contact: str | None
    rule: SyncRule

    def field_of(self, sobject: str) -> str | None:
        """The field on this kind of person."""
        return self.lead if sobject == "Lead" else self.contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """One field in both CRMs, "" where it is blank, and what both held after the last sync;
    ``agreed`` is ``None`` before the first. ``salesforce_is_later`` compares the two records."""

    hubspot: str
    salesforce: str
    agreed: str | None
    salesforce_is_later: bool


class Pass(StrEnum):
    """Whose value the other CRM gets."""

    TO_HUBSPOT = "to_hubspot"
    TO_SALESFORCE = "to_salesforce"


def settle(rule: SyncRule, values: Values) -> Pass | None:
    """What is passed on, or ``None``; a value that was deleted is passed on as a blank one."""
    if rule is SyncRule.NONE or values.hubspot == values.salesforce:
        return None
    if rule is SyncRule.TWO_WAY:
        return _latest(values)
    # A blank that was none at the last sync was deleted in Salesforce.
    if values.salesforce or values.agreed:
        return Pass.TO_HUBSPOT
    return Pass.TO_SALESFORCE if rule is SyncRule.PREFER_SALESFORCE else None


def _latest(values: Values) -> Pass:
    if values.agreed is not None and values.agreed == values.salesforce:
        return Pass.TO_SALESFORCE
    if values.agreed is not None and values.agreed == values.hubspot:
        return Pass.TO_HUBSPOT
    return Pass.TO_HUBSPOT if values.salesforce_is_later else Pass.TO_SALESFORCE
