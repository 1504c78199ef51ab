"""The fields of a person that the rule book can look at, and what each of them holds."""

from __future__ import annotations

from enum import StrEnum

from crmbridge.core import fields as f


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    EMAIL = "e-mail address"
    NUMBER = "number"
    FLAG = "flag (true or false)"
    DATE = "date"


FIELDS: dict[str, Kind] = {
    f.EMAIL: Kind.EMAIL,
    f.FIRST_NAME: Kind.TEXT,
    f.LAST_NAME: Kind.TEXT,
    f.COMPANY: Kind.TEXT,
    f.TITLE: Kind.TEXT,
    f.SENIORITY: Kind.TEXT,
    f.PHONE: Kind.TEXT,
    f.COUNTRY: Kind.TEXT,
    f.STATE: Kind.TEXT,
    f.CITY: Kind.TEXT,
    f.LANGUAGE: Kind.TEXT,
    f.INDUSTRY: Kind.TEXT,
    f.EMPLOYEES: Kind.NUMBER,
    f.REVENUE: Kind.NUMBER,
    f.LEAD_SOURCE: Kind.TEXT,
    f.PERSONA: Kind.TEXT,
    f.DEAL_REGISTRATION: Kind.TEXT,
    f.MARKETABLE: Kind.FLAG,
    f.STATUS: Kind.TEXT,
    f.LIFECYCLE: Kind.TEXT,
    f.LEAD_STATUS: Kind.TEXT,
    f.ESTIMATED_VALUE: Kind.NUMBER,
    f.CURRENCY: Kind.TEXT,
    f.RESUME_DATE: Kind.DATE,
    f.BUDGET: Kind.FLAG,
    f.AUTHORITY: Kind.FLAG,
    f.NEED: Kind.FLAG,
    f.TIMELINE: Kind.FLAG,
    f.CHALLENGES: Kind.FLAG,
    f.MONEY: Kind.FLAG,
    f.PRIORITIZATION: Kind.FLAG,
}
"""Industry, country, employees and seniority are seen normalised, everything else as the
winning record has it."""
