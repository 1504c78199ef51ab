"""The canonical field names: one word per thing on both sides.

A connector's mapping turns these into vendor names; a field that a CRM does not have is
simply absent from its records and never written there.
"""

from __future__ import annotations

from typing import Final

# Who the person is, as the CRMs tell it.
EMAIL: Final = "email"
FIRST_NAME: Final = "first_name"
LAST_NAME: Final = "last_name"
COMPANY: Final = "company"
TITLE: Final = "title"
SENIORITY: Final = "seniority"  # derived from the title, of no record
PHONE: Final = "phone"
COUNTRY: Final = "country"
INDUSTRY: Final = "industry"
EMPLOYEES: Final = "employees"  # a number, or a vendor's range as text ("50-100", "1000+")
LEAD_SOURCE: Final = "lead_source"
OPTED_OUT: Final = "opted_out"  # bool: the person objects to marketing e-mail
MARKETABLE: Final = "marketable"  # bool: the marketing CRM would mail the contact
OWNER_ID: Final = "owner_id"  # of the record's own CRM
STATUS: Final = "status"  # the sales CRM's own status value
LIFECYCLE: Final = "lifecycle"  # the marketing CRM's own life-cycle value
LEAD_STATUS: Final = "lead_status"  # the marketing CRM's own lead status value
ESTIMATED_VALUE: Final = "estimated_value"
CURRENCY: Final = "currency"  # ISO 4217 code of the estimated value
DEAL_REGISTRATION: Final = "deal_registration"  # set where a partner registered the lead
PERSONA: Final = "persona"  # what the person called themselves in a form
LANGUAGE: Final = "language"
STATE: Final = "state"
CITY: Final = "city"
REVENUE: Final = "revenue"

# How records hang together.
UID: Final = "uid"  # crmbridge's own id of the person
PEER_LEAD_ID: Final = "peer_lead_id"  # the other CRM's ids, where a sync keeps them
PEER_CONTACT_ID: Final = "peer_contact_id"
ACCOUNT_ID: Final = "account_id"
CONVERTED: Final = "converted"  # bool, sales leads only
CONVERTED_AT: Final = "converted_at"
CONVERTED_CONTACT_ID: Final = "converted_contact_id"
CONVERTED_DEAL_ID: Final = "converted_deal_id"
CONVERTED_ACCOUNT_ID: Final = "converted_account_id"

# What a rep says.
REASON: Final = "reason"
REASON_DETAILS: Final = "reason_details"
RESUME_DATE: Final = "resume_date"  # date
PAUSE_REASON: Final = "pause_reason"  # why the first touch has to wait

# What sales found out at QUALIFICATION: bool each, BANT or CHAMP.
BUDGET: Final = "budget"
AUTHORITY: Final = "authority"
NEED: Final = "need"
TIMELINE: Final = "timeline"
CHALLENGES: Final = "challenges"
MONEY: Final = "money"
PRIORITIZATION: Final = "prioritization"

# What crmbridge writes, on both sides.
STAGE: Final = "stage"
STAGE_REASON: Final = "stage_reason"
SCORE: Final = "score"  # int, or None where blank
GRADE: Final = "grade"
SCORE_REASON: Final = "score_reason"
MQL_AT: Final = "mql_at"
CYCLE: Final = "cycle"
SLA_DUE: Final = "sla_due"
SLA_STATUS: Final = "sla_status"
SLA_REASON: Final = "sla_reason"
FIRST_TOUCH_AT: Final = "first_touch_at"
TRACK: Final = "track"
RECYCLE_REASON: Final = "recycle_reason"
NURTURE_REASON: Final = "nurture_reason"
COOLDOWN_UNTIL: Final = "cooldown_until"
RECYCLE_COUNT: Final = "recycle_count"
RULEBOOK_VERSION: Final = "rulebook_version"
FEEDBACK: Final = "feedback"

# What crmbridge writes on the sales side alone.
INSIGHT: Final = "insight"  # what the person and others at the company did online

WRITTEN: Final = (
    STAGE,
    STAGE_REASON,
    SCORE,
    GRADE,
    SCORE_REASON,
    MQL_AT,
    CYCLE,
    SLA_DUE,
    SLA_STATUS,
    SLA_REASON,
    FIRST_TOUCH_AT,
    TRACK,
    RECYCLE_REASON,
    NURTURE_REASON,
    COOLDOWN_UNTIL,
    RECYCLE_COUNT,
    FEEDBACK,
    RULEBOOK_VERSION,
)
"""Fields that belong to crmbridge alone and are the same on both sides."""

# Tasks for people.
SUBJECT: Final = "subject"
BODY: Final = "body"
DUE: Final = "due"
DUE_ON: Final = "due_on"  # the day of DUE where the assignee lives
TASK_KEY: Final = "task_key"

# Accounts (companies).
NAME: Final = "name"
DOMAIN: Final = "domain"

# Deals. A deal's loss is explained by REASON and REASON_DETAILS.
DEAL_STAGE: Final = "deal_stage"
DEAL_TYPE: Final = "deal_type"
PEER_DEAL_ID: Final = "peer_deal_id"  # the same deal in the other CRM, where one is a copy
AMOUNT: Final = "amount"
IS_CLOSED: Final = "is_closed"
IS_WON: Final = "is_won"
CONTACT_IDS: Final = "contact_ids"  # tuple, the contact roles, the primary first

# Lists.
MEMBERS: Final = "members"  # tuple of contact ids
