"""How somebody whom one CRM lacks comes into being there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Assignment(StrEnum):
    """Who gets a lead that crmbridge creates in the sales CRM."""

    RULE = "rule"
    RULE_ID = "rule_id"
    QUEUE = "queue"
    OWNER_MAP = "owner_map"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRules:
    """How a person that one CRM lacks comes into being there.

    ``create_leads`` is off where another sync already creates them. ``owner_map`` maps the
    marketing owner's e-mail, casefolded, to the sales user's e-mail; ``fallback_company``
    stands where the marketing CRM knows no company, because a sales lead needs one.
    """

    create_leads: bool
    create_contacts: bool
    assignment: Assignment
    rule_id: str | None
    queue: str | None
    owner_map: Mapping[str, str]
    fallback_company: str
