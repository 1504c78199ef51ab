"""The custom fields crmbridge brings into an org, as data: what they hold and whose they are.

``setup`` creates them, ``mapping`` reads and writes them; nothing else knows their names.
Salesforce contract §14.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crmbridge.core import fields as f
from crmbridge.core.model import Stage
from crmbridge.core.standing import SlaStatus


class Kind(StrEnum):
    """What a field holds; ``WHOLE`` and ``NUMBER`` are without and with decimals."""

    TEXT = "text"
    LONG_TEXT = "long text"
    CHOICE = "picklist"
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "checkbox"
    ANSWER = "checkbox or picklist"
    ANY = "anything"
    DAY = "date"
    INSTANT = "date and time"
    LINK = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedField:
    """One custom field on every object in ``objects``.

    ``field`` is the canonical name, ``None`` where no record carries it. ``size`` is a text's
    length or a number's digits. ``choices`` are value → label; ``closed`` refuses others.
    ``by_reps`` may be edited by sales, all others by crmbridge alone. ``tracked`` keeps
    history, so that what reps say carries its own instant.
    """

    name: str
    label: str
    help: str
    kind: Kind
    objects: tuple[str, ...]
    field: str | None = None
    size: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    closed: bool = True
    unique: bool = False
    by_reps: bool = False
    tracked: bool = False


KEY_FIELD: Final = "CRMBridge_Key__c"
UID_FIELD: Final = "CRMBridge_UID__c"
STATUS_FIELD: Final = "CRMBridge_Status__c"
REASON_FIELD: Final = "CRMBridge_Reason__c"
DETAILS_FIELD: Final = "CRMBridge_Reason_Details__c"
RESUME_FIELD: Final = "CRMBridge_Resume_Date__c"
PAUSE_FIELD: Final = "CRMBridge_Pause__c"
LOSS_REASON_FIELD: Final = "CRMBridge_Loss_Reason__c"
LOSS_DETAILS_FIELD: Final = "CRMBridge_Loss_Details__c"

REASONS: tuple[tuple[str, str], ...] = (
    ("NO_RESPONSE", "Does not answer"),
    ("NO_ENGAGEMENT", "Shows no interest at present"),
    ("TIMING", "Not now, later (give a date)"),
    ("BUDGET", "No budget"),
    ("NO_AUTHORITY", "Cannot decide"),
    ("COMPETITOR_LOCKED", "Bought from a competitor"),
    ("COMPETITOR", "Works for a competitor"),
    ("NOT_ICP", "Not our kind of customer"),
    ("STUDENT", "Student"),
    ("VENDOR", "Wants to sell to us"),
    ("JOB_SEEKER", "Looks for a job"),
    ("OWN_STAFF", "Works for us"),
    ("SPAM", "Spam or a made-up person"),
    ("BAD_DATA", "Wrong contact data"),
    ("DUPLICATE", "Already in Salesforce"),
    ("EXISTING_CUSTOMER", "Already a customer"),
    ("OPT_OUT", "Does not want to be contacted"),
    ("LEGAL", "Legal reasons"),
)
_STAGES = (
    (Stage.LEAD.value, "Lead"),
    (Stage.MQL.value, "Marketing qualified"),
    (Stage.ACTIVATION.value, "Being worked by sales"),
    (Stage.QUALIFICATION.value, "Being qualified by sales"),
    (Stage.OPPORTUNITY.value, "Opportunity"),
    (Stage.CUSTOMER.value, "Customer"),
    (Stage.RECYCLED.value, "Recycled to marketing"),
    (Stage.DISQUALIFIED.value, "Disqualified"),
)
_PROMISES = (
    (SlaStatus.OPEN.value, "First touch owed"),
    (SlaStatus.MET.value, "First touch in time"),
    (SlaStatus.BREACHED.value, "First touch overdue"),
    (SlaStatus.CANCELLED.value, "No longer owed"),
)
_CONTACT_STATUSES = tuple(
    (name, name) for name in ("New", "Working", "Qualified", "Recycled", "Disqualified")
)

_PEOPLE = ("Lead", "Contact")


def _shown(field: str, name: str, label: str, says: str, kind: Kind, size: int = 0) -> OwnedField:
    """A field that crmbridge alone writes, on every person."""
    return OwnedField(
        name=f"CRMBridge_{name}__c",
        label=label,
        help=says,
        kind=kind,
        objects=_PEOPLE,
        field=field,
        size=size,
    )


def _chosen(
    field: str, name: str, label: str, says: str, choices: tuple[tuple[str, str], ...]
) -> OwnedField:
    return OwnedField(
        name=f"CRMBridge_{name}__c",
        label=label,
        help=says,
        kind=Kind.CHOICE,
        objects=_PEOPLE,
        field=field,
        choices=choices,
    )


_SHOWN: tuple[OwnedField, ...] = (
    OwnedField(
        name=UID_FIELD,
        label="crmbridge ID",
        help="crmbridge's own id of the person, the same in both CRMs.",
        kind=Kind.TEXT,
        objects=_PEOPLE,
        field=f.UID,
        size=64,
        unique=True,
    ),
    _chosen(f.STAGE, "Stage", "Stage", "Where the person stands in the lead standard.", _STAGES),
    _shown(f.STAGE_REASON, "Stage_Reason", "Stage reason", "Why this stage.", Kind.TEXT, 255),
    _shown(f.SCORE, "Score", "Score", "Lead score, 0 to 100.", Kind.WHOLE, 3),
    _shown(f.GRADE, "Grade", "Grade", "Fit A to D, engagement 1 to 4.", Kind.TEXT, 10),
    _shown(f.SCORE_REASON, "Score_Reason", "Score reason", "What made the score.", Kind.TEXT, 255),
    _shown(f.MQL_AT, "MQL_At", "MQL since", "When the person last became an MQL.", Kind.INSTANT),
    _shown(f.CYCLE, "Cycle", "MQL cycle", "How often the person became an MQL.", Kind.WHOLE, 4),
    _shown(f.SLA_DUE, "SLA_Due", "First touch due", "When sales owes the touch.", Kind.INSTANT),
    _chosen(f.SLA_STATUS, "SLA_Status", "First touch", "How the promise stands.", _PROMISES),
    _shown(f.SLA_REASON, "SLA_Reason", "First touch reason", "Why this due.", Kind.TEXT, 255),
    _shown(
        f.FIRST_TOUCH_AT,
        "First_Touch_At",
        "First touch at",
        "When sales first reached out in this cycle.",
        Kind.INSTANT,
    ),
    _shown(f.TRACK, "Track", "Nurture track", "The track marketing nurtures on.", Kind.TEXT, 80),
    _shown(
        f.RECYCLE_REASON,
        "Recycle_Reason",
        "Recycled because",
        "Why the person went back to marketing.",
        Kind.TEXT,
        80,
    ),
    _shown(
        f.NURTURE_REASON, "Nurture_Reason", "Nurture reason", "Why on this list.", Kind.TEXT, 255
    ),
    _shown(
        f.COOLDOWN_UNTIL,
        "Cooldown_Until",
        "Cool-down until",
        "Until when the person is left in peace.",
        Kind.INSTANT,
    ),
    _shown(
        f.INSIGHT,
        "Insight",
        "Online activity",
        "What the person and others at the company did online lately.",
        Kind.LONG_TEXT,
        1000,
    ),
    _shown(f.RECYCLE_COUNT, "Recycle_Count", "Recycles", "How often recycled.", Kind.WHOLE, 4),
    _shown(
        f.RULEBOOK_VERSION,
        "Rulebook_Version",
        "Rule book",
        "The version of the lead standard in force.",
        Kind.TEXT,
        80,
    ),
)


def _said(
    field: str,
    name: str,
    label: str,
    says: str,
    kind: Kind,
    objects: tuple[str, ...],
    size: int = 0,
) -> OwnedField:
    """A field in which reps speak; its history is kept."""
    return OwnedField(
        name=name,
        label=label,
        help=says,
        kind=kind,
        objects=objects,
        field=field,
        size=size,
        choices=REASONS if kind is Kind.CHOICE else (),
        by_reps=True,
        tracked=True,
    )


_PAUSES = tuple(
    (name, name) for name in ("Customer asked to wait", "Legal hold", "Duplicate check")
)


def _question(field: str, label: str) -> OwnedField:
    """An answer that sales finds out at QUALIFICATION."""
    return OwnedField(
        name=f"CRMBridge_{field.title()}__c",
        label=f"{label} confirmed",
        help="Tick it once you know; the lead standard asks at the qualification stage.",
        kind=Kind.FLAG,
        objects=_PEOPLE,
        field=field,
        by_reps=True,
    )


_DETAILS_HELP = "In your own words, one sentence or more: marketing reads it."
_DEAL = ("Opportunity",)

_SAID: tuple[OwnedField, ...] = (
    _said(f.REASON, REASON_FIELD, "Reason", "Why you let go.", Kind.CHOICE, _PEOPLE),
    _said(f.REASON_DETAILS, DETAILS_FIELD, "Details", _DETAILS_HELP, Kind.LONG_TEXT, _PEOPLE, 4000),
    _said(f.RESUME_DATE, RESUME_FIELD, "Resume on", "When to try again.", Kind.DAY, _PEOPLE),
    OwnedField(
        name=STATUS_FIELD,
        label="Sales status",
        help="Where sales stands with the contact, as the lead status says it for leads.",
        kind=Kind.CHOICE,
        objects=("Contact",),
        field=f.STATUS,
        choices=_CONTACT_STATUSES,
        closed=False,
        by_reps=True,
        tracked=True,
    ),
    OwnedField(
        name=PAUSE_FIELD,
        label="On hold because",
        help="Stops the clock of the first touch for a reason both departments agreed on.",
        kind=Kind.CHOICE,
        objects=_PEOPLE,
        field=f.PAUSE_REASON,
        choices=_PAUSES,
        closed=False,
        by_reps=True,
        tracked=True,
    ),
    _question(f.BUDGET, "Budget"),
    _question(f.AUTHORITY, "Authority"),
    _question(f.NEED, "Need"),
    _question(f.TIMELINE, "Timeline"),
    _question(f.CHALLENGES, "Challenges"),
    _question(f.MONEY, "Money"),
    _question(f.PRIORITIZATION, "Prioritization"),
    _said(f.REASON, LOSS_REASON_FIELD, "Loss reason", "Why it was lost.", Kind.CHOICE, _DEAL),
    _said(
        f.REASON_DETAILS,
        LOSS_DETAILS_FIELD,
        "Loss details",
        _DETAILS_HELP,
        Kind.LONG_TEXT,
        _DEAL,
        4000,
    ),
)

OWNED: tuple[OwnedField, ...] = (
    *_SHOWN,
    *_SAID,
    OwnedField(
        name=KEY_FIELD,
        label="crmbridge key",
        help="Marks crmbridge's own alert, so that it is made once.",
        kind=Kind.TEXT,
        objects=("Activity",),
        size=120,
        unique=True,
    ),
)
"""Everything ``setup`` creates. A field of ``Activity`` appears on Task and on Event."""
