"""How somebody whom one CRM lacks comes into being there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from crmbridge.core import fields as f


class Assignment(StrEnum):
    """Who gets a lead that crmbridge creates in the sales CRM."""

    RULE = "rule"
    RULE_ID = "rule_id"
    QUEUE = "queue"
    OWNER_MAP = "owner_map"


class FieldRule(StrEnum):
    """Whose value a field gets that both CRMs have and people edit in both.

    SALES and MARKETING: always that CRM's, a blank too, and other edits are put right. The
    UNLESS_BLANK ones: an edit on either side goes to the other; of two edits that CRM's counts;
    a blank never replaces a value. NEWEST: of two edits the later one; those that the clocks
    cannot tell apart are asked about. ASK: of two edits a person decides.
    """

    SALES = "sales"
    SALES_UNLESS_BLANK = "sales_unless_blank"
    MARKETING = "marketing"
    MARKETING_UNLESS_BLANK = "marketing_unless_blank"
    NEWEST = "newest"
    ASK = "ask"


class MappableField(StrEnum):
    """Fields that can be kept equal in both CRMs. The address is none: it proves who is who."""

    FIRST_NAME = f.FIRST_NAME
    LAST_NAME = f.LAST_NAME
    COMPANY = f.COMPANY
    TITLE = f.TITLE
    PHONE = f.PHONE
    COUNTRY = f.COUNTRY
    INDUSTRY = f.INDUSTRY
    LEAD_SOURCE = f.LEAD_SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRules:
    """How a person that one CRM lacks comes into being there, and what is kept equal of one whom
    both have (``mapping``).

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
    mapping: Mapping[str, FieldRule] = field(default_factory=dict)
